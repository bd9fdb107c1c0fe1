#include "draft.hpp"

#include "take_back.hpp"
#include "core/text.hpp"
#include "core/timestamp.hpp"
#include "git/commit_stream.hpp"
#include "update-gitops-values/history/rollback.hpp"

#include <algorithm>
#include <array>
#include <chrono>

namespace slipway::update_gitops_values {

namespace {

/// People's clocks, which commits of sources have their times from, and those of CI machines differ: commits of so much before are
/// looked at all the same.
constexpr std::int64_t clock_skew_seconds = 24 * 3600;
/// How many commits are looked at for a newer version of the target, when the newest do not tell.
constexpr std::array<int, 3> looked_at = {50, 500, 5000};
/// How far back a rollback looks for the change that it takes back.
constexpr int rollback_commits = 5000;

/// A commit of a clock that goes ahead of ours is of now: what it tells of its source is judged by its own time.
git::CommitInfo until(std::int64_t now, git::CommitInfo commit) {
    commit.seconds = std::min(commit.seconds, now);
    return commit;
}

std::vector<git::CommitInfo> until(std::int64_t now, std::vector<git::CommitInfo> commits) {
    for (auto& commit : commits) commit.seconds = std::min(commit.seconds, now);
    return commits;
}

std::vector<Target> targets_of(const Changeset& files) {
    std::vector<Target> targets;
    for (const auto& file : files) {
        for (const auto& change : file.changes) targets.push_back({file.path, {change.path}, change.document});
        if (file.changes.empty()) targets.push_back({file.path, {}});
    }
    return targets;
}

std::string in_words(const std::vector<Target>& targets) {
    if (targets.size() > 1) return count_of(targets.size(), "value");
    const auto& target = targets.front();
    return target.paths.empty() ? target.file : target.file + ": " + target.paths.front();
}

std::vector<ValueRecord> values_of(const Changeset& files) {
    std::vector<ValueRecord> values;
    for (const auto& file : files) {
        for (const auto& change : file.changes) values.push_back({.file = file.path, .document = change.document, .path = change.path, .old_json = change.old_json, .new_json = change.new_json});
    }
    return values;
}

std::vector<FileRecord> file_records(const Changeset& files, git::Repository& repository, const std::string& tip) {
    std::vector<FileRecord> records;
    for (const auto& file : files) {
        const auto entry = file.before ? repository.find(tip, file.path) : std::nullopt;
        records.push_back({file.path, entry ? entry->hash : "", file.after ? git::blob_hash(*file.after) : "", file.mode});
    }
    return records;
}

Request checked_request(const Options& options) {
    std::vector<Diagnostic> problems; // told of by check() already
    return read_request(options, problems);
}

} // namespace

Drafts::Drafts(const Options& options, git::Repository& repository, cli::Context& context)
    : options_(options), repository_(repository), context_(context), request_(checked_request(options)), puts_(read_puts(request_.puts, context.files)),
      origin_{options.source_url, options.source_commit, options.source_time, options.pipeline_id, context.ci.pipeline_url} {}

Draft Drafts::make(const std::string& branch, const std::string& tip) {
    Draft draft;
    if (options_.takes_back()) {
        const auto plan = plan_rollback(until(now(), repository_.history(branch, rollback_commits)), {options_.files.front(), options_.paths}, options_.rollback_to);
        draft.files = take_back(plan, repository_, tip, context_);
        draft.undone = plan.undone;
        draft.record = record_of(plan);
    } else {
        CommitTree tree(repository_, tip);
        draft.files = compute(request_, puts_, tree, context_);
        if (!draft.files.empty() && !options_.allow_older) draft.late = late_for(branch, tip, draft.files);
        if (draft.late) return draft;
        draft.record.origin = origin_;
        draft.record.values = values_of(draft.files);
    }
    check_ways(draft.files, tip);
    draft.record.files = file_records(draft.files, repository_, tip);
    return draft;
}

std::int64_t Drafts::now() const { return std::chrono::floor<std::chrono::seconds>(context_.clock.now()).time_since_epoch().count(); }

void Drafts::check_ways(const Changeset& files, const std::string& tip) {
    std::vector<Diagnostic> problems;
    for (const auto& file : files) {
        if (file.before || !file.after) continue;
        const auto blocking = repository_.in_the_way(tip, file.path);
        const bool goes = blocking && std::any_of(files.begin(), files.end(), [&](const EditedFile& other) { return other.path == blocking->path && !other.after; });
        if (!blocking || goes) continue;
        const std::string what = blocking->mode == "120000" ? "a symbolic link" : blocking->mode == "160000" ? "a submodule" : "a file";
        problems.push_back({.message = "cannot make " + visible(file.path) + ": " + visible(blocking->path) + " is " + what + ", and no folder",
                            .hint = "choose another path, or delete it in the same run with --delete"});
    }
    if (!problems.empty()) throw Error(ExitCode::refused, std::move(problems));
}

std::optional<Late> Drafts::late_for(const std::string& branch, const std::string& tip, const Changeset& files) {
    const auto committed = parse_timestamp(options_.source_time);
    if (!committed) return std::nullopt;
    const auto targets = targets_of(files);
    const auto newest = until(now(), repository_.info(tip));
    auto found = find_newer({newest}, targets, origin_);
    const auto since = std::min(std::chrono::floor<std::chrono::seconds>(*committed).time_since_epoch().count(), now()) - clock_skew_seconds;
    // What was committed before our source's commit cannot hold anything newer than that.
    bool is_all = newest.seconds < since;
    for (const int count : looked_at) {
        if (found.newer || found.told || is_all) break;
        const auto commits = until(now(), repository_.history(branch, count));
        found = find_newer(commits, targets, origin_);
        is_all = commits.size() < static_cast<std::size_t>(count) || commits.back().seconds < since;
    }
    if (!found.newer) return std::nullopt;
    return Late{*found.newer, explain(*found.newer, origin_, in_words(targets))};
}

} // namespace slipway::update_gitops_values
