// Sloth's prometheus/v1 and its manifest, which say the same in two spellings.

#include "core/text.hpp"
#include "slo/languages.hpp"
#include "slo/query_template.hpp"

namespace slipway::slo {

namespace {

const TemplateValues window_only = {{".window", std::nullopt}};

/// The keys of one spelling.
struct Spelling {
    const char* language;
    const char* error_query;
    const char* total_query;
    const char* error_ratio_query;
    const char* page_alert;
    const char* ticket_alert;
};

constexpr Spelling plain = {"sloth/prometheus/v1", "error_query", "total_query", "error_ratio_query", "page_alert", "ticket_alert"};
constexpr Spelling manifest = {"sloth.slok.dev/v1", "errorQuery", "totalQuery", "errorRatioQuery", "pageAlert", "ticketAlert"};

class SlothReader {
public:
    SlothReader(const SloDocument& document, const Spelling& spelling, const promql::Dialect& dialect) : document_(document), spelling_(spelling), dialect_(dialect) {}

    void read(const Fields& spec) {
        const auto service = spec.text("service", Need::required);
        const auto labels = spec.labels("labels");
        for (const auto& slo : spec.maps("slos", Need::required, {"name", "description", "objective", "labels", "sli", "alerting", "plugins"})) read_slo(slo, service, labels);
    }

private:
    void read_slo(const Fields& slo, const std::string& service, const Labels& labels) {
        const auto before = document_.problems->size();
        Objective objective{.service = service, .name = slo.text("name", Need::required), .description = slo.text("description")};
        objective.language = spelling_.language;
        objective.place = slo.place();
        objective.target = share_of_percent(slo, "objective");
        objective.labels = labels;
        for (const auto& [name, value] : slo.labels("labels")) objective.labels[name] = value;
        if (const auto sli = slo.map("sli", Need::required, {"events", "raw", "plugin"})) read_indicator(*sli, objective);
        if (const auto alerting = slo.map("alerting", Need::optional, {"name", "labels", "annotations", spelling_.page_alert, spelling_.ticket_alert})) read_alerting(*alerting, objective);
        add_objective(std::move(objective), slo, "objective", before, document_);
    }

    void read_indicator(const Fields& sli, Objective& objective) {
        if (sli.has("plugin")) return sli.complain("plugin", "indicators from Sloth's plugins cannot be read: they are programs of their own", "write the queries that the plugin makes below 'events'");
        if (sli.has("events") == sli.has("raw")) return sli.complain("events", "'sli' takes either 'events' or 'raw'");
        auto& indicator = objective.indicator;
        if (const auto events = sli.map("events", Need::optional, {spelling_.error_query, spelling_.total_query})) {
            indicator.kind = IndicatorKind::bad_events;
            indicator.numerator = query(*events, spelling_.error_query);
            indicator.total = query(*events, spelling_.total_query);
        } else if (const auto raw = sli.map("raw", Need::optional, {spelling_.error_ratio_query})) {
            indicator.kind = IndicatorKind::failure_ratio;
            indicator.numerator = query(*raw, spelling_.error_ratio_query);
        }
    }

    WindowedQuery query(const Fields& fields, const char* key) {
        auto query = read_query(fields, key, Need::required, window_only, *document_.lines);
        if (query.empty()) return query;
        if (!query.has_hole()) {
            fields.complain(key, "the query does not use {{.window}}", "such as rate(requests_total[{{.window}}])");
            return {};
        }
        return check_query(query, dialect_, fields.problems()) ? query : WindowedQuery{};
    }

    void read_alerting(const Fields& alerting, Objective& objective) {
        objective.alert_name = alerting.text("name");
        objective.alert_labels = alerting.labels("labels");
        objective.alert_annotations = alerting.labels("annotations");
        const auto settings = [&](const char* key) {
            AlertSettings alert;
            if (const auto fields = alerting.map(key, Need::optional, {"disable", "labels", "annotations"})) {
                alert = {!fields->truth("disable").value_or(false), fields->labels("labels"), fields->labels("annotations")};
            }
            return alert;
        };
        objective.page = settings(spelling_.page_alert);
        objective.ticket = settings(spelling_.ticket_alert);
    }

    const SloDocument& document_;
    const Spelling& spelling_;
    const promql::Dialect& dialect_;
};

} // namespace

void read_sloth(const SloDocument& document, const promql::Dialect& dialect) {
    const Fields root(*document.tree, document.root, *document.problems, "a Sloth document", {"version", "service", "labels", "slos", "slo_plugins"});
    if (const auto version = root.text("version", Need::required); !version.empty() && version != "prometheus/v1") root.complain("version", "version '" + visible(version) + "' of Sloth is not known", "it is prometheus/v1");
    SlothReader(document, plain, dialect).read(root);
}

void read_sloth_manifest(const SloDocument& document, const promql::Dialect& dialect) {
    const Fields root(*document.tree, document.root, *document.problems, "a PrometheusServiceLevel", {"apiVersion", "kind", "metadata", "spec", "status"});
    if (const auto spec = root.map("spec", Need::required, {"service", "labels", "slos", "sloPlugins"})) SlothReader(document, manifest, dialect).read(*spec);
}

} // namespace slipway::slo
