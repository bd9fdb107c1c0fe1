#pragma once

#include "yaml/edit.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace slipway::update_gitops_values {

/// Changes a JSON file as yaml::edit changes YAML: nothing but the values that are set, be the file indented by tabs or in one line. The
/// result is read again and compared piece by piece; numbers are never converted. New lines take the layout of those around them.
///
/// Keys are compared without their escapes. Lines with comments (`//`) and trailing commas are no JSON.
///
/// @throws Error (misuse) with a place when the text is no JSON, and for a new value that is none
/// @throws Error (refused) with a place for each operation that cannot be done, duplicate keys on the way included
yaml::Edited edit_json(std::string_view text, const std::string& file, const std::vector<yaml::Operation>& operations);

} // namespace slipway::update_gitops_values
