#pragma once

#include "cli/context.hpp"
#include "kubernetes/client.hpp"
#include "kubernetes/cluster.hpp"

#include <nlohmann/json.hpp>

#include <optional>
#include <string>
#include <vector>

namespace slipway::push_rules {

/// Whose the fields of PrometheusRules are that we publish.
constexpr const char* field_manager = "slipway";

/// An object that was written, or may have been: an answer can be lost.
struct Written {
    std::string name_space;
    std::string name;
    std::optional<nlohmann::json> before;       ///< nothing: it was not there
    std::optional<nlohmann::json> written = {}; ///< what we made of it; nothing: not known, or it was removed

    std::string shown() const { return name_space + '/' + name; }
};

/// Makes objects again what they were, the last one first. What is done, or has failed, leaves the list. What
/// somebody else has made of an object since, another run of this step for example, stays.
///
/// @return one error for each object that is not as it was before, one warning for each that stays
/// @throws Cancelled
std::vector<Diagnostic> undo(kubernetes::Client& client, std::vector<Written>& written);

/// The same when somebody waits for us to end: without repetitions, all of it within four seconds, and not to be
/// interrupted.
std::vector<Diagnostic> undo_in_a_hurry(const kubernetes::Cluster& cluster, std::vector<Written>& written,
                                        const cli::Context& context);

/// What to apply so that an object becomes again what it was.
///
/// @param present  nothing: it is gone, and comes back with all that it held, whoever had put it there
nlohmann::json as_it_was(const nlohmann::json& before, const std::optional<nlohmann::json>& present);

} // namespace slipway::push_rules
