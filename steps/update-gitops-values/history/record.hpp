#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::update_gitops_values {

/// Where a change comes from; empty texts are unknown.
struct Origin {
    std::string source;      ///< URL of the project
    std::string commit;      ///< full hash, of the project
    std::string commit_time; ///< RFC 3339, with any offset
    std::string pipeline_id;
    std::string pipeline_url;
};

/// A value that a commit changed.
struct ValueRecord {
    std::string file;
    std::optional<std::size_t> document;
    std::string path;
    std::string old_json; ///< empty: the key was not there
    std::string new_json; ///< empty: it is not there any more
};

/// A file that a commit changed, made or deleted. Hashes are those of Git's blobs; empty: there is no such file.
struct FileRecord {
    std::string path;
    std::string old_blob;
    std::string new_blob;
    std::string mode; ///< "100644": before the commit, or of the new file
};

/// What one of our commits says of itself, in its trailers.
struct Record {
    Origin origin;
    std::vector<ValueRecord> values;
    std::vector<FileRecord> files;
    std::vector<std::string> undone; ///< full hashes of the commits that it took back
};

/// The trailers, one line each, without a blank line in front.
std::string write_trailers(const Record& record);

/// Reads the trailers of a commit's message; nothing when it is none of ours. Hostile or cut lines are ignored one by one.
std::optional<Record> read_record(std::string_view message);

} // namespace slipway::update_gitops_values
