// Backyards' custom resources: an objective names a template of an indicator and fills it in.

#include "core/go_duration.hpp"
#include "core/text.hpp"
#include "promql/duration.hpp"
#include "slo/languages.hpp"
#include "slo/query_template.hpp"

#include <set>

namespace slipway::slo {

namespace {

/// What a template's queries may name; without an objective each stands for something.
TemplateValues values_of(const std::string& service, const std::string& space, const Labels& parameters) {
    TemplateValues values = {{".Service.Name", service}, {".Service.Namespace", space}, {".SLO.Period", std::nullopt}};
    for (const auto& [name, value] : parameters) values[".Params." + name] = value;
    return values;
}

struct Parameters {
    Labels values;
    std::set<std::string> names;
};

/// The template's parameters with their defaults.
Parameters defaults_of(const Fields& spec) {
    Parameters parameters;
    for (const auto& parameter : spec.maps("parameters", Need::optional, {"name", "default", "description"})) {
        const auto name = parameter.text("name", Need::required);
        parameters.names.insert(name);
        if (parameter.has("default")) parameters.values[name] = parameter.text("default");
    }
    return parameters;
}

std::optional<Fields> template_spec(const SloDocument& document) {
    const Fields root(*document.tree, document.root, *document.problems, "a ServiceLevelIndicatorTemplate", {"apiVersion", "kind", "metadata", "spec", "status"});
    return root.map("spec", Need::required, {"goodEvents", "totalEvents", "kind", "description", "parameters"});
}

/// Queries of the template, filled in. One that names no period counts since its counters began: it gets one.
WindowedQuery template_query(const Fields& spec, const char* key, const TemplateValues& values, const SloDocument& document, const promql::Dialect& dialect) {
    auto query = read_query(spec, key, Need::required, values, *document.lines);
    if (query.empty()) return query;
    if (!query.has_hole()) {
        spec.problems().push_back({.severity = Severity::warning, .message = "'" + std::string(key) + "' does not use .SLO.Period: it is taken for counters, and their rate over each window", .place = query.place(),
                                   .hint = "such as sum(rate(events_total[{{ .SLO.Period }}]))", .id = "slo-no-period"});
    }
    return with_window(std::move(query), BareSelector::rate, dialect, spec.problems());
}

class BackyardsReader {
public:
    BackyardsReader(const SloDocument& document, const References& references, const promql::Dialect& dialect) : document_(document), references_(references), dialect_(dialect) {}

    void read() {
        const auto before = document_.problems->size();
        const Fields root(*document_.tree, document_.root, *document_.problems, "a ServiceLevelObjective of Backyards", {"apiVersion", "kind", "metadata", "spec", "status"});
        Objective objective;
        objective.language = "sre.banzaicloud.io/v1alpha1";
        objective.place = root.place();
        std::string space;
        if (const auto metadata = root.map("metadata", Need::required)) {
            objective.name = metadata->text("name", Need::required);
            space = metadata->text("namespace");
        }
        const auto spec = root.map("spec", Need::required, {"description", "selector", "sli", "slo"});
        if (!spec) return;
        objective.description = spec->text("description");
        std::string service_space = space;
        if (const auto selector = spec->map("selector", Need::required, {"name", "namespace"})) {
            objective.service = selector->text("name", Need::required);
            if (selector->has("namespace")) service_space = selector->text("namespace");
        }
        if (!service_space.empty()) objective.labels["service_namespace"] = service_space;
        const auto slo = spec->map("slo", Need::required, {"goal", "rolling"});
        if (slo) {
            objective.target = share_of_percent(*slo, "goal");
            read_period(*slo, objective);
        }
        if (const auto sli = spec->map("sli", Need::required, {"templateRef", "parameters"})) read_indicator(*sli, space, service_space, objective);
        if (slo) add_objective(std::move(objective), *slo, "goal", before, document_);
    }

private:
    static void read_period(const Fields& slo, Objective& objective) {
        const auto rolling = slo.map("rolling", Need::required, {"length"});
        if (!rolling) return;
        const auto text = rolling->text("length", Need::required);
        const auto length = parse_go_duration(text);
        if (length) objective.period = Period{*length, {}};
        else if (!text.empty()) rolling->complain("length", "'length': '" + visible(text) + "' is no duration", "a number with its unit, such as 720h");
    }

    void read_indicator(const Fields& sli, const std::string& space, const std::string& service_space, Objective& objective) {
        const auto reference = sli.map("templateRef", Need::required, {"name", "namespace"});
        if (!reference) return;
        const auto name = reference->text("name", Need::required);
        const auto where = reference->has("namespace") ? reference->text("namespace") : space;
        const auto found = references_.find({"ServiceLevelIndicatorTemplate", where + '/' + name});
        if (found == references_.end()) {
            return reference->complain("name", "there is no ServiceLevelIndicatorTemplate '" + visible(name) + "' in the namespace '" + visible(where) + "' among the files that are given", "give the file that holds it, too");
        }
        const auto& document = found->second;
        // What is wrong with the template itself is said once, where it is read for itself.
        std::vector<Diagnostic> said;
        auto quiet = document;
        quiet.problems = &said;
        const auto spec = template_spec(quiet);
        if (!spec) return broken(*reference, name, document);
        const auto parameters = defaults_of(*spec);
        auto values = parameters.values;
        for (const auto& [parameter, value] : sli.labels("parameters")) {
            if (parameters.names.count(parameter) == 0) sli.complain("parameters", "the template '" + visible(name) + "' has no parameter '" + visible(parameter) + '\'');
            values[parameter] = value;
        }
        for (const auto& parameter : parameters.names) {
            if (values.count(parameter) == 0) sli.complain("parameters", "the parameter '" + visible(parameter) + "' of the template '" + visible(name) + "' has no default, and gets no value here");
        }
        const auto all = values_of(objective.service, service_space, values);
        objective.indicator.kind = IndicatorKind::good_events;
        objective.indicator.numerator = template_query(*spec, "goodEvents", all, quiet, dialect_);
        objective.indicator.total = template_query(*spec, "totalEvents", all, quiet, dialect_);
        if (objective.indicator.numerator.empty() || objective.indicator.total.empty()) broken(*reference, name, document);
    }

    static void broken(const Fields& reference, const std::string& name, const SloDocument& document) {
        reference.complain("name", "the template '" + visible(name) + "' in " + document.tree->file() + " has mistakes");
    }

    const SloDocument& document_;
    const References& references_;
    const promql::Dialect& dialect_;
};

} // namespace

void read_backyards(const SloDocument& document, const References& references, const promql::Dialect& dialect) { BackyardsReader(document, references, dialect).read(); }

void check_backyards_template(const SloDocument& document, const promql::Dialect& dialect) {
    const auto spec = template_spec(document);
    if (!spec) return;
    auto parameters = defaults_of(*spec);
    for (const auto& name : parameters.names) parameters.values.emplace(name, "x");
    const auto values = values_of("x", "x", parameters.values);
    for (const char* key : {"goodEvents", "totalEvents"}) template_query(*spec, key, values, document, dialect);
}

} // namespace slipway::slo
