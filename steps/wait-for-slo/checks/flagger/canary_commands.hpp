#pragma once

#include "cli/context.hpp"
#include "wait-for-slo/checks/check.hpp"

#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::wait_for_slo {

/// Runs the commands of Canaries here, as Flagger's load tester does: those of type bash to their end, with their output in the log; those of type cmd
/// in the background, one at a time of the same command, to their end or that of this object.
class CanaryCommands {
public:
    explicit CanaryCommands(cli::Context& context);
    /// Ends what still runs in the background.
    ~CanaryCommands();
    CanaryCommands(const CanaryCommands&) = delete;
    CanaryCommands& operator=(const CanaryCommands&) = delete;

    /// Those of one type ("pre-rollout", "rollout") in their order, until one fails.
    ///
    /// @return why one failed; nothing when none did. What runs in the background only warns when it fails.
    /// @throws Error (world failure) when bash cannot be started
    /// @throws Cancelled
    std::optional<std::string> run(const std::vector<CanaryCommand>& commands, std::string_view type);

private:
    struct Task;

    void start(const CanaryCommand& command);

    cli::Context& context_;
    std::list<std::unique_ptr<Task>> tasks_; ///< in the background, also those that have ended
};

} // namespace slipway::wait_for_slo
