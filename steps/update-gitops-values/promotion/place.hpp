#pragma once

#include <string>

namespace slipway::update_gitops_values {

/// "[BRANCH:]FILE"
struct EnvironmentPlace {
    std::string branch; ///< empty: the one that is changed
    std::string file;
};

EnvironmentPlace parse_environment_place(const std::string& text);

/// As people wrote it.
std::string to_string(const EnvironmentPlace& place);

} // namespace slipway::update_gitops_values
