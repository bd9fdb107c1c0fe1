#pragma once

#include "promql/ast.hpp"

#include <string>
#include <string_view>

namespace slipway::promql {

/// An expression in Prometheus' own canonical form, as its API shows it (that of version 3.16: older ones differ in blanks and
/// in the order of labels): one line, matchers sorted, durations in their largest units, without comments.
std::string print(const Expr& expr);

/// `status_code=~"5.."`
std::string print(const Matcher& matcher);

/// A text in double quotes, as Go quotes it.
std::string quote(std::string_view text);

/// "and", "==", "+"
std::string_view to_string(BinaryOp op);
/// "sum", "topk"
std::string_view to_string(AggregationOp op);
/// "=", "!=", "=~", "!~"
std::string_view to_string(MatchOp op);

} // namespace slipway::promql
