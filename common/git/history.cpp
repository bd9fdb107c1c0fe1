#include "git/history.hpp"

#include "core/text.hpp"

#include <charconv>
#include <algorithm>
#include <set>
#include <string_view>

namespace slipway::git {

std::string short_hash(const std::string& hash) { return hash.substr(0, 8); }

bool is_complete(const std::vector<CommitInfo>& commits) {
    std::set<std::string_view> hashes;
    for (const auto& commit : commits) hashes.insert(commit.hash);
    return std::all_of(commits.begin(), commits.end(), [&](const CommitInfo& commit) {
        return std::all_of(commit.parents.begin(), commit.parents.end(), [&](const std::string& parent) { return hashes.contains(parent); });
    });
}

std::vector<CommitInfo> read_log(std::string_view text) {
    constexpr std::size_t fields = 5;
    std::vector<CommitInfo> commits;
    const auto parts = split(text, '\0');
    for (std::size_t i = 0; i + fields < parts.size(); i += fields) {
        CommitInfo commit{.hash = std::string(parts[i]),
                          .parents = {},
                          .author = std::string(parts[i + 2]),
                          .message = std::string(parts[i + 4])};
        for (const auto parent : split(parts[i + 1], ' ')) {
            if (!parent.empty()) commit.parents.emplace_back(parent);
        }
        std::from_chars(parts[i + 3].data(), parts[i + 3].data() + parts[i + 3].size(), commit.seconds);
        commits.push_back(std::move(commit));
    }
    return commits;
}

} // namespace slipway::git
