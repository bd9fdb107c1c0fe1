#include "gitea.hpp"

#include "core/encoding.hpp"
#include "core/text.hpp"
#include "update-gitops-values/forge/api.hpp"
#include "update-gitops-values/forge/gitea_answers.hpp"
#include "update-gitops-values/forge/single_request.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace slipway::update_gitops_values {

namespace {

using json::Value;

constexpr Duration between_looks{1000};
constexpr int most_looks = 15; ///< that Gitea gets to check a request for conflicts
constexpr int most_ended = 500; ///< requests, the last ones that ended, among which one is looked for

const ApiNames gitea_names{.forge = "Gitea",
                           .needs = "the token needs the scopes write:repository and write:issue, and its user the right to write to this repository",
                           .bad_token = "it may have been deleted; --forge-token-file gives another, with the scopes write:repository and write:issue"};

/// Both take a token as Bearer as well, but of this form alone every version knows.
io::HttpSettings settings_of(const ForgeOptions& options, const Secret& token, const cli::TlsOptions& tls, cli::Context& context) {
    auto settings = api_settings(options, {token}, tls, context);
    if (const auto* bearer = std::get_if<io::BearerAuth>(&settings.auth)) {
        settings.secret_headers.push_back({"Authorization", "token " + bearer->token.reveal()});
        settings.auth = io::NoAuth{};
    }
    return settings;
}

/// A branch in a path, where its slashes stay.
std::string in_path(const std::string& branch) {
    auto encoded = percent_encode(branch);
    replace_all(encoded, "%2F", "/");
    return encoded;
}

class Gitea final : public Forge {
public:
    Gitea(const ForgeProject& project, io::HttpSettings settings, cli::Context& context) : api_(project.api, gitea_names, std::move(settings), context) {
        const auto slash = project.path.find('/');
        owner_ = percent_encode(project.path.substr(0, slash));
        repository_ = "/repos/" + owner_ + '/' + percent_encode(slash == std::string::npos ? "" : project.path.substr(slash + 1));
    }

    std::string name() const override { return "Gitea"; }
    std::string noun() const override { return "pull request"; }

    /// Of those that ended, the newest one at least, unless one is open.
    std::vector<PullRequest> requests_of(const std::string& head_branch, const std::string& base_branch) override {
        auto found = matching("open", head_branch, base_branch, 0);
        if (found.empty()) found = matching("closed&sort=recentclose", head_branch, base_branch, most_ended);
        std::stable_sort(found.begin(), found.end(), [](const PullRequest& a, const PullRequest& b) { return a.number > b.number; });
        if (!found.empty() && found.front().state == PullRequest::State::closed) found.front().ended_by = closed_by(found.front().number);
        return found;
    }

    PullRequest read(long number) override {
        const auto call = call_for(number, "cannot read " + named(number));
        auto answer = api_.send(call).body;
        auto request = read_of(call, answer);
        if (request.state == PullRequest::State::closed) request.ended_by = closed_by(number);
        if (request.state != PullRequest::State::open || request.draft) return request;
        // Gitea's own check takes a moment, and looks like a conflict.
        for (int look = 1; gitea::may_conflict(answer) && look < 4; ++look) {
            api_.context().clock.sleep_for(between_looks);
            answer = api_.send(call).body;
        }
        request = read_of(call, answer);
        request.conflicts = request.state == PullRequest::State::open && gitea::may_conflict(answer);
        if (request.state == PullRequest::State::open) request.obstacle = request.conflicts ? "it conflicts with its base branch" : obstacle_of(request);
        return request;
    }

    std::optional<PullRequest> open(const NewPullRequest& request) override {
        const auto from_to = visible(request.head_branch) + " to " + visible(request.base_branch);
        if (!differ(request, "cannot compare " + from_to)) return std::nullopt;
        ApiCall call{.method = "POST",
                     .path = repository_ + "/pulls",
                     .body = Value{{"head", request.head_branch}, {"base", request.base_branch}, {"title", gitea::draft_marks().title(request.title, request.draft)}, {"body", request.body}},
                     .what = "cannot open a pull request from " + from_to};
        return open_single(api_, {.call = call,
                                  .noun = noun(),
                                  .read = [this, call](const Value& answer) { return read_of(call, answer); },
                                  .existing = [this, request] { return matching("open", request.head_branch, request.base_branch, 0); },
                                  .close = [this](const PullRequest& one) { change(one.number, "cannot close " + named(one.number), Value::object({{"state", "closed"}})); }});
    }

    void rewrite(long number, const std::string& title, const std::string& body) override {
        const auto what = "cannot rewrite " + named(number);
        const auto call = call_for(number, what);
        const auto there = read_of(call, api_.send(call).body);
        // A draft that people took the mark off stays none.
        const auto shown = gitea::draft_marks().title(title, there.draft);
        if (gitea::draft_marks().title(there.title, there.draft) == shown && there.body == body) return;
        change(number, what, {{"title", shown}, {"body", body}});
    }

    void adorn(const PullRequest& request, const std::vector<std::string>& labels, const std::vector<std::string>& reviewers) override {
        if (labels.empty() && reviewers.empty()) return;
        const auto there = api_.send(call_for(request.number, "cannot read " + named(request.number))).body;
        add_labels(request.number, there, labels);
        for (const auto& reviewer : reviewers) ask(request.number, there, reviewer);
    }

    void merge_when_ready(const PullRequest& request, const std::string& method) override;

private:
    static std::string named(long number) { return "pull request #" + std::to_string(number); }

    ApiCall call_for(long number, std::string what) const { return {.path = repository_ + "/pulls/" + std::to_string(number), .what = std::move(what)}; }

    PullRequest read_of(const ApiCall& call, const Value& answer) const {
        auto request = gitea::request_of(answer);
        if (!request) throw api_.not_understood(call, "it is no pull request");
        return std::move(*request);
    }

    void change(long number, std::string what, Value fields) {
        auto call = call_for(number, std::move(what));
        call.method = "PATCH";
        call.body = std::move(fields);
        call.repeatable = true;
        api_.send(call);
    }

    /// Not all versions filter by branches, so that it is done here.
    /// @param most  how many are looked at; 0: all
    std::vector<PullRequest> matching(const std::string& state, const std::string& head_branch, const std::string& base_branch, int most) {
        std::vector<PullRequest> found;
        const ApiCall call{.path = repository_ + "/pulls?state=" + state + "&base_branch=" + percent_encode(base_branch) + "&limit=50",
                           .what = "cannot look for pull requests from " + visible(head_branch) + " to " + visible(base_branch)};
        int seen = 0;
        api_.each(call, [&](const Value& one) {
            auto request = read_of(call, one);
            const bool fits = !gitea::is_of_fork(one) && request.head_branch == head_branch && request.base_branch == base_branch;
            if (fits) found.push_back(std::move(request));
            return most == 0 || (!fits && ++seen < most);
        });
        return found;
    }

    /// Whether the head has commits that the base does not have; Gitea opens requests without any as well.
    bool differ(const NewPullRequest& request, const std::string& what) {
        const ApiCall call{.path = repository_ + "/compare/" + in_path(request.base_branch) + "..." + in_path(request.head_branch) + "?files=false&verification=false", .what = what, .expected = {404}};
        const auto answer = api_.send(call);
        if (answer.ok()) {
            if (!json::at(answer.body, "total_commits").is_number_integer()) throw api_.not_understood(call, "it counts no commits");
            return json::number(answer.body, "total_commits") > 0;
        }
        // Versions before 1.22 do not compare.
        const auto base = tip_of(request.base_branch, what);
        return base != tip_of(request.head_branch, what);
    }

    std::string tip_of(const std::string& branch, const std::string& what) {
        return json::text(json::at(api_.send({.path = repository_ + "/branches/" + in_path(branch), .what = what}).body, "commit"), "id");
    }

    /// What is missing for a merge, as far as this token may see it; nothing of it is worth an error.
    std::string obstacle_of(const PullRequest& request) {
        const std::string what = "cannot see what is missing for a merge";
        const auto checks = gitea::checks_of(api_.send({.path = repository_ + "/commits/" + percent_encode(request.head_commit) + "/status", .what = what, .expected = {403, 404}}).body);
        if (!checks.empty()) return checks;
        const auto branch = api_.send({.path = repository_ + "/branches/" + in_path(request.base_branch), .what = what, .expected = {403, 404}}).body;
        const auto required = json::number(branch, "required_approvals");
        if (required <= 0) return {};
        const auto approvals = gitea::approvals_in(api_.send({.path = repository_ + "/pulls/" + std::to_string(request.number) + "/reviews?limit=50", .what = what, .expected = {403, 404}}).body);
        return approvals >= required ? "" : "approvals are missing: " + std::to_string(approvals) + " of " + std::to_string(required);
    }

    /// The requests themselves do not tell.
    std::string closed_by(long number) {
        const ApiCall call{.path = repository_ + "/issues/" + std::to_string(number) + "/timeline?limit=50", .what = "cannot read who closed " + named(number), .expected = {403, 404}};
        const auto first = api_.send(call);
        std::string who;
        if (!first.ok()) return who;
        api_.each(call, [&](const Value& event) {
            if (json::text(event, "type") == "close") who = json::text(json::at(event, "user"), "login");
            return true;
        });
        return who;
    }

    void add_labels(long number, const Value& there, const std::vector<std::string>& labels) {
        std::map<std::string, long> ids; // 0: not known
        for (const auto& label : labels) {
            const auto& present = json::items(json::at(there, "labels"));
            if (std::none_of(present.begin(), present.end(), [&](const Value& one) { return json::text(one, "name") == label; })) ids[label] = 0;
        }
        if (ids.empty()) return;
        find_labels(repository_ + "/labels?limit=50", ids);
        find_labels("/orgs/" + owner_ + "/labels?limit=50", ids);
        auto known = Value::array();
        for (const auto& [label, id] : ids) {
            if (id != 0) known.push_back(id);
            else api_.context().log.warning("cannot add the label '" + visible(label) + "' to " + named(number) + ": neither the repository nor its organization has one of that name, or this token may not see it");
        }
        if (known.empty()) return;
        api_.send({.method = "POST", .path = repository_ + "/issues/" + std::to_string(number) + "/labels", .body = Value::object({{"labels", known}}), .what = "cannot add labels to " + named(number), .repeatable = true});
    }

    /// Ids for those of the names that have none yet.
    void find_labels(const std::string& path, std::map<std::string, long>& ids) {
        if (std::none_of(ids.begin(), ids.end(), [](const auto& one) { return one.second == 0; })) return;
        const ApiCall call{.path = path, .what = "cannot read the labels", .expected = {403, 404}};
        if (!api_.send(call).ok()) return; // a user has no labels of an organization
        api_.each(call, [&](const Value& label) {
            for (auto& [name, id] : ids) {
                if (id == 0) id = gitea::label_id(label, name);
            }
            return true;
        });
    }

    /// One at a time: an unknown one would take the others with it.
    void ask(long number, const Value& there, const std::string& reviewer) {
        const auto& asked = json::items(json::at(there, "requested_reviewers"));
        if (std::any_of(asked.begin(), asked.end(), [&](const Value& one) { return lower(json::text(one, "login")) == lower(reviewer); })) return;
        const ApiCall call{.method = "POST",
                           .path = repository_ + "/pulls/" + std::to_string(number) + "/requested_reviewers",
                           .body = Value::object({{"reviewers", Value::array({reviewer})}}),
                           .what = "cannot ask " + visible(reviewer) + " to review " + named(number),
                           .expected = {404, 422},
                           .repeatable = true};
        const auto answer = api_.send(call);
        if (!answer.ok()) api_.context().log.warning(call.what + ": Gitea declines it (status " + std::to_string(answer.status) + (answer.words.empty() ? "" : ": " + answer.words) + ')');
    }

    std::string merge_style(const PullRequest& request, const std::string& method);
    Error not_merged(const ApiCall& call, const ApiAnswer& answer) const;

    ForgeApi api_;
    std::string owner_;
    std::string repository_; ///< "/repos/ops/gitops"
};

std::string Gitea::merge_style(const PullRequest& request, const std::string& method) {
    auto style = gitea::style_of(method, api_.send({.path = repository_, .what = "cannot read how the repository merges"}).body);
    if (style.empty()) throw refused("cannot have Gitea merge " + named(request.number) + " by '" + method + "': the repository does not allow it", "--auto-merge takes another, or the repository's settings allow it under Pull Requests");
    return style;
}

Error Gitea::not_merged(const ApiCall& call, const ApiAnswer& answer) const {
    const auto hint = answer.says("not allowed to merge")            ? "the token's user may not merge into this branch: the branch's protection rule has a list of who may"
                      : answer.says("head out of date")              ? "somebody pushed to it meanwhile: run the step again"
                      : answer.says("try again later")               ? "most likely it conflicts with its base branch: run the step again, and it makes the request anew on the newest commit"
                                                                     : "";
    return refused(call.what + ": Gitea declines it (status " + std::to_string(answer.status) + (answer.words.empty() ? "" : ": " + answer.words) + ')', hint);
}

void Gitea::merge_when_ready(const PullRequest& request, const std::string& method) {
    Value body{{"Do", merge_style(request, method)}, {"merge_when_checks_succeed", true}, {"delete_branch_after_merge", true}};
    if (!request.head_commit.empty()) body["head_commit_id"] = request.head_commit;
    const ApiCall call{.method = "POST",
                       .path = repository_ + "/pulls/" + std::to_string(request.number) + "/merge",
                       .body = std::move(body),
                       .what = "cannot have Gitea merge " + named(request.number),
                       .expected = {404, 405, 409},
                       .survives_loss = true};
    for (int look = 1;; ++look) {
        const auto answer = api_.send(call);
        if (answer.ok() || answer.says("already scheduled") || answer.says("already merged")) return;
        const auto now = call_for(request.number, call.what);
        const auto there = api_.send(now).body;
        const auto state = read_of(now, there).state;
        if (state == PullRequest::State::merged) return;
        if (state == PullRequest::State::closed) throw refused(call.what + ": it is closed");
        if (look == most_looks && !answer.lost.empty()) throw world_failure(call.what + ": no answer: " + answer.lost);
        // "Please try again later" is said while it is checked, and of conflicts.
        const bool passes = !answer.lost.empty() || answer.says("try again later");
        if (answer.status == 404) throw api_.failure(call, answer);
        if (!passes || look == most_looks || (look >= 5 && gitea::may_conflict(there))) throw not_merged(call, answer);
        api_.context().log.progress("Gitea checks whether " + named(request.number) + " can be merged");
        api_.context().clock.sleep_for(between_looks);
    }
}

} // namespace

std::unique_ptr<Forge> make_gitea(const ForgeProject& project, const ForgeOptions& options, const Secret& token, const cli::TlsOptions& tls, cli::Context& context) {
    return std::make_unique<Gitea>(project, settings_of(options, token, tls, context), context);
}

} // namespace slipway::update_gitops_values
