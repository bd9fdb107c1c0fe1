#include "core/timestamp.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

namespace slipway {

namespace {

using namespace std::chrono;

/// Takes exactly `count` digits from the front of `text`.
std::optional<int> take_digits(std::string_view& text, std::size_t count) {
    if (text.size() < count) return std::nullopt;
    int value = 0;
    for (std::size_t i = 0; i < count; ++i) {
        if (text[i] < '0' || text[i] > '9') return std::nullopt;
        value = value * 10 + (text[i] - '0');
    }
    text.remove_prefix(count);
    return value;
}

bool take(std::string_view& text, std::string_view any_of) {
    if (text.empty() || any_of.find(text[0]) == std::string_view::npos) return false;
    text.remove_prefix(1);
    return true;
}

milliseconds take_fraction(std::string_view& text) {
    int value = 0;
    int scale = 100;
    while (!text.empty() && text[0] >= '0' && text[0] <= '9') {
        value += (text[0] - '0') * scale;
        scale /= 10;
        text.remove_prefix(1);
    }
    return milliseconds{value};
}

} // namespace

std::string format_timestamp(Timestamp instant) {
    const auto day = floor<days>(instant);
    const year_month_day date{day};
    const hh_mm_ss time{instant - day};
    char buffer[64];
    std::snprintf(buffer, sizeof buffer, "%04d-%02u-%02uT%02d:%02d:%02d", static_cast<int>(date.year()),
                  static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                  static_cast<int>(time.hours().count()), static_cast<int>(time.minutes().count()),
                  static_cast<int>(time.seconds().count()));
    std::string text = buffer;
    if (const auto rest = time.subseconds().count(); rest != 0) {
        std::snprintf(buffer, sizeof buffer, ".%03d", static_cast<int>(rest));
        text += buffer;
    }
    return text + "Z";
}

std::optional<Timestamp> parse_timestamp(std::string_view text) {
    const auto y = take_digits(text, 4);
    if (!y || !take(text, "-")) return std::nullopt;
    const auto mo = take_digits(text, 2);
    if (!mo || !take(text, "-")) return std::nullopt;
    const auto d = take_digits(text, 2);
    if (!d || !take(text, "Tt ")) return std::nullopt;
    const auto h = take_digits(text, 2);
    if (!h || !take(text, ":")) return std::nullopt;
    const auto mi = take_digits(text, 2);
    if (!mi || !take(text, ":")) return std::nullopt;
    const auto s = take_digits(text, 2);
    if (!s) return std::nullopt;

    const year_month_day date{year{*y}, month{static_cast<unsigned>(*mo)}, day{static_cast<unsigned>(*d)}};
    if (!date.ok() || *h > 23 || *mi > 59 || *s > 60) return std::nullopt;

    milliseconds fraction{0};
    if (take(text, ".")) {
        if (text.empty() || text[0] < '0' || text[0] > '9') return std::nullopt;
        fraction = take_fraction(text);
    }

    minutes offset{0};
    if (!take(text, "Zz")) {
        const bool west = !text.empty() && text[0] == '-';
        if (!take(text, "+-")) return std::nullopt;
        const auto offset_hours = take_digits(text, 2);
        if (!offset_hours || !take(text, ":")) return std::nullopt;
        const auto offset_minutes = take_digits(text, 2);
        if (!offset_minutes || *offset_hours > 23 || *offset_minutes > 59) return std::nullopt;
        offset = hours{*offset_hours} + minutes{*offset_minutes};
        if (west) offset = -offset;
    }
    if (!text.empty()) return std::nullopt;
    return Timestamp{sys_days{date} + hours{*h} + minutes{*mi} + seconds{*s} + fraction - offset};
}

std::optional<Timestamp> parse_http_date(std::string_view text) {
    constexpr std::array<std::string_view, 12> months = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    if (text.size() != 29 || text.substr(3, 2) != ", " || text[7] != ' ' || text[11] != ' ' || text[16] != ' ' || text.substr(25) != " GMT") {
        return std::nullopt;
    }
    const auto month = std::find(months.begin(), months.end(), text.substr(8, 3));
    if (month == months.end()) return std::nullopt;
    const auto number = std::to_string(month - months.begin() + 101).substr(1); // two digits
    return parse_timestamp(std::string(text.substr(12, 4)) + '-' + number + '-' + std::string(text.substr(5, 2)) + 'T' +
                           std::string(text.substr(17, 8)) + 'Z');
}

} // namespace slipway
