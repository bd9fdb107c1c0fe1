#pragma once

#include "build-image/buildah/buildah.hpp"
#include "cli/step.hpp"
#include "credentials.hpp"
#include "metadata.hpp"
#include "options.hpp"
#include "registry/reference.hpp"
#include "source.hpp"

#include <string>
#include <vector>

namespace slipway::build_image {

/// Everything about the image before it is built.
struct Plan {
    Build build;
    std::vector<registry::Reference> images; ///< without tags
    Tags tags;
    std::string commit; ///< full hash; empty when nobody says
    Login login;
    cli::TlsOptions tls;
    bool push = true;
};

struct Result {
    const Plan& plan;
    std::string image_id;
    std::string digest; ///< of the first image's manifest; empty when nothing was pushed
};

struct BuildImage {
    static constexpr cli::StepInfo info{
        .name = "build-image",
        .summary = "builds a container image, pushes it, and says its digest",
        .usage = "[DIR] [--image NAME]... [options]",
        .example = "build-image --image registry.example.com/team/app --build-arg VERSION=1.4.0\nbuild-image                # on GitLab and GitHub: name, registry and credentials come from the CI",
        .makes_requests = true,
    };
    using Options = build_image::Options;
    using Plan = build_image::Plan;
    using Result = build_image::Result;

    static void declare(cli::OptionSet& set, Options& options) { build_image::declare(set, options); }
    static void check(const Options& options, std::vector<Diagnostic>& problems) { build_image::check(options, problems); }
    static Plan plan(const Options& options, cli::Context& context);
    static Result run(const Options& options, const Plan& plan, cli::Context& context);
    static cli::Report report(const Plan& plan);
    static cli::Report report(const Result& result);
};

} // namespace slipway::build_image
