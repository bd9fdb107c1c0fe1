#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::promql {

/// A minor version of Prometheus; patch releases change no syntax.
struct Version {
    int major = 3;
    int minor = 16;

    auto operator<=>(const Version&) const = default;
};

constexpr Version oldest_version{2, 42};
constexpr Version newest_version{3, 16};

std::string to_string(Version version);

/// Reads "3.16", "v2.54.1" and "3.5.0-rc.1".
/// @return nothing for a text that names no version
std::optional<Version> parse_version(std::string_view text);

/// What `--enable-feature` of Prometheus turns on, as far as it changes which expressions are right.
struct Features {
    bool experimental_functions = false;
    bool duration_expressions = false;
    bool extended_range_selectors = false;
    bool fill_modifiers = false;
    bool utf8_names = false; ///< since 2.55; needs no flag since 3.0

    /// Prometheus' own names of them.
    static const std::vector<std::string>& names();
    /// @return false for a name that is not known
    bool enable(std::string_view name);
};

/// The language that one Prometheus understands: newer ones know more functions and more syntax.
/// Versions before the oldest and behind the newest known count as these.
///
/// @source Prometheus' change log, and the parser of each version from 2.42 to 3.16
struct Dialect {
    Version version = newest_version;
    Features features = {};

    bool at_least(int major, int minor) const { return version >= Version{major, minor}; }

    /// `{"name", "label"="x"}`
    bool has_quoted_names() const { return at_least(2, 53); }
    /// Metrics and labels whose names hold any characters.
    bool has_utf8_names() const { return at_least(3, 0) || (at_least(2, 55) && features.utf8_names); }
    /// `5` where a duration is asked for, `5m` where a number is, and `1_000`.
    bool has_durations_as_numbers() const { return at_least(2, 54); }
    bool has_zero_durations() const { return at_least(3, 4); }
    bool knows_duration_expressions() const { return at_least(3, 4); }
    bool has_plus_offset() const { return at_least(3, 4); }
    /// `by ("a.b")`
    bool has_quoted_grouping() const { return at_least(2, 55); }
    /// step() and range() once needed no flag where they stood alone.
    bool has_free_step() const { return at_least(3, 6) && !at_least(3, 13); }
    bool has_duration_expressions() const { return at_least(3, 14) || (knows_duration_expressions() && features.duration_expressions); }
    bool knows_extended_ranges() const { return at_least(3, 7); }
    bool has_extended_ranges() const { return at_least(3, 16) || (knows_extended_ranges() && features.extended_range_selectors); }
    bool knows_fill() const { return at_least(3, 10); }
    bool has_fill() const { return knows_fill() && features.fill_modifiers; }
    bool has_trim_operators() const { return at_least(3, 11); }
    bool has_experimental_functions() const { return features.experimental_functions; }
    /// A regular expression without special characters is no longer compiled, so it may hold bytes that are no UTF-8.
    bool takes_literal_bytes() const { return at_least(2, 46); }
    /// A dot in a regular expression matches line breaks, too.
    bool dot_matches_line_breaks() const { return at_least(3, 0); }
};

} // namespace slipway::promql
