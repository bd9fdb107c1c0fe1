#include "promotion.hpp"

#include "core/text.hpp"
#include "core/timestamp.hpp"
#include "git/commit_stream.hpp"
#include "update-gitops-values/promotion/held_since.hpp"
#include "update-gitops-values/promotion/version_origin.hpp"

#include <algorithm>
#include <array>
#include <chrono>

namespace slipway::update_gitops_values {

namespace {

/// How many commits are looked at for what brought a version, or for how long it is there, when the newest do not tell.
constexpr std::array<int, 3> looked_at = {50, 500, 5000};
/// Commits whose folders come in one request.
constexpr std::size_t at_once = 16;

Timestamp time_of(const git::CommitInfo& commit) { return Timestamp(std::chrono::seconds(commit.seconds)); }

/// Nothing is changed in what is only read.
template <class Read> auto reading(const std::string& place, const Read& read) {
    try {
        return read();
    } catch (const Error& error) {
        auto problems = error.diagnostics();
        constexpr std::string_view changing = "cannot change ";
        for (auto& problem : problems) {
            if (problem.message.starts_with(changing)) problem.message = "cannot read " + problem.message.substr(changing.size());
            if (problem.place.file.empty()) problem.message += ", as the environment '" + visible(place) + "'";
        }
        throw Error(error.code(), std::move(problems));
    }
}

std::string in_words(const Changeset& files) { return files.size() == 1 ? visible(files.front().path) : count_of(files.size(), "file"); }

} // namespace

Environments::Environments(const PromotionOptions& options, const Request& request, git::Repository* repository, std::string branch, cli::Context& context)
    : options_(options), request_(request), repository_(repository), branch_(std::move(branch)), context_(context) {}

Environments::Now Environments::read_now(const std::string& text, FileTree& tree, const std::string& tip) {
    Now now{.place = parse_environment_place(text), .tip = tip, .text = {}};
    auto& place = now.place;
    if (place.branch == branch_) place.branch.clear();
    reading(text, [&] {
        if (place.branch.empty()) {
            now.text = tree.read(place.file).content;
        } else {
            now.tip = repository_->fetch_beside(place.branch);
            now.text = CommitTree(*repository_, now.tip).read(place.file).content;
        }
    });
    return now;
}

std::vector<git::CommitInfo> Environments::history(const Now& now, int count) {
    auto commits = now.place.branch.empty() ? repository_->history(count) : repository_->history(now.place.branch, count);
    // Others may have pushed in between.
    const auto tip = std::find_if(commits.begin(), commits.end(), [&](const git::CommitInfo& commit) { return commit.hash == now.tip; });
    if (tip != commits.end()) commits.erase(commits.begin(), tip);
    return commits;
}

Promotion Environments::read(FileTree& tree, const std::string& tip) {
    const auto now = read_now(options_.from, tree, tip);
    std::vector<FileText> targets;
    for (const auto& pattern : request_.files) {
        for (const auto& path : tree.list(pattern)) {
            if (now.place.branch.empty() && path == now.place.file) continue; // a pattern may fit the source as well
            targets.push_back({path, tree.read(path).content});
        }
    }
    const bool is_target = now.place.branch.empty() && std::find(request_.files.begin(), request_.files.end(), now.place.file) != request_.files.end();
    if (is_target) throw misuse("cannot use --from '" + visible(options_.from) + "': it is the --file that is changed");
    auto copies = copies_from({to_string(now.place), now.text}, now.place.file, targets, request_);
    auto origin = origin_of_copies(now, copies);
    return {std::move(copies.images), std::move(copies.operations), std::move(copies.what), std::move(origin)};
}

Origin Environments::origin_of_copies(const Now& now, const Copies& copies) {
    std::vector<const Copied*> open;
    for (const auto& copied : copies.sources) {
        if (copied.is_new) open.push_back(&copied);
    }
    std::vector<Origin> origins;
    if (repository_ == nullptr) return {};
    const auto blob = git::blob_hash(now.text);
    std::size_t seen = 0;
    for (const int count : looked_at) {
        if (open.empty()) break;
        const auto commits = history(now, count);
        std::erase_if(open, [&](const Copied* copied) {
            auto origin = origin_of(commits, now.place.file, blob, *copied);
            if (origin) origins.push_back(std::move(*origin));
            return origin.has_value();
        });
        if (git::is_complete(commits) || commits.size() == seen) break;
        seen = commits.size();
    }
    return oldest(origins);
}

void Environments::require(const Changeset& files, FileTree& tree, const std::string& tip) {
    if (options_.require_in.empty() || files.empty()) return;
    const auto wanted = requirement_of(files, request_.search.paths);
    if (wanted.empty()) {
        context_.log.info("--require-in has nothing to ask for: " + in_words(files) + (files.size() == 1 ? " gets" : " get") + " no image and no value");
        return;
    }
    std::vector<Diagnostic> problems;
    for (const auto& place : options_.require_in) {
        const auto now = read_now(place, tree, tip);
        for (const auto& why : reading(place, [&] { return missing_in(now.text, now.place.file, wanted, request_.search.paths); })) {
            problems.push_back({.message = "cannot change " + in_words(files) + ": " + visible(place) + " does not hold the same: " + why, .hint = "release it there first"});
        }
        if (problems.empty() && options_.held_for > Duration{0}) require_since(now, wanted);
    }
    if (!problems.empty()) throw Error(ExitCode::refused, std::move(problems));
}

std::string Environments::why_not_in(const std::string& commit, const Now& now, const Requirement& wanted) {
    const auto entry = repository_->find(commit, now.place.file);
    if (!entry || !entry->is_file()) return "there was no such file";
    const auto text = repository_->read_blob(entry->hash);
    if (text == now.text) return {};
    try {
        const auto missing = missing_in(text, now.place.file, wanted, request_.search.paths);
        return missing.empty() ? "" : missing.front();
    } catch (const Error& error) {
        return error.diagnostics().front().message;
    }
}

void Environments::require_since(const Now& now, const Requirement& wanted) {
    const auto at = context_.clock.now();
    Line line;
    std::size_t seen = 0;
    for (const int count : looked_at) {
        const auto commits = history(now, count);
        line = commits_to_look_at(commits, now.tip, now.place.file, at - options_.held_for);
        if (line.reaches || line.is_whole || commits.size() == seen) break;
        seen = commits.size();
    }
    const auto what = visible(to_string(now.place)) + " to hold " + in_words(wanted);
    const auto age = [&](Timestamp time) { return format_timestamp(time) + " (" + format_duration(std::chrono::floor<std::chrono::seconds>(std::max(at - time, Duration{0}))) + " ago)"; };
    const auto wait_until = [&](Timestamp since) { return "it has done so long enough at " + format_timestamp(since + options_.held_for) + ", if nobody changes it"; };
    std::optional<Timestamp> since; // the oldest commit that is known to hold it and changed the file
    for (std::size_t begin = 0; begin < line.looked_at.size(); begin += at_once) {
        const auto end = std::min(begin + at_once, line.looked_at.size());
        std::vector<std::string> hashes;
        for (auto i = begin; i < end; ++i) hashes.push_back(line.looked_at[i].hash);
        repository_->get_folders(hashes);
        for (auto i = begin; i < end; ++i) {
            const auto& commit = line.looked_at[i];
            const auto why = why_not_in(commit.hash, now, wanted);
            if (why.empty()) {
                since = time_of(commit);
                continue;
            }
            const auto short_time = since ? "it does so only since " + age(*since) : "it did not in commit " + git::short_hash(commit.hash) + " of " + age(time_of(commit));
            throw refused("--require-in wants " + what + " for " + format_duration(options_.held_for) + ": " + short_time + (since ? "" : ": " + why), since ? wait_until(*since) : "somebody changed it since, without this tool, so that it is not known when");
        }
    }
    if (line.reaches) return;
    if (line.is_whole) {
        throw refused("--require-in wants " + what + " for " + format_duration(options_.held_for) + ": the branch begins at " + age(*line.begins), since ? wait_until(*since) : wait_until(*line.begins));
    }
    throw refused("--require-in wants " + what + " for " + format_duration(options_.held_for) + ": that cannot be told, since the history that the server gives begins at " + (line.begins ? age(*line.begins) : "no commit at all"),
                  "what is shorter than that can be told with --for");
}

} // namespace slipway::update_gitops_values
