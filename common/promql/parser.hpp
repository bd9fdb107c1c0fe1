#pragma once

#include "promql/ast.hpp"
#include "promql/dialect.hpp"
#include "promql/mistake.hpp"

#include <string_view>
#include <vector>

namespace slipway::promql {

/// An expression, or why the text is none.
struct Parsed {
    ExprPtr expr = {}; ///< null when there are mistakes
    std::vector<Mistake> mistakes = {};
};

/// Reads an expression and checks its types; agrees with Prometheus' own parser of that version on what is one.
///
/// The first mistake in the syntax ends the reading; mistakes in types and arguments are collected. Nesting is limited
/// (parentheses and calls to 500, chains of operators to 4000 terms), so that no text can exhaust the stack.
///
/// @source Prometheus documentation, "Querying basics" and "Operators"; the grammars of its versions 2.42 to 3.16
Parsed parse(std::string_view text, const Dialect& dialect = {});

} // namespace slipway::promql
