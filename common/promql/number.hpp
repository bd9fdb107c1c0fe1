#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace slipway::promql {

/// A number as Prometheus reads one: decimal and hexadecimal integers, octal ones with a leading 0, decimal fractions with an
/// exponent, underscores between digits, inf and nan in any case.
///
/// @return nothing for anything else, and for more than a double holds
std::optional<double> read_number(std::string_view text);

/// The shortest decimal text that reads as this number, without an exponent: "0.5", "100000", "+Inf", "NaN".
std::string write_number(double value);

} // namespace slipway::promql
