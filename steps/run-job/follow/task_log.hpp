#pragma once

#include "cli/context.hpp"
#include "nomad/job_api.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <vector>

namespace slipway::run_job {

/// What tasks print, line by line in our log, as it comes.
class TaskLog {
public:
    TaskLog(nomad::JobApi& api, cli::Context& context) : api_(api), context_(context) {}

    enum class Rest {
        kept,  ///< a line that has not ended yet waits for its end
        shown, ///< nothing more will come
    };
    /// Shows what is new since the last time.
    /// @throws nomad::NoPermission
    void show(const std::vector<nomad::Allocation>& allocations, Rest rest);

private:
    struct Position {
        std::uint64_t offset = 0; ///< bytes that were read
        std::string pending;      ///< of a line that has not ended
    };

    nomad::JobApi& api_;
    cli::Context& context_;
    std::map<std::tuple<std::string, std::string, bool>, Position> positions_; ///< by allocation, task, and whether it is standard error
};

} // namespace slipway::run_job
