#pragma once

#include "core/duration.hpp"
#include "prometheus/metric_catalog.hpp"
#include "promql/shape.hpp"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::push_rules {

/// Names of metrics that others expose: each a name, a name with *, or a regular expression as in PromQL.
class ExternalMetrics {
public:
    ExternalMetrics() = default;
    explicit ExternalMetrics(const std::vector<std::string>& patterns) : patterns_(patterns) {}
    bool covers(const std::string& metric) const;

private:
    std::vector<std::string> patterns_;
};

/// What is known of the service whose rules are checked, and of the Prometheus that will load them.
struct Service {
    prometheus::MetricCatalog metrics = {}; ///< of the version about to be deployed
    bool has_baseline = false;
    prometheus::MetricCatalog baseline = {}; ///< of the running version
    ExternalMetrics external = {};
    std::set<std::string, std::less<>> target_labels = {"job", "instance"};
    /// The values that each label has among the server's targets; empty when no server was asked.
    std::map<std::string, std::set<std::string>, std::less<>> targets = {};
    std::optional<Duration> retention = {};
    /// Whether the labels le and quantile are stored as "1.0" where the service says "1".
    bool normalizes_buckets = true;
};

/// What Prometheus makes itself: up, ALERTS, scrape_duration_seconds and the like.
bool is_made_by_prometheus(std::string_view metric);

/// The nature of metrics by the types that the service gives them.
class ServiceKnowledge final : public promql::MetricKnowledge {
public:
    explicit ServiceKnowledge(const Service& service) : service_(service) {}
    std::optional<promql::Shape> shape_of(const std::string& metric) const override;

private:
    const Service& service_;
};

} // namespace slipway::push_rules
