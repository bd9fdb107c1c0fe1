#include "gitlab_answers.hpp"

#include "core/text.hpp"

#include <algorithm>
#include <utility>

namespace slipway::update_gitops_values::gitlab {

namespace {

using json::Value;

/// @source https://docs.gitlab.com/api/merge_requests/#merge-status
struct Status {
    const char* name;
    const char* words; ///< empty: nothing is in its way
};

constexpr Status statuses[] = {
    {"mergeable", ""},
    {"approvals_syncing", "approvals are being updated"},
    {"blocked_status", "another merge request must be merged before"},
    {"broken_status", "it conflicts with its target branch, or its source branch is gone"},
    {"checking", "GitLab checks whether it can be merged"},
    {"ci_must_pass", "its pipeline must succeed, and has not"},
    {"ci_still_running", "its pipeline is running"},
    {"commits_status", "its source branch is gone or has no commits"},
    {"conflict", "it conflicts with its target branch"},
    {"discussions_not_resolved", "discussions are not resolved"},
    {"draft_status", "it is a draft"},
    {"external_status_checks", "external checks are not through"},
    {"jira_association_missing", "it names no Jira issue"},
    {"locked_lfs_files", "files of it are locked"},
    {"locked_paths", "files of it are locked"},
    {"merge_request_blocked", "another merge request must be merged before"},
    {"merge_time", "its time to be merged has not come"},
    {"need_rebase", "it must be made anew on the newest commit of its target branch"},
    {"not_approved", "approvals are missing"},
    {"not_open", "it is not open"},
    {"policies_denied", "a policy denies it"},
    {"preparing", "GitLab prepares it"},
    {"requested_changes", "a reviewer asks for changes"},
    {"security_policy_pipeline_check", "pipelines of security policies are not through"},
    {"security_policy_violations", "it violates a security policy"},
    {"status_checks_must_pass", "external checks are not through"},
    {"title_regex", "its title has not the form that the project asks for"},
    {"unchecked", "GitLab checks whether it can be merged"},
};

bool is_one_of(const std::string& name, std::initializer_list<const char*> names) { return std::find(names.begin(), names.end(), name) != names.end(); }

std::string obstacle_of(const Value& answer) {
    if (json::text(answer, "state") == "locked") return "GitLab is merging it";
    if (const auto error = json::text(answer, "merge_error"); !error.empty()) return visible(one_line(error));
    const auto status = json::text(answer, "detailed_merge_status");
    for (const auto& known : statuses) {
        if (status == known.name) return known.words;
    }
    if (!status.empty()) return visible(status);
    return json::is_true(answer, "has_conflicts") ? "it conflicts with its target branch" : "";
}

std::string user_of(const Value& answer, std::initializer_list<const char*> keys) {
    for (const char* key : keys) {
        if (auto name = json::text(json::at(answer, key), "username"); !name.empty()) return name;
    }
    return {};
}

/// Where the target branch got it: a commit of the merge; without one, of the squashing; without either, its own newest one, by fast-forward.
std::string merge_commit_of(const Value& answer) {
    for (const char* key : {"merge_commit_sha", "squash_commit_sha", "sha"}) {
        if (auto commit = json::text(answer, key); !commit.empty()) return commit;
    }
    return {};
}

} // namespace

const DraftMarks& draft_marks() {
    static const DraftMarks marks{.known = {"Draft:", "[Draft]", "(Draft)"}, .most_characters = 255};
    return marks;
}

std::optional<PullRequest> request_of(const Value& answer) {
    const auto state = json::text(answer, "state");
    if (json::number(answer, "iid") <= 0 || !is_one_of(state, {"opened", "locked", "closed", "merged"})) return std::nullopt;
    PullRequest request{.number = json::number(answer, "iid"),
                        .url = json::text(answer, "web_url"),
                        .head_branch = json::text(answer, "source_branch"),
                        .head_commit = json::text(answer, "sha"),
                        .base_branch = json::text(answer, "target_branch"),
                        .title = draft_marks().bare(json::text(answer, "title")),
                        .body = json::text(answer, "description"),
                        .draft = json::is_true(answer, "draft") || json::is_true(answer, "work_in_progress")};
    if (state == "closed") {
        request.state = PullRequest::State::closed;
        request.ended_by = user_of(answer, {"closed_by"});
    } else if (state == "merged") {
        request.state = PullRequest::State::merged;
        request.ended_by = user_of(answer, {"merge_user", "merged_by"});
        request.merge_commit = merge_commit_of(answer);
    } else {
        const auto status = json::text(answer, "detailed_merge_status");
        // What must be rebased is made anew on the new base, as what conflicts.
        request.conflicts = is_one_of(status, {"conflict", "need_rebase"}) || (json::is_true(answer, "has_conflicts") && !is_being_checked(answer));
        request.obstacle = obstacle_of(answer);
    }
    return request;
}

bool is_being_checked(const Value& request) {
    const auto detailed = json::text(request, "detailed_merge_status");
    const auto status = detailed.empty() ? json::text(request, "merge_status") : detailed;
    return is_one_of(status, {"unchecked", "checking", "preparing", "approvals_syncing", "cannot_be_merged_recheck", "cannot_be_merged_rechecking"});
}

std::vector<std::string> missing_labels(const Value& request, const std::vector<std::string>& labels) {
    std::vector<std::string> missing;
    for (const auto& label : labels) {
        const auto& there = json::items(json::at(request, "labels"));
        if (std::find(there.begin(), there.end(), Value(label)) == there.end()) missing.push_back(label);
    }
    return missing;
}

std::vector<long> reviewer_ids(const Value& request) {
    std::vector<long> ids;
    for (const auto& reviewer : json::items(json::at(request, "reviewers"))) {
        if (const auto id = json::number(reviewer, "id"); id > 0) ids.push_back(id);
    }
    return ids;
}

bool is_reviewer(const Value& request, const std::string& user) {
    const auto& reviewers = json::items(json::at(request, "reviewers"));
    return std::any_of(reviewers.begin(), reviewers.end(), [&](const Value& one) { return lower(json::text(one, "username")) == lower(user); });
}

std::string why_not(const std::string& method, const Value& project) {
    const auto merges = json::text(project, "merge_method");
    const auto squashing = json::text(project, "squash_option");
    if (method == "squash") return squashing == "never" ? "the project never squashes" : "";
    if (squashing == "always") return "the project always squashes";
    if (method == "rebase" && !merges.empty() && merges != "ff") return "the project makes merge commits, and GitLab rebases without one only where its merge method is 'Fast-forward merge'";
    if (method == "merge" && merges == "ff") return "the project's merge method is 'Fast-forward merge', which makes no merge commits";
    return {};
}

std::string hint_for(const PullRequest& request) {
    if (request.obstacle.empty()) return "its merge works by hand when GitLab shows it as ready: see " + visible(request.url);
    return "GitLab before 17.7 merges by itself what waits for a pipeline, and for nothing else; without --auto-merge people merge it: " + visible(request.url);
}

std::string without_commands(const std::string& text) {
    std::string safe;
    bool begins = true;
    for (const char letter : text) {
        // A blank is not shown where a line begins, and makes the line text.
        if (begins && letter == '/') safe += ' ';
        begins = letter == '\n' || letter == '\r';
        safe += letter;
    }
    return safe;
}

} // namespace slipway::update_gitops_values::gitlab
