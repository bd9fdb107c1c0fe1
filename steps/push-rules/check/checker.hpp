#pragma once

#include "push-rules/check/checks.hpp"
#include "push-rules/check/lint.hpp"
#include "push-rules/check/service.hpp"
#include "push-rules/inputs.hpp"
#include "io/processes.hpp"

namespace slipway::push_rules {

struct CheckSettings {
    prometheus::RuleLanguage language = {};
    Severities severities = {};
    Duration scrape_interval{30'000};
    bool has_metrics = false; ///< the service's metrics are known, so that the contract can be checked
    Service service = {};
};

/// Adds to the inputs' problems what the checks find that go beyond one rule's own rightness: lint, the contract with the service, the
/// server's targets, rules that stand in several files, dashboards, tests. Findings that comments or settings turn off are
/// left out.
///
/// @throws Error (world failure) when promtool gives no verdict
void check_all(Inputs& inputs, const CheckSettings& settings, io::Processes& processes, const io::Cancellation& cancellation);

} // namespace slipway::push_rules
