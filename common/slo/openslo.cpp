// OpenSLO v1 and v1beta1, and v1alpha, which puts the indicator into the objective.

#include "core/text.hpp"
#include "slo/languages.hpp"
#include "slo/openslo_time.hpp"
#include "slo/query_template.hpp"

#include <algorithm>
#include <array>

namespace slipway::slo {

namespace {

/// {{.window}} is what Sloth's reader of OpenSLO takes; OpenSLO itself says nothing of windows within queries.
const TemplateValues window_only = {{".window", std::nullopt}};

/// Sources that speak PromQL.
bool speaks_promql(std::string_view type) {
    const auto name = lower(type);
    constexpr std::array<std::string_view, 8> known = {"prometheus", "sloth", "thanos", "mimir", "cortex", "victoriametrics", "grafanamimir", "googlecloudmanagedprometheus"};
    return std::find(known.begin(), known.end(), name) != known.end();
}

class OpenSloReader {
public:
    OpenSloReader(const SloDocument& document, const References& references, const promql::Dialect& dialect) : document_(document), references_(references), dialect_(dialect) {}

    void read() {
        const auto before = document_.problems->size();
        const Fields root(*document_.tree, document_.root, *document_.problems, "an OpenSLO document", {"apiVersion", "kind", "metadata", "spec"});
        common_.language = root.text("apiVersion");
        if (const auto metadata = root.map("metadata", Need::required, {"name", "displayName", "labels", "annotations"})) {
            common_.name = metadata->text("name", Need::required);
            common_.labels = labels_of(*metadata);
        }
        const auto spec = root.map("spec", Need::required, {"description", "service", "indicator", "indicatorRef", "timeWindow", "budgetingMethod", "objectives", "alertPolicies"});
        if (!spec) return;
        common_.description = spec->text("description");
        common_.service = spec->text("service", Need::required);
        common_.budgeting = budgeting_of(*spec);
        common_.period = period_of(*spec);
        if (spec->has("alertPolicies")) {
            spec->problems().push_back({.severity = Severity::notice, .message = "alertPolicies are not used: the alerts are those of burn rates over several windows", .place = spec->place_of("alertPolicies"), .id = "slo-alert-policies"});
        }
        const auto objectives = spec->maps("objectives", Need::required, {"displayName", "op", "value", "target", "targetPercent", "timeSliceTarget", "timeSliceWindow", "indicator", "indicatorRef", "compositeWeight"});
        const bool common_is_right = before == document_.problems->size() || std::all_of(document_.problems->begin() + static_cast<std::ptrdiff_t>(before), document_.problems->end(), [](const auto& problem) { return problem.severity != Severity::error; });
        for (std::size_t i = 0; i < objectives.size(); ++i) read_objective(objectives[i], *spec, objectives.size() > 1 ? i + 1 : 0, common_is_right ? document_.problems->size() : before);
    }

private:
    /// Values may be lists there; a rule's label has one.
    static Labels labels_of(const Fields& metadata) {
        Labels labels;
        const auto map = metadata.map("labels");
        if (!map) return labels;
        const auto& tree = map->tree();
        for (auto key = tree.meant(metadata.node("labels")).first; key != yaml::no_node; key = tree[tree[key].next].next) {
            const auto& value = tree.meant(tree[key].next);
            if (value.kind == yaml::NodeKind::scalar) labels[tree.meant(key).text] = value.text;
            else if (value.kind == yaml::NodeKind::sequence && value.first != yaml::no_node) labels[tree.meant(key).text] = tree.meant(value.first).text;
        }
        return labels;
    }

    Budgeting budgeting_of(const Fields& spec) {
        const auto method = spec.text("budgetingMethod");
        if (method.empty() || method == "Occurrences") return Budgeting::occurrences;
        if (method == "Timeslices") return Budgeting::time_slices;
        if (method == "RatioTimeslices") return Budgeting::ratio_timeslices;
        spec.complain("budgetingMethod", "'budgetingMethod': '" + visible(method) + "' is not known", "it is Occurrences, Timeslices or RatioTimeslices");
        return Budgeting::occurrences;
    }

    std::optional<Period> period_of(const Fields& spec) {
        const auto windows = spec.maps("timeWindow", Need::optional, {"duration", "isRolling", "calendar"});
        if (windows.empty()) return std::nullopt;
        if (windows.size() > 1) spec.complain("timeWindow", "'timeWindow' takes one window");
        const auto text = windows.front().text("duration", Need::required);
        if (text.empty()) return std::nullopt;
        if (const auto duration = read_openslo_duration(text)) return read_openslo_period(windows.front(), *duration);
        windows.front().complain("duration", "'duration': '" + visible(text) + "' is none of OpenSLO's durations", "a whole number and one of m, h, d, w, M, Q, Y, such as 28d");
        return std::nullopt;
    }

    void read_objective(const Fields& fields, const Fields& spec, std::size_t number, std::size_t before) {
        auto objective = common_;
        objective.place = fields.place();
        if (number != 0) objective.name += '-' + suffix_of(fields.text("displayName"), number);
        const bool percent = fields.has("targetPercent");
        if (percent == fields.has("target")) fields.complain("", "an objective takes either 'target' or 'targetPercent'");
        objective.target = percent ? share_of_percent(fields, "targetPercent") : fields.number("target").value_or(0.5);
        if (fields.has("compositeWeight")) fields.complain("compositeWeight", "objectives that are put together from others are not supported", "each can be an SLO of its own");
        read_slices(fields, objective);
        const auto& owner = fields.has("indicator") || fields.has("indicatorRef") ? fields : spec;
        read_indicator_of(owner, fields, objective);
        add_objective(std::move(objective), fields, percent ? "targetPercent" : "target", before, document_);
    }

    /// A display name as part of a name: letters, digits and dashes.
    static std::string suffix_of(const std::string& display_name, std::size_t number) {
        std::string suffix;
        for (const char c : lower(display_name)) {
            if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) suffix += c;
            else if (!suffix.empty() && suffix.back() != '-') suffix += '-';
        }
        while (!suffix.empty() && suffix.back() == '-') suffix.pop_back();
        return suffix.empty() ? std::to_string(number) : suffix;
    }

    void read_slices(const Fields& fields, Objective& objective) {
        if (objective.budgeting == Budgeting::occurrences) return;
        const auto text = fields.text("timeSliceWindow", Need::required);
        if (const auto slice = read_openslo_duration(text)) objective.slice = slice->length();
        else if (!text.empty()) fields.complain("timeSliceWindow", "'timeSliceWindow': '" + visible(text) + "' is none of OpenSLO's durations", "such as 1m");
        if (objective.budgeting != Budgeting::time_slices) return;
        objective.slice_target = fields.number("timeSliceTarget", Need::required).value_or(0.5);
        if (objective.slice_target <= 0 || objective.slice_target > 1) fields.complain("timeSliceTarget", "'timeSliceTarget' is a share above 0 and at most 1");
    }

    void read_indicator_of(const Fields& owner, const Fields& objective_fields, Objective& objective) {
        if (owner.has("indicator") == owner.has("indicatorRef")) return owner.complain("", "an SLO takes either 'indicator' or 'indicatorRef'");
        if (const auto inline_indicator = owner.map("indicator", Need::optional, {"apiVersion", "kind", "metadata", "spec"})) {
            if (const auto spec = inline_indicator->map("spec", Need::required, {"description", "ratioMetric", "thresholdMetric"})) read_indicator(*spec, *document_.lines, objective_fields, objective);
            return;
        }
        const auto name = owner.text("indicatorRef", Need::required);
        if (name.empty()) return;
        const auto found = references_.find({"SLI", name});
        if (found == references_.end()) return owner.complain("indicatorRef", "there is no SLI '" + visible(name) + "' in the files that are given", "give the file that holds it, too");
        const auto& sli = found->second;
        const Fields root(*sli.tree, sli.root, *sli.problems, "an SLI", {"apiVersion", "kind", "metadata", "spec"});
        if (const auto spec = root.map("spec", Need::required, {"description", "ratioMetric", "thresholdMetric"})) {
            const auto before = sli.problems->size();
            read_indicator(*spec, *sli.lines, objective_fields, objective);
            if (sli.problems != document_.problems && sli.problems->size() > before) owner.complain("indicatorRef", "the SLI '" + visible(name) + "' in " + sli.tree->file() + " has mistakes");
        }
    }

    void read_indicator(const Fields& spec, const std::vector<std::string_view>& lines, const Fields& objective_fields, Objective& objective) {
        if (spec.has("ratioMetric") == spec.has("thresholdMetric")) return spec.complain("", "an indicator takes either 'ratioMetric' or 'thresholdMetric'");
        if (const auto ratio = spec.map("ratioMetric", Need::optional, {"counter", "good", "bad", "total", "rawType", "raw"})) return read_ratio(*ratio, lines, objective.indicator);
        const auto threshold = spec.map("thresholdMetric", Need::optional, {"metricSource"});
        if (!threshold) return;
        auto& indicator = objective.indicator;
        indicator.kind = IndicatorKind::threshold;
        indicator.numerator = source_query(*threshold, lines, {});
        if (!indicator.numerator.empty() && !check_query(indicator.numerator, dialect_, threshold->problems())) indicator.numerator = {};
        indicator.limit = objective_fields.number("value", Need::required).value_or(0);
        const auto op = objective_fields.text("op", Need::required);
        if (op == "lt") indicator.comparison = Comparison::less;
        else if (op == "lte") indicator.comparison = Comparison::less_equal;
        else if (op == "gt") indicator.comparison = Comparison::greater;
        else if (op == "gte") indicator.comparison = Comparison::greater_equal;
        else if (!op.empty()) objective_fields.complain("op", "'op': '" + visible(op) + "' is not known", "it is lt, lte, gt or gte");
    }

    void read_ratio(const Fields& ratio, const std::vector<std::string_view>& lines, Indicator& indicator) {
        const auto bare = ratio.truth("counter").value_or(true) ? BareSelector::rate : BareSelector::sum_of_values;
        const auto metric = [&](const char* key, BareSelector how) {
            const auto fields = ratio.map(key, Need::required, {"metricSource"});
            if (!fields) return WindowedQuery{};
            auto query = source_query(*fields, lines, window_only);
            return query.empty() ? query : with_window(std::move(query), how, dialect_, fields->problems());
        };
        if (ratio.has("raw")) {
            const auto type = ratio.text("rawType", Need::required);
            if (type != "success" && type != "failure" && !type.empty()) ratio.complain("rawType", "'rawType' is success or failure");
            indicator.kind = type == "failure" ? IndicatorKind::failure_ratio : IndicatorKind::success_ratio;
            indicator.numerator = metric("raw", BareSelector::average);
            return;
        }
        if (ratio.has("good") == ratio.has("bad")) return ratio.complain("", "'ratioMetric' takes 'total' and one of 'good' and 'bad', or 'raw'");
        const bool good = ratio.has("good");
        indicator.kind = good ? IndicatorKind::good_events : IndicatorKind::bad_events;
        indicator.numerator = metric(good ? "good" : "bad", bare);
        indicator.total = metric("total", bare);
    }

    WindowedQuery source_query(const Fields& metric, const std::vector<std::string_view>& lines, const TemplateValues& values) {
        const auto source = metric.map("metricSource", Need::required, {"metricSourceRef", "type", "spec"});
        if (!source) return {};
        auto type = source->text("type");
        if (type.empty()) {
            const auto named = references_.find({"DataSource", source->text("metricSourceRef")});
            if (named != references_.end()) {
                const Fields root(*named->second.tree, named->second.root, *named->second.problems, "a DataSource");
                if (const auto spec = root.map("spec")) type = spec->text("type");
            }
        }
        if (!type.empty() && !speaks_promql(type)) {
            source->complain("type", "the metric source '" + visible(type) + "' does not speak PromQL, so no rules can be made for it");
            return {};
        }
        const auto spec = source->map("spec", Need::required);
        if (!spec) return {};
        return read_query(*spec, spec->has("promql") && !spec->has("query") ? "promql" : "query", Need::required, values, lines);
    }

    const SloDocument& document_;
    const References& references_;
    const promql::Dialect& dialect_;
    Objective common_;
};

/// v1alpha: `timeWindows: [{count: 30, unit: Day}]`, and queries below `ratioMetrics` of each objective.
class OpenSloAlphaReader {
public:
    OpenSloAlphaReader(const SloDocument& document, const promql::Dialect& dialect) : document_(document), dialect_(dialect) {}

    void read() {
        const auto before = document_.problems->size();
        const Fields root(*document_.tree, document_.root, *document_.problems, "an OpenSLO document", {"apiVersion", "kind", "metadata", "spec"});
        Objective common;
        common.language = root.text("apiVersion");
        if (const auto metadata = root.map("metadata", Need::required)) {
            common.name = metadata->text("name", Need::required);
            common.labels = metadata->labels("labels");
        }
        const auto spec = root.map("spec", Need::required, {"service", "description", "budgetingMethod", "timeWindows", "timeWindow", "objectives", "indicator", "alertPolicies"});
        if (!spec) return;
        common.service = spec->text("service", Need::required);
        common.description = spec->text("description");
        if (const auto method = spec->text("budgetingMethod"); !method.empty() && method != "Occurrences") spec->complain("budgetingMethod", "only Occurrences is supported in openslo/v1alpha", "openslo/v1 has time slices");
        if (spec->has("indicator")) spec->complain("indicator", "indicators with thresholds are not supported in openslo/v1alpha", "openslo/v1 has thresholdMetric");
        common.period = period_of(*spec);
        const auto objectives = spec->maps("objectives", Need::required, {"displayName", "ratioMetrics", "target", "value", "op", "timeSliceTarget"});
        const auto mistakes = document_.problems->size();
        for (std::size_t i = 0; i < objectives.size(); ++i) {
            auto objective = common;
            objective.name += '-' + std::to_string(i); // as Sloth names them
            read_objective(objectives[i], std::move(objective), mistakes == before ? document_.problems->size() : before);
        }
    }

private:
    std::optional<Period> period_of(const Fields& spec) {
        const auto windows = spec.maps("timeWindows", Need::optional, {"unit", "count", "isRolling", "calendar"});
        if (windows.empty()) return std::nullopt;
        const auto& window = windows.front();
        const auto unit = window.text("unit", Need::required);
        const auto count = window.number("count", Need::required);
        constexpr std::array<std::pair<std::string_view, char>, 7> units = {{{"Minute", 'm'}, {"Hour", 'h'}, {"Day", 'd'}, {"Week", 'w'}, {"Month", 'M'}, {"Quarter", 'Q'}, {"Year", 'Y'}}};
        const auto found = std::find_if(units.begin(), units.end(), [&](const auto& known) { return known.first == unit; });
        if (found == units.end()) {
            if (!unit.empty()) window.complain("unit", "'unit': '" + visible(unit) + "' is not known", "it is Minute, Hour, Day, Week, Month, Quarter or Year");
            return std::nullopt;
        }
        if (!count || *count < 1 || *count > 10'000) {
            if (count) window.complain("count", "'count' takes a whole number above 0");
            return std::nullopt;
        }
        return read_openslo_period(window, {static_cast<long>(*count), found->second});
    }

    void read_objective(const Fields& fields, Objective objective, std::size_t before) {
        objective.place = fields.place();
        objective.target = fields.number("target", Need::required).value_or(0.5);
        if (const auto ratio = fields.map("ratioMetrics", Need::required, {"incremental", "counter", "good", "total"})) {
            objective.indicator.kind = IndicatorKind::good_events;
            objective.indicator.numerator = query(*ratio, "good");
            objective.indicator.total = query(*ratio, "total");
        }
        add_objective(std::move(objective), fields, "target", before, document_);
    }

    WindowedQuery query(const Fields& ratio, const char* key) {
        const auto fields = ratio.map(key, Need::required, {"source", "queryType", "query"});
        if (!fields) return {};
        if (const auto source = fields->text("source"); !source.empty() && !speaks_promql(source)) {
            fields->complain("source", "the source '" + visible(source) + "' does not speak PromQL, so no rules can be made for it");
            return {};
        }
        auto result = read_query(*fields, "query", Need::required, window_only, *document_.lines);
        return result.empty() ? result : with_window(std::move(result), BareSelector::rate, dialect_, fields->problems());
    }

    const SloDocument& document_;
    const promql::Dialect& dialect_;
};

} // namespace

void read_openslo(const SloDocument& document, const References& references, const promql::Dialect& dialect) { OpenSloReader(document, references, dialect).read(); }

void read_openslo_alpha(const SloDocument& document, const promql::Dialect& dialect) { OpenSloAlphaReader(document, dialect).read(); }

} // namespace slipway::slo
