#pragma once

#include "slo-simulation/traffic.hpp"

#include <optional>

/// What others would do with the same scrapes. Both ask Prometheus for the share of good events by rates of the series of each pod and
/// code, and Prometheus computes them as it does: extrapolated, and without the first value of a series, where a new pod's first
/// errors are. Only the new version's pods are asked for, which is the best case of both.
namespace slipway::slo_simulation {

/// When it takes the release back, in seconds after the deploy; nothing when it does not.
using TakenBack = std::optional<double>;

/// Flagger with the settings of its tutorials: `interval: 1m`, `threshold: 5`, metric `request-success-rate` with `min: 99` and `interval: 1m`, and with
/// `iterations: 10`, so that it watches for ten minutes as well. Each minute `sum(rate(good[1m])) / sum(rate(all[1m])) * 100` is asked for; below 99, or
/// without a value, is a failed check, which is no iteration. Failed checks are counted in all, not in a row. Once there are five, the next turn, a
/// minute later, takes back. All traffic goes to the new version from the beginning, not step by step.
///
/// @source Flagger 1.37: docs/gitbook/tutorials/istio-progressive-delivery.md, pkg/metrics/observers/istio.go, advanceCanary in pkg/controller/scheduler.go
TakenBack flagger(const Trace& trace, double end);

/// Argo Rollouts with the AnalysisTemplate of its documentation: `interval: 5m`, `successCondition: result[0] >= 0.95`, `failureLimit: 3`, in the
/// background of a rollout that lasts until `end`. `sum(irate(good[5m])) / sum(irate(all[5m]))` is asked for at once, where there is nothing to see yet, and then
/// every five minutes; the fourth failure takes back, and so does the fifth measurement in a row without a value.
///
/// @source Argo Rollouts 1.7: docs/features/analysis.md, the first template; consecutiveErrorLimit in utils/defaults/defaults.go
TakenBack argo(const Trace& trace, double end);

/// What Prometheus makes of one counter's samples in the window that ends at `time`. Public for its test.
///
/// @param value  of a sample: 0 as long as the series does not exist
/// @return events per second; nothing with fewer than two samples
std::optional<double> rate(const Pod& pod, double (*value)(const Sample&), double time, double window);
std::optional<double> irate(const Pod& pod, double (*value)(const Sample&), double time, double window);

} // namespace slipway::slo_simulation
