#include "gitlab.hpp"

#include "core/encoding.hpp"
#include "core/text.hpp"
#include "update-gitops-values/forge/api.hpp"
#include "update-gitops-values/forge/gitlab_answers.hpp"
#include "update-gitops-values/forge/single_request.hpp"

#include <algorithm>
#include <utility>

namespace slipway::update_gitops_values {

namespace {

using json::Value;

constexpr Duration between_looks{1000};
constexpr int most_looks = 20; ///< that GitLab gets to check whether a new request can be merged

ApiNames names(bool job_token) {
    if (job_token) {
        return {.forge = "GitLab",
                .needs = "a job's own token (CI_JOB_TOKEN) may not open or change merge requests: give a project access token with the role Developer and the scope api by --forge-token-file",
                .bad_token = "a job's own token (CI_JOB_TOKEN) is good as long as its job runs, and not for merge requests: give a project access token with the role Developer and the scope api by --forge-token-file"};
    }
    return {.forge = "GitLab",
            .needs = "the token needs the scope api and, in this project, the role Developer, or one that may push to the branch when it is to merge as well",
            .bad_token = "it may have expired or been revoked; --forge-token-file gives another, such as a project access token with the role Developer and the scope api"};
}

/// GitLab takes its tokens in headers of their own.
io::HttpSettings settings_of(const ForgeOptions& options, const Secret& token, bool job_token, const cli::TlsOptions& tls, cli::Context& context) {
    auto settings = api_settings(options, {token}, tls, context);
    if (const auto* bearer = std::get_if<io::BearerAuth>(&settings.auth)) {
        settings.secret_headers.push_back({job_token ? "JOB-TOKEN" : "PRIVATE-TOKEN", bearer->token.reveal()});
        settings.auth = io::NoAuth{};
    }
    return settings;
}

bool is_job_token(const ForgeOptions& options, const Secret& token, const cli::Context& context) {
    const auto& used = options.server.token.empty() ? token : options.server.token;
    return !used.empty() && context.environment.get("CI_JOB_TOKEN") == used.reveal();
}

class GitLab final : public Forge {
public:
    GitLab(const ForgeProject& project, bool job_token, io::HttpSettings settings, cli::Context& context)
        : api_(project.api, names(job_token), std::move(settings), context), project_("/projects/" + percent_encode(project.path)) {}

    std::string name() const override { return "GitLab"; }
    std::string noun() const override { return "merge request"; }

    std::vector<PullRequest> requests_of(const std::string& head_branch, const std::string& base_branch) override {
        std::vector<PullRequest> found;
        ApiCall call{.path = project_ + "/merge_requests?state=all&source_branch=" + percent_encode(head_branch) + "&target_branch=" + percent_encode(base_branch) + "&order_by=created_at&sort=desc&per_page=100",
                     .what = "cannot look for merge requests from " + visible(head_branch) + " to " + visible(base_branch)};
        api_.each(call, [&](const Value& one) {
            // A fork may have a branch of the same name.
            if (json::at(one, "source_project_id") != json::at(one, "target_project_id")) return true;
            auto request = read_of(call, one);
            if (request.head_branch == head_branch && request.base_branch == base_branch) found.push_back(std::move(request));
            return true;
        });
        return found;
    }

    PullRequest read(long number) override {
        const auto call = call_for(number, "cannot read merge request !" + std::to_string(number));
        return read_of(call, api_.send(call).body);
    }

    std::optional<PullRequest> open(const NewPullRequest& request) override {
        const auto from_to = visible(request.head_branch) + " to " + visible(request.base_branch);
        if (!differ(request, "cannot compare " + from_to)) return std::nullopt;
        ApiCall call{.method = "POST",
                     .path = project_ + "/merge_requests",
                     .body = Value{{"source_branch", request.head_branch},
                                   {"target_branch", request.base_branch},
                                   {"title", gitlab::draft_marks().title(request.title, request.draft)},
                                   {"description", gitlab::without_commands(request.body)},
                                   {"remove_source_branch", true}},
                     .what = "cannot open a merge request from " + from_to};
        return open_single(api_, {.call = call,
                                  .noun = noun(),
                                  .read = [this, call](const Value& answer) { return read_of(call, answer); },
                                  .existing = [this, request] { return requests_of(request.head_branch, request.base_branch); },
                                  .close = [this](const PullRequest& one) { change(one.number, "cannot close " + named(one.number), Value::object({{"state_event", "close"}})); }});
    }

    void rewrite(long number, const std::string& title, const std::string& body) override {
        const auto what = "cannot rewrite " + named(number);
        const auto there = read(number);
        const auto text = gitlab::without_commands(body);
        // A draft that people took the mark off stays none.
        const auto shown = gitlab::draft_marks().title(title, there.draft);
        if (gitlab::draft_marks().title(there.title, there.draft) == shown && there.body == text) return;
        change(number, what, {{"title", shown}, {"description", text}});
    }

    void adorn(const PullRequest& request, const std::vector<std::string>& labels, const std::vector<std::string>& reviewers) override {
        if (labels.empty() && reviewers.empty()) return;
        const auto call = call_for(request.number, "cannot read " + named(request.number));
        const auto there = api_.send(call).body;
        add_labels(request, there, labels);
        add_reviewers(request, there, reviewers);
    }

    void merge_when_ready(const PullRequest& request, const std::string& method) override;

private:
    static std::string named(long number) { return "merge request !" + std::to_string(number); }

    ApiCall call_for(long number, std::string what) const { return {.path = project_ + "/merge_requests/" + std::to_string(number), .what = std::move(what)}; }

    PullRequest read_of(const ApiCall& call, const Value& answer) const {
        auto request = gitlab::request_of(answer);
        if (!request) throw api_.not_understood(call, "it is no merge request");
        return std::move(*request);
    }

    Value change(long number, std::string what, Value fields) {
        auto call = call_for(number, std::move(what));
        call.method = "PUT";
        call.body = std::move(fields);
        return api_.send(call).body;
    }

    /// Whether the head has commits that the base does not have; GitLab opens requests without any as well.
    bool differ(const NewPullRequest& request, std::string what) {
        const ApiCall call{.path = project_ + "/repository/compare?from=" + percent_encode(request.base_branch) + "&to=" + percent_encode(request.head_branch), .what = std::move(what)};
        const auto answer = api_.send(call).body;
        if (!json::at(answer, "commits").is_array()) throw api_.not_understood(call, "it has no list of commits");
        return !json::at(answer, "commits").empty();
    }

    void add_labels(const PullRequest& request, const Value& there, const std::vector<std::string>& labels) {
        auto missing = gitlab::missing_labels(there, labels);
        const auto comma = [&](const std::string& label) {
            if (label.find(',') == std::string::npos) return false;
            api_.context().log.warning("cannot add the label '" + visible(label) + "': GitLab has no labels with a comma");
            return true;
        };
        missing.erase(std::remove_if(missing.begin(), missing.end(), comma), missing.end());
        if (missing.empty()) return;
        ApiCall call = call_for(request.number, "cannot add labels to " + named(request.number));
        call.method = "PUT";
        call.body = Value::object({{"add_labels", join(missing, ",")}});
        for (const auto& label : gitlab::missing_labels(api_.send(call).body, missing)) {
            api_.context().log.warning("GitLab did not add the label '" + visible(label) + "' to " + named(request.number) + ": the project has none of that name, and this token may not make one");
        }
    }

    void add_reviewers(const PullRequest& request, const Value& there, const std::vector<std::string>& reviewers) {
        auto ids = gitlab::reviewer_ids(there);
        const auto before = ids.size();
        std::vector<std::string> asked;
        for (const auto& reviewer : reviewers) {
            if (gitlab::is_reviewer(there, reviewer)) continue;
            const auto id = user_id(reviewer);
            if (id == 0) {
                api_.context().log.warning("GitLab knows no user '" + visible(reviewer) + "', or this token may not see them: " + named(request.number) + " is put to no such reviewer");
                continue;
            }
            ids.push_back(id);
            asked.push_back(reviewer);
        }
        if (ids.size() == before) return;
        auto call = call_for(request.number, "cannot ask reviewers for " + named(request.number));
        call.method = "PUT";
        call.body = Value::object({{"reviewer_ids", ids}});
        const auto now = api_.send(call).body;
        for (const auto& reviewer : asked) {
            if (gitlab::is_reviewer(now, reviewer)) continue;
            api_.context().log.warning("GitLab did not make '" + visible(reviewer) + "' a reviewer of " + named(request.number) + ": who may not read the project cannot be one, and only Premium allows several");
        }
    }

    /// 0 when there is none of that name.
    long user_id(const std::string& user) {
        const ApiCall call{.path = "/users?username=" + percent_encode(user), .what = "cannot look for the reviewer " + visible(user), .expected = {403, 404}};
        const auto answer = api_.send(call);
        for (const auto& one : json::items(answer.body)) {
            if (lower(json::text(one, "username")) == lower(user)) return json::number(one, "id");
        }
        return 0;
    }

    void check_method(const std::string& method, const PullRequest& request);
    /// As soon as GitLab has checked it, whatever the outcome is.
    Value checked(const PullRequest& request);

    ForgeApi api_;
    std::string project_; ///< "/projects/ops%2Fgitops"
};

/// How the project merges, against what is asked for.
void GitLab::check_method(const std::string& method, const PullRequest& request) {
    const ApiCall call{.path = project_, .what = "cannot read how the project merges"};
    const auto problem = gitlab::why_not(method, api_.send(call).body);
    if (problem.empty()) return;
    throw refused("cannot have GitLab merge " + named(request.number) + " by '" + method + "': " + problem, "--auto-merge takes another, or Settings > Merge requests of the project allow it");
}

Value GitLab::checked(const PullRequest& request) {
    const auto call = call_for(request.number, "cannot read " + named(request.number));
    for (int look = 1;; ++look) {
        auto answer = api_.send(call).body;
        const auto now = read_of(call, answer);
        const bool open = now.state == PullRequest::State::open;
        // After a push it takes GitLab a moment to see it.
        const bool seen = request.head_commit.empty() || now.head_commit == request.head_commit;
        if (!open || (seen && !gitlab::is_being_checked(answer)) || look == most_looks) return answer;
        api_.context().log.progress("GitLab checks whether " + named(request.number) + " can be merged");
        api_.context().clock.sleep_for(between_looks);
    }
}

void GitLab::merge_when_ready(const PullRequest& request, const std::string& method) {
    const auto what = "cannot have GitLab merge " + named(request.number);
    check_method(method, request);
    for (int attempt = 1;; ++attempt) {
        const auto there = checked(request);
        const auto now = read_of(call_for(request.number, what), there);
        if (now.state == PullRequest::State::merged) return;
        if (now.state == PullRequest::State::closed) throw refused(what + ": it is closed");
        if (now.conflicts) throw refused(what + ": " + now.obstacle, "run the step again: it makes the request anew on the newest commit of " + visible(request.base_branch));
        if (!request.head_commit.empty() && now.head_commit != request.head_commit) throw refused(what + ": somebody pushed to " + visible(request.head_branch) + " meanwhile", "run the step again");
        const bool squash = method == "squash";
        if (json::is_true(there, "squash") != squash) change(request.number, what, Value::object({{"squash", squash}}));
        // Versions before 17.11 know the second name only; which of them is unknown is ignored.
        ApiCall call{.method = "PUT",
                     .path = project_ + "/merge_requests/" + std::to_string(request.number) + "/merge",
                     .body = Value{{"auto_merge", true}, {"merge_when_pipeline_succeeds", true}, {"sha", now.head_commit}, {"squash", squash}, {"should_remove_source_branch", true}},
                     .what = what,
                     .expected = {401, 405, 406, 409, 422}};
        const auto answer = api_.send(call);
        if (answer.ok()) return;
        if (answer.status == 401) {
            throw refused(what + ": its user may not push to " + visible(request.base_branch) + (answer.words.empty() ? "" : ": " + answer.words),
                          "a token whose role may merge into the protected branch helps, mostly Maintainer, or Settings > Repository > Protected branches > Allowed to merge");
        }
        // It may be that GitLab checks it again, since its base moved.
        if (attempt == 3) throw refused(what + ": " + (now.obstacle.empty() ? "" : now.obstacle + ": ") + "GitLab declines it (status " + std::to_string(answer.status) + (answer.words.empty() ? "" : ": " + answer.words) + ')', gitlab::hint_for(now));
        api_.context().clock.sleep_for(between_looks);
    }
}

} // namespace

std::unique_ptr<Forge> make_gitlab(const ForgeProject& project, const ForgeOptions& options, const Secret& token, const cli::TlsOptions& tls, cli::Context& context) {
    const bool job_token = is_job_token(options, token, context);
    return std::make_unique<GitLab>(project, job_token, settings_of(options, token, job_token, tls, context), context);
}

} // namespace slipway::update_gitops_values
