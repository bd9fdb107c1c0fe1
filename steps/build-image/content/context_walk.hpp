#pragma once

#include "build-image/content/ignore_patterns.hpp"
#include "cli/context.hpp"

#include <atomic>
#include <optional>
#include <string>
#include <vector>

namespace slipway::build_image {

/// A file, folder or symbolic link of the context.
struct ContextEntry {
    std::string path; ///< from the context
    /// All that an image could get of it: kind, permissions, attributes, link target or digest of the content. Differs when
    /// one of them differs.
    std::string state;
};

/// Walks what Buildah may copy out of a context. Owners and times are left out, since Buildah sets both.
///
/// @param sources  paths to stay in; nothing: the whole context
/// @param stop     becomes true when nobody needs the answer any more
/// @return sorted by path
/// @throws Error (misuse) when something cannot be read, changes meanwhile, is neither file, folder nor link, or is a link
///                        to something that the patterns leave out
/// @throws Cancelled
std::vector<ContextEntry> walk_context(const std::string& folder, const IgnorePatterns& patterns, const std::optional<std::vector<std::string>>& sources,
                                       const std::atomic<bool>& stop, cli::Context& context);

} // namespace slipway::build_image
