#pragma once

#include "io/files.hpp"

#include <string>
#include <vector>

namespace slipway::io {

/// Options of `buildah build` and `buildah from`, so that programs get limits which are allowed here. As root, Buildah raises open files and
/// processes to 1048576, which fails in a container with less, and with CAP_SYS_ADMIN but without CAP_SYS_RESOURCE; everywhere else it keeps
/// to what there is by itself.
std::vector<std::string> limits_for_buildah(Files& files);

} // namespace slipway::io
