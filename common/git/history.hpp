#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace slipway::git {

/// One commit, without its folders and files.
struct CommitInfo {
    std::string hash;
    std::vector<std::string> parents;
    std::string author;       ///< name alone
    std::int64_t seconds = 0; ///< when it was committed, by its committer's clock; since 1970
    std::string message;
};

} // namespace slipway::git
