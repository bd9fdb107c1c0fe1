#pragma once

#include "yaml/edit.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace slipway::update_gitops_values {

/// Changes a file of `NAME=VALUE` lines, as docker compose, dotenv and shells read it; `export`, quotes and comments are kept.
///
/// @param operations  `set` and `remove`, with a path of one key: the variable's name
/// @throws Error (misuse) with a place for a line that cannot be read
/// @throws Error (refused) for a variable that is not there (without `create`) or stands there twice, and for a value that readers of
///         such files would read differently
yaml::Edited edit_env(std::string_view text, const std::string& file, const std::vector<yaml::Operation>& operations);

} // namespace slipway::update_gitops_values
