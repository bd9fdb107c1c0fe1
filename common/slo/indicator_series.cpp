#include "slo/indicator_series.hpp"

#include "core/text.hpp"
#include "promql/functions.hpp"
#include "promql/number.hpp"
#include "promql/parser.hpp"
#include "promql/print.hpp"
#include "promql/visit.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <utility>

namespace slipway::slo {

namespace {

constexpr std::string_view any_window = "5m";
constexpr std::string_view bucket = "_bucket";

promql::ExprPtr parse(const WindowedQuery& query) {
    if (query.empty()) return nullptr;
    promql::Dialect everything;
    for (const auto& feature : promql::Features::names()) everything.features.enable(feature);
    return promql::parse(query.at(any_window), everything).expr;
}

void for_each_selector(const Indicator& indicator, const std::function<void(const promql::VectorSelector&)>& see) {
    for (const auto* query : {&indicator.numerator, &indicator.total}) {
        const auto expr = parse(*query);
        if (expr) promql::for_each_selector(*expr, [&](const promql::VectorSelector& selector, promql::Path) { see(selector); });
    }
}

/// The selector as it stands, at no other time, with those matchers that are wanted.
std::string with_matchers(const promql::VectorSelector& selector, const std::function<bool(const promql::Matcher&)>& wanted) {
    std::vector<std::string> texts;
    for (const auto& matcher : selector.matchers) {
        if (wanted(matcher)) texts.push_back(promql::print(matcher));
    }
    return texts.empty() ? selector.name : selector.name + '{' + join(texts, ", ") + '}';
}

/// `0.3`; of `0.3|0.30`, which takes both ways in which clients write a bound, the same.
std::set<double> bounds_of(const promql::Matcher& matcher) {
    if (matcher.name != "le" || (matcher.op != promql::MatchOp::equal && matcher.op != promql::MatchOp::regex)) return {};
    std::set<double> bounds;
    for (const auto part : split(std::string_view(matcher.value), '|')) {
        std::string text(part);
        replace_all(text, "\\.", ".");
        const auto bound = promql::read_number(text);
        if (!bound) return {};
        if (std::isfinite(*bound)) bounds.insert(*bound);
    }
    return bounds;
}

/// The limit of a quantile that is an indicator's whole query is one of the histogram's bounds, too.
std::set<double> limit_of_quantile(const Indicator& indicator) {
    const bool from_above = indicator.comparison == Comparison::less || indicator.comparison == Comparison::less_equal;
    if (indicator.kind != IndicatorKind::threshold || !from_above) return {};
    const auto expr = parse(indicator.numerator);
    if (!expr) return {};
    const auto& whole = promql::bare(*expr);
    if (whole.kind != promql::ExprKind::call || promql::as<promql::Call>(whole).function->name != "histogram_quantile") return {};
    return {indicator.limit};
}

/// Whether a series must have the label to be taken, and a value of these.
bool asks_for_value(const promql::Matcher& matcher) {
    const bool positive = matcher.op == promql::MatchOp::equal || matcher.op == promql::MatchOp::regex;
    return positive && !matcher.matches_empty && matcher.value != ".+";
}

bool is_of_target(const promql::Matcher& matcher) { return matcher.name == "job" || matcher.name == "namespace" || matcher.name == "service"; }

} // namespace

std::vector<HistogramSeries> histograms_of(const Indicator& indicator) {
    std::vector<HistogramSeries> found;
    const auto quantile = limit_of_quantile(indicator);
    for_each_selector(indicator, [&](const promql::VectorSelector& selector) {
        const auto& metric = selector.metric();
        if (metric.size() <= bucket.size() || !std::string_view(metric).ends_with(bucket)) return;
        HistogramSeries series{.metric = metric, .selector = with_matchers(selector, [](const auto& matcher) { return matcher.name != "le"; }), .limits = quantile};
        for (const auto& matcher : selector.matchers) series.limits.merge(bounds_of(matcher));
        const auto known = std::find_if(found.begin(), found.end(), [&](const auto& one) { return one.metric == metric; });
        if (known == found.end()) found.push_back(std::move(series));
        else if (known->selector == series.selector) known->limits.merge(series.limits);
        else if (known->limits.empty()) *known = std::move(series);
    });
    return found;
}

std::string process_matchers(const Indicator& indicator) {
    std::string first;
    for_each_selector(indicator, [&](const promql::VectorSelector& selector) {
        const auto& matchers = selector.matchers;
        const bool says = std::any_of(matchers.begin(), matchers.end(), [](const auto& matcher) { return is_of_target(matcher) && asks_for_value(matcher); });
        if (!first.empty() || !says) return;
        std::set<std::string> texts; // sorted, so that two objectives that ask for the same are found to
        for (const auto& matcher : matchers) {
            if (is_of_target(matcher)) texts.insert(promql::print(matcher));
        }
        const std::vector<std::string> sorted(texts.begin(), texts.end());
        first = join(sorted, ", ");
    });
    return first;
}

std::string unit_of(std::string_view metric) {
    for (const std::string_view suffix : {std::string_view("_total"), bucket, std::string_view("_sum")}) {
        if (metric.ends_with(suffix)) metric.remove_suffix(suffix.size());
    }
    constexpr std::array<std::pair<std::string_view, const char*>, 6> units = {
        {{"_milliseconds", "ms"}, {"_ms", "ms"}, {"_seconds", "s"}, {"_bytes", "bytes"}, {"_ratio", "percentunit"}, {"_celsius", "celsius"}}};
    for (const auto& [suffix, unit] : units) {
        if (metric.ends_with(suffix)) return unit;
    }
    return "short";
}

std::string unit_of(const Indicator& indicator) {
    std::string unit;
    for_each_selector(indicator, [&](const promql::VectorSelector& selector) {
        if (unit.empty()) unit = unit_of(selector.metric());
    });
    return unit.empty() ? "short" : unit;
}

} // namespace slipway::slo
