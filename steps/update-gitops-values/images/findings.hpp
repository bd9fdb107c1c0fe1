#pragma once

#include "yaml/edit.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace slipway::update_gitops_values {

/// What a search for images in one file found.
struct Findings {
    std::vector<yaml::Operation> operations; ///< may set what is there already
    std::size_t places = 0;                  ///< where the image stands, changed or not
    std::vector<std::string> names;          ///< of all other images that were seen: for "did you mean"
};

} // namespace slipway::update_gitops_values
