#pragma once

#include "cli/context.hpp"
#include "options.hpp"

#include <nlohmann/json_fwd.hpp>

#include <optional>
#include <string>

namespace slipway::push_rules {

/// What a target held before a publication, to be brought back by a later job: a JSON document with the target's name and what
/// the target itself put into it.
///
/// {"format": "slipway push-rules snapshot 1", "target": "files", "state": {...}}
void save_snapshot(const Options& options, nlohmann::ordered_json state, cli::Context& context);

/// The state of the file of --restore.
///
/// @throws Error (misuse) for anything but a snapshot of this target
nlohmann::ordered_json load_snapshot(const Options& options, cli::Context& context);

} // namespace slipway::push_rules
