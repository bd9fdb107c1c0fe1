#include "wait-for-slo/checks/flagger/flagger_queries.hpp"

#include "core/text.hpp"

#include <algorithm>
#include <array>

namespace slipway::wait_for_slo {

namespace {

/// The series of one provider. The success rate is the rate of requests that also have the label `good`, in percent of all.
struct Observer {
    std::string_view provider;
    std::string_view requests;
    std::string_view labels;
    std::string_view good;
    std::string_view durations;        ///< buckets of a histogram
    std::string_view milliseconds = {}; ///< what makes them of its unit
    std::string_view of_requests = {};  ///< labels of the requests only
    std::string_view of_durations = {};
};

constexpr std::string_view pods = R"x(kubernetes_namespace="$namespace",kubernetes_pod_name=~"$target-[0-9a-zA-Z]+(-[0-9a-zA-Z]+)")x";

constexpr std::array observers = {
    Observer{"istio", "istio_requests_total", R"(reporter="destination",destination_workload_namespace="$namespace",destination_workload=~"$target")", R"(response_code!~"5.*")",
             "istio_request_duration_milliseconds_bucket"},
    Observer{"linkerd", "response_total", R"(namespace="$namespace",deployment=~"$target",direction="inbound")", R"(classification!="failure")", "response_latency_ms_bucket"},
    Observer{"appmesh", "envoy_cluster_upstream_rq", pods, R"(envoy_response_code!~"5.*")", "envoy_cluster_upstream_rq_time_bucket"},
    Observer{"contour", "envoy_cluster_upstream_rq", R"(envoy_cluster_name=~"$namespace_$service-canary_[0-9a-zA-Z-]+")", R"(envoy_response_code!~"5.*")", "envoy_cluster_upstream_rq_time_bucket"},
    Observer{"gloo", "envoy_cluster_upstream_rq", R"(envoy_cluster_name=~"$namespace-$target-canaryupstream-[0-9a-zA-Z-]+_[0-9a-zA-Z-]+")", R"(envoy_response_code!~"5.*")", "envoy_cluster_upstream_rq_time_bucket"},
    Observer{"kuma", "envoy_cluster_upstream_rq", R"(envoy_cluster_name=~"$target-canary_$namespace_svc_[0-9a-zA-Z-]+")", R"(envoy_response_code!~"5.*")", "envoy_cluster_upstream_rq_time_bucket"},
    // A mean in place of a percentile: see below.
    Observer{"nginx", "nginx_ingress_controller_requests", R"(namespace="$namespace",ingress="$ingress",canary!="")", R"(status!~"5.*")", "nginx_ingress_controller_ingress_upstream_latency_seconds", " * 1000"},
    Observer{"kubernetes", "http_request_duration_seconds_count", pods, R"(status!~"5.*")", "http_request_duration_seconds_bucket", " * 1000"},
    Observer{"osm", "osm_request_total", R"(destination_namespace="$namespace",destination_kind="Deployment",destination_name="$target")", R"(response_code!~"5.*")", "osm_request_duration_ms_bucket"},
    Observer{"traefik", "traefik_service_request_duration_seconds_bucket", R"(service=~"$namespace-$target-canary-[0-9a-zA-Z-]+@kubernetescrd")", R"(code!~"5..")", "traefik_service_request_duration_seconds_bucket", " * 1000", R"(,le="+Inf")"},
    Observer{"apisix", "apisix_http_status", R"(route=~"$namespace_$route-$target-canary_.+")", R"(code!~"5..")", "apisix_http_latency_bucket", {}, {}, R"(,type=~"request")"},
};

/// Flagger takes Istio's series for a Service's Canary of most providers.
const Observer* find(std::string_view provider) {
    constexpr std::string_view service = ":service";
    if (provider.starts_with("appmesh")) provider = "appmesh";
    else if (provider.starts_with("gloo")) provider = "gloo";
    else if (provider.starts_with("gatewayapi")) provider = "kubernetes";
    else if (provider.size() > service.size() && provider.ends_with(service)) provider = "istio";
    const auto* found = std::find_if(observers.begin(), observers.end(), [&](const Observer& one) { return one.provider == provider; });
    return found == observers.end() ? nullptr : found;
}

std::string rate(std::string_view series, const std::string& labels) { return "sum(rate(" + std::string(series) + '{' + labels + "}[$interval]))"; }

} // namespace

std::optional<std::string> builtin_query(std::string_view metric, std::string_view provider, const CanaryNames& names, const std::string& interval) {
    const auto* observer = find(provider);
    if (observer == nullptr) return std::nullopt;
    std::string query;
    if (metric == "request-success-rate") {
        const auto all = std::string(observer->labels) + std::string(observer->of_requests);
        query = rate(observer->requests, all + ',' + std::string(observer->good)) + " / " + rate(observer->requests, all) + " * 100";
    } else if (observer->provider == "nginx") {
        const std::string labels(observer->labels);
        query = rate(std::string(observer->durations) + "_sum", labels) + " / " + rate(std::string(observer->durations) + "_count", labels) + std::string(observer->milliseconds);
    } else {
        query = "histogram_quantile(0.99, " + rate(observer->durations, std::string(observer->labels) + std::string(observer->of_durations)) + " by (le))" + std::string(observer->milliseconds);
    }
    replace_all(query, "$namespace", names.space);
    replace_all(query, "$target", names.target);
    replace_all(query, "$service", names.service);
    replace_all(query, "$ingress", names.ingress);
    replace_all(query, "$route", names.route);
    replace_all(query, "$interval", interval);
    return query;
}

} // namespace slipway::wait_for_slo
