#pragma once

#include <span>
#include <string_view>

namespace slipway {

/// What was built, from which commit. Written by the build from CMakeLists.txt and Git.
struct Version {
    std::string_view number; ///< "0.1.0"
    std::string_view commit; ///< seven hexadecimal digits, or "unknown" outside a Git checkout
    std::string_view date;   ///< the commit's day, "2026-11-21", or "unknown"
};

Version version();

/// The executables built together with this library, in alphabetical order: each has a section in slipway.yaml.
std::span<const std::string_view> executables();

} // namespace slipway
