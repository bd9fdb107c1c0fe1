#include "github_request.hpp"

#include "core/text.hpp"

namespace slipway::update_gitops_values {

namespace {

using State = PullRequest::State;

std::optional<State> state_of(const json::Value& item) {
    const auto state = json::text(item, "state");
    if (state == "open") return State::open;
    if (state != "closed") return std::nullopt;
    // A list has no "merged".
    return json::is_true(item, "merged") || !json::text(item, "merged_at").empty() ? State::merged : State::closed;
}

/// "ada, @ops/reviewers"
std::string reviewers_of(const json::Value& item) {
    std::vector<std::string> names;
    for (const auto& user : json::items(json::at(item, "requested_reviewers"))) names.push_back(json::text(user, "login"));
    for (const auto& team : json::items(json::at(item, "requested_teams"))) names.push_back("the team " + json::text(team, "name"));
    return visible(join(names, ", "));
}

} // namespace

std::string github_obstacle(const std::string& state, const json::Value& item) {
    if (state == "dirty") return "it conflicts with its base branch";
    if (state == "draft") return "it is a draft";
    if (state == "behind") return "its branch is behind the base branch, which must not be for a merge";
    if (state == "blocked") {
        const auto reviewers = reviewers_of(item);
        return "approvals or checks that the base branch requires are missing" + (reviewers.empty() ? "" : "; a review is asked of " + reviewers);
    }
    const bool waits = json::at(item, "auto_merge").is_null();
    if (state == "unstable") return std::string("checks that are not required fail or are still running") + (waits ? ", and somebody has to merge it" : "");
    if (state == "clean" || state == "has_hooks") return waits ? "nothing: somebody has to merge it" : "nothing: GitHub is about to merge it";
    return {};
}

std::optional<PullRequest> read_github_request(const json::Value& item) {
    const auto number = json::number(item, "number");
    const auto state = state_of(item);
    if (number <= 0 || !state) return std::nullopt;
    const auto& head = json::at(item, "head");
    PullRequest request{.number = number,
                        .url = visible(json::text(item, "html_url")),
                        .state = *state,
                        .head_branch = json::text(head, "ref"),
                        .head_commit = json::text(head, "sha"),
                        .base_branch = json::text(json::at(item, "base"), "ref"),
                        .title = json::text(item, "title"),
                        .body = json::text(item, "body"),
                        .draft = json::is_true(item, "draft")};
    if (*state == State::open) {
        const auto mergeable_state = json::text(item, "mergeable_state");
        request.conflicts = mergeable_state == "dirty";
        request.obstacle = github_obstacle(mergeable_state, item);
    }
    if (*state == State::merged) {
        request.merge_commit = json::text(item, "merge_commit_sha");
        request.ended_by = json::text(json::at(item, "merged_by"), "login");
    }
    return request;
}

bool is_from_fork(const json::Value& item) {
    const auto& head = json::at(json::at(item, "head"), "repo");
    const auto& base = json::at(json::at(item, "base"), "repo");
    // The fork of such a request is deleted.
    if (head.is_null()) return true;
    return json::number(head, "id") != json::number(base, "id");
}

} // namespace slipway::update_gitops_values
