#pragma once

#include "promql/ast.hpp"
#include "promql/mistake.hpp"

#include <string_view>
#include <vector>

namespace slipway::promql {

/// What is wrong with an expression whose syntax is right: types of arguments and operands, vector matching, selectors that
/// would select everything.
std::vector<Mistake> check(const Expr& expr);

/// "an instant vector", "a range vector", "a number", "a string"
std::string_view in_words(ValueType type);

} // namespace slipway::promql
