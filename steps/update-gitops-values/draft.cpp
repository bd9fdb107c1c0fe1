#include "draft.hpp"

#include "take_back.hpp"
#include "core/text.hpp"
#include "core/timestamp.hpp"
#include "git/commit_stream.hpp"
#include "git/names.hpp"
#include "io/http.hpp"
#include "update-gitops-values/history/message.hpp"
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
    for (auto& commit : commits) commit = until(now, std::move(commit));
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

/// What a pattern or a local folder brought must have a name that the trailers can say: else no rollback would take it back.
void check_names(const Changeset& files) {
    std::vector<Diagnostic> problems;
    for (const auto& file : files) {
        if (const auto why = git::why_no_path(file.path); !why.empty()) problems.push_back({.message = "cannot change '" + visible(file.path) + "': " + why, .hint = "rename the file"});
    }
    if (!problems.empty()) throw Error(ExitCode::refused, std::move(problems));
}

bool is_taken_back(const std::vector<git::CommitInfo>& commits, const std::string& hash) {
    return std::any_of(commits.begin(), commits.end(), [&](const git::CommitInfo& commit) {
        const auto record = read_record(commit);
        return record && std::find(record->undone.begin(), record->undone.end(), hash) != record->undone.end();
    });
}

/// A token in an address is nothing for a commit's message.
std::string without_user(std::string url) {
    if (const auto parts = io::split_url(url); parts && !parts->user_info.empty()) url.erase(url.find("://") + 3, parts->user_info.size() + 1);
    return url;
}

/// @return what it is, for people
std::string add(Promotion&& promotion, Request& request) {
    request.images = std::move(promotion.images);
    request.operations.insert(request.operations.end(), promotion.operations.begin(), promotion.operations.end());
    return std::move(promotion.what);
}

Request checked_request(const Options& options) {
    std::vector<Diagnostic> problems; // told of by check() already
    return read_request(options, problems);
}

} // namespace

Drafts::Drafts(const Options& options, git::Repository& repository, const std::string& branch, cli::Context& context)
    : options_(options), repository_(repository), context_(context), request_(checked_request(options)), made_of_(request_), puts_(read_puts(request_.puts, context.files)),
      origin_{without_user(options.source_url), options.source_commit, options.source_time, options.pipeline_id, context.ci.pipeline_url},
      environments_(options.promotion, request_, &repository, branch, context),
      preflight_(options.preflight, options.preflight.no_verify_image ? Preflight::Lookup::no : Preflight::Lookup::yes,
                 {.repo = options.remote.repo, .branch = branch, .image_paths = request_.search.paths}, options.remote.tls, context) {
    // What goes back was here before, and an emergency does not wait for another environment.
    if (options.takes_back() && !options.promotion.require_in.empty()) context.log.info("--require-in is not asked for a rollback");
}

Draft Drafts::make(const std::string& tip) {
    Draft draft;
    CommitTree tree(repository_, tip);
    if (options_.takes_back()) {
        const auto commits = until(now(), repository_.history(rollback_commits));
        if (is_taken_back(commits, meant_)) return draft;
        const auto plan = plan_rollback(commits, {options_.files.front(), request_.rollback_paths}, options_.rollback_to);
        if (options_.rollback_to.empty()) stay_with(plan.undone.front());
        draft.files = take_back(plan, repository_, tip, context_);
        check_expected(draft.files);
        draft.undone = plan.undone;
        draft.record = record_of(plan);
        // What is as it was before is no part of this commit.
        std::erase_if(draft.record.values, [&](const ValueRecord& value) {
            return std::none_of(draft.files.begin(), draft.files.end(), [&](const EditedFile& file) { return file.path == value.file; });
        });
    } else {
        draft.record.origin = origin_;
        made_of_ = request_;
        if (options_.promotion.promotes()) draft.promoted = promote(made_of_, draft.record.origin, tree, tip);
        draft.files = compute(made_of_, puts_, tree, context_);
        if (!draft.files.empty() && !options_.allow_older) draft.late = late_for(tip, draft.files, draft.record.origin);
        if (draft.late) return draft;
        draft.record.values = values_of(draft.files);
        environments_.require(draft.files, tree, tip);
    }
    preflight_.check_application(draft.files, tree);
    preflight_.check_images(draft.files);
    check_names(draft.files);
    check_ways(draft.files, tree);
    draft.record.files = file_records(draft.files, repository_, tip);
    return draft;
}

std::string Drafts::promote(Request& request, Origin& origin, FileTree& tree, const std::string& tip) {
    auto promotion = environments_.read(tree, tip);
    // What is promoted is as old as the version is, whatever pipeline does it.
    if (promotion.origin != Origin{}) origin = promotion.origin;
    return add(std::move(promotion), request);
}

void Drafts::stay_with(const git::CommitInfo& last) {
    if (meant_.empty()) meant_ = last.hash;
    if (meant_ == last.hash) return;
    throw refused("cannot roll back " + visible(options_.files.front()) + ": its last change was " + git::short_hash(meant_) + ", and " + git::short_hash(last.hash) + " changed it meanwhile",
                  "run it again to take back the newer one");
}

void Drafts::check_expected(const Changeset& files) const {
    const auto& expected = request_.expect_old;
    if (expected.empty() || files.empty()) return;
    for (const auto& file : files) {
        if (std::any_of(file.changes.begin(), file.changes.end(), [&](const yaml::Change& change) { return was(change, expected); })) return;
    }
    throw refused("cannot roll back " + visible(options_.files.front()) + ": nothing that would go back is '" + visible(expected) + "' now, as --expect-old says",
                  "another change has come in between; nothing was taken back");
}

std::int64_t Drafts::now() const { return std::chrono::floor<std::chrono::seconds>(context_.clock.now()).time_since_epoch().count(); }

std::optional<Late> Drafts::late_for(const std::string& tip, const Changeset& files, const Origin& origin) {
    const auto committed = parse_timestamp(origin.commit_time);
    // Without a time, a commit and a pipeline still tell whether just this was taken back.
    if (!committed && origin.commit.empty() && origin.pipeline_id.empty()) return std::nullopt;
    const auto targets = targets_of(files);
    const auto newest = until(now(), repository_.info(tip));
    auto found = find_newer({newest}, targets, origin);
    // What was committed before our source's commit cannot hold anything newer than that.
    const auto since = committed ? std::min(std::chrono::floor<std::chrono::seconds>(*committed).time_since_epoch().count(), now()) - clock_skew_seconds : 0;
    bool is_all = newest.seconds < since;
    std::size_t seen = 1;
    for (const int count : looked_at) {
        if (found.newer || found.told || is_all) break;
        const auto commits = until(now(), repository_.history(count));
        found = find_newer(commits, targets, origin);
        is_all = git::is_complete(commits) || commits.back().seconds < since;
        if (commits.size() == seen) break; // the server gives no more
        seen = commits.size();
    }
    if (!found.newer && !found.told && !is_all) {
        context_.log.warning("only the newest " + count_of(seen, "commit") + " of the branch were looked at for a newer version of " + in_words(targets));
    }
    if (!found.newer) return std::nullopt;
    return Late{*found.newer, explain(*found.newer, origin, in_words(targets))};
}

Draft draft_of_folder(const Options& options, Request request, FileTree& tree, cli::Context& context) {
    Draft draft;
    Environments environments(options.promotion, request, nullptr, {}, context);
    auto with_promoted = request;
    if (options.promotion.promotes()) {
        auto promotion = environments.read(tree, {});
        draft.promoted = add(std::move(promotion), with_promoted);
    }
    draft.files = compute(with_promoted, read_puts(request.puts, context.files), tree, context);
    check_ways(draft.files, tree);
    environments.require(draft.files, tree, {});
    Preflight preflight(options.preflight, Preflight::Lookup::no, {.image_paths = request.search.paths}, options.remote.tls, context);
    preflight.check_application(draft.files, tree);
    preflight.check_images(draft.files);
    return draft;
}

git::Proposal proposal_of(const Draft& draft, const Options& options, cli::Context& context) {
    git::Proposal proposal{.files = {}, .message = context.log.redact(commit_message(options.message, draft.record, context.ci, draft.undone))};
    for (const auto& file : draft.files) proposal.files.push_back({.path = file.path, .mode = file.after ? file.mode : "", .content = file.after.value_or("")});
    return proposal;
}

} // namespace slipway::update_gitops_values
