#include "slo/openslo_time.hpp"

#include "core/text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstdio>

namespace slipway::slo {

namespace {

constexpr Duration minute{60'000};
constexpr Duration hour = 60 * minute;
constexpr Duration day = 24 * hour;

struct Unit {
    char letter;
    Duration length;
    std::optional<CalendarUnit> calendar;
};

const std::array<Unit, 7> units = {{{'m', minute, {}}, {'h', hour, {}}, {'d', day, CalendarUnit::day}, {'w', 7 * day, CalendarUnit::week},
                                    {'M', 30 * day, CalendarUnit::month}, {'Q', 90 * day, CalendarUnit::quarter}, {'Y', 365 * day, CalendarUnit::year}}};

const Unit& unit_of(char letter) {
    return *std::find_if(units.begin(), units.end(), [&](const auto& unit) { return unit.letter == letter; });
}

/// "+02:00" and the names of UTC; nothing for zones that change their offset.
std::optional<Duration> offset_of(std::string_view zone) {
    const auto name = lower(zone);
    if (name.empty() || name == "utc" || name == "etc/utc" || name == "gmt" || name == "z") return Duration{0};
    int hours = 0;
    int minutes = 0;
    char sign = '+';
    if (std::sscanf(name.c_str(), "%c%2d:%2d", &sign, &hours, &minutes) == 3 && (sign == '+' || sign == '-')) {
        const auto offset = hours * hour + minutes * minute;
        return sign == '-' ? -offset : offset;
    }
    // The signs of these names are turned round.
    if (std::sscanf(name.c_str(), "etc/gmt%c%2d", &sign, &hours) == 2 && (sign == '+' || sign == '-')) return sign == '-' ? hours * hour : -hours * hour;
    return std::nullopt;
}

/// When a calendar's first period began, by its own clock.
struct Start {
    int year = 1970, month = 1, day = 1, hours = 0, minutes = 0, seconds = 0;
};

std::optional<Start> read_start(const std::string& text) {
    Start start;
    char separator = ' ';
    const int read = std::sscanf(text.c_str(), "%4d-%2d-%2d%c%2d:%2d:%2d", &start.year, &start.month, &start.day, &separator, &start.hours, &start.minutes, &start.seconds);
    if (read != 3 && read != 7) return std::nullopt;
    const std::chrono::year_month_day date{std::chrono::year(start.year), std::chrono::month(static_cast<unsigned>(start.month)), std::chrono::day(static_cast<unsigned>(start.day))};
    if (!date.ok() || start.hours > 23 || start.minutes > 59 || start.seconds > 59) return std::nullopt;
    return start;
}

bool begins_a_unit(const Start& start, CalendarUnit unit) {
    switch (unit) {
    case CalendarUnit::day:
    case CalendarUnit::week: return true;
    case CalendarUnit::month: return start.day == 1;
    case CalendarUnit::quarter: return start.day == 1 && start.month % 3 == 1;
    case CalendarUnit::year: break;
    }
    return start.day == 1 && start.month == 1;
}

} // namespace

Duration OpenSloDuration::length() const { return count * unit_of(unit).length; }

std::optional<OpenSloDuration> read_openslo_duration(std::string_view text) {
    OpenSloDuration duration;
    const auto* last = text.data() + text.size();
    const auto [end, mistake] = std::from_chars(text.data(), last, duration.count);
    if (mistake != std::errc{} || end + 1 != last || duration.count < 1 || duration.count > 100'000) return std::nullopt;
    duration.unit = *end;
    if (std::none_of(units.begin(), units.end(), [&](const auto& unit) { return unit.letter == duration.unit; })) return std::nullopt;
    return duration;
}

std::optional<Period> read_openslo_period(const Fields& window, const OpenSloDuration& duration) {
    const auto calendar = window.map("calendar", Need::optional, {"startTime", "timeZone"});
    const bool rolling = window.truth("isRolling").value_or(!calendar);
    if (rolling) {
        if (calendar) window.complain("calendar", "a rolling window has no calendar", "isRolling: false makes it one of the calendar");
        return Period{duration.length(), {}};
    }
    const auto& unit = unit_of(duration.unit);
    if (!unit.calendar || duration.count != 1) {
        window.complain("", "a calendar window takes one whole unit: 1d, 1w, 1M, 1Q or 1Y");
        return std::nullopt;
    }
    Calendar result{.unit = *unit.calendar};
    if (!calendar) return Period{unit.length, result};
    const auto zone = calendar->text("timeZone");
    if (const auto offset = offset_of(zone)) {
        result.utc_offset = *offset;
    } else {
        calendar->problems().push_back({.severity = Severity::warning, .message = "time zone '" + visible(zone) + "': the periods begin by UTC, since no rule knows when this zone changes its clocks", .place = calendar->place_of("timeZone"),
                                        .hint = "a fixed offset such as +01:00 is kept", .id = "slo-time-zone"});
    }
    const auto text = calendar->text("startTime");
    if (text.empty()) return Period{unit.length, result};
    const auto start = read_start(text);
    if (!start) {
        calendar->complain("startTime", "'startTime': '" + visible(text) + "' is no date", "such as 2026-01-01 00:00:00");
        return std::nullopt;
    }
    if (!begins_a_unit(*start, *unit.calendar)) {
        calendar->complain("startTime", "the calendar begins in the middle of a month, quarter or year, which no rule can count", "begin it with the first day of one");
        return std::nullopt;
    }
    result.utc_offset -= start->hours * hour + start->minutes * minute + start->seconds * Duration{1000};
    const std::chrono::sys_days date{std::chrono::year(start->year) / start->month / start->day};
    result.first_weekday = static_cast<int>(std::chrono::weekday(date).c_encoding());
    return Period{unit.length, result};
}

} // namespace slipway::slo
