#pragma once

#include "yaml/edit.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace slipway::update_gitops_values {

/// Changes a file of `NAME=VALUE` lines, as docker compose, python-dotenv, npm dotenv and shells read it; `export`, blanks around the
/// equals sign, quotes and comments are kept, and values of several lines in quotes.
///
/// A value is written without quotes when it holds nothing but `A-Za-z0-9_./:@+,-`, else in single quotes, else in double quotes, always
/// without escapes, since each of these readers knows others. Quotes that are there stay where they do.
///
/// @param operations  `set` and `remove`, with a path of one key: the variable's name. `create` adds a last line, with `export` when the
///                    last variable has it.
/// @throws Error (misuse) with a place for each line that cannot be read, and for other operations and paths
/// @throws Error (refused) for a variable that is not there (without `create`), stands there twice or ends at a place that readers disagree
///         on, and for a value that they would read differently: several lines, `${`, quotes of both kinds
yaml::Edited edit_env(std::string_view text, const std::string& file, const std::vector<yaml::Operation>& operations);

} // namespace slipway::update_gitops_values
