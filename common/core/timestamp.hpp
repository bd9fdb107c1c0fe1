#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace slipway {

/// An instant in UTC with millisecond resolution.
using Timestamp = std::chrono::sys_time<std::chrono::milliseconds>;

/// RFC 3339 in UTC: "2026-11-24T14:02:11Z", with ".250" before the Z when there are milliseconds.
std::string format_timestamp(Timestamp instant);

/// Reads RFC 3339 with any offset; fractions beyond milliseconds are cut. Needs no time zone data.
///
/// @return nothing for anything else, impossible dates included
std::optional<Timestamp> parse_timestamp(std::string_view text);

/// Reads the date of an HTTP header, "Tue, 24 Nov 2026 12:00:00 GMT". The day of the week is not checked.
///
/// @return nothing for anything else
/// @source RFC 9110, section 5.6.7; the two forms that it calls obsolete are not read
std::optional<Timestamp> parse_http_date(std::string_view text);

} // namespace slipway
