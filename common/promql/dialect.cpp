#include "promql/dialect.hpp"

#include <charconv>

namespace slipway::promql {

std::string to_string(Version version) { return std::to_string(version.major) + '.' + std::to_string(version.minor); }

std::optional<Version> parse_version(std::string_view text) {
    if (!text.empty() && text.front() == 'v') text.remove_prefix(1);
    Version version{0, 0};
    const auto* end = text.data() + text.size();
    const auto major = std::from_chars(text.data(), end, version.major);
    if (major.ec != std::errc{} || major.ptr == end || *major.ptr != '.') return std::nullopt;
    const auto minor = std::from_chars(major.ptr + 1, end, version.minor);
    if (minor.ec != std::errc{} || version.major < 0 || version.minor < 0) return std::nullopt;
    if (minor.ptr != end && *minor.ptr != '.' && *minor.ptr != '-' && *minor.ptr != '+') return std::nullopt;
    return version;
}

const std::vector<std::string>& Features::names() {
    static const std::vector<std::string> names = {"promql-experimental-functions", "promql-duration-expr", "promql-extended-range-selectors", "promql-binop-fill-modifiers", "utf8-names"};
    return names;
}

bool Features::enable(std::string_view name) {
    if (name == "promql-experimental-functions") experimental_functions = true;
    else if (name == "promql-duration-expr") duration_expressions = true;
    else if (name == "promql-extended-range-selectors") extended_range_selectors = true;
    else if (name == "promql-binop-fill-modifiers") fill_modifiers = true;
    else if (name == "utf8-names") utf8_names = true;
    else return false;
    return true;
}

} // namespace slipway::promql
