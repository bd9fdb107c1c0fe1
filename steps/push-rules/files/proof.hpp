#pragma once

#include "push-rules/files/folder.hpp"
#include "prometheus/loaded_rules.hpp"

#include <string>
#include <vector>

namespace slipway::push_rules {

/// Whether a server has loaded exactly what was published, and what is missing when it has not.
struct Proof {
    bool loaded = false;
    std::string missing; ///< such as "group 'a' of x.yml is not there"
    std::string hint;
};

/// Compares published files with what a server says it has loaded. The server may see the folder under another path, so
/// a file is recognised by its name; where the server knows our own path, only that counts.
///
/// A file is loaded when the groups that the server shows for it are the file's, each with the same rules, and no others.
///
/// @throws Error (world failure) as RuleComparison does
Proof prove(const FolderChanges& published, const std::vector<prometheus::LoadedGroup>& loaded, prometheus::RuleComparison& comparison, RuleFolder& folder);

/// Whether the server evaluates the published rules, each since `since`.
prometheus::Evaluation evaluation_of(const FolderChanges& published, const std::vector<prometheus::LoadedGroup>& loaded, Timestamp since, RuleFolder& folder);

/// The server's groups that come from files of the published names: to see whether the old state is back.
std::vector<prometheus::LoadedGroup> groups_of(const FolderChanges& published, const std::vector<prometheus::LoadedGroup>& loaded);

} // namespace slipway::push_rules
