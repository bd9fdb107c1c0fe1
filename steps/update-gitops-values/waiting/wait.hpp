#pragma once

#include "cli/context.hpp"
#include "cli/server_options.hpp"
#include "update-gitops-values/waiting/follower.hpp"
#include "update-gitops-values/waiting/wait_options.hpp"

#include <memory>
#include <vector>

namespace slipway::update_gitops_values {

/// Pokes each and looks at one after the other until it has arrived; a line for each change, a heartbeat in between.
///
/// @throws Error (refused) when one fails or was taken back
/// @throws Error (inconclusive) when one is stuck, or not there in time, with what it waits for
/// @throws Error (world failure) when one could not be looked at until the end
void follow(const std::vector<std::unique_ptr<Follower>>& followers, Duration timeout, cli::Context& context);

/// The same for the targets of the options.
void wait_until_served(const WaitOptions& options, const Delivery& delivery, const cli::TlsOptions& tls, cli::Context& context);

} // namespace slipway::update_gitops_values
