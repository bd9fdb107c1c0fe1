#include "request_commits.hpp"

#include "update-gitops-values/history/record.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>

namespace slipway::update_gitops_values {

namespace {

/// How many commits of each branch are looked at, when fewer do not tell.
constexpr std::array<int, 3> looked_at = {50, 500, 5000};
/// A branch of ours has one commit; one with many more is somebody else's work.
constexpr std::size_t most_of_ours = 20;

/// The walk from a branch's newest commit to its base.
class Walk {
public:
    Walk(git::Repository& repository, const std::string& branch, const std::string& base, const std::string& base_tip) : repository_(repository), branch_(branch), base_(base), base_tip_(base_tip) {}

    /// @return nothing when the histories do not reach far enough
    std::optional<std::vector<git::CommitInfo>> run(const std::string& tip, int count) {
        std::map<std::string, git::CommitInfo> known;
        auto history = repository_.history(branch_, count);
        size_ = history.size();
        for (auto& commit : history) known.emplace(commit.hash, std::move(commit));
        std::vector<git::CommitInfo> found;
        std::vector<std::string> next = {tip};
        std::set<std::string> seen;
        while (!next.empty()) {
            const auto hash = next.back();
            next.pop_back();
            if (!seen.insert(hash).second || is_in_base(hash, count)) continue;
            const auto commit = known.find(hash);
            if (commit == known.end()) return std::nullopt;
            next.insert(next.end(), commit->second.parents.begin(), commit->second.parents.end());
            found.push_back(commit->second);
        }
        return found;
    }

    /// Commits of the branch that the last run looked at.
    std::size_t size() const noexcept { return size_; }

private:
    bool is_in_base(const std::string& hash, int count) {
        if (hash == base_tip_) return true;
        if (looked_ < count) {
            looked_ = count;
            for (const auto& commit : repository_.history(base_, count)) on_base_.insert(commit.hash);
        }
        return on_base_.contains(hash);
    }

    git::Repository& repository_;
    const std::string& branch_;
    const std::string& base_;
    const std::string& base_tip_;
    std::set<std::string> on_base_;
    int looked_ = 0;
    std::size_t size_ = 0;
};

bool is_ours(const git::CommitInfo& commit, git::Repository& repository) {
    const auto record = read_record(commit);
    if (!record || commit.parents.size() != 1) return false;
    const auto files = repository.changed_files(commit.parents.front(), commit.hash);
    return std::all_of(files.begin(), files.end(), [&](const git::Entry& file) {
        return std::any_of(record->files.begin(), record->files.end(), [&](const FileRecord& ours) { return ours.path == file.path && ours.new_blob == file.hash; });
    });
}

} // namespace

RequestCommits commits_of(git::Repository& repository, const std::string& branch, const std::string& tip, const std::string& base, const std::string& base_tip, io::Log& log) {
    Walk walk(repository, branch, base, base_tip);
    std::size_t seen = 0;
    for (const int count : looked_at) {
        if (auto commits = walk.run(tip, count)) {
            RequestCommits on{.commits = std::move(*commits)};
            on.others = on.commits.size() > most_of_ours || !std::all_of(on.commits.begin(), on.commits.end(), [&](const git::CommitInfo& commit) { return is_ours(commit, repository); });
            return on;
        }
        if (walk.size() == seen) break; // there is no more, or the server gives none
        seen = walk.size();
    }
    log.warning("cannot tell what " + branch + " has that " + base + " does not have: the newest commits of both have nothing in common; what is there is kept");
    return {.commits = {repository.info(tip)}, .others = true};
}

bool is_in(git::Repository& repository, const RequestCommits& on, const std::string& tip, const std::string& other) {
    std::set<std::string> paths;
    for (const auto& commit : on.commits) {
        if (commit.parents.size() > 1) continue; // the base, merged into it
        if (commit.parents.empty()) return false;
        for (const auto& file : repository.changed_files(commit.parents.front(), commit.hash)) paths.insert(file.path);
    }
    return std::all_of(paths.begin(), paths.end(), [&](const std::string& path) { return is_same_at(repository, path, tip, other); });
}

bool is_same_at(git::Repository& repository, const std::string& path, const std::string& one, const std::string& other) {
    const auto here = repository.find(one, path);
    const auto there = repository.find(other, path);
    return here.has_value() == there.has_value() && (!here || (here->hash == there->hash && here->mode == there->mode));
}

std::string newest_message(const RequestCommits& on) {
    const auto found = std::find_if(on.commits.begin(), on.commits.end(), [](const git::CommitInfo& commit) { return read_record(commit).has_value(); });
    return found == on.commits.end() ? "" : found->message;
}

} // namespace slipway::update_gitops_values
