#pragma once

#include "file_tree.hpp"
#include "request.hpp"
#include "cli/context.hpp"
#include "yaml/edit.hpp"

#include <optional>
#include <string>
#include <vector>

namespace slipway::update_gitops_values {

/// A file before and after. Without a text it does not exist.
struct EditedFile {
    std::string path;
    std::optional<std::string> before;
    std::optional<std::string> after;
    std::string mode;                  ///< of the file as it becomes, or was: "100644", "100755"
    std::vector<yaml::Change> changes; ///< those that touch the file
    bool changed() const { return before != after; }
};

/// All that one commit changes; files that stay as they are, are not in it.
using Changeset = std::vector<EditedFile>;

/// What stays is not replaced by a folder. @throws Error (refused) for each new file that something else is in the way of
void check_ways(const Changeset& files, FileTree& tree);

/// Whether what is changed was this value, or an image of this tag or digest.
bool was(const yaml::Change& change, const std::string& expected);

/// What of this machine goes into the tree; read once, so that a lost race puts the same files there again.
struct PutFile {
    std::string path;
    std::string content;
    std::string mode; ///< of a new file; one that is there keeps its own
};

/// @throws Error (misuse) for what cannot be read, for names that no repository may have, and for folders without files
std::vector<PutFile> read_puts(const std::vector<PutArgument>& puts, io::Files& files);

/// What a request changes in a tree.
///
/// @throws Error (misuse) for files that are not there or cannot be read
/// @throws Error (refused) for what cannot be set, for an image or policy that stands nowhere, and where another value than `expect_old`
///         stands; mistakes in several files are told of together
Changeset compute(const Request& request, const std::vector<PutFile>& puts, FileTree& tree, cli::Context& context);

} // namespace slipway::update_gitops_values
