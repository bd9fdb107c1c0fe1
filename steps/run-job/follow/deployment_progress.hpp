#pragma once

#include "nomad/model.hpp"

#include <map>
#include <string>
#include <vector>

namespace slipway::run_job {

/// "group web: 1 placed, 0 of 2 healthy, canaries 0/1 healthy"
std::string in_words(const nomad::GroupState& group);

/// All groups, as one line.
std::string in_words(const nomad::Deployment& deployment);

/// Whether a group has fewer allocations than it should have by now.
bool misses_allocations(const nomad::Deployment& deployment);

/// What is new about a deployment since it was looked at last.
class DeploymentProgress {
public:
    /// A line each.
    std::vector<std::string> update(const nomad::Deployment& deployment);

private:
    std::map<std::string, std::string> lines_; ///< by group, as said last
    std::string status_ = "running";
};

} // namespace slipway::run_job
