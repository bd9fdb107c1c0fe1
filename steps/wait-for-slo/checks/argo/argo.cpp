// AnalysisTemplates of Argo Rollouts, as far as they ask Prometheus.

#include "core/go_duration.hpp"
#include "core/text.hpp"
#include "slo/fields.hpp"
#include "wait-for-slo/checks/argo/argo_condition.hpp"
#include "wait-for-slo/checks/resources.hpp"

#include <re2/re2.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
#include <set>

namespace slipway::wait_for_slo {

namespace {

using slo::Fields;
using slo::Need;

/// What a template's texts may name.
struct Argument {
    std::optional<std::string> value = {};
    bool secret = false;
    Place place = {};
};
using Arguments = std::map<std::string, Argument>;

const char* advice_for(std::string_view provider) {
    if (provider == "job") return "run the job as a step of its own; for the burn rate of an SLO in Google Cloud Monitoring there is --google-slo";
    if (provider == "web") return "--probe asks a URL, and counts what it answers";
    return "a check is a query to Prometheus, or to Google Cloud Monitoring with --google-slo: take this metric into a file of its own, or leave it to Argo Rollouts";
}

/// The texts of one template, with its arguments filled in.
class Filler {
public:
    explicit Filler(const Arguments& arguments) : arguments_(arguments) {}

    std::string text(const Fields& fields, std::string_view key, Need need = Need::optional) const {
        const auto written = fields.text(key, need);
        std::string filled;
        std::size_t done = 0;
        for (auto open = written.find("{{"); open != std::string::npos; open = written.find("{{", done)) {
            const auto close = written.find("}}", open);
            if (close == std::string::npos) {
                fields.complain(key, "'" + std::string(key) + "': '{{' is not closed by '}}'", {}, "analysis");
                return {};
            }
            const auto value = value_of(fields, key, std::string(trim(std::string_view(written).substr(open + 2, close - open - 2))));
            if (!value) return {};
            filled.append(written, done, open - done).append(*value);
            done = close + 2;
        }
        return filled.append(written, done);
    }

    std::optional<long> whole(const Fields& fields, const char* key) const {
        if (!fields.has(key)) return std::nullopt;
        const auto written = text(fields, key);
        long value = 0;
        const auto read = std::from_chars(written.data(), written.data() + written.size(), value);
        if (!written.empty() && read.ec == std::errc{} && read.ptr == written.data() + written.size() && value <= 1'000'000'000) return value;
        if (!written.empty() || is_empty_text(fields, key)) fields.complain(key, "'" + std::string(key) + "': '" + visible(written) + "' is no whole number", {}, "analysis");
        return std::nullopt;
    }

    std::optional<Duration> duration(const Fields& fields, const char* key) const {
        const auto written = text(fields, key);
        if (written.empty()) return std::nullopt;
        const auto value = parse_go_duration(written);
        if (!value && written != "0s" && written != "0") fields.complain(key, "'" + std::string(key) + "': '" + visible(written) + "' is no duration", "as in Go: 30s, 5m, 1h30m", "analysis");
        return value;
    }

private:
    static bool is_empty_text(const Fields& fields, const char* key) {
        const auto& node = fields.tree().meant(fields.node(key));
        return node.kind == yaml::NodeKind::scalar && node.text.empty();
    }

    std::optional<std::string> value_of(const Fields& fields, std::string_view key, const std::string& name) const {
        constexpr std::string_view front = "args.";
        const auto found = name.rfind(front, 0) == 0 ? arguments_.find(name.substr(front.size())) : arguments_.end();
        if (found != arguments_.end() && found->second.value) return found->second.value;
        if (found != arguments_.end()) {
            // Of the others the declaration is complained of, once.
            if (found->second.secret) fields.complain(key, "'" + std::string(key) + "' uses the argument '" + found->first + "', whose value is in a secret of the cluster", "secrets are not read from there, and do not belong into queries", "analysis");
            return std::nullopt;
        }
        std::vector<std::string> names;
        for (const auto& argument : arguments_) names.push_back("args." + argument.first);
        const auto meant = closest(name, names);
        fields.complain(key, "'{{" + visible(name) + "}}' is no argument of this template", meant ? "did you mean {{" + *meant + "}}?" : names.empty() ? "spec.args declares none" : "it has " + join(names, ", "), "analysis");
        return std::nullopt;
    }

    const Arguments& arguments_;
};

class ArgoReader {
public:
    ArgoReader(const std::vector<Resource>& resources, GivenArguments& given, CheckReading& reading) : resources_(resources), given_(given), reading_(reading) {}

    void run() {
        for (const auto& resource : resources_) {
            if (resource.kind == "AnalysisRun") continue;
            const auto fresh = templates_.emplace(key_of(resource.kind, resource.name), &resource).second;
            if (!fresh) reading_.complain(resource.place(), "the " + resource.kind + " '" + visible(resource.name) + "' is given twice");
        }
        std::set<const Resource*> used;
        for (const auto& resource : resources_) {
            for (const auto* other : referred(resource, false)) used.insert(other);
        }
        // A template that others bring with them is no analysis of its own.
        for (const auto& resource : resources_) {
            if (used.count(&resource) == 0) analysis(resource);
        }
        for (const auto& resource : resources_) {
            if (read_.count(&resource) == 0) reading_.complain(resource.place(), "the " + resource.kind + " '" + visible(resource.name) + "' is in a circle of templates that refer to each other");
        }
    }

private:
    static std::string key_of(const std::string& kind, const std::string& name) { return kind + '/' + name; }

    std::optional<Fields> spec_of(const Resource& resource) {
        const Fields root(*resource.tree, resource.root, reading_.problems, "the " + resource.kind, {"apiVersion", "kind", "metadata", "spec", "status"});
        if (resource.kind == "AnalysisRun") return root.map("spec", Need::required, {"metrics", "args", "dryRun", "measurementRetention", "terminate", "ttlStrategy"});
        return root.map("spec", Need::required, {"metrics", "args", "dryRun", "measurementRetention", "templates"});
    }

    /// What spec.templates of one names.
    std::vector<const Resource*> referred(const Resource& resource, bool complain) {
        std::vector<const Resource*> found;
        std::vector<Diagnostic> unheard;
        const Fields root(*resource.tree, resource.root, unheard, {});
        const auto spec = root.map("spec");
        if (!spec || resource.kind == "AnalysisRun") return found;
        for (const auto& reference : spec->maps("templates")) {
            const auto* kind = reference.truth("clusterScope").value_or(false) ? "ClusterAnalysisTemplate" : "AnalysisTemplate";
            const auto name = reference.text("templateName");
            const auto other = templates_.find(key_of(kind, name));
            if (other != templates_.end()) found.push_back(other->second);
            else if (complain) reading_.complain(reference.place(), "there is no " + std::string(kind) + " '" + visible(name) + "' in the files that are given", "give the file that holds it with a further --analysis");
        }
        return found;
    }

    /// It and what it brings with it, each once.
    std::vector<const Resource*> all_of(const Resource& resource) {
        std::vector<const Resource*> all = {&resource};
        for (std::size_t i = 0; i < all.size(); ++i) {
            for (const auto* other : referred(*all[i], true)) {
                if (std::find(all.begin(), all.end(), other) == all.end()) all.push_back(other);
            }
        }
        return all;
    }

    void analysis(const Resource& resource) {
        const auto all = all_of(resource);
        read_.insert(all.begin(), all.end());
        Arguments arguments;
        std::vector<Fields> specs;
        for (const auto* one : all) {
            if (auto spec = spec_of(*one)) {
                add_arguments(*spec, arguments);
                specs.push_back(std::move(*spec));
            }
        }
        for (auto& [name, argument] : arguments) {
            if (const auto* value = given_.find(name)) argument.value = *value;
            else if (!argument.value && !argument.secret) reading_.complain(argument.place, "the argument '" + visible(name) + "' has no value", "--analysis-arg " + visible(name) + "=VALUE gives it one");
        }
        const Filler filler(arguments);
        std::vector<MetricCheck> checks;
        for (const auto& spec : specs) {
            for (const auto& metric : spec.maps("metrics", Need::optional, {"name", "interval", "initialDelay", "count", "successCondition", "failureCondition", "failureLimit", "inconclusiveLimit", "consecutiveErrorLimit", "consecutiveSuccessLimit", "provider"})) {
                add_metric(metric, filler, checks);
            }
        }
        for (const auto& spec : specs) dry_run(spec, filler, checks);
        if (specs.size() == all.size() && checks.empty() && reading_.problems.empty()) reading_.complain(resource.place(), "the " + resource.kind + " '" + visible(resource.name) + "' has no metrics");
        for (auto& check : checks) {
            // Metrics of other templates may have the same name.
            const auto same = [&](const MetricCheck& other) { return other.name == check.name; };
            if (std::any_of(reading_.plan.metrics.begin(), reading_.plan.metrics.end(), same)) check.name = resource.name + '/' + check.name;
            reading_.plan.metrics.push_back(std::move(check));
        }
    }

    void add_arguments(const Fields& spec, Arguments& arguments) {
        for (const auto& argument : spec.maps("args", Need::optional, {"name", "value", "valueFrom"})) {
            const auto name = argument.text("name", Need::required);
            Argument declared{.place = argument.place()};
            if (argument.has("value")) declared.value = argument.text("value");
            if (const auto from = argument.map("valueFrom", Need::optional, {"secretKeyRef", "fieldRef", "podTemplateHashValue"})) declared.secret = from->has("secretKeyRef");
            const auto [known, fresh] = arguments.emplace(name, declared);
            if (fresh) continue;
            auto& before = known->second;
            if (before.value && declared.value && before.value != declared.value) argument.complain("value", "the argument '" + visible(name) + "' has another value in " + to_string(before.place), {}, "analysis");
            if (!before.value) before = declared;
        }
    }

    void add_metric(const Fields& metric, const Filler& filler, std::vector<MetricCheck>& checks) {
        const auto mistakes = reading_.problems.size();
        MetricCheck check;
        check.place = metric.place();
        check.name = filler.text(metric, "name", Need::required);
        const auto same = std::find_if(checks.begin(), checks.end(), [&](const MetricCheck& other) { return other.name == check.name; });
        if (same != checks.end()) metric.complain("name", "the metric '" + visible(check.name) + "' stands in " + to_string(same->place) + " already", "metrics of one analysis have names of their own", "analysis");
        check.interval = filler.duration(metric, "interval").value_or(Duration{0});
        check.initial_delay = filler.duration(metric, "initialDelay").value_or(Duration{0});
        read_limits(metric, filler, check);
        const auto before_provider = reading_.problems.size();
        if (const auto provider = metric.map("provider", Need::required, {"prometheus", "kayenta", "web", "datadog", "wavefront", "newRelic", "job", "cloudWatch", "graphite", "influxdb", "skywalking", "plugin"})) read_provider(*provider, filler, check);
        // What another provider gives, conditions know by other names.
        if (reading_.problems.size() == before_provider) read_conditions(metric, filler, check);
        if (reading_.problems.size() == mistakes) checks.push_back(std::move(check));
    }

    /// @source Argo Rollouts, utils/analysis, ValidateMetric and EffectiveCount
    void read_limits(const Fields& metric, const Filler& filler, MetricCheck& check) {
        const auto complain = [&](const char* key, const std::string& message) { metric.complain(key, message, {}, "analysis"); };
        const auto count = filler.whole(metric, "count").value_or(0);
        const auto failures = filler.whole(metric, "failureLimit").value_or(0);
        const auto inconclusive = filler.whole(metric, "inconclusiveLimit").value_or(0);
        const auto errors = filler.whole(metric, "consecutiveErrorLimit").value_or(4);
        const auto successes = filler.whole(metric, "consecutiveSuccessLimit").value_or(0);
        if (count < 0) complain("count", "'count' cannot be below 0");
        if (failures < -1) complain("failureLimit", "'failureLimit' cannot be below 0, but for -1: no limit");
        if (inconclusive < 0) complain("inconclusiveLimit", "'inconclusiveLimit' cannot be below 0");
        if (errors < 0) complain("consecutiveErrorLimit", "'consecutiveErrorLimit' cannot be below 0");
        if (successes < 0) complain("consecutiveSuccessLimit", "'consecutiveSuccessLimit' cannot be below 0");
        if (failures == -1 && successes == 0) complain("failureLimit", "without 'failureLimit' there has to be a 'consecutiveSuccessLimit': nothing could fail");
        if (count > 1 && !metric.has("interval")) complain("count", "'count' of more than 1 needs an 'interval'");
        if (count > 0 && failures >= 0 && count < failures + successes) complain("count", "'count' (" + std::to_string(count) + ") is below 'failureLimit' and 'consecutiveSuccessLimit' together (" + std::to_string(failures) + " and " + std::to_string(successes) + "): they could not be reached");
        if (count > 0 && failures < 0 && count < successes) complain("count", "'count' is below 'consecutiveSuccessLimit', which could not be reached");
        if (count > 0 && count < inconclusive) complain("count", "'count' is below 'inconclusiveLimit', which could not be reached");
        if (count > 0) check.count = count;
        else if (check.interval == Duration{0}) check.count = 1;
        check.failure_limit = failures < 0 ? std::nullopt : std::optional(failures);
        check.inconclusive_limit = inconclusive;
        check.consecutive_error_limit = errors;
        if (successes > 0) check.consecutive_successes = successes;
    }

    void read_provider(const Fields& provider, const Filler& filler, MetricCheck& check) {
        for (const auto* other : {"job", "web", "kayenta", "datadog", "wavefront", "newRelic", "cloudWatch", "graphite", "influxdb", "skywalking", "plugin"}) {
            if (provider.has(other)) return provider.complain(other, "the metric '" + visible(check.name) + "' asks '" + other + "', and only prometheus can be asked here", advice_for(other), "analysis");
        }
        const auto prometheus = provider.map("prometheus", Need::required, {"address", "query", "authentication", "timeout", "insecure", "headers", "rangeQuery"});
        if (!prometheus) return;
        check.address = filler.text(*prometheus, "address");
        check.query = std::string(trim(filler.text(*prometheus, "query", Need::required)));
        if (prometheus->has("rangeQuery")) prometheus->complain("rangeQuery", "a 'rangeQuery' is not supported", "ask for one moment: avg_over_time(...[5m:]), max_over_time(...[5m:])", "analysis");
        std::vector<std::string> ignored;
        for (const auto* key : {"authentication", "timeout", "insecure", "headers"}) {
            if (prometheus->has(key)) ignored.emplace_back(key);
        }
        if (!ignored.empty()) reading_.remark(prometheus->place(), "of prometheus, " + join(ignored, ", ") + (ignored.size() == 1 ? " is" : " are") + " ignored: the options for Prometheus say how it is asked");
    }

    void read_conditions(const Fields& metric, const Filler& filler, MetricCheck& check) {
        const auto success = filler.text(metric, "successCondition");
        const auto failure = filler.text(metric, "failureCondition");
        if (!metric.has("successCondition") && !metric.has("failureCondition")) reading_.remark(metric.place(), "the metric '" + visible(check.name) + "' has no condition: whatever is measured is a success");
        const bool right = is_condition(metric, "successCondition", success, {});
        if (!is_condition(metric, "failureCondition", {}, failure) || !right) return;
        const auto condition = std::make_shared<const ArgoCondition>(success, failure);
        const auto limits = condition->limits();
        check.min = limits.min;
        check.max = limits.max;
        check.condition = condition;
    }

    static bool is_condition(const Fields& metric, const char* key, const std::string& success, const std::string& failure) {
        try {
            const ArgoCondition condition(success, failure);
            return true;
        } catch (const Error& error) {
            metric.complain(key, error.diagnostics().front().message, error.diagnostics().front().hint, "analysis");
            return false;
        }
    }

    /// As in Argo Rollouts metricName is a regular expression that has to match somewhere.
    void dry_run(const Fields& spec, const Filler& filler, std::vector<MetricCheck>& checks) {
        for (const auto& rule : spec.maps("dryRun", Need::optional, {"metricName"})) {
            const auto pattern = filler.text(rule, "metricName", Need::required);
            if (pattern.empty()) continue;
            const re2::RE2 regex(pattern, re2::RE2::Quiet);
            if (!regex.ok()) {
                rule.complain("metricName", "'metricName': '" + visible(pattern) + "' is no regular expression: " + visible(regex.error()), "all metrics are '.*'", "analysis");
                continue;
            }
            bool found = false;
            for (auto& check : checks) {
                if (!re2::RE2::PartialMatch(check.name, regex)) continue;
                check.dry_run = true;
                found = true;
            }
            if (!found && reading_.problems.empty()) rule.complain("metricName", "'metricName': no metric is called '" + visible(pattern) + '\'', {}, "analysis");
        }
    }

    const std::vector<Resource>& resources_;
    GivenArguments& given_;
    CheckReading& reading_;
    std::map<std::string, const Resource*> templates_;
    std::set<const Resource*> read_;
};

} // namespace

void read_argo(const std::vector<Resource>& resources, GivenArguments& given, CheckReading& reading) { ArgoReader(resources, given, reading).run(); }

} // namespace slipway::wait_for_slo
