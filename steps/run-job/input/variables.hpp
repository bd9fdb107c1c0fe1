#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::run_job {

/// Variables of HCL2, as Nomad's own tools read them: --var NAME=VALUE beside files of assignments.
struct Variables {
    struct File {
        std::string path;
        std::string text;
    };
    std::map<std::string, std::string> flags; ///< NAME -> VALUE, as given
    std::vector<File> files;                  ///< in their order

    bool empty() const { return flags.empty() && files.empty(); }
};

/// NAME -> what is assigned to it, an expression of HCL.
using Assignments = std::map<std::string, std::string>;

/// One assignment for each variable: the later of two files wins, flags win over files. A flag's value is taken as it is for a variable that is a
/// string or a number, and is an expression for all others; the type of one that declares none is its default's.
///
/// @param job  HCL, which declares the variables
/// @throws Error (refused) when a text is no HCL
/// @source Nomad's jobspec2/types.variables.go
Assignments assignments(const Variables& variables, std::string_view job, const std::string& file);

/// As a file of variables.
std::string to_text(const Assignments& assignments);

} // namespace slipway::run_job
