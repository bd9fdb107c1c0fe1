#include "slo/objective.hpp"

#include "promql/number.hpp"

#include <array>
#include <charconv>
#include <cmath>

namespace slipway::slo {

double rounded(double value) {
    constexpr int digits = 12;
    std::array<char, 64> text{};
    const auto end = std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::general, digits).ptr;
    double result = value;
    std::from_chars(text.data(), end, result);
    return result;
}

std::string in_decimal(double value) { return promql::write_number(rounded(value)); }

double Objective::error_budget() const {
    constexpr double places = 1e12; // what is left of a target near 1 has fewer digits that mean something
    return rounded(std::round((1 - target) * places) / places);
}

} // namespace slipway::slo
