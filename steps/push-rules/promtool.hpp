#pragma once

#include "inputs.hpp"
#include "io/processes.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace slipway::push_rules {

/// Lets `promtool check rules` look at the expressions and templates, and adds what it finds to `inputs.problems`.
///
/// Files that are no rule files are not shown to it. What our own checks have found already is not said twice: of a
/// file with mistakes of ours, only what it says of expressions and templates is taken over.
///
/// @return false when promtool is not on the PATH
/// @throws Error (world failure) when it runs but gives no verdict
bool check_with_promtool(Inputs& inputs, io::Processes& processes);

/// What promtool's words say of one file.
///
/// @param shown  the file's name as promtool was given it
std::vector<Diagnostic> read_promtool(std::string_view words, const std::string& shown, const Input& input);

} // namespace slipway::push_rules
