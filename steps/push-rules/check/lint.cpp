#include "push-rules/check/lint.hpp"

#include "core/text.hpp"
#include "promql/functions.hpp"
#include "promql/matching.hpp"
#include "promql/names.hpp"
#include "promql/print.hpp"
#include "promql/visit.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace slipway::push_rules {

namespace {

using namespace promql;
using prometheus::Rule;
using prometheus::RuleKind;

template <class Names> bool contains(const Names& names, std::string_view name) { return std::find(names.begin(), names.end(), name) != names.end(); }

bool is_rate(std::string_view function) { return contains(std::array<std::string_view, 3>{"rate", "irate", "increase"}, function); }

/// Needs two samples, so that a range of one scrape interval gives nothing.
bool needs_two_samples(std::string_view function) { return is_rate(function) || contains(std::array<std::string_view, 4>{"delta", "idelta", "deriv", "predict_linear"}, function); }

/// Whether the result depends on a condition, or is a constant on purpose (an alert that always fires).
bool selects(const Expr& expr) {
    bool found = false;
    bool any_series = false;
    for_each_node(expr, [&](const Expr& node, Path around) {
        const bool in_subquery = std::any_of(around.begin(), around.end(), [](const auto* outer) { return outer->kind == ExprKind::subquery; });
        if (node.kind == ExprKind::vector_selector || node.kind == ExprKind::matrix_selector) any_series = true;
        if (in_subquery) return;
        if (node.kind == ExprKind::binary) {
            const auto& binary = as<Binary>(node);
            found = found || (is_comparison(binary.op) && !binary.returns_bool) || binary.op == BinaryOp::unless || binary.op == BinaryOp::logical_and;
        }
        if (node.kind == ExprKind::call) found = found || as<Call>(node).function->name == "absent" || as<Call>(node).function->name == "absent_over_time";
    });
    return found || !any_series;
}

class Linter {
public:
    Linter(const Rule& rule, const prometheus::RecordedMetrics& recorded, const LintSettings& settings, const Finding& found) : rule_(rule), recorded_(recorded), settings_(settings), found_(found) {}

    void run() {
        names();
        if (rule_.kind == RuleKind::alerting) alert();
        if (!rule_.parsed) return;
        for_each_node(*rule_.parsed, [&](const Expr& node, Path) {
            if (node.kind == ExprKind::call) call(as<Call>(node));
            if (node.kind == ExprKind::binary) binary(as<Binary>(node));
        });
        for_each_selector(*rule_.parsed, [&](const VectorSelector& selector, Path) { selector_of(selector); });
    }

private:
    std::string shown() const { return describe(rule_); }

    void names() {
        if (!settings_.has_utf8_names) return; // they are errors then
        if (rule_.kind == RuleKind::recording && !rule_.name.empty() && !is_metric_name(rule_.name)) {
            found_("utf8-name", rule_.place, shown() + ": each query must write this name in braces and quotes", "letters, digits, _ and : make a name that needs none");
        }
        for (const auto& [name, value] : rule_.labels) {
            if (!name.empty() && !is_label_name(name)) found_("utf8-name", rule_.place_of(name, false), shown() + ": each query must write the label '" + visible(name) + "' in quotes", "letters, digits and _ make a name that needs none");
        }
    }

    void alert() {
        if (rule_.labels.count("severity") == 0) found_("missing-severity", rule_.place, shown() + " has no label 'severity'", "Alertmanager's routes usually go by it");
        const auto says = [&](const char* name) { return rule_.annotations.count(name) != 0; };
        if (!says("summary") && !says("description") && !says("message") && !says("title")) found_("missing-summary", rule_.place, shown() + " has no annotation 'summary'", "whoever is woken reads it first");
        templates();
        if (!rule_.parsed) return;
        if (!selects(*rule_.parsed)) found_("alert-without-comparison", rule_.place_in_expr(0), shown() + " fires whenever its series exist: nothing in the expression compares", "add a condition such as > 0");
        const auto& outermost = bare(*rule_.parsed);
        const bool is_absent = outermost.kind == ExprKind::call && as<Call>(outermost).function->name == "absent";
        if (is_absent && rule_.hold == Duration{0}) found_("absent-without-for", rule_.place_in_expr(0), shown() + " fires at once when series are missing, also at each restart of Prometheus or of the service", "give it a 'for', such as 10m");
    }

    void templates() {
        std::optional<LabelShape> shape;
        for (const auto& key : rule_.key_places) {
            const auto place = Place{rule_.place.file, key.line, key.column};
            const auto where = [&] { return std::string(key.annotation ? "annotation '" : "label '") + visible(key.name) + "' of " + shown(); };
            if (key.uses_value && !key.annotation) found_("value-in-label", place, where() + " holds the value: each change of it makes another alert", "put the value into an annotation");
            if (!rule_.parsed) continue;
            for (const auto& label : key.used_labels) {
                if (!shape) shape = shape_of(*rule_.parsed, recorded_).labels;
                // The names of a rule's own labels are only there in the notification.
                if (shape->may_have(label) || label == "alertname") continue;
                found_("removed-label", place, where() + " uses the label '" + visible(label) + "', which the expression has removed", hint_for_label(label, *shape));
            }
        }
    }

    static std::string hint_for_label(const std::string& label, const LabelShape& shape) {
        if (!shape.closed) return "it is empty in every text";
        if (shape.labels.empty()) return "no label is left: add by (" + label + ") to the aggregation";
        return "left are " + join(std::vector<std::string>(shape.labels.begin(), shape.labels.end()), ", ") + "; add '" + label + "' to the aggregation's by";
    }

    void call(const Call& node) {
        const auto name = node.function->name;
        if (needs_two_samples(name)) range_of(node);
        if (is_rate(name)) rate(node);
        if (name == "histogram_quantile" && node.arguments.size() == 2) quantile(node);
    }

    void range_of(const Call& node) {
        const auto& argument = *node.arguments.front();
        if (argument.kind != ExprKind::matrix_selector) return;
        const auto& range = *as<MatrixSelector>(argument).range;
        const auto milliseconds = range.nanoseconds() / 1'000'000;
        if (!range.is_number() || milliseconds >= 2 * settings_.scrape_interval.count()) return;
        found_("short-range", rule_.place_in_expr(range.place.begin), std::string(node.function->name) + "() needs two samples, and a range of " + format_duration(Duration{milliseconds}) + " holds only one now and then with a scrape interval of " + format_duration(settings_.scrape_interval),
               "four scrape intervals bear a scrape that fails; --scrape-interval says what yours is");
    }

    void rate(const Call& node) {
        const auto& argument = *node.arguments.front();
        const auto name = std::string(node.function->name) + "()";
        const auto place = rule_.place_in_expr(argument.place.begin);
        const bool is_plain = argument.kind == ExprKind::matrix_selector && !recorded_.records(as<MatrixSelector>(argument).selector->metric());
        const auto nature = is_plain ? Nature::unknown : shape_of(argument, recorded_).nature; // it takes a while
        if (nature == Nature::summed_counter) {
            found_("rate-of-sum", place, name + " of counters that were added up before: when one of them restarts, it looks like an increase of them all", "write sum(rate(...)), not rate(sum(...))");
            return;
        }
        if (argument.kind != ExprKind::matrix_selector) return;
        const auto& metric = as<MatrixSelector>(argument).selector->metric();
        if (metric.empty() || settings_.type_is_known(metric)) return;
        const bool recorded = recorded_.records(metric);
        if (recorded && nature == Nature::gauge) found_("rate-on-gauge", place, name + " of '" + visible(metric) + "', which a recording rule makes of values that go up and down", "delta() or deriv() are for these");
        const bool foreign_record = metric.find(':') != std::string::npos;
        if (!recorded && !foreign_record && !has_counter_name(metric)) found_("rate-on-gauge", place, name + " of '" + visible(metric) + "', which has no counter's name", "names of counters end in _total; delta() or deriv() are for what goes up and down");
    }

    void quantile(const Call& node) {
        const auto& argument = *node.arguments[1];
        const auto shape = shape_of(argument, recorded_).labels;
        bool buckets = false;
        for_each_selector(argument, [&](const VectorSelector& selector, Path) {
            const auto& metric = selector.metric();
            buckets = buckets || (metric.size() > 7 && metric.substr(metric.size() - 7) == "_bucket");
        });
        if (!buckets || shape.may_have("le")) return; // native histograms have no le
        found_("quantile-without-le", rule_.place_in_expr(argument.place.begin), "histogram_quantile() gives nothing: the label 'le' is removed before", "keep it, such as sum by (le) (rate(x_bucket[5m]))");
    }

    void binary(const Binary& node) {
        const auto why = why_never_matching(node, recorded_);
        if (why.empty()) return;
        const bool removes = node.op == BinaryOp::unless;
        found_("never-matching", rule_.place_in_expr(node.op_place.begin), std::string(removes ? "'unless' never takes anything away: " : "the two sides never match, so the result is empty: ") + why, "on(...) or ignoring(...) says which labels are compared");
    }

    void selector_of(const VectorSelector& selector) {
        for (const auto& matcher : selector.matchers) {
            if (matcher.op != MatchOp::regex && matcher.op != MatchOp::not_regex) continue;
            const auto place = rule_.place_in_expr(matcher.place.begin);
            if (is_plain_text(matcher.value)) found_("needless-regex", place, print(matcher) + " is a regular expression without need", std::string("write ") + (matcher.op == MatchOp::regex ? "=" : "!="));
            else if (matcher.op == MatchOp::regex && matcher.value == ".*" && matcher.name != "__name__") found_("needless-regex", place, print(matcher) + " takes everything", "leave it out");
        }
    }

    const Rule& rule_;
    const prometheus::RecordedMetrics& recorded_;
    const LintSettings& settings_;
    const Finding& found_;
};

} // namespace

void lint(const Rule& rule, const prometheus::RecordedMetrics& recorded, const LintSettings& settings, const Finding& found) { Linter(rule, recorded, settings, found).run(); }

} // namespace slipway::push_rules
