#pragma once

#include "cli/context.hpp"

#include <optional>
#include <string>

namespace slipway::build_image {

/// What to set where the kernel, or the container around us, forbids what Buildah needs.
inline constexpr const char* rights_hint =
    "run the container with --security-opt seccomp=unconfined --security-opt apparmor=unconfined, or privileged: Buildah calls unshare and mount, "
    "which Docker's default profile forbids";

/// Why a process may not have mounts of its own here, as Buildah gives them to RUN steps: in the words of util-linux's unshare.
/// Nothing when it may, or nobody can say.
std::optional<std::string> mount_refusal(cli::Context& context);

} // namespace slipway::build_image
