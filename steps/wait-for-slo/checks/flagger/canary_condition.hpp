#pragma once

#include "wait-for-slo/checks/check.hpp"

#include <optional>
#include <string>

namespace slipway::wait_for_slo {

/// The threshold of a Canary's metric: inclusive limits for the last value that Prometheus gives. No value, or NaN, fails, as in Flagger, which takes it
/// for a service without traffic.
///
/// @source Flagger 1.36, pkg/controller/scheduler_metrics.go and pkg/metrics/providers/prometheus.go
class CanaryCondition final : public Condition {
public:
    /// @param whole  compares whole numbers only, as Flagger does with its own request-duration
    CanaryCondition(std::optional<double> min, std::optional<double> max, bool whole) : min_(min), max_(max), whole_(whole) {}

    Judgement judge(const QueryValue& value) const override;
    std::string text() const override;

private:
    std::optional<double> min_;
    std::optional<double> max_;
    bool whole_;
};

} // namespace slipway::wait_for_slo
