#pragma once

#include "git/names.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::git {

/// A file as a commit shall have it.
struct File {
    std::string path;
    std::string
        mode; ///< "100644" or "100755"; empty: the commit has no such file, and no folder that would be empty then
    std::string content = {};
};

/// What `git fast-import` reads to make one commit on top of another, and to print its hash. It reads the folders on
/// the way to the files, and nothing else of the parent.
///
/// @param seconds  since 1970
/// @source git-fast-import(1)
std::string commit_stream(const std::string& parent, const std::vector<File>& files, const std::string& message,
                          const Identity& identity, std::int64_t seconds);

/// The hash that Git gives a file of this content, in a repository with SHA-1.
std::string blob_hash(std::string_view content);

} // namespace slipway::git
