#include "promql/duration.hpp"

#include <algorithm>
#include <array>
#include <limits>

namespace slipway::promql {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

struct Unit {
    std::string_view name;
    std::int64_t milliseconds;
    bool only_whole = false; ///< written only where nothing is left over
};

constexpr std::array<Unit, 7> units = {{{"y", 365LL * 24 * 3600 * 1000, true},
                                        {"w", 7LL * 24 * 3600 * 1000, true},
                                        {"d", 24LL * 3600 * 1000},
                                        {"h", 3600LL * 1000},
                                        {"m", 60LL * 1000},
                                        {"s", 1000},
                                        {"ms", 1}}};

/// Prometheus keeps durations as nanoseconds in 64 bits.
constexpr std::int64_t longest = std::numeric_limits<std::int64_t>::max() / 1'000'000;

/// The digits at the front of `text`, which are taken off; nothing when there are none or far too many.
std::optional<std::int64_t> take_number(std::string_view& text) {
    const auto length = static_cast<std::size_t>(std::find_if_not(text.begin(), text.end(), is_digit) - text.begin());
    if (length == 0) return std::nullopt;
    std::int64_t number = 0;
    for (const char digit : text.substr(0, length)) {
        if (number > longest / 10) return std::nullopt;
        number = number * 10 + (digit - '0');
    }
    text.remove_prefix(length);
    return number;
}

} // namespace

std::optional<Duration> read_duration(std::string_view text) {
    if (text == "0") return Duration{0};
    if (text.empty()) return std::nullopt;
    std::int64_t total = 0;
    std::size_t next_unit = 0;
    while (!text.empty()) {
        const auto number = take_number(text);
        if (!number) return std::nullopt;
        const auto length = static_cast<std::size_t>(std::find_if(text.begin(), text.end(), is_digit) - text.begin());
        const auto name = text.substr(0, length);
        while (next_unit < units.size() && units[next_unit].name != name) ++next_unit;
        if (next_unit == units.size()) return std::nullopt;
        const auto factor = units[next_unit++].milliseconds;
        if (*number > longest / factor || total > longest - *number * factor) return std::nullopt;
        total += *number * factor;
        text.remove_prefix(length);
    }
    return Duration{total};
}

std::string write_duration(std::int64_t nanoseconds) {
    auto left = nanoseconds / 1'000'000;
    if (left == 0) return "0s";
    std::string text;
    for (const auto& unit : units) {
        if (left < unit.milliseconds || (unit.only_whole && left % unit.milliseconds != 0)) continue;
        text += std::to_string(left / unit.milliseconds);
        text += unit.name;
        left %= unit.milliseconds;
    }
    return text;
}

} // namespace slipway::promql
