#pragma once

#include "prometheus/labels.hpp"
#include "promql/ast.hpp"
#include "promql/dialect.hpp"
#include "promql/matching.hpp"

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::wait_for_slo {

using prometheus::Labels;

/// An instant vector selector: the series of a counter.
struct Selector {
    std::string metric;                    ///< empty when matchers of __name__ choose it
    std::vector<promql::Matcher> matchers; ///< without `__name__="x"`, which is the metric
};

/// The canonical text: matchers sorted, each once. It can be asked of Prometheus, with a range behind it or without. A metric whose
/// name only newer servers understand is written as a matcher, which all of them do.
std::string to_string(const Selector& selector);

/// By their canonical texts.
bool operator==(const Selector& a, const Selector& b);

/// Of a selector that was parsed. Where it looks in time is not kept.
Selector selector_of(const promql::VectorSelector& node);

/// Reads `label="value",...` without braces; at least one, none of them on the metric's name.
/// @throws Error (misuse)
std::vector<promql::Matcher> parse_matchers(std::string_view text);

promql::Matcher make_matcher(std::string label, promql::MatchOp op, std::string value);

/// A matcher that takes these values and no others: `=` for one of them, else `=~`.
/// @param values  at least one
promql::Matcher matcher_of_values(const std::string& label, std::span<const std::string> values);

/// Whether it selects the buckets of a histogram without naming one of them: each event would count in several. `le=~"0.5|0.50"` names one:
/// clients write bounds in both ways.
bool takes_all_buckets(const Selector& selector);

/// The text as a regular expression that matches it and nothing else.
std::string regex_literal(std::string_view text);

/// Whether no series can satisfy both: one asks for a value by `=`, and the other one does not take that. False when it cannot be told.
bool contradict(const promql::Matcher& a, const promql::Matcher& b);

/// The language in which selectors and expressions are read: a server may have enabled all of it.
const promql::Dialect& widest_dialect();

/// A selector ready to be tried on many series.
class SelectorMatcher {
public:
    explicit SelectorMatcher(const Selector& selector);

    /// @param labels  with __name__; a label that is not there counts as empty, as Prometheus has it
    bool matches(const Labels& labels) const;

private:
    std::unique_ptr<const Selector> selector_; ///< the prepared matchers refer to it
    std::vector<promql::ValueMatcher> prepared_;
};

} // namespace slipway::wait_for_slo
