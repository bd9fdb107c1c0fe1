#pragma once

#include "build-image/content/containerfile.hpp"

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::build_image {

/// An image that a build takes from a registry: after FROM, in COPY --from and RUN --mount=from.
struct ImageUse {
    std::string name;      ///< with variables replaced
    std::size_t begin = 0; ///< of its text in the Containerfile, in bytes
    std::size_t end = 0;
    int line = 0;
};

struct SecretUse {
    std::string id;
    int line = 0;
};

/// What a build asks for, as far as its Containerfile tells.
struct Needs {
    std::vector<ImageUse> images;
    std::vector<SecretUse> secrets;  ///< that RUN steps of the wanted stage, and of those it needs, must have
    bool uses_caches = false;        ///< there are cache mounts
    bool runs_programs = false;      ///< there are RUN steps
    /// Paths in the context that can come into the image; nothing when that may be any.
    std::optional<std::vector<std::string>> sources = std::vector<std::string>();
    std::vector<std::string> unknowable; ///< why nobody can say that two builds get the same input, for people
};

/// @param arguments  values for ARGs that the user gives
/// @param target     stage to build; empty: the last
Needs read_needs(std::string_view containerfile, const std::map<std::string, std::string>& arguments, const std::string& target);

/// A Containerfile as Buildah gets it.
struct Rewritten {
    std::string text;
    std::vector<int> inserted; ///< numbers of the lines that the original does not have, ascending

    /// The line of the original that a line here comes from.
    int original_line(int line) const;
};

/// Puts images that were found in place of those that were named, and an ARG behind each FROM. Every other byte stays.
///
/// @param pinned    what to put, by ImageUse::name; others stay
/// @param argument  name of an ARG for all stages; empty: none
Rewritten rewrite(std::string_view containerfile, const std::vector<ImageUse>& images, const std::map<std::string, std::string>& pinned,
                  const std::string& argument);

} // namespace slipway::build_image
