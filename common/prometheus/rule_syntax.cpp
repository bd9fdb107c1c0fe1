#include "prometheus/rule_syntax.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>

namespace slipway::prometheus {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

struct Unit {
    std::string_view name;
    std::int64_t milliseconds;
};

constexpr std::array<Unit, 7> units = {{{"y", 365LL * 24 * 3600 * 1000},
                                        {"w", 7LL * 24 * 3600 * 1000},
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

std::optional<Duration> parse_rule_duration(std::string_view text) {
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

bool is_metric_name(std::string_view name) {
    return !name.empty() && !is_digit(name[0]) &&
           std::all_of(name.begin(), name.end(), [](char c) { return is_letter(c) || is_digit(c) || c == ':'; });
}

bool is_label_name(std::string_view name) { return is_metric_name(name) && name.find(':') == std::string_view::npos; }

} // namespace slipway::prometheus
