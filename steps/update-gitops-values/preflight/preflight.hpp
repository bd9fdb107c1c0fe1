#pragma once

#include "update-gitops-values/changeset.hpp"
#include "cli/context.hpp"
#include "cli/server_options.hpp"
#include "update-gitops-values/preflight/image_lookup.hpp"
#include "update-gitops-values/preflight/preflight_options.hpp"
#include "yaml/path.hpp"

#include <set>
#include <string>
#include <vector>

namespace slipway::update_gitops_values {

/// The images that stand in files after a change and did not before, complete as "registry/name:tag@digest", each once. Those whose name
/// a file does not say (a tag alone) are not among them.
std::vector<std::string> new_images(const Changeset& files);

/// Looks at a change before it is committed. What was found good once is not asked for again.
class Preflight {
public:
    enum class Lookup { no, yes };

    /// Where the change is made.
    struct Scope {
        std::string repo = {};   ///< address; empty for a folder
        std::string branch = {}; ///< empty for a folder
        std::vector<yaml::KeyPath> image_paths = {}; ///< as --image-path names them
    };

    /// @param lookup  whether images are looked up in their registries
    Preflight(const PreflightOptions& options, Lookup lookup, Scope scope, const cli::TlsOptions& tls, cli::Context& context);

    /// Says for each moving tag (`latest`) that nobody can tell what it runs, or refuses it (--require-immutable); and looks up new images
    /// in their registries.
    /// @throws Error (refused) for images that are not there
    /// @throws Error (world failure) when a registry does not answer or does not let us look
    void check_images(const Changeset& files);

    /// Reads the value files that an Argo CD Application names, in order, with its own values and parameters behind them.
    /// @throws Error (refused) with a place when something later hides a value that is changed
    /// @throws Error (misuse) when the Application cannot be read
    void check_application(const Changeset& files, FileTree& tree);

private:
    void check_tags(const std::vector<NewImage>& images);
    /// Says it, unless it was said before: a lost race asks again.
    void say(io::LogLevel level, const std::string& message);

    const PreflightOptions& options_;
    Lookup lookup_;
    Scope scope_;
    cli::Context& context_;
    ImageLookup images_;
    std::set<std::string> said_;
};

} // namespace slipway::update_gitops_values
