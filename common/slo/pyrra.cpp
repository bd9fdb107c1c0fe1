// Pyrra's ServiceLevelObjective: metrics instead of queries.

#include "core/text.hpp"
#include "promql/names.hpp"
#include "promql/parser.hpp"
#include "slo/languages.hpp"
#include "slo/query_template.hpp"

#include <algorithm>

namespace slipway::slo {

namespace {

class PyrraReader {
public:
    PyrraReader(const SloDocument& document, const promql::Dialect& dialect) : document_(document), dialect_(dialect) {}

    void read() {
        const auto before = document_.problems->size();
        const Fields root(*document_.tree, document_.root, *document_.problems, "a ServiceLevelObjective of Pyrra", {"apiVersion", "kind", "metadata", "spec", "status"});
        Objective objective;
        objective.language = "pyrra.dev/v1alpha1";
        objective.place = root.place();
        if (const auto metadata = root.map("metadata", Need::required)) {
            objective.name = metadata->text("name", Need::required);
            objective.service = metadata->text("namespace");
            for (const auto& [name, value] : metadata->labels("labels")) {
                constexpr std::string_view prefix = "pyrra.dev/"; // labels that are for the rules
                if (name.rfind(prefix, 0) == 0) objective.labels[name.substr(prefix.size())] = value;
            }
            if (const auto service = objective.labels.find("service"); service != objective.labels.end()) objective.service = service->second;
            if (objective.service.empty()) objective.service = objective.name;
        }
        const auto spec = root.map("spec", Need::required, {"target", "window", "description", "indicator", "alerting"});
        if (!spec) return;
        objective.description = spec->text("description");
        objective.target = share_of_percent(*spec, "target");
        if (const auto window = spec->duration("window", Need::required)) objective.period = Period{*window, {}};
        if (const auto indicator = spec->map("indicator", Need::required, {"ratio", "latency", "latencyNative", "bool_gauge"})) read_indicator(*indicator, objective);
        if (const auto alerting = spec->map("alerting", Need::optional, {"disabled", "name", "burnrates", "absent", "labels", "annotations"})) {
            const bool off = alerting->truth("disabled").value_or(false) || !alerting->truth("burnrates").value_or(true);
            objective.page.enabled = objective.ticket.enabled = !off;
            objective.alert_name = alerting->text("name");
            objective.alert_labels = alerting->labels("labels");
            objective.alert_annotations = alerting->labels("annotations");
        }
        add_objective(std::move(objective), *spec, "target", before, document_);
    }

private:
    void read_indicator(const Fields& indicator, Objective& objective) {
        const auto kinds = {"ratio", "latency", "latencyNative", "bool_gauge"};
        if (std::count_if(kinds.begin(), kinds.end(), [&](const char* kind) { return indicator.has(kind); }) != 1) {
            return indicator.complain("", "'indicator' takes one of ratio, latency, latencyNative and bool_gauge");
        }
        auto& result = objective.indicator;
        if (const auto ratio = indicator.map("ratio", Need::optional, {"errors", "total", "grouping"})) {
            const auto by = grouping(objective, *ratio);
            result = {.kind = IndicatorKind::bad_events, .numerator = rate_of(*ratio, "errors", by), .total = rate_of(*ratio, "total", by)};
        } else if (const auto latency = indicator.map("latency", Need::optional, {"success", "total", "grouping"})) {
            const auto by = grouping(objective, *latency);
            result = {.kind = IndicatorKind::good_events, .numerator = rate_of(*latency, "success", by), .total = rate_of(*latency, "total", by)};
        } else if (const auto native = indicator.map("latencyNative", Need::optional, {"total", "latency", "grouping"})) {
            const auto by = grouping(objective, *native);
            const auto limit = native->duration("latency", Need::required).value_or(Duration{1});
            const auto seconds = in_decimal(static_cast<double>(limit.count()) / 1000);
            auto total = range_of(*native, "total");
            result = {.kind = IndicatorKind::good_events};
            if (total.empty()) return;
            result.total = total.wrapped("histogram_count(sum" + by + "(rate(", ")))");
            // A fraction of no events is NaN, which would make every sum of good events NaN.
            result.numerator = product(total.wrapped("(histogram_fraction(0, " + seconds + ", sum" + by + "(rate(", "))) >= 0)"), result.total);
        } else if (const auto gauge = indicator.map("bool_gauge", Need::optional, {"metric", "grouping"})) {
            const auto by = grouping(objective, *gauge);
            const auto samples = range(*gauge, "metric");
            if (samples.empty()) return;
            result = {.kind = IndicatorKind::good_events, .numerator = samples.wrapped("sum" + by + "(sum_over_time(", "))"), .total = samples.wrapped("sum" + by + "(count_over_time(", "))")};
        }
    }

    static WindowedQuery product(const WindowedQuery& left, const WindowedQuery& right) {
        auto pieces = left.pieces();
        pieces.push_back({" * ", 0, false});
        pieces.insert(pieces.end(), right.pieces().begin(), right.pieces().end());
        return {std::move(pieces), left.source(), left.expression_place()};
    }

    std::string grouping(const Objective& objective, const Fields& fields) {
        const auto labels = fields.texts("grouping");
        for (const auto& label : labels) {
            if (!promql::is_label_name(label)) fields.complain("grouping", "'grouping': '" + visible(label) + "' is no label name");
            else if (label == "service" || label == "slo" || objective.labels.count(label) != 0) fields.complain("grouping", "'grouping' by '" + visible(label) + "' cannot work: each rule of this objective has a label of that name itself, and the groups would be one series");
        }
        return labels.empty() ? std::string() : " by (" + join(labels, ", ") + ") ";
    }

    WindowedQuery rate_of(const Fields& fields, const char* key, const std::string& by) {
        const auto series = range_of(fields, key);
        return series.empty() ? series : series.wrapped("sum" + by + "(rate(", "))");
    }

    /// `errors: {metric: SELECTOR}` as `SELECTOR[window]`.
    WindowedQuery range_of(const Fields& fields, const char* key) {
        const auto query = fields.map(key, Need::required, {"metric"});
        return query ? range(*query, "metric") : WindowedQuery{};
    }

    WindowedQuery range(const Fields& fields, const char* key) {
        const auto query = read_query(fields, key, Need::required, {}, *document_.lines);
        if (query.empty() || !check_query(query, dialect_, fields.problems())) return {};
        const auto parsed = promql::parse(query.at(""), dialect_);
        if (parsed.expr->kind != promql::ExprKind::vector_selector) {
            fields.complain(key, "'" + std::string(key) + "' takes a metric with its labels, no other expression");
            return {};
        }
        auto pieces = query.pieces();
        pieces.push_back({"[", query.source().size(), false});
        pieces.push_back({{}, query.source().size(), true});
        pieces.push_back({"]", query.source().size(), false});
        return {std::move(pieces), query.source(), query.expression_place()};
    }

    const SloDocument& document_;
    const promql::Dialect& dialect_;
};

} // namespace

void read_pyrra(const SloDocument& document, const promql::Dialect& dialect) { PyrraReader(document, dialect).read(); }

} // namespace slipway::slo
