#pragma once

#include "cli/context.hpp"
#include "push-rules/inputs.hpp"
#include "push-rules/options.hpp"
#include "push-rules/publication.hpp"

#include <memory>

namespace slipway::push_rules {

/// The ruler of a Mimir, Cortex or Loki: groups are sent one by one, only those that differ, and are proven when the server evaluates
/// them. Each file is a namespace, unless one is named for all.
///
/// @param inputs  null: what the snapshot of --restore holds is published
std::unique_ptr<Target> make_ruler_target(const Options& options, const Inputs* inputs, cli::Context& context);

} // namespace slipway::push_rules
