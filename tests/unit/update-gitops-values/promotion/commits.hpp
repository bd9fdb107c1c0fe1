#pragma once

#include "git/history.hpp"
#include "update-gitops-values/history/record.hpp"

#include <string>
#include <vector>

// Commits of an environment's branch, by small numbers.
namespace slipway::update_gitops_values {

inline std::string hash(int number) { return std::string(39, 'a') + static_cast<char>('0' + number); }

/// One that sets the tag of a file, or somebody's without trailers.
inline git::CommitInfo commit(int number, std::vector<int> parents, const std::string& tag = "", const std::string& file = "staging.yaml", std::vector<std::string> undone = {}) {
    git::CommitInfo info{.hash = hash(number), .parents = {}, .author = "A", .seconds = 1000 * number, .message = "title"};
    for (const int parent : parents) info.parents.push_back(hash(parent));
    if (tag.empty()) return info;
    Record record;
    record.values = {{.file = file, .document = {}, .path = "image.tag", .old_json = "\"x\"", .new_json = '"' + tag + '"'}};
    record.origin = {"app", "c" + tag, "2026-11-24T12:00:0" + std::to_string(number) + "Z", std::to_string(number), ""};
    record.undone = std::move(undone);
    info.message += "\n\n" + write_trailers(record);
    return info;
}

} // namespace slipway::update_gitops_values
