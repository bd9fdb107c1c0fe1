#pragma once

#include "cli/context.hpp"
#include "nomad/job_api.hpp"

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <vector>

namespace slipway::run_job {

/// What tasks print, in our log, as it grows.
class TaskLog {
public:
    TaskLog(nomad::JobApi& api, cli::Context& context) : api_(api), context_(context) {}

    /// Shows what is new, as far as lines are complete.
    void fetch(const std::vector<nomad::Allocation>& allocations);
    /// Shows also the beginnings of lines whose end will not come.
    void finish(const std::vector<nomad::Allocation>& allocations);

private:
    using Key = std::tuple<std::string, std::string, nomad::JobApi::LogStream>;
    struct Stream {
        std::uint64_t offset = 0; ///< of what was not fetched yet
        std::string kept;         ///< the beginning of a line
        bool is_over = false;     ///< fetched after its task had ended
    };

    void fetch(const nomad::Allocation& allocation, const nomad::TaskState& task, nomad::JobApi::LogStream which);
    void show(const nomad::Allocation& allocation, const std::string& task, const std::string& text);

    nomad::JobApi& api_;
    cli::Context& context_;
    std::map<Key, Stream> streams_;
    std::string shown_; ///< the allocation that printed last
    bool may_read_ = true;
    std::set<std::string> silent_; ///< allocations whose nodes do not answer
};

} // namespace slipway::run_job
