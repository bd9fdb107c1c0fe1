#include "push-rules/check/contract.hpp"

#include "core/text.hpp"
#include "promql/functions.hpp"
#include "promql/matching.hpp"
#include "promql/number.hpp"
#include "promql/print.hpp"
#include "promql/visit.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace slipway::push_rules {

namespace {

using namespace promql;
using prometheus::LabelValues;
using prometheus::Metric;
using prometheus::MetricType;
using prometheus::SeriesRole;

bool is_variable(std::string_view text) { return text.find(any_value) != std::string_view::npos; }

std::string some_of(const std::vector<std::string>& values, std::size_t most = 8) {
    if (values.size() <= most) return join(values, ", ");
    const std::vector<std::string> first(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(most));
    return join(first, ", ") + " and " + std::to_string(values.size() - most) + " more";
}

std::vector<std::string> list_of(const std::set<std::string, std::less<>>& values) { return {values.begin(), values.end()}; }

/// The function whose range vector the selector is, such as rate; empty when it is none's.
std::string_view function_around(Path around) {
    if (around.size() < 2 || around.back()->kind != ExprKind::matrix_selector) return {};
    const auto& outer = *around[around.size() - 2];
    return outer.kind == ExprKind::call ? as<Call>(outer).function->name : std::string_view();
}

bool is_in_quantile(Path around) {
    return std::any_of(around.begin(), around.end(), [](const Expr* outer) { return outer->kind == ExprKind::call && as<Call>(*outer).function->name == "histogram_quantile"; });
}

/// As Prometheus 3 stores the bounds of buckets: "1.0" for "1".
std::string normal_bound(const std::string& bound) {
    const auto number = read_number(bound[0] == '+' ? std::string_view(bound).substr(1) : std::string_view(bound));
    if (!number || std::isinf(*number)) return bound;
    const auto text = write_number(*number);
    return text.find('.') == std::string::npos ? text + ".0" : text;
}

class Contract {
public:
    Contract(const std::string& what, const PlaceInExpression& place, const Service& service, const prometheus::RecordedMetrics& recorded, const Dialect& dialect, const Finding& found)
        : what_(what), place_(place), service_(service), recorded_(recorded), dialect_(dialect), found_(found) {}

    void metrics(const Expr& expr) {
        for_each_selector(expr, [&](const VectorSelector& selector, Path around) { selector_of(selector, around); });
    }

    void server(const Expr& expr) {
        for_each_selector(expr, [&](const VectorSelector& selector, Path around) {
            for (const auto& matcher : selector.matchers) target(matcher);
            ranges(selector, around);
        });
    }

private:
    void selector_of(const VectorSelector& selector, Path around) {
        const auto& name = selector.metric();
        if (name.empty()) return by_pattern(selector, around);
        if (is_variable(name)) return;
        if (recorded_.records(name)) return recorded_labels(selector, name);
        if (const auto* metric = service_.metrics.find(name)) return exposed(selector, *metric, around);
        if (is_made_by_prometheus(name) || service_.external.covers(name)) return;
        unknown(selector, name);
    }

    /// `{__name__=~"http_.*"}`: at least one of what there is must fit.
    void by_pattern(const VectorSelector& selector, Path around) {
        for (const auto& matcher : selector.matchers) {
            if (matcher.name != "__name__" || matcher.op != MatchOp::regex || is_variable(matcher.value)) continue;
            const ValueMatcher pattern(matcher, dialect_);
            const auto& exposed_metrics = service_.metrics.metrics();
            const auto fits = std::find_if(exposed_metrics.begin(), exposed_metrics.end(), [&](const auto& entry) { return pattern.matches(entry.first); });
            if (fits != exposed_metrics.end()) return exposed(selector, fits->second, around);
            const auto names = recorded_.names();
            if (std::any_of(names.begin(), names.end(), [&](const auto& name) { return pattern.matches(name); })) return;
            found_("unknown-metric", place_(matcher.place.begin), what_ + ": no metric matches " + print(matcher), {});
        }
    }

    void unknown(const VectorSelector& selector, const std::string& name) {
        const auto at = place_(selector.place.begin);
        const auto hint = meant(name);
        const auto shown = '\'' + visible(name) + '\'';
        if (!service_.has_baseline) return found_("unknown-metric", at, what_ + ": nothing exposes the metric " + shown, hint);
        if (service_.baseline.find(name) != nullptr) return found_("removed-metric", at, what_ + ": the running version exposes the metric " + shown + ", the new one does not: it was removed or renamed", hint);
        found_("not-created-yet", at, what_ + ": neither version exposes the metric " + shown + " yet", hint);
    }

    std::string meant(const std::string& name) const {
        // What the families offer beside the name itself: x_total for x, x_bucket for a histogram x.
        for (const char* suffix : {"_total", "_bucket", "_count", "_sum", "_info"}) {
            if (service_.metrics.find(name + suffix) != nullptr) return "did you mean " + name + suffix + '?';
        }
        std::vector<std::string> names = recorded_.names();
        for (const auto& [known, metric] : service_.metrics.metrics()) names.push_back(known);
        if (const auto near = closest(name, names)) return "did you mean " + *near + '?';
        return "--external-metrics names what others expose";
    }

    void recorded_labels(const VectorSelector& selector, const std::string& name) {
        const auto shape = recorded_.shape_of(name);
        if (!shape) return;
        for (const auto& matcher : selector.matchers) {
            if (matcher.name == "__name__" || shape->labels.may_have(matcher.name)) continue;
            label_missing(matcher, name, shape->labels.closed ? list_of(shape->labels.labels) : std::vector<std::string>{}, true);
        }
    }

    void exposed(const VectorSelector& selector, const Metric& metric, Path around) {
        const auto function = function_around(around);
        const bool is_rate = function == "rate" || function == "irate" || function == "increase";
        if (is_rate && metric.is_gauge()) {
            found_("not-a-counter", place_(selector.place.begin), what_ + ": " + std::string(function) + "() of '" + metric.name + "', which is a gauge", "delta() or deriv() are for gauges");
        }
        if (is_in_quantile(around)) in_quantile(selector, metric);
        for (const auto& matcher : selector.matchers) label(matcher, metric);
    }

    void in_quantile(const VectorSelector& selector, const Metric& metric) {
        if (metric.role == SeriesRole::bucket || metric.type == MetricType::untyped) return;
        const auto bucket = metric.family + "_bucket";
        const bool is_histogram = service_.metrics.find(bucket) != nullptr;
        found_("not-a-histogram", place_(selector.place.begin), what_ + ": histogram_quantile() of '" + metric.name + "', which " + (is_histogram ? "are no buckets" : "is a " + std::string(to_string(metric.type))),
               is_histogram ? "the buckets are " + bucket : "it takes the buckets of a histogram");
    }

    /// The labels that the metric's series have in Prometheus: the target's come first, and push those of the service aside.
    const LabelValues* values_of(const Metric& metric, const std::string& label) const {
        constexpr std::string_view aside = "exported_";
        const bool is_aside = label.rfind(aside, 0) == 0 && service_.target_labels.count(std::string_view(label).substr(aside.size())) != 0;
        const auto found = metric.labels.find(is_aside ? label.substr(aside.size()) : label);
        return found == metric.labels.end() ? nullptr : &found->second;
    }

    void label(const Matcher& matcher, const Metric& metric) {
        if (matcher.name == "__name__" || is_variable(matcher.name)) return;
        if (service_.target_labels.count(matcher.name) != 0) return;
        const auto* values = values_of(metric, matcher.name);
        if (values == nullptr) {
            std::vector<std::string> names;
            for (const auto& [name, known] : metric.labels) names.push_back(service_.target_labels.count(name) != 0 ? "exported_" + name : name);
            return label_missing(matcher, metric.name, names, metric.seen);
        }
        if (is_variable(matcher.value)) return;
        if (matcher.name == "le" && metric.role == SeriesRole::bucket) return bucket(matcher, metric, *values);
        value(matcher, metric, *values);
    }

    /// @param sure  false when only the type of the metric is known
    void label_missing(const Matcher& matcher, const std::string& metric, const std::vector<std::string>& names, bool sure) {
        const auto at = place_(matcher.place.begin);
        const auto shown = "the metric '" + visible(metric) + '\'';
        if (!sure) return found_("not-created-yet", at, what_ + ": only the type of " + shown + " is known, so the label '" + visible(matcher.name) + "' cannot be checked", "--warm-up sends requests first, so that the service shows its series");
        const auto near = closest(matcher.name, names);
        auto hint = near ? "did you mean " + *near + '?' : names.empty() ? "it has no labels but those of the target" : "it has " + some_of(names);
        if (!near) hint += "; --target-labels names those that the target brings";
        found_("unknown-label", at, what_ + ": " + shown + " has no label '" + visible(matcher.name) + '\'', std::move(hint));
    }

    void bucket(const Matcher& matcher, const Metric& metric, const LabelValues& values) {
        const ValueMatcher wanted(matcher, dialect_);
        const auto at = place_(matcher.place.begin);
        std::string same;
        for (const auto& bound : values.values) {
            const auto stored = service_.normalizes_buckets ? normal_bound(bound) : bound;
            if (wanted.matches(stored)) return;
            if (wanted.matches(bound)) same = stored;
            else if (matcher.op == MatchOp::equal && normal_bound(bound) == normal_bound(matcher.value)) same = stored;
        }
        if (!same.empty()) return found_("unknown-bucket", at, what_ + ": " + print(matcher) + " never matches: this bound is stored as \"" + same + '"', "write le=\"" + same + "\"; le=~\"" + matcher.value + "(\\\\.0)?\" works before and since Prometheus 3");
        found_("unknown-bucket", at, what_ + ": " + print(matcher) + " is no bucket of '" + metric.name + '\'', "its buckets are " + some_of(sorted_bounds(values), 16));
    }

    static std::vector<std::string> sorted_bounds(const LabelValues& values) {
        auto bounds = list_of(values.values);
        const auto number = [](const std::string& text) { return read_number(text[0] == '+' ? std::string_view(text).substr(1) : std::string_view(text)).value_or(0); };
        std::sort(bounds.begin(), bounds.end(), [&](const auto& a, const auto& b) { return number(a) < number(b); });
        return bounds;
    }

    void value(const Matcher& matcher, const Metric& metric, const LabelValues& values) {
        if (values.more || matcher.matches_empty) return;
        const ValueMatcher wanted(matcher, dialect_);
        if (std::any_of(values.values.begin(), values.values.end(), [&](const auto& seen) { return wanted.matches(seen); })) return;
        const auto seen = list_of(values.values);
        found_("unseen-value", place_(matcher.place.begin), what_ + ": no series of '" + metric.name + "' has " + print(matcher) + " so far", seen.empty() ? "" : "seen are " + some_of(seen));
    }

    void target(const Matcher& matcher) {
        const auto known = service_.targets.find(matcher.name);
        if (known == service_.targets.end() || matcher.matches_empty || is_variable(matcher.value)) return;
        const ValueMatcher wanted(matcher, dialect_);
        if (std::any_of(known->second.begin(), known->second.end(), [&](const auto& value) { return wanted.matches(value); })) return;
        const std::vector<std::string> values(known->second.begin(), known->second.end());
        const auto near = matcher.op == MatchOp::equal ? closest(matcher.value, values) : std::nullopt;
        found_("unknown-target", place_(matcher.place.begin), what_ + ": no target has " + print(matcher), near ? "did you mean \"" + *near + "\"?" : "there are " + some_of(values));
    }

    void ranges(const VectorSelector& selector, Path around) {
        if (!service_.retention) return;
        std::int64_t nanoseconds = selector.shift.offset ? selector.shift.offset->nanoseconds() : 0;
        std::size_t begin = selector.place.begin;
        for (const auto* outer : around) {
            if (outer->kind == ExprKind::matrix_selector) {
                nanoseconds += as<MatrixSelector>(*outer).range->nanoseconds();
                begin = as<MatrixSelector>(*outer).range->place.begin;
            } else if (outer->kind == ExprKind::subquery) {
                const auto& subquery = as<Subquery>(*outer);
                nanoseconds += subquery.range->nanoseconds() + (subquery.shift.offset ? subquery.shift.offset->nanoseconds() : 0);
                begin = subquery.range->place.begin;
            }
        }
        const Duration reach{nanoseconds / 1'000'000};
        if (reach <= *service_.retention) return;
        found_("beyond-retention", place_(begin), what_ + " looks back " + format_duration(reach) + ", and the server keeps its data for " + format_duration(*service_.retention), "what is older counts as nothing; --storage.tsdb.retention.time keeps more");
    }

    const std::string& what_;
    const PlaceInExpression& place_;
    const Service& service_;
    const prometheus::RecordedMetrics& recorded_;
    const Dialect& dialect_;
    const Finding& found_;
};

} // namespace

void check_contract(const Expr& expr, const std::string& what, const PlaceInExpression& place, const Service& service, const prometheus::RecordedMetrics& recorded, const Dialect& dialect, const Finding& found) {
    Contract(what, place, service, recorded, dialect, found).metrics(expr);
}

void check_against_server(const Expr& expr, const std::string& what, const PlaceInExpression& place, const Service& service, const prometheus::RecordedMetrics& recorded, const Dialect& dialect, const Finding& found) {
    Contract(what, place, service, recorded, dialect, found).server(expr);
}

} // namespace slipway::push_rules
