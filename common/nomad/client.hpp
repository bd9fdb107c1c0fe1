#pragma once

#include "cli/context.hpp"
#include "nomad/http.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::nomad {

/// Something that Nomad has against a job.
struct Objection {
    std::string message;
    int line = 0;   ///< of the HCL text that was sent; 0 when Nomad names none
    int column = 0;
};

/// A job in the API's form, or why there is none.
struct ParsedJob {
    Json job;
    std::vector<Objection> objections;
};

struct Validation {
    std::vector<std::string> errors;
    std::vector<std::string> warnings;
};

/// Nomad's HTTP API, as far as it concerns jobs before they run.
///
/// Throws Error (world failure) when there is no answer or one that means something else: no permission, no leader.
/// @source https://developer.hashicorp.com/nomad/api-docs/jobs
class Client {
public:
    /// @throws Error (misuse) when a file of the options cannot be read
    Client(const ConnectionOptions& options, cli::Context& context);

    /// PUT /v1/jobs/parse
    /// @param variables  HCL2 assignments, as in a file of variables (Nomad 1.6 and newer)
    ParsedJob parse(const std::string& hcl, const std::string& variables = {});
    /// PUT /v1/validate/job
    Validation validate(const Json& job);
    /// PUT /v1/job/:id/plan with the difference to what runs; see plan.hpp.
    /// @throws Error (refused) when Nomad refuses the job
    Json plan(const Json& job);
    /// The version of the agent that answers, "1.6.2"; nothing when the token may not read it (agent:read), or it is not told.
    std::optional<std::string> version();

private:
    Http http_;
    std::string name_space_;
};

/// "input.hcl:2,3-11: Unsupported argument; An argument named ..." in its parts.
Objection read_objection(std::string_view text);

} // namespace slipway::nomad
