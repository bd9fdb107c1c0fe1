#include "core/go_duration.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace slipway {

std::optional<Duration> parse_go_duration(std::string_view text) {
    double milliseconds = 0;
    if (text.empty()) return std::nullopt;
    while (!text.empty()) {
        double number = 0;
        const auto [end, mistake] = std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
        if (mistake != std::errc{} || number < 0) return std::nullopt;
        text.remove_prefix(static_cast<std::size_t>(end - text.data()));
        const auto unit = text.substr(0, std::min(text.find_first_of("0123456789."), text.size()));
        const double factor = unit == "h" ? 3'600'000 : unit == "m" ? 60'000 : unit == "s" ? 1000 : unit == "ms" ? 1 : 0;
        if (factor == 0) return std::nullopt;
        milliseconds += number * factor;
        text.remove_prefix(unit.size());
    }
    if (!(milliseconds >= 1) || milliseconds > 1e13) return std::nullopt;
    return Duration{std::llround(milliseconds)};
}

} // namespace slipway
