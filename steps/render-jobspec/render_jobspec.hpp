#pragma once

#include "cli/step.hpp"
#include "options.hpp"
#include "validation.hpp"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace slipway::render_jobspec {

/// The rendered files, and what is to be done with them.
struct Plan {
    std::shared_ptr<const std::vector<File>> files; ///< at least one
    std::map<std::string, std::string> sources;     ///< where each name's value came from
    std::vector<Diagnostic> warnings;
    std::string folder; ///< that several files go to; empty for a single one
    bool compares = false;       ///< --diff
    bool only_checks = false;    ///< --check
    bool refuses_change = false; ///< --fail-on-change
};

struct Result {
    Plan plan;
};

struct RenderJobspec {
    static constexpr cli::OutputInfo outputs[] = {
        {"path", "the file or folder that was written; empty for standard output"},
        {"sha256", "of the rendered file; of several: of the list that `sha256sum` prints of them"},
        {"names", "the names whose values went in, separated by commas"},
    };
    static constexpr cli::StepInfo info{
        .name = "render-jobspec",
        .summary = "fills the ${NAME} placeholders of a Nomad job, or of any other file, or refuses",
        .usage = "TEMPLATE... [--set NAME=VALUE]... [-o FILE]",
        .example = "render-jobspec job.nomad.hcl.tmpl --set IMAGE=registry.example.com/team/app@sha256:... -o job.nomad.hcl",
        .outputs = outputs,
    };
    using Options = render_jobspec::Options;
    using Plan = render_jobspec::Plan;
    using Result = render_jobspec::Result;

    static void declare(cli::OptionSet& set, Options& options) { render_jobspec::declare(set, options); }
    static void check(const Options& options, std::vector<Diagnostic>& problems) { render_jobspec::check(options, problems); }
    static Plan plan(const Options& options, cli::Context& context);
    static Result run(const Options& options, const Plan& plan, cli::Context& context);
    static cli::Report report(const Plan& plan);
    static cli::Report report(const Result& result);
};

} // namespace slipway::render_jobspec
