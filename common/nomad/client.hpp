#pragma once

#include "cli/context.hpp"
#include "nomad/connection.hpp"
#include "nomad/json.hpp"

#include <memory>
#include <optional>
#include <string>
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
    ParsedJob parse(const std::string& hcl);
    /// PUT /v1/validate/job
    Validation validate(const Json& job);
    /// PUT /v1/job/:id/plan with the difference to what runs; see plan.hpp.
    /// @throws Error (refused) when Nomad refuses the job
    Json plan(const Json& job);

private:
    struct Answer {
        int status = 0;
        std::string text;
    };
    Answer put(const std::string& path, const Json& body);
    Json json_of(const Answer& answer, const std::string& path) const;

    std::string base_;
    std::string query_;
    std::unique_ptr<io::HttpClient> http_;
};

/// "input.hcl:2,3-11: Unsupported argument; An argument named ..." in its parts.
Objection read_objection(std::string_view text);

} // namespace slipway::nomad
