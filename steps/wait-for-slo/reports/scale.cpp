#include "wait-for-slo/reports/scale.hpp"

#include "core/duration.hpp"
#include "wait-for-slo/decision/wording.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace slipway::wait_for_slo {

namespace {

/// What is a hair beyond the end by rounding still counts.
constexpr double slack = 1e-9;

std::vector<double> multiples(double step, double low, double high) {
    std::vector<double> values;
    const double first = std::ceil(low / step - slack);
    for (double i = first; i <= high / step + slack; ++i) values.push_back(i == 0 ? 0 : i * step); // 0 would have a sign
    return values;
}

std::string power_of_ten(int exponent) {
    static const char* const digits[] = {"⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"};
    if (exponent >= -3 && exponent <= 3) return number(std::pow(10, exponent));
    std::string text = exponent < 0 ? "10⁻" : "10";
    for (const char c : std::to_string(std::abs(exponent))) text += digits[c - '0'];
    return text;
}

} // namespace

double Scale::operator()(double value) const {
    // Each is asked so that NaN lies at the lower end.
    if (!(value > low_)) return 0;
    if (value >= high_) return 1;
    return is_logarithmic_ ? std::log(value / low_) / std::log(high_ / low_) : (value - low_) / (high_ - low_);
}

std::vector<double> nice_numbers(double low, double high, std::size_t most) {
    if (!(high > low) || most == 0 || !std::isfinite(high - low)) return {};
    double power = std::max(std::pow(10, std::floor(std::log10((high - low) / static_cast<double>(most)))), std::numeric_limits<double>::min());
    for (;; power *= 10) {
        for (const double factor : {1.0, 2.0, 5.0}) {
            const double step = factor * power;
            // With a step that the numbers themselves are too large for nothing would go forward.
            if (std::max(std::abs(low), std::abs(high)) / step > 1e15 || (high - low) / step > 1000) continue;
            if (const auto values = multiples(step, low, high); values.size() <= most) return values;
        }
    }
}

std::vector<Mark> nice_times(double until, std::size_t most) {
    constexpr double minute = 60;
    constexpr double hour = 3600;
    constexpr double day = 24 * hour;
    std::vector<Mark> marks;
    const auto take = [&](const std::vector<double>& values) {
        if (values.size() > most) return false;
        for (const double value : values) marks.push_back({value, format_duration(Duration{std::llround(value * 1000)})});
        return true;
    };
    for (const double step : {1.0, 2.0, 5.0, 10.0, 15.0, 30.0, minute, 2 * minute, 5 * minute, 10 * minute, 15 * minute, 30 * minute, hour, 2 * hour, 3 * hour, 6 * hour, 12 * hour, day}) {
        if (until / step <= static_cast<double>(most) + 1 && take(multiples(step, 0, until))) return marks;
    }
    take(nice_numbers(0, until, most));
    return marks;
}

std::vector<Mark> powers_of_ten(double low, double high, std::size_t most) {
    const int first = static_cast<int>(std::ceil(std::log10(low) - slack));
    const int last = static_cast<int>(std::floor(std::log10(high) + slack));
    const int step = std::max(1, static_cast<int>(std::ceil((last - first + 1) / static_cast<double>(most))));
    std::vector<Mark> marks;
    // 1 is what the evidence begins with, so it is among them.
    for (int exponent = -(-first / step) * step; exponent <= last; exponent += step) {
        if (exponent >= first) marks.push_back({std::pow(10, exponent), power_of_ten(exponent)});
    }
    return marks;
}

std::string short_number(double value) {
    struct Unit {
        double size;
        const char* letter;
    };
    for (const Unit unit : {Unit{1e9, "G"}, Unit{1e6, "M"}, Unit{1e3, "k"}}) {
        if (std::abs(value) >= unit.size && std::abs(value) < unit.size * 1000) return number(value / unit.size) + unit.letter;
    }
    return number(value);
}

std::string clock_time(Timestamp time) {
    constexpr std::size_t date = 11; // "2026-11-24T"
    return format_timestamp(time).substr(date, 8);
}

} // namespace slipway::wait_for_slo
