#pragma once

#include "cli/context.hpp"

#include <optional>
#include <string>
#include <vector>

namespace slipway::build_image {

/// What to set where the kernel, or the container around us, forbids what Buildah needs.
inline constexpr const char* rights_hint =
    "run the container with --security-opt seccomp=unconfined --security-opt apparmor=unconfined, or privileged: Buildah calls unshare and mount, "
    "which Docker's default profile forbids";

/// Why a process may not have mounts of its own here, as Buildah gives them to RUN steps: in the words of util-linux's unshare.
/// Nothing when it may, or nobody can say.
std::optional<std::string> mount_refusal(cli::Context& context);

/// Options of `buildah build` for limits of RUN steps that are allowed here. As root, Buildah raises open files and processes to 1048576, which
/// fails in a container with less and with CAP_SYS_ADMIN, but without CAP_SYS_RESOURCE; everywhere else it keeps to what there is by itself.
std::vector<std::string> limits_of_run(io::Files& files);

} // namespace slipway::build_image
