#include "update-gitops-values/promotion/held_since.hpp"

#include "update-gitops-values/history/order.hpp"
#include "update-gitops-values/history/record.hpp"

#include <chrono>
#include <map>
#include <set>

namespace slipway::update_gitops_values {

namespace {

using ByHash = std::map<std::string, const git::CommitInfo*>;

ByHash by_hash(const std::vector<git::CommitInfo>& commits) {
    ByHash known;
    for (const auto& commit : commits) known.emplace(commit.hash, &commit);
    return known;
}

std::vector<const git::CommitInfo*> first_parents(const ByHash& known, const std::string& tip) {
    std::vector<const git::CommitInfo*> line;
    for (auto at = known.find(tip); at != known.end() && line.size() <= known.size();) {
        line.push_back(at->second);
        at = at->second->parents.empty() ? known.end() : known.find(at->second->parents.front());
    }
    return line;
}

Timestamp time_of(const git::CommitInfo& commit) { return Timestamp(std::chrono::seconds(commit.seconds)); }

/// Follows a line and says of each commit whether it, or what it merged, changed a file.
class Changes {
public:
    Changes(const ByHash& known, const std::vector<const git::CommitInfo*>& line, const std::string& file) : known_(known), target_{.file = file, .paths = {}} {
        for (const auto* commit : line) seen_.insert(commit->hash);
    }

    bool in(const git::CommitInfo& commit) {
        bool found = touched(commit);
        std::vector<std::string> next;
        for (std::size_t i = 1; i < commit.parents.size(); ++i) next.push_back(commit.parents[i]);
        while (!next.empty()) {
            const auto hash = next.back();
            next.pop_back();
            const auto merged = known_.find(hash);
            if (merged == known_.end() || !seen_.insert(hash).second) continue;
            found = found || touched(*merged->second);
            next.insert(next.end(), merged->second->parents.begin(), merged->second->parents.end());
        }
        return found;
    }

private:
    bool touched(const git::CommitInfo& commit) const {
        const auto record = read_record(commit);
        return record && touches(*record, target_);
    }

    const ByHash& known_;
    Target target_;
    std::set<std::string> seen_;
};

} // namespace

Line commits_to_look_at(const std::vector<git::CommitInfo>& commits, const std::string& tip, const std::string& file, Timestamp since) {
    const auto known = by_hash(commits);
    const auto line = first_parents(known, tip);
    Changes changes(known, line, file);
    Line result;
    for (const auto* commit : line) {
        result.begins = time_of(*commit);
        result.reaches = *result.begins <= since;
        if (result.reaches || changes.in(*commit)) result.looked_at.push_back(*commit);
        if (result.reaches) return result;
    }
    result.is_whole = !line.empty() && line.back()->parents.empty();
    return result;
}

} // namespace slipway::update_gitops_values
