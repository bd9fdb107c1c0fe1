#pragma once

#include "promql/ast.hpp"

#include <string>
#include <string_view>

namespace slipway::promql {

enum class TokenKind {
    end,
    error, ///< its text says why
    identifier,
    metric_identifier, ///< with a colon
    number,
    duration,
    string, ///< with its quotes
    left_parenthesis,
    right_parenthesis,
    left_brace,
    right_brace,
    left_bracket,
    right_bracket,
    comma,
    colon,
    equal, ///< =
    regex,
    not_regex,
    at,
    binary_operator, ///< also not_equal, which is a matcher's operator, too; which one: op
    aggregation,     ///< which one: aggregation
    key_bool,
    key_by,
    key_without,
    key_on,
    key_ignoring,
    key_group_left,
    key_group_right,
    key_offset,
    key_start,
    key_end,
    key_step,
    key_range,
    key_min_of,
    key_max_of,
    key_anchored,
    key_smoothed,
    key_fill,
    key_fill_left,
    key_fill_right,
};

struct Token {
    TokenKind kind = TokenKind::end;
    Span place = {};
    std::string_view text = {}; ///< as written
    BinaryOp op = BinaryOp::add;
    AggregationOp aggregation = AggregationOp::sum;
};

} // namespace slipway::promql
