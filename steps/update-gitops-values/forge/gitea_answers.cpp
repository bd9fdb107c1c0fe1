#include "gitea_answers.hpp"

#include "core/text.hpp"

#include <algorithm>
#include <map>

namespace slipway::update_gitops_values::gitea {

using json::Value;

const DraftMarks& draft_marks() {
    static const DraftMarks marks{.known = {"WIP:", "[WIP]"}, .most_characters = 255};
    return marks;
}

std::optional<PullRequest> request_of(const Value& answer) {
    const auto state = json::text(answer, "state");
    const bool merged = json::is_true(answer, "merged");
    const auto& head = json::at(answer, "head");
    if (json::number(answer, "number") <= 0 || !head.is_object() || (!merged && state != "open" && state != "closed")) return std::nullopt;
    const auto title = json::text(answer, "title");
    PullRequest request{.number = json::number(answer, "number"),
                        .url = json::text(answer, "html_url"),
                        .state = merged ? PullRequest::State::merged : state == "open" ? PullRequest::State::open : PullRequest::State::closed,
                        // `ref` is refs/pull/N/head as soon as the branch is gone.
                        .head_branch = json::text(head, "label"),
                        .head_commit = json::text(head, "sha"),
                        .base_branch = json::text(json::at(answer, "base"), "label"),
                        .title = draft_marks().bare(title),
                        .body = json::text(answer, "body"),
                        .draft = json::is_true(answer, "draft") || draft_marks().is_draft(title)};
    if (merged) {
        request.merge_commit = json::text(answer, "merge_commit_sha");
        request.ended_by = json::text(json::at(answer, "merged_by"), "login");
    } else if (request.state == PullRequest::State::open && request.draft) {
        request.obstacle = "it is a draft";
    }
    return request;
}

bool is_of_fork(const Value& answer) { return json::number(json::at(answer, "head"), "repo_id") != json::number(json::at(answer, "base"), "repo_id"); }

bool may_conflict(const Value& answer) {
    const auto& mergeable = json::at(answer, "mergeable");
    if (!mergeable.is_boolean() || mergeable.get<bool>() || json::is_true(answer, "draft")) return false;
    const auto base = json::text(json::at(answer, "base"), "sha");
    return base.empty() || base != json::text(answer, "merge_base");
}

std::string checks_of(const Value& status) {
    std::map<std::string, std::vector<std::string>> names;
    for (const auto& one : json::items(json::at(status, "statuses"))) {
        const auto state = json::text(one, "status");
        names[state == "failure" || state == "error" ? "checks failed" : state == "pending" ? "checks are running" : ""].push_back(visible(json::text(one, "context")));
    }
    for (const char* words : {"checks failed", "checks are running"}) {
        const auto found = names.find(words);
        if (found != names.end()) return words + (": " + join(found->second, ", "));
    }
    return {};
}

long approvals_in(const Value& reviews) {
    std::map<std::string, bool> approved; // the newest word of each
    for (const auto& review : json::items(reviews)) {
        const auto state = json::text(review, "state");
        if (state != "APPROVED" && state != "REQUEST_CHANGES") continue;
        const bool counts = state == "APPROVED" && !json::is_true(review, "dismissed") && !json::is_true(review, "stale");
        approved[json::text(json::at(review, "user"), "login")] = counts;
    }
    return static_cast<long>(std::count_if(approved.begin(), approved.end(), [](const auto& one) { return one.second; }));
}

long label_id(const Value& label, const std::string& name) { return json::text(label, "name") == name ? json::number(label, "id") : 0; }

std::string style_of(const std::string& method, const Value& repository) {
    const auto allows = [&](const char* key) {
        const auto& value = json::at(repository, key);
        return !value.is_boolean() || value.get<bool>(); // what a version does not tell, it says when it merges
    };
    if (method == "merge") return allows("allow_merge_commits") ? "merge" : "";
    if (method == "squash") return allows("allow_squash_merge") ? "squash" : "";
    if (allows("allow_rebase")) return "rebase";
    return json::is_true(repository, "allow_fast_forward_only_merge") ? "fast-forward-only" : "";
}

} // namespace slipway::update_gitops_values::gitea
