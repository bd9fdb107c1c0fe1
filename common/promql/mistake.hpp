#pragma once

#include "promql/ast.hpp"

#include <string>

namespace slipway::promql {

/// Why an expression is none.
struct Mistake {
    Span place;
    std::string message; ///< lower case, one line
    std::string hint = {};
};

} // namespace slipway::promql
