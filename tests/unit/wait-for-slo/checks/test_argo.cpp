#include "catch.hpp"

#include "core/error.hpp"
#include "failure.hpp"
#include "fakes.hpp"
#include "wait-for-slo/checks/analysis_files.hpp"

#include <string>
#include <vector>

using namespace slipway;
using namespace slipway::wait_for_slo;

namespace {

using Lines = std::vector<std::string>;

CheckPlan read(const Lines& texts, const Lines& args = {}) {
    fake::Files files;
    Lines paths;
    for (const auto& text : texts) {
        paths.push_back(std::string(1, static_cast<char>('a' + paths.size())) + ".yaml");
        files.contents[paths.back()] = text;
    }
    return read_analysis_files(paths, args, false, files);
}

/// All mistakes as people read them.
Lines mistakes(const Lines& texts, const Lines& args = {}) {
    const auto error = failure_of([&] { read(texts, args); });
    CHECK(error.code() == ExitCode::misuse);
    Lines found;
    for (const auto& one : error.diagnostics()) found.push_back(one.hint.empty() ? to_line(one) : to_line(one) + " (" + one.hint + ')');
    return found;
}

std::string analysis(const std::string& spec, const std::string& kind = "AnalysisTemplate", const std::string& name = "t") {
    return "apiVersion: argoproj.io/v1alpha1\nkind: " + kind + "\nmetadata: {name: " + name + "}\nspec:\n" + spec;
}

/// A template with one metric, "m", with these keys.
std::string metric(const std::string& keys) { return analysis("  metrics:\n  - name: m\n    provider: {prometheus: {query: up}}\n" + keys); }

/// Of the documentation of Argo Rollouts.
const std::string success_rate = R"(apiVersion: argoproj.io/v1alpha1
kind: AnalysisTemplate
metadata:
  name: success-rate
spec:
  args:
  - name: service-name
  - name: prometheus-port
    value: 9090
  metrics:
  - name: success-rate
    interval: 5m
    # NOTE: prometheus queries return results in the form of a vector.
    successCondition: result[0] >= 0.95
    failureLimit: 3
    provider:
      prometheus:
        address: "http://prometheus.example.com:{{args.prometheus-port}}"
        query: |
          sum(irate(
            istio_requests_total{reporter="source",destination_service=~"{{args.service-name}}",response_code!~"5.*"}[5m]
          )) /
          sum(irate(
            istio_requests_total{reporter="source",destination_service=~"{{ args.service-name }}"}[5m]
          ))
)";

} // namespace

TEST_CASE("an AnalysisTemplate of Argo's documentation") {
    const auto plan = read({success_rate}, {"service-name=shop.prod.svc"});
    CHECK(plan.remarks.empty());
    REQUIRE(plan.metrics.size() == 1);
    const auto& check = plan.metrics[0];
    CHECK(check.name == "success-rate");
    CHECK(check.address == "http://prometheus.example.com:9090");
    CHECK(check.query.find("destination_service=~\"shop.prod.svc\"}[5m]\n))") != std::string::npos);
    CHECK(check.query.find("{{") == std::string::npos);
    CHECK(check.condition->text() == "result[0] >= 0.95");
    CHECK(check.condition->judge({false, {0.95}}).phase == Phase::successful);
    CHECK(check.min == 0.95);
    CHECK_FALSE(check.max);
    CHECK(check.interval == Duration{300'000});
    CHECK(check.initial_delay == Duration{0});
    CHECK_FALSE(check.count);
    CHECK(check.failure_limit == 3);
    CHECK(check.inconclusive_limit == 0);
    CHECK(check.consecutive_error_limit == 4);
    CHECK_FALSE(check.consecutive_successes);
    CHECK_FALSE(check.dry_run);
    CHECK(to_string(check.place) == "a.yaml:11:5");

    CHECK(mistakes({success_rate}) == Lines{"a.yaml:7:5: the argument 'service-name' has no value (--analysis-arg service-name=VALUE gives it one)"});
    CHECK(mistakes({success_rate}, {"service-name=x", "service=y"}) == Lines{"--analysis-arg service: no template has an argument of this name (they have prometheus-port, service-name)"});
    CHECK(mistakes({success_rate}, {"service-nam=y"}).back() == "--analysis-arg service-nam: no template has an argument of this name (did you mean service-name?)");
    CHECK(mistakes({success_rate}, {"secret"}) == Lines{"--analysis-arg takes NAME=VALUE, and one has no name or no '='"});
    CHECK(read({success_rate}, {"service-name=x", "prometheus-port=80=1"}).metrics[0].address == "http://prometheus.example.com:80=1");
}

TEST_CASE("limits, dry run and arguments of any kind") {
    const auto plan = read({analysis(R"(  args:
  - {name: count, value: "7"}
  - {name: hash, valueFrom: {podTemplateHashValue: Latest}}
  - {name: token, valueFrom: {secretKeyRef: {name: s, key: k}}}
  dryRun: [{metricName: err.*}]
  measurementRetention: [{metricName: .*, limit: 20}]
  metrics:
  - name: error-rate
    interval: 1m30s
    initialDelay: 0.5h
    count: "{{args.count}}"
    failureLimit: -1
    inconclusiveLimit: 2
    consecutiveErrorLimit: 0
    consecutiveSuccessLimit: 4
    failureCondition: result > 0.05
    provider: {prometheus: {query: 'errors{hash="{{ args.hash }}"}', timeout: 40, insecure: true, headers: [{key: a, value: "{{args.token}}"}], authentication: {sigv4: {region: x}}}}
  - name: once
    successCondition: "true"
    count: 0
    provider: {prometheus: {query: up}}
  - {name: any, interval: 10s, provider: {prometheus: {query: up}}}
)")}, {"hash=abc"});
    REQUIRE(plan.metrics.size() == 3);
    const auto& check = plan.metrics[0];
    CHECK(check.query == "errors{hash=\"abc\"}");
    CHECK(check.interval == Duration{90'000});
    CHECK(check.initial_delay == Duration{1'800'000});
    CHECK(check.count == 7);
    CHECK_FALSE(check.failure_limit);
    CHECK(check.inconclusive_limit == 2);
    CHECK(check.consecutive_error_limit == 0);
    CHECK(check.consecutive_successes == 4);
    CHECK(check.max == 0.05);
    CHECK(check.dry_run);
    CHECK(plan.metrics[1].count == 1);
    CHECK_FALSE(plan.metrics[1].dry_run);
    CHECK_FALSE(plan.metrics[2].count);
    CHECK(plan.metrics[2].condition->judge({false, {}}).phase == Phase::successful);
    CHECK(plan.remarks == Lines{"a.yaml:21:28: of prometheus, authentication, timeout, insecure, headers are ignored: the options for Prometheus say how it is asked",
                                "a.yaml:26:5: the metric 'any' has no condition: whatever is measured is a success"});
}

TEST_CASE("templates of templates, runs, and other resources beside them") {
    const auto shared = analysis("  args: [{name: service, value: x}]\n  metrics: [{name: base, provider: {prometheus: {query: 'up{s=\"{{args.service}}\"}'}}, successCondition: 'result[0] == 1'}]\n", "ClusterAnalysisTemplate", "base");
    const auto both = analysis("  args: [{name: service}]\n  templates: [{templateName: base, clusterScope: true}]\n  metrics: [{name: own, provider: {prometheus: {query: own}}, successCondition: 'true'}]\n");
    auto plan = read({shared + "---\n---\napiVersion: argoproj.io/v1alpha1\nkind: Rollout\nmetadata: {name: shop}\n", both}, {"service=shop"});
    REQUIRE(plan.metrics.size() == 2);
    CHECK(plan.metrics[0].name == "own");
    CHECK(plan.metrics[1].name == "base");
    CHECK(plan.metrics[1].query == "up{s=\"shop\"}");
    CHECK(plan.remarks == Lines{"a.yaml:9:1: the Rollout 'shop' holds no checks and is ignored"});
    CHECK(read({shared, both}).metrics[1].query == "up{s=\"x\"}"); // the value that one of them has

    CHECK(mistakes({both}) == Lines{"a.yaml:6:15: there is no ClusterAnalysisTemplate 'base' in the files that are given (give the file that holds it with a further --analysis)",
                                    "a.yaml:5:10: the argument 'service' has no value (--analysis-arg service=VALUE gives it one)"});
    CHECK(mistakes({shared, analysis("  args: [{name: service, value: y}]\n  templates: [{templateName: base, clusterScope: true}]\n")}) == Lines{"a.yaml:5:33: the argument 'service' has another value in b.yaml:5:10"});
    const auto circle = [](const std::string& name, const std::string& other) { return analysis("  templates: [{templateName: " + other + "}]\n", "AnalysisTemplate", name); };
    CHECK(mistakes({circle("a", "b"), circle("b", "a"), shared}) == Lines{"a.yaml:1:1: the AnalysisTemplate 'a' is in a circle of templates that refer to each other", "b.yaml:1:1: the AnalysisTemplate 'b' is in a circle of templates that refer to each other"});
    CHECK(mistakes({shared, shared}) == Lines{"b.yaml:1:1: the ClusterAnalysisTemplate 'base' is given twice"});

    const auto run = analysis("  args: [{name: a, value: v}]\n  ttlStrategy: {secondsAfterCompletion: 1}\n  metrics: [{name: base, provider: {prometheus: {query: 'x{{args.a}}'}}, successCondition: 'true'}]\nstatus: {phase: Running}\n", "AnalysisRun");
    plan = read({"kind: List\napiVersion: v1\nitems:\n- {apiVersion: argoproj.io/v1alpha1, kind: AnalysisTemplate, metadata: {name: u}, spec: {metrics: [{name: base, provider: {prometheus: {query: up}}, successCondition: 'true'}]}}\n", run});
    REQUIRE(plan.metrics.size() == 2);
    CHECK(plan.metrics[1].name == "t/base");
    CHECK(plan.metrics[1].query == "xv");
}

TEST_CASE("all mistakes of Argo's resources at their places") {
    CHECK(mistakes({analysis(R"(  args: [{name: threshold}]
  metrics:
  - name: burn-rate
    provider:
      job: {spec: {backoffLimit: 1}}
  - name: page
    successCondition: result.ok
    provider: {web: {url: x}}
  - name: typo
    failurelimit: 3
    interval: 5 minutes
    count: many
    successCondition: reslut > 1
    failureCondition: result[0] >
    provider: {prometheus: {query: up}}
  - name: range
    provider: {prometheus: {query: "{{args.threshhold}}", rangeQuery: {step: 1m}}}
  - name: typo
    name: again
    provider: {prometheus: {query: ""}}
  - provider: {grafana: {}}
  dryRun: [{metricName: "*"}]
)")}, {"threshold=1"}) ==
          Lines{"a.yaml:14:5: 'failurelimit' is no key of an entry of 'metrics' (did you mean 'failureLimit'?)",
                "a.yaml:23:5: 'name' stands there twice",
                "a.yaml:9:12: the metric 'burn-rate' asks 'job', and only prometheus can be asked here (run the job as a step of its own; for the burn rate of an SLO in Google Cloud Monitoring there is --google-slo)",
                "a.yaml:12:21: the metric 'page' asks 'web', and only prometheus can be asked here (--probe asks a URL, and counts what it answers)",
                "a.yaml:15:15: 'interval': '5 minutes' is no duration (as in Go: 30s, 5m, 1h30m)",
                "a.yaml:16:12: 'count': 'many' is no whole number",
                "a.yaml:17:23: successCondition 'reslut > 1': 'reslut' at character 1: unknown name (conditions know `result`, a number or a list of numbers)",
                "a.yaml:18:23: failureCondition 'result[0] >': its end: something is missing there",
                "a.yaml:21:36: '{{args.threshhold}}' is no argument of this template (did you mean {{args.threshold}}?)",
                "a.yaml:21:71: a 'rangeQuery' is not supported (ask for one moment: avg_over_time(...[5m:]), max_over_time(...[5m:]))",
                "a.yaml:24:36: 'query' of 'prometheus' is empty",
                "a.yaml:25:5: an entry of 'metrics' has no 'name'",
                "a.yaml:25:16: 'grafana' is no key of 'provider' (known are prometheus, kayenta, web, datadog, wavefront, newRelic, job, cloudWatch, graphite, influxdb, skywalking, plugin)",
                "a.yaml:25:15: 'provider' has no 'prometheus'",
                "a.yaml:26:25: 'metricName': '*' is no regular expression: no argument for repetition operator: * (all metrics are '.*')"});

    const auto limits = [](const std::string& keys) { return mistakes({metric(keys)}); };
    CHECK(limits("    failureLimit: -2\n    inconclusiveLimit: -1\n    consecutiveErrorLimit: -1\n    consecutiveSuccessLimit: -1\n    count: -1\n") ==
          Lines{"a.yaml:12:12: 'count' cannot be below 0", "a.yaml:8:19: 'failureLimit' cannot be below 0, but for -1: no limit", "a.yaml:9:24: 'inconclusiveLimit' cannot be below 0",
                "a.yaml:10:28: 'consecutiveErrorLimit' cannot be below 0", "a.yaml:11:30: 'consecutiveSuccessLimit' cannot be below 0"});
    CHECK(limits("    failureLimit: -1\n") == Lines{"a.yaml:8:19: without 'failureLimit' there has to be a 'consecutiveSuccessLimit': nothing could fail"});
    CHECK(limits("    count: 3\n") == Lines{"a.yaml:8:12: 'count' of more than 1 needs an 'interval'"});
    CHECK(limits("    interval: 1s\n    count: 3\n    failureLimit: 2\n    consecutiveSuccessLimit: 2\n") == Lines{"a.yaml:9:12: 'count' (3) is below 'failureLimit' and 'consecutiveSuccessLimit' together (2 and 2): they could not be reached"});
    CHECK(limits("    interval: 1s\n    count: 3\n    failureLimit: -1\n    consecutiveSuccessLimit: 4\n    inconclusiveLimit: 4\n") ==
          Lines{"a.yaml:9:12: 'count' is below 'consecutiveSuccessLimit', which could not be reached", "a.yaml:9:12: 'count' is below 'inconclusiveLimit', which could not be reached"});

    CHECK(mistakes({metric("    successCondition: '{{args.x'\n")}) == Lines{"a.yaml:8:23: 'successCondition': '{{' is not closed by '}}'"});
    CHECK(mistakes({metric("") + "  dryRun: [{metricName: n}]\n"}) == Lines{"a.yaml:8:25: 'metricName': no metric is called 'n'"});
    CHECK(mistakes({analysis("  args: [{name: t, valueFrom: {secretKeyRef: {name: s, key: k}}}]\n  metrics: [{name: m, provider: {prometheus: {query: '{{args.t}}'}}}]\n")}) ==
          Lines{"a.yaml:6:54: 'query' uses the argument 't', whose value is in a secret of the cluster (secrets are not read from there, and do not belong into queries)"});
    CHECK(mistakes({analysis("  metrics: [{name: m, provider: {prometheus: {query: up}}}, {name: m, provider: {prometheus: {query: up}}}]\n")}) == Lines{"a.yaml:5:68: the metric 'm' stands in a.yaml:5:13 already (metrics of one analysis have names of their own)"});
    CHECK(mistakes({analysis("  metrics: []\n")}) == Lines{"a.yaml:1:1: the AnalysisTemplate 't' has no metrics"});
    CHECK(mistakes({"apiVersion: v1\nkind: Service\nmetadata: {name: s}\n"}) == Lines{"no check stands in a.yaml (--analysis takes AnalysisTemplates of Argo Rollouts, and Canaries of Flagger with their MetricTemplates)"});
    CHECK(mistakes({"- 1\n", "a: [\n", "just text\n"}).size() == 3);
    CHECK(failure_of([] {
              fake::Files files;
              read_analysis_files({"none.yaml"}, {}, false, files);
          }).code() == ExitCode::misuse);
    CHECK(read({}).empty());
}
