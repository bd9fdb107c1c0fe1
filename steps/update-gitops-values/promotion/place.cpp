#include "update-gitops-values/promotion/place.hpp"

namespace slipway::update_gitops_values {

EnvironmentPlace parse_environment_place(const std::string& text) {
    const auto colon = text.find(':'); // no name of a branch has one
    return colon == std::string::npos ? EnvironmentPlace{{}, text} : EnvironmentPlace{text.substr(0, colon), text.substr(colon + 1)};
}

std::string to_string(const EnvironmentPlace& place) { return place.branch.empty() ? place.file : place.branch + ':' + place.file; }

} // namespace slipway::update_gitops_values
