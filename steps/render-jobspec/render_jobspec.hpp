#pragma once

#include "cli/step.hpp"
#include "options.hpp"
#include "template.hpp"

#include <string>
#include <vector>

namespace slipway::render_jobspec {

/// The rendered file, and where it goes.
struct Plan {
    Rendered rendered;
    std::string output; ///< empty: standard output
};

struct Result {
    Rendered rendered;
    std::string output;
};

struct RenderJobspec {
    static constexpr cli::StepInfo info{
        .name = "render-jobspec",
        .summary = "fills the ${NAME} placeholders of a Nomad job template, or refuses",
        .usage = "TEMPLATE [--set NAME=VALUE]... [-o FILE]",
        .example = "render-jobspec job.nomad.hcl.tmpl --set IMAGE=registry.example.com/team/app@sha256:... -o job.nomad.hcl",
        .makes_requests = false,
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
