#pragma once

#include "build-image/sbom/package.hpp"

#include <string_view>

namespace slipway::build_image {

/// Reads /etc/os-release, a list of assignments as shells have them. What is none is passed over.
/// @source os-release(5)
Distribution read_os_release(std::string_view text);

} // namespace slipway::build_image
