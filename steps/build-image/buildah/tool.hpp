#pragma once

#include "cli/context.hpp"

#include <string>
#include <vector>

namespace slipway::build_image {

/// The Buildah of this machine: what it can do, and where it keeps things.
struct Tool {
    std::string version;    ///< "1.28.2"
    std::string platform;   ///< that it runs on: "linux/amd64"
    std::string build_help; ///< what `buildah build --help` says, for `knows`; only when it was asked for
    std::string storage;    ///< its folder
    std::string driver;     ///< how it keeps layers: "overlay", "vfs"
    io::EnvironmentChanges environment; ///< for every call of it

    /// A command line of it up to the command's own options: {"buildah", "build"}. It names vfs as well, since once Buildah has tried
    /// overlay in vain, parts of it look for that again whatever the environment says.
    std::vector<std::string> command(const std::string& verb) const;
    /// Whether `buildah build` has this option: "cache-from".
    bool knows(const std::string& option) const;
    /// Whether `buildah build` takes this option more than once.
    bool takes_several(const std::string& option) const;
};

/// Asks Buildah. Where it cannot use the storage driver of its own choice, because the storage folder lies on an overlay
/// as in most containers, it is asked again with vfs.
///
/// @param driver     what the user wants; empty: Buildah's choice
/// @param with_help  asks for the help as well
/// @throws Error (world failure) when there is no Buildah, or it does not work here
Tool inspect_tool(const std::string& driver, bool with_help, cli::Context& context);

} // namespace slipway::build_image
