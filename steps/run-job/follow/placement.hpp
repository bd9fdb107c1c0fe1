#pragma once

#include "cli/context.hpp"
#include "nomad/job_api.hpp"

#include <optional>
#include <string>

namespace slipway::run_job {

/// Whether the allocations of a job find a place. Nomad itself waits for ever: what it cannot place stays in a blocked evaluation, and the deployment's
/// progress deadline does not run where nothing was placed.
class Placement {
public:
    /// @param timeout  how long a blocked evaluation is waited for
    Placement(nomad::JobApi& api, Duration timeout, cli::Context& context) : api_(api), timeout_(timeout), context_(context) {}

    /// Reads the job's evaluations, and says what changed.
    void look();
    /// Whether no evaluation is being worked on or blocked: what is placed is all that will be. As of the last look.
    bool is_settled() const { return settled_; }
    bool is_blocked() const { return since_.has_value(); }
    /// Whether it has been blocked for longer than the timeout.
    bool is_hopeless() const;
    /// How long a blocking read may wait before the next look is due.
    Duration patience() const;
    /// What finds no place and why; empty when nothing is blocked.
    const std::string& words() const { return words_; }

private:
    nomad::JobApi& api_;
    Duration timeout_;
    cli::Context& context_;
    bool settled_ = false;
    std::optional<io::Steady> since_;
    std::string words_;
};

} // namespace slipway::run_job
