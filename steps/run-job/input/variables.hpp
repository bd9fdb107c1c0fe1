#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::run_job {

/// Variables of HCL2, as Nomad's own tools read them: --var NAME=VALUE beside files of assignments.
struct Variables {
    std::map<std::string, std::string> flags; ///< NAME -> VALUE, as given
    std::vector<std::string> files;           ///< texts, in their order

    bool empty() const { return flags.empty() && files.empty(); }
};

/// One text of assignments for a job: the later of two wins, flags win over files. A flag's value is a string for a variable of the type string or
/// without one, and an expression for all others.
///
/// @param job  HCL, which declares the variables
/// @throws Error (refused) when a text is no HCL
std::string assignments(const Variables& variables, std::string_view job, const std::string& file);

} // namespace slipway::run_job
