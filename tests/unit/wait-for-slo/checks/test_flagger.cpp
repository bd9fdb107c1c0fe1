#include "catch.hpp"

#include "core/error.hpp"
#include "core/text.hpp"
#include "failure.hpp"
#include "fakes.hpp"
#include "wait-for-slo/checks/analysis_files.hpp"
#include "wait-for-slo/checks/flagger/flagger_queries.hpp"

#include <limits>
#include <string>
#include <vector>

using namespace slipway;
using namespace slipway::wait_for_slo;

namespace {

using Lines = std::vector<std::string>;

CheckPlan read(const Lines& texts, bool run_webhooks = false) {
    fake::Files files;
    Lines paths;
    for (const auto& text : texts) {
        paths.push_back(std::string(1, static_cast<char>('a' + paths.size())) + ".yaml");
        files.contents[paths.back()] = text;
    }
    return read_analysis_files(paths, {}, run_webhooks, files);
}

Lines mistakes(const Lines& texts, bool run_webhooks = false) {
    const auto error = failure_of([&] { read(texts, run_webhooks); });
    CHECK(error.code() == ExitCode::misuse);
    Lines found;
    for (const auto& one : error.diagnostics()) found.push_back(one.hint.empty() ? to_line(one) : to_line(one) + " (" + one.hint + ')');
    return found;
}

/// A Canary of a shop behind an ingress, with the metrics of MetricTemplates, a smoke test and a load test.
const std::string canary = R"(apiVersion: flagger.app/v1beta1
kind: Canary
metadata:
  name: shop
  namespace: production
spec:
  targetRef: {apiVersion: apps/v1, kind: Deployment, name: shop-web}
  progressDeadlineSeconds: 900
  service: {port: 8080, name: shop, hosts: [shop.example.com]}
  analysis:
    interval: 1m
    threshold: 5
    maxWeight: 50
    stepWeight: 10
    metrics:
    - name: request-success-rate
      templateRef: {name: request-success-rate, namespace: flagger-system}
      thresholdRange: {min: 99}
      interval: 1m
    - name: request-duration
      templateRef: {name: request-duration, namespace: flagger-system}
      thresholdRange: {max: 500}
      interval: 30s
      templateVariables: {quantile: "0.99"}
    webhooks:
    - name: smoke-test
      type: pre-rollout
      url: http://flagger-loadtester.test/
      timeout: 30s
      metadata: {type: bash, cmd: "curl -sf http://shop-canary.production/health"}
    - name: load-test
      url: http://flagger-loadtester.test/
      timeout: 5s
      metadata: {type: cmd, cmd: "hey -z 1m -q 10 -c 2 http://shop-canary.production/"}
)";
const std::string templates = R"(apiVersion: flagger.app/v1beta1
kind: MetricTemplate
metadata: {name: request-success-rate, namespace: flagger-system}
spec:
  provider: {type: prometheus, address: "http://prometheus.monitoring:9090", secretRef: {name: prom}}
  query: |
    100 - sum(rate(requests_total{namespace="{{ namespace }}",deployment=~"{{ target }}",status=~"5.*"}[{{ interval }}]))
      / sum(rate(requests_total{namespace="{{namespace}}",deployment=~"{{ target }}"}[{{ interval }}])) * 100
---
apiVersion: flagger.app/v1beta1
kind: MetricTemplate
metadata: {name: request-duration}
spec:
  provider: {type: prometheus, address: http://p}
  query: histogram_quantile({{ variables.quantile }}, sum by (le) (rate(seconds_bucket{a="{{ service }} {{ ingress }} {{ route }} {{ name }}"}[{{ interval }}]))) * 1000
)";

/// A Canary with these keys in its spec, and one metric.
std::string small(const std::string& spec, const std::string& metric = "name: m, thresholdRange: {max: 1}, query: up", const std::string& analysis = "") {
    return "apiVersion: flagger.app/v1beta1\nkind: Canary\nmetadata: {name: c, namespace: n}\nspec:\n  targetRef: {kind: Deployment, name: t}\n" + spec + "  analysis:\n    metrics: [{" + metric + "}]\n" + analysis;
}

std::string answer(const Condition& condition, std::vector<double> values, bool scalar = false) {
    const auto judged = condition.judge({scalar, std::move(values)});
    return judged.message.empty() ? to_string(judged.phase) : to_string(judged.phase) + ": " + judged.message;
}

} // namespace

TEST_CASE("a Canary with MetricTemplates") {
    const auto plan = read({canary, templates}, true);
    CHECK(plan.metrics.empty());
    REQUIRE(plan.canaries.size() == 1);
    const auto& check = plan.canaries[0];
    CHECK(check.name == "shop");
    CHECK(check.interval == Duration{60'000});
    CHECK(check.threshold == 5);
    CHECK_FALSE(check.iterations);
    CHECK(to_string(check.place) == "a.yaml:1:1");
    REQUIRE(check.metrics.size() == 2);
    const auto& rate = check.metrics[0];
    CHECK(rate.address == "http://prometheus.monitoring:9090");
    CHECK(rate.query == "100 - sum(rate(requests_total{namespace=\"production\",deployment=~\"shop-web\",status=~\"5.*\"}[1m]))\n"
                        "  / sum(rate(requests_total{namespace=\"production\",deployment=~\"shop-web\"}[1m])) * 100");
    CHECK(rate.condition->text() == ">= 99");
    CHECK(rate.min == 99);
    CHECK_FALSE(rate.max);
    const auto& duration = check.metrics[1];
    CHECK(duration.query == "histogram_quantile(0.99, sum by (le) (rate(seconds_bucket{a=\"shop shop-web shop-web shop\"}[30s]))) * 1000");
    CHECK(duration.condition->text() == "<= 500");
    CHECK(duration.max == 500);

    REQUIRE(check.commands.size() == 2);
    CHECK(check.commands[0].name == "smoke-test");
    CHECK(check.commands[0].type == "pre-rollout");
    CHECK(check.commands[0].command == "curl -sf http://shop-canary.production/health");
    CHECK(check.commands[0].timeout == Duration{30'000});
    CHECK_FALSE(check.commands[0].in_background);
    CHECK(check.commands[1].type == "rollout");
    CHECK(check.commands[1].in_background);
    CHECK(check.commands[1].timeout == Duration{3'600'000});
    const Lines always = {"a.yaml:11:5: stepWeight, maxWeight are ignored: here it is only watched, and no traffic is moved",
                          "a.yaml:16:7: 'request-success-rate' is measured by its MetricTemplate only: Flagger, which knows this name, asks a query of its own as well",
                          "b.yaml:5:13: secretRef is ignored: the options for Prometheus say how it is asked",
                          "a.yaml:20:7: 'request-duration' is measured by its MetricTemplate only: Flagger, which knows this name, asks a query of its own as well"};
    CHECK(plan.remarks == always);

    auto with_webhooks = always;
    with_webhooks.push_back("a.yaml:26:7: the webhook 'smoke-test' is ignored: --run-webhooks would run its command here");
    with_webhooks.push_back("a.yaml:31:7: the webhook 'load-test' is ignored: --run-webhooks would run its command here");
    const auto quiet = read({templates, canary});
    CHECK(quiet.canaries[0].commands.empty());
    CHECK(quiet.remarks.size() == with_webhooks.size());
    CHECK(mistakes({canary}).front() == "a.yaml:17:27: there is no MetricTemplate 'request-success-rate' in the namespace 'flagger-system' in the files that are given (give the file that holds it with a further --analysis)");
    CHECK(mistakes({templates}) == Lines{"a.yaml:10:1: there are MetricTemplates, and no Canary that says their limits (give the file with the Canary with a further --analysis)"});
}

TEST_CASE("values as Flagger takes them") {
    constexpr double none = std::numeric_limits<double>::quiet_NaN();
    const auto plan = read({small("", "name: m, thresholdRange: {min: 1, max: 2.5}, query: up")});
    const auto& range = *plan.canaries[0].metrics[0].condition;
    CHECK(range.text() == ">= 1 and <= 2.5");
    CHECK(answer(range, {1}) == "Successful");
    CHECK(answer(range, {2.5}) == "Successful");
    CHECK(answer(range, {0.99}) == "Failed: 0.99 < 1");
    CHECK(answer(range, {2.51}) == "Failed: 2.51 > 2.5");
    CHECK(answer(range, {9, 2}) == "Successful"); // the last one
    CHECK(answer(range, {}) == "Failed: no values found: probably there is no traffic");
    CHECK(answer(range, {1, none}) == "Failed: no values found: probably there is no traffic");
    CHECK(answer(range, {1}, true).find("Error: the query gives a number without a series") == 0);

    const auto builtin = read({small("", "name: request-duration, thresholdRange: {max: 500}, interval: 30s")});
    const auto& metric = builtin.canaries[0].metrics[0];
    CHECK(answer(*metric.condition, {500.9}) == "Successful"); // Flagger compares whole milliseconds
    CHECK(answer(*metric.condition, {501}) == "Failed: 501 > 500");
    CHECK(metric.query == "histogram_quantile(0.99, sum(rate(istio_request_duration_milliseconds_bucket{reporter=\"destination\",destination_workload_namespace=\"n\",destination_workload=~\"t\"}[30s])) by (le))");
    CHECK(builtin.remarks == Lines{"a.yaml:7:15: 'request-duration' is asked for in Istio's series, as Flagger does when it is not told another provider; spec.provider names one"});
    // In the old form `threshold` is the lowest rate, or the highest of anything else.
    const auto old = read({"apiVersion: flagger.app/v1beta1\nkind: Canary\nmetadata: {name: c}\nspec:\n  provider: nginx\n  metricsServer: http://p\n  ingressRef: {name: i}\n  targetRef: {name: t}\n"
                           "  canaryAnalysis: {interval: 5s, iterations: 10, threshold: 0, metrics: [{name: errors, query: 'x{n=\"{{ namespace }}\"}', threshold: 3}, {name: request-success-rate, threshold: 99}]}\n"});
    CHECK(old.canaries[0].interval == Duration{10'000});
    CHECK(old.canaries[0].iterations == 10);
    CHECK(old.canaries[0].threshold == 1);
    CHECK(old.canaries[0].metrics[0].max == 3);
    CHECK(old.canaries[0].metrics[0].query == "x{n=\"default\"}");
    CHECK(old.canaries[0].metrics[0].address == "http://p");
    CHECK(old.canaries[0].metrics[1].min == 99);
    CHECK(old.canaries[0].metrics[1].query == "sum(rate(nginx_ingress_controller_requests{namespace=\"default\",ingress=\"i\",canary!=\"\",status!~\"5.*\"}[1m])) / "
                                              "sum(rate(nginx_ingress_controller_requests{namespace=\"default\",ingress=\"i\",canary!=\"\"}[1m])) * 100");
    CHECK(old.remarks == Lines{"a.yaml:9:30: the interval 5s is taken as 10s, as Flagger does"});
}

TEST_CASE("Flagger's own queries") {
    const CanaryNames names{"c", "n", "t", "s", "i", "r"};
    const auto query = [&](const char* metric, const char* provider) { return builtin_query(metric, provider, names, "1m").value_or("unknown"); };
    const char* rate = "request-success-rate";
    const char* duration = "request-duration";
    CHECK(query(rate, "linkerd") == "sum(rate(response_total{namespace=\"n\",deployment=~\"t\",direction=\"inbound\",classification!=\"failure\"}[1m])) / sum(rate(response_total{namespace=\"n\",deployment=~\"t\",direction=\"inbound\"}[1m])) * 100");
    CHECK(query(duration, "nginx") == "sum(rate(nginx_ingress_controller_ingress_upstream_latency_seconds_sum{namespace=\"n\",ingress=\"i\",canary!=\"\"}[1m])) / sum(rate(nginx_ingress_controller_ingress_upstream_latency_seconds_count{namespace=\"n\",ingress=\"i\",canary!=\"\"}[1m])) * 1000");
    CHECK(query(duration, "contour") == "histogram_quantile(0.99, sum(rate(envoy_cluster_upstream_rq_time_bucket{envoy_cluster_name=~\"n_s-canary_[0-9a-zA-Z-]+\"}[1m])) by (le))");
    CHECK(query(rate, "traefik").find(",le=\"+Inf\",code!~\"5..\"}") != std::string::npos);
    CHECK(query(duration, "traefik") == "histogram_quantile(0.99, sum(rate(traefik_service_request_duration_seconds_bucket{service=~\"n-t-canary-[0-9a-zA-Z-]+@kubernetescrd\"}[1m])) by (le)) * 1000");
    CHECK(query(rate, "gatewayapi:v1beta1") == query(rate, "kubernetes"));
    CHECK(query(rate, "kubernetes").find("http_request_duration_seconds_count{kubernetes_namespace=\"n\",kubernetes_pod_name=~\"t-[0-9a-zA-Z]+(-[0-9a-zA-Z]+)\",status!~\"5.*\"}") != std::string::npos);
    CHECK(query(rate, "appmesh:v1beta2") == query(rate, "appmesh:service"));
    CHECK(query(rate, "nginx:service") == query(rate, "istio"));
    CHECK(query(duration, "apisix").find("{route=~\"n_r-t-canary_.+\",type=~\"request\"}") != std::string::npos);
    CHECK(query(rate, "kuma").find("\"t-canary_n_svc_[0-9a-zA-Z-]+\"") != std::string::npos);
    for (const auto* provider : {"skipper", "smi:istio", "ngnix", ""}) CHECK(query(rate, provider) == "unknown");
}

TEST_CASE("all mistakes of Flagger's resources at their places") {
    CHECK(mistakes({small("", "name: errors, thresholdRange: {max: 1}")}) == Lines{"a.yaml:7:22: the metric 'errors' has no 'templateRef' (only request-success-rate and request-duration are measured without one)"});
    CHECK(mistakes({small("", "name: m, query: up")}) == Lines{"a.yaml:7:15: the metric 'm' has no limit: neither min nor max (thresholdRange: {min: 99}, or {max: 500})"});
    CHECK(mistakes({small("", "name: m, query: up, thresholdRange: {min: 2, max: 1}")}) == Lines{"a.yaml:7:52: no value is at least the 'min' and at most the 'max' of 'm'"});
    CHECK(mistakes({small("", "name: m, query: 'x{{ target', thresholdRange: {max: 1}")}) == Lines{"a.yaml:7:34: wrong template: '{{' is not closed by '}}'"});
    CHECK(mistakes({small("", "name: m, query: '{{ targt }} {{ variables.x }}', thresholdRange: {max: 1}")}).front() == "a.yaml:7:33: wrong template: '{{ targt }}' is not known here (did you mean {{ target }}?)");
    CHECK(mistakes({small("  provider: ngnix\n", "name: request-duration, thresholdRange: {max: 1}")}) == Lines{"a.yaml:6:13: how 'ngnix' measures request-duration is not known here (give the metric a templateRef, with a MetricTemplate of your query)"});
    CHECK(mistakes({small("  skipAnalysis: true\n")}) == Lines{"a.yaml:6:17: with 'skipAnalysis' nothing is checked (take it out to have the release checked)"});
    CHECK(mistakes({small("", "nam: m, interval: x", "    interval: 1 m\n    treshold: 5\n    iterations: -1\n")}) ==
          Lines{"a.yaml:9:5: 'treshold' is no key of 'analysis' (did you mean 'threshold'?)", "a.yaml:8:15: 'interval': '1 m' is no duration (as in Go: 30s, 1m)", "a.yaml:10:17: 'iterations' cannot be below 0",
                "a.yaml:7:16: 'nam' is no key of an entry of 'metrics' (did you mean 'name'?)", "a.yaml:7:15: an entry of 'metrics' has no 'name'", "a.yaml:7:34: 'interval': 'x' is no duration (such as 1m)"});
    CHECK(mistakes({"apiVersion: flagger.app/v1beta1\nkind: Canary\nmetadata: {name: c}\nspec:\n  targetRef: {name: t}\n  analysis: {interval: 1m, threshold: 1.5}\n"}) == Lines{"a.yaml:6:39: 'threshold' takes a whole number"});
    CHECK(mistakes({"apiVersion: flagger.app/v1beta1\nkind: Canary\nmetadata: {name: c}\nspec: {targetRef: {name: t}}\n"}) == Lines{"a.yaml:4:7: 'spec' has no 'analysis'"});
    CHECK(mistakes({"apiVersion: flagger.app/v1beta1\nkind: Canary\nmetadata: {name: c}\nspec: {targetRef: {name: t}, analysis: {interval: 1m}}\n"}) == Lines{"a.yaml:4:40: the Canary 'c' has no metrics"});

    const auto with = [](const std::string& type) { return "apiVersion: flagger.app/v1beta1\nkind: MetricTemplate\nmetadata: {name: x, namespace: n}\nspec: {query: up, provider: {type: " + type + "}}\n"; };
    const auto uses = small("", "name: m, thresholdRange: {max: 1}, templateRef: {name: x}");
    CHECK(read({uses, with("prometheus")}).canaries[0].metrics[0].query == "up");
    CHECK(mistakes({uses, with("datadog")}) == Lines{"b.yaml:4:36: the MetricTemplate 'x' asks 'datadog', and only prometheus can be asked here (write its query for Prometheus, or leave the metric out)"});
    CHECK(mistakes({uses, with("stackdriver")}).front().find("--google-slo") != std::string::npos);
    CHECK(mistakes({uses, with("prometheus"), with("prometheus")}) == Lines{"c.yaml:1:1: the MetricTemplate 'x' is given twice"});

    const auto hook = [](const std::string& webhook) { return small("", "name: m, thresholdRange: {max: 1}, query: up", "    webhooks: [{name: w, url: u, " + webhook + "}]\n"); };
    const auto remark = [&](const std::string& webhook) { return read({hook(webhook)}, true).remarks.at(0); };
    CHECK(remark("type: confirm-promotion, metadata: {cmd: x}") == "a.yaml:8:16: the webhook 'w' is ignored: it is of type confirm-promotion, and only pre-rollout and rollout belong to the checks");
    CHECK(remark("type: rollout") == "a.yaml:8:16: the webhook 'w' is ignored: it has no command for the load tester");
    CHECK(remark("metadata: {type: helmv3, cmd: x}") == "a.yaml:8:16: the webhook 'w' is ignored: of the load tester's tasks only cmd and bash are known here, not helmv3");
    CHECK(read({hook("metadata: {type: bash, cmd: x}")}, true).canaries[0].commands[0].timeout == Duration{10'000});
    CHECK(mistakes({hook("metadata: {type: bash}")}) == Lines{"a.yaml:8:44: the webhook 'w' has no 'cmd'"});
    CHECK(mistakes({hook("type: rolout, metadata: {cmd: x}")}).front().find("'rolout' is no type of a webhook") != std::string::npos);
    CHECK(mistakes({hook("timeout: 1 m, metadata: {cmd: x}")}, true).front() == "a.yaml:8:43: 'timeout': '1 m' is no duration (as in Go: 30s, 1m)");
}
