#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::git {

/// One commit, without its folders and files. Texts are as they stand there: also hostile ones.
struct CommitInfo {
    std::string hash;
    std::vector<std::string> parents;
    std::string author;       ///< name alone
    std::int64_t seconds = 0; ///< when it was committed, by its committer's clock; since 1970
    std::string message;
};

/// The first eight digits, as messages name a commit.
std::string short_hash(const std::string& hash);

/// Whether a history goes back to the first commit: it holds the parents of all that it holds.
bool is_complete(const std::vector<CommitInfo>& commits);

/// What `git log -z` is told by --format for `read_log`.
constexpr const char* log_format = "%H%x00%P%x00%an%x00%ct%x00%B";

/// Reads the output of `git log -z` in that format; what is cut at its end is left out.
std::vector<CommitInfo> read_log(std::string_view text);

} // namespace slipway::git
