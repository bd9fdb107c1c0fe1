#include "core/duration.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>

namespace slipway {

namespace {

struct Unit {
    std::string_view name;
    std::int64_t milliseconds;
};

constexpr std::array units = {
    Unit{"y", 365LL * 24 * 3600 * 1000}, Unit{"w", 7LL * 24 * 3600 * 1000}, Unit{"d", 24LL * 3600 * 1000},
    Unit{"h", 3600LL * 1000},            Unit{"m", 60LL * 1000},            Unit{"s", 1000},
    Unit{"ms", 1},
};

/// Far beyond any watch time or SLO period. The clocks of the standard library count nanoseconds, which end after 292 years.
constexpr double longest = 100.0 * 365 * 24 * 3600 * 1000;

bool is_number_character(char c) { return (c >= '0' && c <= '9') || c == '.'; }

} // namespace

std::optional<Duration> parse_duration(std::string_view text) {
    if (text == "0") return Duration{0};
    if (text.empty()) return std::nullopt;
    double total = 0;
    std::size_t next_unit = 0;
    while (!text.empty()) {
        std::size_t digits = 0;
        while (digits < text.size() && is_number_character(text[digits])) ++digits;
        if (digits == 0 || text[0] == '.' || text[digits - 1] == '.') return std::nullopt;
        double number = 0;
        const auto [end, problem] = std::from_chars(text.data(), text.data() + digits, number, std::chars_format::fixed);
        if (problem != std::errc{} || end != text.data() + digits) return std::nullopt;
        text.remove_prefix(digits);

        std::size_t letters = 0;
        while (letters < text.size() && !is_number_character(text[letters])) ++letters;
        const auto name = text.substr(0, letters);
        text.remove_prefix(letters);
        while (next_unit < units.size() && units[next_unit].name != name) ++next_unit;
        if (next_unit == units.size()) return std::nullopt;
        total += number * static_cast<double>(units[next_unit].milliseconds);
        if (total > longest) return std::nullopt;
        ++next_unit;
    }
    return Duration{std::llround(total)};
}

std::string format_duration(Duration duration) {
    // Without a sign: the smallest negative number has no positive counterpart.
    auto rest = static_cast<std::uint64_t>(duration.count());
    std::string text;
    if (duration.count() < 0) {
        text = "-";
        rest = 0 - rest;
    }
    for (const auto& unit : units) {
        // Weeks and years would make "10d" hard to recognise in a message.
        if (unit.name == "y" || unit.name == "w") continue;
        const auto size = static_cast<std::uint64_t>(unit.milliseconds);
        if (const auto count = rest / size; count > 0) {
            text += std::to_string(count);
            text += unit.name;
            rest -= count * size;
        }
    }
    return text.empty() ? "0s" : text;
}

} // namespace slipway
