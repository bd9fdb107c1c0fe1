#pragma once

#include "cli/context.hpp"
#include "core/places.hpp"
#include "nomad/client.hpp"
#include "options.hpp"
#include "rendering/render.hpp"

#include <optional>
#include <string>
#include <vector>

namespace slipway::render_jobspec {

/// A template and what became of it.
struct File {
    std::string path;   ///< of the template; "standard input" for "-"
    std::string output; ///< empty: standard output
    rendering::Format format = rendering::Format::hcl;
    rendering::Rendered rendered;
    std::string sha256;
    std::string difference;       ///< to what --diff or --check compares with; empty when there is none
    std::optional<nomad::Json> plan; ///< the server's answer, with --plan
};

/// Looks at rendered jobs, offline and by a server where that is wanted. What is found is told by the template's lines.
class Validation {
public:
    /// @throws Error (misuse) when a file of the connection's options cannot be read
    Validation(const Options& options, cli::Context& context);

    /// Fills in the plan.
    ///
    /// @param text    the template's
    /// @param report  gets all warnings and errors
    /// @throws Error (world failure) when the server does not answer
    void look_at(File& file, std::string_view text, std::vector<Diagnostic>& report);

private:
    void ask_server(File& file, const Places& places, std::vector<Diagnostic>& report);

    const Options& options_;
    cli::Context& context_;
    std::optional<nomad::Client> client_;
};

} // namespace slipway::render_jobspec
