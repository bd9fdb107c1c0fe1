#pragma once

#include "build-image/arguments.hpp"
#include "build-image/buildah/tool.hpp"
#include "build-image/buildah/workspace.hpp"
#include "build-image/content/needs.hpp"
#include "build-image/secrets.hpp"
#include "cli/context.hpp"
#include "cli/server_options.hpp"
#include "core/timestamp.hpp"

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace slipway::build_image {

/// Whether and where Buildah keeps the layers of single instructions.
struct LayerCache {
    bool local = false;            ///< in its storage, for the next build on this machine
    std::vector<std::string> from; ///< repositories
    std::vector<std::string> to;

    bool is_used() const noexcept { return local || !from.empty() || !to.empty(); }
};

/// What to build, apart from the platform.
struct Build {
    std::string title;                              ///< "registry/repository", for people
    std::string context_folder;
    std::string containerfile;                      ///< path, as the user knows it
    std::string ignore_file;                        ///< path; empty: none
    std::vector<std::string> names;                 ///< "registry/repository:tag", given to the image on this machine
    std::map<std::string, std::string> labels;
    std::map<std::string, std::string> annotations;
    std::vector<BuildArgument> arguments;
    std::vector<SecretSource> secrets;
    std::vector<SshSource> ssh;
    std::string target;                             ///< empty: the last stage
    std::string network;                            ///< of RUN steps; empty: Buildah's choice
    std::string isolation;                          ///< empty: Buildah's choice
    LayerCache cache;
    std::optional<Timestamp> timestamp;             ///< of everything in the image, instead of now
    bool uses_caches = false;                       ///< whether a RUN has a cache mount
};

/// Files and folders that go into Buildah's command lines.
struct Places {
    std::string auth_file;
    std::string certificates;  ///< folder; empty: only the machine's own
    std::string containerfile; ///< what Buildah reads
    std::string image_id;      ///< file that gets the image's ID
    std::string mark;          ///< stands in every working container of this run
};

/// Whole seconds since 1970.
std::string seconds_of(Timestamp time);

std::vector<std::string> build_command(const Build& build, const std::string& platform, const Places& places, const Tool& tool, const cli::TlsOptions& tls);

/// Drives the real Buildah. What it prints is shown; what it leaves behind when it is ended is taken away.
class Buildah {
public:
    /// @param auth_json       the credentials, which reach Buildah through a file only the owner can read
    /// @param registries_conf what its registries.conf shall be; empty: the machine's own
    /// @throws Error (world failure) when its files cannot be written
    /// @throws Error (misuse) when a certificate cannot be read
    Buildah(const Build& build, const Tool& tool, const std::string& auth_json, const std::string& registries_conf, const cli::TlsOptions& tls,
            cli::Context& context);

    /// @param containerfile  what to build by, in place of the file; empty: the file
    /// @param platform       empty: this machine's
    /// @return the image's ID, 64 hexadecimal digits
    /// @throws Error  refused: the image cannot be built; world failure: everything else
    std::string build(const Rewritten& containerfile, const std::string& platform);

    /// Writes an image as an OCI image layout into a new folder of the workspace, layers compressed.
    ///
    /// @param elsewhere  digests of uncompressed layers that are not wanted; their files are there, and empty
    /// @param on_blob    called with the file of each large layer as soon as it is complete; its name is the digest's digits
    /// @return the folder
    /// @throws Error (world failure)
    io::Path export_image(const std::string& image_id, const std::set<std::string>& elsewhere, const std::function<void(const io::Path&)>& on_blob);

    /// Writes an image as plain files into a new folder of the workspace, layers uncompressed and named by their digests.
    ///
    /// @param unwanted  digests of uncompressed layers that are not wanted; their files are there, and empty
    /// @return the folder
    /// @throws Error (world failure)
    io::Path export_uncompressed(const std::string& image_id, const std::set<std::string>& unwanted);

    const io::Path& workspace() const noexcept { return workspace_.path(); }

private:
    io::ProcessResult run(io::Command command, const std::string& doing, const std::function<void()>& on_wait = {});
    void leave_out(const std::set<std::string>& digests, const io::Path& folder);
    void push_to(const std::vector<std::string>& arguments, const std::string& doing, const std::function<void()>& on_wait);
    Error failure(const Rewritten& containerfile, const io::ProcessResult& result) const;
    void prepare_certificates();

    const Build& build_;
    const Tool& tool_;
    const cli::TlsOptions& tls_;
    cli::Context& context_;
    io::EnvironmentChanges environment_;
    Workspace workspace_;
    Places places_;
    int exports_ = 0;
};

} // namespace slipway::build_image
