#pragma once

#include "cli/context.hpp"
#include "push-rules/inputs.hpp"
#include "push-rules/options.hpp"
#include "push-rules/publication.hpp"

#include <memory>

namespace slipway::push_rules {

/// A folder that a Prometheus reads its rules from: the files go there, the server reloads, and must then show exactly them, and evaluate
/// them. One publication at a time works in a folder; others wait.
///
/// @param inputs  null: what the snapshot of --restore holds is published
std::unique_ptr<Target> make_files_target(const Options& options, const Inputs* inputs, cli::Context& context);

} // namespace slipway::push_rules
