#include "build-image/tags/semver.hpp"

#include "core/text.hpp"

#include <algorithm>

namespace slipway::build_image {

namespace {

bool is_number(std::string_view text) { return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos; }

bool is_plain_number(std::string_view text) { return is_number(text) && (text.size() == 1 || text[0] != '0'); }

bool is_identifier(std::string_view text) {
    return !text.empty() && text.find_first_not_of("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-") == std::string_view::npos;
}

/// Digits without leading zeros.
std::strong_ordering compare_numbers(const std::string& one, const std::string& other) {
    if (one.size() != other.size()) return one.size() <=> other.size();
    return one.compare(other) <=> 0;
}

std::strong_ordering compare_identifiers(const std::string& one, const std::string& other) {
    if (is_number(one) && is_number(other)) return compare_numbers(one, other);
    if (is_number(one) != is_number(other)) return is_number(one) ? std::strong_ordering::less : std::strong_ordering::greater;
    return one.compare(other) <=> 0;
}

std::vector<std::string> parts_of(std::string_view text) {
    std::vector<std::string> parts;
    for (const auto part : split(text, '.')) parts.emplace_back(part);
    return parts;
}

} // namespace

std::string SemanticVersion::version() const {
    return major + '.' + minor + '.' + patch + (prerelease.empty() ? "" : '-' + join(prerelease, "."));
}

std::optional<SemanticVersion> parse_semver(std::string_view text) {
    SemanticVersion version{.raw = std::string(text), .major = {}, .minor = {}, .patch = {}, .prerelease = {}, .build = {}};
    if (!text.empty() && text[0] == 'v') text.remove_prefix(1);
    if (const auto plus = text.find('+'); plus != std::string_view::npos) {
        version.build = parts_of(text.substr(plus + 1));
        if (!std::all_of(version.build.begin(), version.build.end(), is_identifier)) return std::nullopt;
        text = text.substr(0, plus);
    }
    if (const auto dash = text.find('-'); dash != std::string_view::npos) {
        version.prerelease = parts_of(text.substr(dash + 1));
        const auto good = [](const std::string& part) { return is_identifier(part) && (!is_number(part) || is_plain_number(part)); };
        if (!std::all_of(version.prerelease.begin(), version.prerelease.end(), good)) return std::nullopt;
        text = text.substr(0, dash);
    }
    const auto numbers = parts_of(text);
    if (numbers.size() != 3 || !std::all_of(numbers.begin(), numbers.end(), is_plain_number)) return std::nullopt;
    version.major = numbers[0];
    version.minor = numbers[1];
    version.patch = numbers[2];
    return version;
}

std::strong_ordering compare(const SemanticVersion& one, const SemanticVersion& other) {
    if (const auto order = compare_numbers(one.major, other.major); order != 0) return order;
    if (const auto order = compare_numbers(one.minor, other.minor); order != 0) return order;
    if (const auto order = compare_numbers(one.patch, other.patch); order != 0) return order;
    if (one.prerelease.empty() != other.prerelease.empty()) return one.prerelease.empty() ? std::strong_ordering::greater : std::strong_ordering::less;
    for (std::size_t i = 0; i < std::min(one.prerelease.size(), other.prerelease.size()); ++i) {
        if (const auto order = compare_identifiers(one.prerelease[i], other.prerelease[i]); order != 0) return order;
    }
    return one.prerelease.size() <=> other.prerelease.size();
}

} // namespace slipway::build_image
