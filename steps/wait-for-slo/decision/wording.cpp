#include "wait-for-slo/decision/wording.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace slipway::wait_for_slo {

namespace {

std::string formatted(const char* format, double value) {
    char buffer[64];
    const auto length = std::snprintf(buffer, sizeof buffer, format, value);
    return {buffer, static_cast<std::size_t>(length)};
}

std::string without_zeros(std::string text) {
    if (text.find('.') == std::string::npos || text.find('e') != std::string::npos) return text;
    text.erase(text.find_last_not_of('0') + 1);
    if (text.back() == '.') text.pop_back();
    return text;
}

} // namespace

std::string percent(double share) {
    const double value = share * 100;
    return without_zeros(formatted(value >= 1 ? "%.3g" : "%.2g", value)) + " %";
}

std::string exact_percent(double share) { return formatted("%.6g", share * 100) + " %"; }

std::string factor(double rate) {
    if (rate >= 10) return formatted("%.0f", rate);
    return formatted(rate >= 0.1 || rate == 0 ? "%.1f" : "%.1g", rate);
}

std::string number(double value) { return formatted("%.6g", value); }

std::string events(double count) { return std::to_string(std::llround(std::clamp(count, 0.0, 1e18))); }

} // namespace slipway::wait_for_slo
