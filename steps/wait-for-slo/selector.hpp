#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace slipway::wait_for_slo {

/// One condition on a label. The value keeps the quotes and escapes that it was typed with: the server reads them.
struct Matcher {
    std::string label;
    std::string op;    ///< = != =~ !~
    std::string value; ///< "\"5..\""

    bool operator==(const Matcher&) const = default;
};

/// An instant vector selector: the series of one counter.
struct Selector {
    std::string metric; ///< may be empty when a matcher names it
    std::vector<Matcher> matchers;

    bool operator==(const Selector&) const = default;
};

std::string to_string(const Selector& selector);

/// Reads `name{label="value",...}`, `name` or `{...}`, and nothing else: what is counted is each series' own increase, and
/// of a function, a sum or a ratio there is none that could be counted.
///
/// @throws Error (misuse) that says where the text stops being a selector
/// @source Prometheus documentation, "Querying basics", section "Instant vector selectors"
Selector parse_selector(std::string_view text);

/// Reads `label="value",...` without braces; at least one.
/// @throws Error (misuse)
std::vector<Matcher> parse_matchers(std::string_view text);

/// Whether it selects the buckets of a histogram without naming one of them: each event would count in several.
bool takes_all_buckets(const Selector& selector);

/// The text as a PromQL string, quotes included.
std::string promql_string(std::string_view text);

/// The text as a regular expression that matches it and nothing else.
std::string regex_literal(std::string_view text);

} // namespace slipway::wait_for_slo
