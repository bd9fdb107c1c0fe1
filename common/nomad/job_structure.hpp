#pragma once

#include "core/error.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::nomad {

/// Something about a job file that HCL itself does not forbid.
struct Finding {
    Severity severity = Severity::error;
    std::size_t offset = 0; ///< byte of the file
    std::string message;
    std::string hint = {};
};

enum class Images { any, immutable };

struct JobStructure {
    bool is_job = false; ///< whether the file holds a job block; without one there is nothing to find
    std::vector<Finding> findings; ///< in the order of the file
};

/// Looks at a file of HCL2 as Nomad's job specification, without a server: one job with groups and tasks, blocks that
/// the documentation knows (an unknown one is a warning: Nomad may be newer than we are), images that stay the same.
///
/// A file without a job block is something else: a volume, an agent's configuration, variables.
///
/// @throws Error (refused) when it is no HCL
/// @source https://developer.hashicorp.com/nomad/docs/job-specification
JobStructure check_job_structure(std::string_view text, const std::string& file, Images images);

} // namespace slipway::nomad
