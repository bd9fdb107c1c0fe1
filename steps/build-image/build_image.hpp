#pragma once

#include "build-image/attest/attestations.hpp"
#include "build-image/buildah/buildah.hpp"
#include "build-image/content/needs.hpp"
#include "build-image/push/image.hpp"
#include "build-image/push/transfer.hpp"
#include "build-image/show/show.hpp"
#include "build-image/tags/choose.hpp"
#include "cli/step.hpp"
#include "core/duration.hpp"
#include "credentials.hpp"
#include "options.hpp"
#include "registry/reference.hpp"
#include "source.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace slipway::build_image {

/// Everything about the image before it is built.
struct Plan {
    Build build;
    std::string containerfile_text;
    bool is_template = false;              ///< the C preprocessor makes the Containerfile of it
    Needs needs;                           ///< what the Containerfile asks for
    std::vector<std::string> platforms;    ///< empty: this machine's
    std::vector<std::string> joined;       ///< digests of images to join, in place of a build
    std::vector<Destination> destinations; ///< at least one
    Tags tags;
    std::map<std::string, std::string> index_annotations; ///< of several platforms
    std::string commit;       ///< full hash; empty when nobody says
    std::string source;       ///< where the commit can be had, "https://git.example.com/team/app"; empty when nobody says
    std::string source_ref;   ///< "refs/heads/main"; empty as above
    std::vector<std::string> attached; ///< "SBOM", "provenance": what the image will have, for people
    std::string scan;         ///< command between build and push; empty: none
    bool signs = false;
    std::string shown;        ///< image whose attestations are shown; empty: one is built
    registry::Login login;
    cli::TlsOptions tls;
    bool push = true;
    bool by_digest = false; ///< pushed without tags

    /// "registry/repository:tag", of all destinations.
    std::vector<std::string> full_tags() const;
};

/// How long a part of the run took.
struct Timing {
    std::string what;
    Duration took;
};

struct Result {
    const Plan& plan;
    std::vector<std::string> image_ids = {};  ///< on this machine, one a platform; empty when nothing was built
    std::optional<Product> product = {};      ///< what the registries have; nothing when it was not pushed
    std::string digest = {};                  ///< of its manifest or index; empty when it was not pushed
    std::string commit = {};                  ///< whose content is inside
    std::string key = {};                     ///< of the content; empty when nobody knows it
    bool skipped = false;                     ///< not built: the registry had the same content
    std::map<std::string, std::string> labels = {};
    std::map<std::string, Delivery> deliveries = {}; ///< of the blobs, by digest
    std::vector<Timing> timings = {};
    std::vector<Attested> attested = {}; ///< by what is attached to it
    std::optional<Shown> shown = {};     ///< with --show, and then nothing else
};

struct BuildImage {
    static constexpr cli::OutputInfo outputs[] = {
        {"image", "`name@digest` of the first image: what to deploy"},
        {"digest", "of the manifest, or of the index of several platforms"},
        {"tags", "full references, separated by blanks"},
        {"immutable_tag", "a tag that names this version or commit"},
        {"version", "the first tag"},
        {"commit", "the commit whose content is inside: an older one when nothing had to be built"},
        {"skipped", "`true` when the registry had the same content"},
        {"size_bytes", "of all layers, as they are stored"},
        {"labels", "as JSON"},
        {"image_id", "of the image on this machine, when one was built"},
    };
    static constexpr cli::StepInfo info{
        .name = "build-image",
        .summary = "builds a container image, pushes it, and says its digest",
        .usage = "[DIR] [--image NAME]... [options]",
        .example = "build-image --image registry.example.com/team/app --build-arg VERSION=1.4.0\nbuild-image                # on GitLab and GitHub: name, registry and credentials come from the CI",
        .outputs = outputs,
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
