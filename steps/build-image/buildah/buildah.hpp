#pragma once

#include "cli/context.hpp"
#include "cli/server_options.hpp"
#include "core/timestamp.hpp"
#include "build-image/buildah/workspace.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace slipway::build_image {

/// One image to build.
struct Build {
    std::string context_folder;
    std::string containerfile;                      ///< path
    std::vector<std::string> names;                 ///< "registry/repository:tag", given to the image on this machine
    std::map<std::string, std::string> labels;
    std::map<std::string, std::string> annotations;
    std::vector<std::string> arguments;             ///< "NAME=VALUE" or "NAME"
    std::string platform;                           ///< empty: this machine's
    std::string target;                             ///< empty: the last stage
    std::string isolation;                          ///< empty: Buildah's choice
    std::string storage_driver;                     ///< empty: Buildah's choice
    std::optional<Timestamp> timestamp;             ///< of everything in the image, instead of now
    bool uses_caches = false;                       ///< whether a RUN has a cache mount
};

/// Files and folders that go into Buildah's command lines.
struct Places {
    std::string auth_file;
    std::string certificates; ///< folder; empty: only the machine's own
    std::string image_id;     ///< file that gets the image's ID
    std::string digest;       ///< file that gets a manifest's digest
    std::string mark;         ///< stands in every working container of this run
};

std::vector<std::string> build_command(const Build& build, const Places& places, const cli::TlsOptions& tls);
std::vector<std::string> push_command(const std::string& image_id, const std::string& name, const Places& places,
                                      const cli::TlsOptions& tls);

/// Drives the real Buildah. What it prints is shown; what it leaves behind when it is ended is taken away.
class Buildah {
public:
    /// @param auth_json  the credentials, which reach Buildah through a file only the owner can read
    /// @throws Error (world failure) when there is no Buildah, or its files cannot be written
    /// @throws Error (misuse) when a certificate cannot be read
    Buildah(const Build& build, const std::string& auth_json, const cli::TlsOptions& tls, cli::Context& context);

    /// @return the image's ID, 64 hexadecimal digits
    /// @throws Error  refused: the image cannot be built; world failure: everything else
    std::string build();

    /// Pushes under one name; repeated when the registry or the way to it fails for a moment.
    ///
    /// @return the digest of the manifest, as Buildah computed it
    /// @throws Error (world failure)
    std::string push(const std::string& image_id, const std::string& name);

private:
    io::ProcessResult run(std::vector<std::string> argv, const std::string& doing, const io::Path& temporary_folder);
    std::string containers_folder();
    Error failure(const std::string& what, const io::ProcessResult& result) const;
    void prepare_certificates();

    const Build& build_;
    const cli::TlsOptions& tls_;
    cli::Context& context_;
    io::EnvironmentChanges environment_;
    Workspace workspace_;
    Places places_;
};

} // namespace slipway::build_image
