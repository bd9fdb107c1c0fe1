#include "wait-for-slo/google/slo_name.hpp"

#include "core/text.hpp"

namespace slipway::wait_for_slo {

namespace {

bool consists_of(std::string_view text, std::string_view more) {
    constexpr std::size_t longest = 256;
    const auto is_allowed = [&](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || more.find(c) != std::string_view::npos; };
    for (const char c : text) {
        if (!is_allowed(c)) return false;
    }
    return !text.empty() && text.size() <= longest && text.front() != '.';
}

} // namespace

// "example.com:team" is a project of a domain.
bool is_project(std::string_view text) { return consists_of(text, "-.:"); }

bool is_slo_name(std::string_view text) {
    const auto parts = split(text, '/');
    return parts.size() == 6 && parts[0] == "projects" && parts[2] == "services" && parts[4] == "serviceLevelObjectives" && is_project(parts[1]) &&
           // "ist:team-zone-europe-west1-b-shop-default-frontend" is one that Google found.
           consists_of(parts[3], "-._~:") && consists_of(parts[5], "-._~:");
}

} // namespace slipway::wait_for_slo
