#pragma once

#include "git/history.hpp"

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
    bool operator==(const Origin&) const = default;
};

/// A value that a commit changed.
struct ValueRecord {
    std::string file;
    std::optional<std::size_t> document;
    std::string path;        ///< in its shortest form
    std::string old_json;    ///< empty: the key was not there
    std::string new_json;    ///< empty: it is not there any more
    bool unrecorded = false; ///< read from a commit that does not tell its values: too long, or secret
    bool operator==(const ValueRecord&) const = default;
};

/// A file that a commit changed, made or deleted. Hashes are those of Git's blobs; empty: there is no such file.
struct FileRecord {
    std::string path;
    std::string old_blob;
    std::string new_blob;
    std::string mode; ///< "100644": before the commit, or of the new file
    bool operator==(const FileRecord&) const = default;
};

/// What one of our commits says of itself, in its trailers. A file without values was changed as a whole.
struct Record {
    Origin origin;
    std::vector<ValueRecord> values; ///< a place is there once
    std::vector<FileRecord> files;   ///< every file of the commit, once
    std::vector<std::string> undone; ///< full hashes of the commits that it took back
    bool operator==(const Record&) const = default;
};

/// Values whose JSON is longer than this, in bytes, are not recorded.
inline constexpr std::size_t longest_recorded_value = 2048;

/// The trailers, one line each, without a blank line in front. Characters that cannot be seen are escaped as JSON escapes them. A value
/// that changed twice is written once, with what it was first and last. What is no valid UTF-8 or no JSON is left out.
///
///     Slipway-Change: {"file":"apps/web/values.yaml","path":"image.tag","old":"v1","new":"v2"}
///     Slipway-File: {"path":"apps/web/values.yaml","old":"8a1b...","new":"07c2...","mode":"100644"}
///     Slipway-Source: https://git.example.com/team/app
///     Slipway-Commit: 0f3a...
///     Slipway-Commit-Time: 2026-11-24T12:45:00+01:00
///     Slipway-Pipeline: https://git.example.com/team/app/-/pipelines/7
///     Slipway-Pipeline-Id: 7
///     Slipway-Undoes: 5d1c...
///
/// The text may pass a redactor: a value in which that left its asterisks is read as unrecorded.
std::string write_trailers(const Record& record);

/// Reads the trailers of a commit's message, from its last paragraph, or the one above when that has trailers of others alone; nothing when it is none of ours. Hostile, cut and repeated
/// lines are ignored one by one, and so are files that Git would not take.
std::optional<Record> read_record(std::string_view message);

/// The same of a commit. A source is not committed later than what is made from it: a time that lies more than a day after the commit's own
/// is a wrong clock's or forged, and read as unknown. Else one such line would make all pipelines late for ever.
std::optional<Record> read_record(const git::CommitInfo& commit);

/// Whether two JSON texts say the same; empty ones are alike.
bool same_json(std::string_view a, std::string_view b);

} // namespace slipway::update_gitops_values
