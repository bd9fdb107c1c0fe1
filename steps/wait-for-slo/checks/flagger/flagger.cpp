// Canaries of Flagger: which metrics they measure, and how many failed checks take a release back.

#include "core/go_duration.hpp"
#include "core/text.hpp"
#include "promql/duration.hpp"
#include "slo/query_template.hpp"
#include "wait-for-slo/checks/flagger/canary_condition.hpp"
#include "wait-for-slo/checks/flagger/flagger_queries.hpp"
#include "wait-for-slo/checks/resources.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

namespace slipway::wait_for_slo {

namespace {

using slo::Fields;
using slo::Need;

constexpr Duration usual_interval{60'000};
constexpr Duration shortest_interval{10'000};
constexpr Duration usual_webhook_timeout{10'000};
/// Of the load tester for commands that it runs in the background.
constexpr Duration usual_task_timeout{3'600'000};

bool is_builtin(const std::string& name) { return name == "request-success-rate" || name == "request-duration"; }

class FlaggerReader {
public:
    FlaggerReader(const std::vector<Resource>& resources, bool run_webhooks, CheckReading& reading) : run_webhooks_(run_webhooks), reading_(reading), resources_(resources) {}

    void run() {
        for (const auto& resource : resources_) {
            if (resource.kind == "MetricTemplate" && !templates_.emplace(std::pair(resource.space, resource.name), &resource).second) {
                reading_.complain(resource.place(), "the MetricTemplate '" + visible(resource.name) + "' is given twice");
            }
        }
        bool any = false;
        for (const auto& resource : resources_) {
            if (resource.kind != "Canary") continue;
            any = true;
            read(resource);
        }
        if (!any && !templates_.empty()) reading_.complain(templates_.begin()->second->place(), "there are MetricTemplates, and no Canary that says their limits", "give the file with the Canary with a further --analysis");
    }

private:
    void read(const Resource& resource) {
        const auto mistakes = reading_.problems.size();
        const Fields root(*resource.tree, resource.root, reading_.problems, "the Canary", {"apiVersion", "kind", "metadata", "spec", "status"});
        const auto spec = root.map("spec", Need::required, {"provider", "metricsServer", "targetRef", "autoscalerRef", "ingressRef", "routeRef", "upstreamRef", "service", "analysis", "canaryAnalysis", "progressDeadlineSeconds", "skipAnalysis", "revertOnDeletion", "suspend"});
        if (!spec) return;
        if (spec->truth("skipAnalysis").value_or(false)) return complain(*spec, "skipAnalysis", "with 'skipAnalysis' nothing is checked", "take it out to have the release checked");
        canary_ = {};
        canary_.name = resource.name;
        canary_.place = root.place();
        read_names(resource, *spec);
        const char* key = spec->has("canaryAnalysis") && !spec->has("analysis") ? "canaryAnalysis" : "analysis";
        const auto analysis = spec->map(key, Need::required, {"interval", "iterations", "mirror", "mirrorWeight", "maxWeight", "stepWeight", "stepWeights", "stepWeightPromotion", "threshold", "primaryReadyThreshold", "canaryReadyThreshold", "alerts", "metrics", "webhooks", "match", "sessionAffinity"});
        if (!analysis) return;
        read_analysis(*analysis);
        // Its own measurements and queries in the Canary come first, whatever the order in the file.
        for (const bool templates : {false, true}) {
            for (const auto& metric : analysis->maps("metrics", Need::optional, {"name", "interval", "threshold", "thresholdRange", "query", "templateRef", "templateVariables"})) {
                if (metric.has("templateRef") == templates) read_metric(*spec, metric, resource);
            }
        }
        for (const auto& webhook : analysis->maps("webhooks", Need::optional, {"type", "name", "url", "muteAlert", "timeout", "metadata", "retries", "disableTLS"})) read_webhook(webhook);
        if (reading_.problems.size() != mistakes) return;
        if (canary_.metrics.empty() && canary_.commands.empty()) return complain(*analysis, "metrics", "the Canary '" + visible(resource.name) + "' has no metrics");
        reading_.plan.canaries.push_back(std::move(canary_));
    }

    static void complain(const Fields& fields, const char* key, std::string message, std::string hint = {}) { fields.complain(key, std::move(message), std::move(hint), "analysis"); }

    void read_names(const Resource& resource, const Fields& spec) {
        names_ = {};
        names_.name = resource.name;
        names_.space = resource.space.empty() ? "default" : resource.space;
        provider_ = spec.text("provider");
        server_ = spec.text("metricsServer");
        if (const auto target = spec.map("targetRef", Need::required)) {
            names_.target = target->text("name", Need::required);
            is_service_ = target->text("kind") == "Service";
        }
        names_.service = names_.ingress = names_.route = names_.target;
        if (const auto service = spec.map("service"); service && service->has("name")) names_.service = service->text("name");
        if (const auto ingress = spec.map("ingressRef")) names_.ingress = ingress->text("name", Need::required);
        if (const auto route = spec.map("routeRef")) names_.route = route->text("name", Need::required);
    }

    static std::optional<long> whole(const Fields& fields, const char* key) {
        const auto value = fields.number(key);
        if (!value) return std::nullopt;
        if (*value == std::floor(*value) && std::abs(*value) <= 1e9) return static_cast<long>(*value);
        complain(fields, key, "'" + std::string(key) + "' takes a whole number");
        return std::nullopt;
    }

    void read_analysis(const Fields& analysis) {
        canary_.interval = usual_interval;
        if (analysis.has("interval")) {
            const auto text = analysis.text("interval");
            const auto interval = parse_go_duration(text);
            if (!interval) complain(analysis, "interval", "'interval': '" + visible(text) + "' is no duration", "as in Go: 30s, 1m");
            canary_.interval = interval.value_or(usual_interval);
            if (canary_.interval < shortest_interval) {
                reading_.remark(analysis.place_of("interval"), "the interval " + visible(text) + " is taken as 10s, as Flagger does");
                canary_.interval = shortest_interval;
            }
        }
        // None, or 0, is 1 for Flagger.
        canary_.threshold = std::max(1L, whole(analysis, "threshold").value_or(1));
        const auto iterations = whole(analysis, "iterations").value_or(0);
        if (iterations < 0) complain(analysis, "iterations", "'iterations' cannot be below 0");
        if (iterations > 0) canary_.iterations = iterations;
        std::vector<std::string> ignored;
        for (const auto* key : {"stepWeight", "stepWeights", "maxWeight", "stepWeightPromotion", "mirror", "mirrorWeight", "match", "sessionAffinity", "primaryReadyThreshold", "canaryReadyThreshold", "alerts"}) {
            if (analysis.has(key)) ignored.emplace_back(key);
        }
        if (!ignored.empty()) reading_.remark(analysis.place(), join(ignored, ", ") + (ignored.size() == 1 ? " is" : " are") + " ignored: here it is only watched, and no traffic is moved");
    }

    void read_metric(const Fields& spec, const Fields& metric, const Resource& resource) {
        MetricCheck check;
        check.place = metric.place();
        check.name = metric.text("name", Need::required);
        check.interval = canary_.interval;
        auto window = metric.text("interval");
        if (window.empty()) window = "1m";
        if (!promql::read_duration(window)) return complain(metric, "interval", "'interval': '" + visible(window) + "' is no duration", "such as 1m");
        const bool from_template = metric.has("templateRef");
        const bool builtin = !from_template && !metric.has("query");
        if (builtin && !is_builtin(check.name)) return complain(metric, "name", "the metric '" + visible(check.name) + "' has no 'templateRef'", "only request-success-rate and request-duration are measured without one");
        if (!builtin && is_builtin(check.name)) reading_.remark(metric.place(), "'" + check.name + "' is measured by its " + (from_template ? "MetricTemplate" : "query") + " only: Flagger, which knows this name, asks a query of its own as well");
        if (from_template) read_template(metric, window, resource, check);
        else if (builtin) read_builtin(spec, metric, window, check);
        else check.query = slo::read_query(metric, "query", Need::required, values(metric, window), *resource.lines).at(window);
        if (!from_template) check.address = server_;
        read_threshold(metric, builtin, check);
        canary_.metrics.push_back(std::move(check));
    }

    void read_builtin(const Fields& spec, const Fields& metric, const std::string& window, MetricCheck& check) {
        auto provider = provider_.empty() ? "istio" : provider_;
        if (provider_.empty()) reading_.remark(metric.place(), "'" + check.name + "' is asked for in Istio's series, as Flagger does when it is not told another provider; spec.provider names one");
        if (is_service_) provider += ":service";
        const auto query = builtin_query(check.name, provider, names_, window);
        if (query) check.query = *query;
        else complain(spec, "provider", "how '" + visible(provider_) + "' measures " + check.name + " is not known here", "give the metric a templateRef, with a MetricTemplate of your query");
    }

    /// What queries may name. @source Flagger 1.36, MetricTemplateModel
    slo::TemplateValues values(const Fields& metric, const std::string& window) const {
        slo::TemplateValues values = {{"name", names_.name},       {"namespace", names_.space}, {"target", names_.target}, {"service", names_.service},
                                      {"ingress", names_.ingress}, {"route", names_.route},     {"interval", window}};
        for (const auto& [name, value] : metric.labels("templateVariables")) values["variables." + name] = value;
        return values;
    }

    const Resource* find_template(const std::string& space, const std::string& name) const {
        const auto found = templates_.find({space, name});
        if (found != templates_.end()) return found->second;
        // A file without a namespace goes into the one where it is applied.
        const auto anywhere = templates_.find({std::string(), name});
        return anywhere == templates_.end() ? nullptr : anywhere->second;
    }

    void read_template(const Fields& metric, const std::string& window, const Resource& canary, MetricCheck& check) {
        const auto reference = metric.map("templateRef", Need::required, {"apiVersion", "kind", "name", "namespace"});
        if (!reference) return;
        const auto name = reference->text("name", Need::required);
        auto space = reference->text("namespace");
        if (space.empty()) space = canary.space;
        const auto* found = find_template(space, name);
        if (found == nullptr) return complain(*reference, "name", "there is no MetricTemplate '" + visible(name) + "' in the namespace '" + visible(space.empty() ? "default" : space) + "' in the files that are given", "give the file that holds it with a further --analysis");
        const Fields root(*found->tree, found->root, reading_.problems, "the MetricTemplate", {"apiVersion", "kind", "metadata", "spec", "status"});
        const auto spec = root.map("spec", Need::required, {"provider", "query"});
        if (!spec) return;
        check.query = slo::read_query(*spec, "query", Need::required, values(metric, window), *found->lines).at(window);
        const auto provider = spec->map("provider", Need::required, {"type", "address", "secretRef", "region", "insecureSkipVerify"});
        if (!provider) return;
        const auto type = provider->text("type", Need::required);
        if (!type.empty() && type != "prometheus") return complain(*provider, "type", "the MetricTemplate '" + visible(name) + "' asks '" + visible(type) + "', and only prometheus can be asked here", type == "stackdriver" ? "for the SLOs of Google Cloud Monitoring there is --google-slo" : "write its query for Prometheus, or leave the metric out");
        check.address = provider->text("address");
        std::vector<std::string> ignored;
        for (const auto* key : {"secretRef", "insecureSkipVerify"}) {
            if (provider->has(key)) ignored.emplace_back(key);
        }
        if (!ignored.empty()) reading_.remark(provider->place(), join(ignored, ", ") + (ignored.size() == 1 ? " is" : " are") + " ignored: the options for Prometheus say how it is asked");
    }

    void read_threshold(const Fields& metric, bool builtin, MetricCheck& check) {
        if (const auto range = metric.map("thresholdRange", Need::optional, {"min", "max"})) {
            check.min = range->number("min");
            check.max = range->number("max");
        } else if (metric.has("threshold")) {
            // Of the success rate, the old form is the lowest value.
            (builtin && check.name == "request-success-rate" ? check.min : check.max) = metric.number("threshold");
        }
        if (!check.min && !check.max) return complain(metric, "thresholdRange", "the metric '" + visible(check.name) + "' has no limit: neither min nor max", "thresholdRange: {min: 99}, or {max: 500}");
        if (check.min && check.max && *check.min > *check.max) complain(metric, "thresholdRange", "no value is at least the 'min' and at most the 'max' of '" + visible(check.name) + '\'');
        check.condition = std::make_shared<const CanaryCondition>(check.min, check.max, builtin && check.name == "request-duration");
    }

    /// @source Flagger 1.36, pkg/controller/webhook.go and pkg/loadtester/server.go
    void read_webhook(const Fields& webhook) {
        CanaryCommand command;
        command.name = webhook.text("name", Need::required);
        command.type = webhook.text("type");
        if (command.type.empty()) command.type = "rollout";
        static const std::vector<std::string> types = {"rollout", "pre-rollout", "post-rollout", "confirm-rollout", "confirm-promotion", "confirm-traffic-increase", "rollback", "event"};
        if (std::find(types.begin(), types.end(), command.type) == types.end()) return complain(webhook, "type", "'" + visible(command.type) + "' is no type of a webhook", "known are " + join(types, ", "));
        const auto metadata = webhook.labels("metadata");
        const auto entry = [&](const char* key) {
            const auto found = metadata.find(key);
            return found == metadata.end() ? std::string() : found->second;
        };
        const auto ignore = [&](const std::string& why) { reading_.remark(webhook.place(), "the webhook '" + visible(command.name) + "' is ignored: " + why); };
        if (command.type != "rollout" && command.type != "pre-rollout") return ignore("it is of type " + command.type + ", and only pre-rollout and rollout belong to the checks");
        const auto kind = metadata.count("type") != 0 ? entry("type") : "cmd";
        command.command = entry("cmd");
        if (metadata.empty() || (kind == "cmd" && command.command.empty())) return ignore("it has no command for the load tester");
        if (kind != "cmd" && kind != "bash") return ignore("of the load tester's tasks only cmd and bash are known here, not " + visible(kind));
        if (command.command.empty()) return complain(webhook, "metadata", "the webhook '" + visible(command.name) + "' has no 'cmd'");
        if (!run_webhooks_) return ignore("--run-webhooks would run its command here");
        command.in_background = kind == "cmd";
        command.timeout = usual_webhook_timeout;
        if (const auto text = webhook.text("timeout"); text.size() > 1) {
            const auto timeout = parse_go_duration(text);
            if (!timeout) complain(webhook, "timeout", "'timeout': '" + visible(text) + "' is no duration", "as in Go: 30s, 1m");
            command.timeout = timeout.value_or(usual_webhook_timeout);
        }
        // The webhook's own is how long Flagger waits for an answer, which comes at once.
        if (command.in_background) command.timeout = usual_task_timeout;
        canary_.commands.push_back(std::move(command));
    }

    bool run_webhooks_;
    CheckReading& reading_;
    const std::vector<Resource>& resources_;
    std::map<std::pair<std::string, std::string>, const Resource*> templates_; ///< by namespace and name
    CanaryCheck canary_;
    CanaryNames names_;
    std::string provider_;
    std::string server_;
    bool is_service_ = false;
};

} // namespace

void read_flagger(const std::vector<Resource>& resources, bool run_webhooks, CheckReading& reading) { FlaggerReader(resources, run_webhooks, reading).run(); }

} // namespace slipway::wait_for_slo
