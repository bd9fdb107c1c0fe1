#pragma once

#include "cli/context.hpp"
#include "push-rules/inputs.hpp"
#include "push-rules/options.hpp"
#include "push-rules/publication.hpp"

#include <memory>

namespace slipway::push_rules {

/// PrometheusRule objects in a cluster, by server-side apply. Where a Prometheus is named, the rules are proven when it has loaded the
/// files that the operator makes of the objects.
///
/// @param inputs  null: what the snapshot of --restore holds is published
std::unique_ptr<Target> make_kubernetes_target(const Options& options, const Inputs* inputs, cli::Context& context);

} // namespace slipway::push_rules
