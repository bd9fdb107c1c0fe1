#include "build-image/tags/dates.hpp"

#include "core/error.hpp"
#include "core/text.hpp"

#include <date/tz.h>

#include <array>
#include <functional>
#include <vector>

namespace slipway::build_image {

namespace {

using std::chrono::minutes;

minutes offset_of(Timestamp instant, const std::string& zone) {
    const auto name = upper(zone);
    if (zone.empty() || name == "UTC" || name == "ETC/UTC" || name == "GMT" || name == "Z") return minutes{0};
    // The library would follow it out of the data base.
    if (zone.find("..") != std::string::npos || zone[0] == '/') throw misuse("cannot use tz='" + visible(zone) + "': that is no name of a time zone");
    try {
        const auto info = date::locate_zone(zone)->get_info(date::sys_seconds(std::chrono::floor<std::chrono::seconds>(instant).time_since_epoch()));
        return std::chrono::duration_cast<minutes>(info.offset);
    } catch (const std::exception&) {
        throw misuse("cannot use tz='" + visible(zone) + "': this machine knows no such time zone", "names are like Europe/Berlin; on Debian the package tzdata has them");
    }
}

std::string padded(long number, int width) {
    auto text = std::to_string(number);
    while (static_cast<int>(text.size()) < width) text.insert(text.begin(), '0');
    return text;
}

constexpr std::array months = {"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"};
constexpr std::array weekdays = {"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"};

/// "1st", "2nd", "11th"
std::string ordinal(long number) {
    const bool teens = number % 100 / 10 == 1;
    const char* ending = teens || number % 10 == 0 || number % 10 > 3 ? "th" : number % 10 == 1 ? "st" : number % 10 == 2 ? "nd" : "rd";
    return std::to_string(number) + ending;
}

/// A date's and a time's parts where the clock shows them.
struct Parts {
    long year, month, day, hour, minute, second, milliseconds, weekday, day_of_year, iso_week, iso_year, offset;
    long long seconds_since_1970, milliseconds_since_1970;
};

Parts parts_of(Timestamp instant, minutes offset) {
    using namespace std::chrono;
    const auto local = instant + offset;
    const auto day = floor<days>(local);
    const year_month_day date(day);
    const hh_mm_ss time(local - day);
    const auto first = sys_days(date.year() / January / 1);
    const auto weekday_number = static_cast<long>(weekday(day).c_encoding());
    // The week belongs to the year that its Thursday is in.
    const auto thursday = day + days(4 - (weekday_number == 0 ? 7 : weekday_number));
    const auto iso_year = year_month_day(thursday).year();
    return {.year = static_cast<int>(date.year()),
            .month = static_cast<long>(static_cast<unsigned>(date.month())),
            .day = static_cast<long>(static_cast<unsigned>(date.day())),
            .hour = time.hours().count(),
            .minute = time.minutes().count(),
            .second = time.seconds().count(),
            .milliseconds = duration_cast<std::chrono::milliseconds>(time.subseconds()).count(),
            .weekday = weekday_number,
            .day_of_year = (day - first).count() + 1,
            .iso_week = (thursday - sys_days(iso_year / January / 1)).count() / 7 + 1,
            .iso_year = static_cast<int>(iso_year),
            .offset = offset.count(),
            .seconds_since_1970 = floor<seconds>(instant).time_since_epoch().count(),
            .milliseconds_since_1970 = instant.time_since_epoch().count()};
}

std::string offset_text(long offset, const char* between) {
    const auto size = offset < 0 ? -offset : offset;
    return (offset < 0 ? '-' : '+') + padded(size / 60, 2) + between + padded(size % 60, 2);
}

struct Token {
    std::string_view name;
    std::string (*show)(const Parts&);
};

const std::vector<Token>& tokens() {
    // Longer ones first: the first that fits is taken.
    static const std::vector<Token> all = {
        {"YYYY", [](const Parts& p) { return padded(p.year, 4); }},
        {"YY", [](const Parts& p) { return padded(p.year % 100, 2); }},
        {"Y", [](const Parts& p) { return std::to_string(p.year); }},
        {"GGGG", [](const Parts& p) { return padded(p.iso_year, 4); }},
        {"GG", [](const Parts& p) { return padded(p.iso_year % 100, 2); }},
        {"Q", [](const Parts& p) { return std::to_string((p.month + 2) / 3); }},
        {"MMMM", [](const Parts& p) { return std::string(months.at(static_cast<std::size_t>(p.month - 1))); }},
        {"MMM", [](const Parts& p) { return std::string(months.at(static_cast<std::size_t>(p.month - 1))).substr(0, 3); }},
        {"MM", [](const Parts& p) { return padded(p.month, 2); }},
        {"Mo", [](const Parts& p) { return ordinal(p.month); }},
        {"M", [](const Parts& p) { return std::to_string(p.month); }},
        {"DDDD", [](const Parts& p) { return padded(p.day_of_year, 3); }},
        {"DDDo", [](const Parts& p) { return ordinal(p.day_of_year); }},
        {"DDD", [](const Parts& p) { return std::to_string(p.day_of_year); }},
        {"DD", [](const Parts& p) { return padded(p.day, 2); }},
        {"Do", [](const Parts& p) { return ordinal(p.day); }},
        {"D", [](const Parts& p) { return std::to_string(p.day); }},
        {"dddd", [](const Parts& p) { return std::string(weekdays.at(static_cast<std::size_t>(p.weekday))); }},
        {"ddd", [](const Parts& p) { return std::string(weekdays.at(static_cast<std::size_t>(p.weekday))).substr(0, 3); }},
        {"dd", [](const Parts& p) { return std::string(weekdays.at(static_cast<std::size_t>(p.weekday))).substr(0, 2); }},
        {"do", [](const Parts& p) { return ordinal(p.weekday); }},
        {"d", [](const Parts& p) { return std::to_string(p.weekday); }},
        {"E", [](const Parts& p) { return std::to_string(p.weekday == 0 ? 7 : p.weekday); }},
        {"WW", [](const Parts& p) { return padded(p.iso_week, 2); }},
        {"Wo", [](const Parts& p) { return ordinal(p.iso_week); }},
        {"W", [](const Parts& p) { return std::to_string(p.iso_week); }},
        {"HH", [](const Parts& p) { return padded(p.hour, 2); }},
        {"H", [](const Parts& p) { return std::to_string(p.hour); }},
        {"hh", [](const Parts& p) { return padded((p.hour + 11) % 12 + 1, 2); }},
        {"h", [](const Parts& p) { return std::to_string((p.hour + 11) % 12 + 1); }},
        {"kk", [](const Parts& p) { return padded(p.hour == 0 ? 24 : p.hour, 2); }},
        {"k", [](const Parts& p) { return std::to_string(p.hour == 0 ? 24 : p.hour); }},
        {"mm", [](const Parts& p) { return padded(p.minute, 2); }},
        {"m", [](const Parts& p) { return std::to_string(p.minute); }},
        {"ss", [](const Parts& p) { return padded(p.second, 2); }},
        {"s", [](const Parts& p) { return std::to_string(p.second); }},
        {"SSS", [](const Parts& p) { return padded(p.milliseconds, 3); }},
        {"SS", [](const Parts& p) { return padded(p.milliseconds / 10, 2); }},
        {"S", [](const Parts& p) { return std::to_string(p.milliseconds / 100); }},
        {"A", [](const Parts& p) { return std::string(p.hour < 12 ? "AM" : "PM"); }},
        {"a", [](const Parts& p) { return std::string(p.hour < 12 ? "am" : "pm"); }},
        {"ZZ", [](const Parts& p) { return offset_text(p.offset, ""); }},
        {"Z", [](const Parts& p) { return offset_text(p.offset, ":"); }},
        {"X", [](const Parts& p) { return std::to_string(p.seconds_since_1970); }},
        {"x", [](const Parts& p) { return std::to_string(p.milliseconds_since_1970); }},
    };
    return all;
}

} // namespace

std::string format_date(Timestamp instant, std::string_view format, const std::string& zone) {
    const auto parts = parts_of(instant, offset_of(instant, zone));
    std::string text;
    while (!format.empty()) {
        if (format[0] == '[') {
            if (const auto close = format.find(']'); close != std::string_view::npos) {
                text += format.substr(1, close - 1);
                format.remove_prefix(close + 1);
                continue;
            }
        }
        std::size_t length = 0;
        for (const auto& token : tokens()) {
            if (format.substr(0, token.name.size()) != token.name) continue;
            text += token.show(parts);
            length = token.name.size();
            break;
        }
        if (length == 0) text += format[0];
        format.remove_prefix(length == 0 ? 1 : length);
    }
    return text;
}

} // namespace slipway::build_image
