#pragma once

#include "cli/context.hpp"
#include "inputs.hpp"
#include "options.hpp"
#include "publication.hpp"

#include <memory>

namespace slipway::push_rules {

/// The target that the options name.
///
/// @param inputs  null: the snapshot of --restore is published
std::unique_ptr<Target> make_target(const Options& options, const Inputs* inputs, cli::Context& context);

} // namespace slipway::push_rules
