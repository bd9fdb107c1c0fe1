#pragma once

#include "cli/context.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace slipway::build_image {

/// What a .containerignore or .dockerignore leaves out of the context, at most.
///
/// Buildah leaves out all that this leaves out, and in rare cases more: patterns that its versions read in different ways
/// (a "+" in one of them) match nothing here, or after "!" everything. A file that is in the key and not in the image only costs
/// a build.
///
/// @source github.com/containers/storage, pkg/fileutils; github.com/openshift/imagebuilder, ParseIgnore
class IgnorePatterns {
public:
    /// @param text  of the file
    explicit IgnorePatterns(std::string_view text);
    IgnorePatterns() = default;

    /// @param path  from the context, with "/" in between
    bool excludes(std::string_view path) const;

    /// Whether nothing in a folder that is excluded can be in the image all the same.
    bool excludes_all_below(std::string_view path) const;

private:
    struct Pattern {
        std::string text;
        std::size_t parts = 0; ///< components
        bool is_exception = false; ///< "!"
        bool is_unclear = false;
    };

    std::vector<Pattern> patterns_;
};

/// Whether a path matches one pattern: `*` and `?` within a component, `**` over several, `[a-z]`, `\` before what is meant
/// as it is.
bool matches_pattern(std::string_view pattern, std::string_view path);

/// The file that Buildah would read: beside the Containerfile by its name, else in the context; empty when there is none.
std::string find_ignore_file(const std::string& context_folder, const std::string& containerfile, io::Files& files);

} // namespace slipway::build_image
