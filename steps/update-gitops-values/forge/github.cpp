#include "github.hpp"

#include "core/encoding.hpp"
#include "core/text.hpp"
#include "github_api.hpp"
#include "github_merge.hpp"
#include "github_request.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace slipway::update_gitops_values {

namespace {

constexpr int most_attempts = 3; ///< to open one, when answers are lost
constexpr std::size_t most_listed = 300;
constexpr Duration before_another_try{2'000};

json::Value array_of(const std::vector<std::string>& texts) {
    auto array = json::Value::array();
    for (const auto& text : texts) array.push_back(text);
    return array;
}

/// "ada" or "org/team" as GitHub's API takes it.
struct Reviewer {
    std::string name;
    bool is_team = false;

    json::Value body() const {
        json::Value object = json::Value::object();
        object[is_team ? "team_reviewers" : "reviewers"] = json::Value::array();
        object[is_team ? "team_reviewers" : "reviewers"].push_back(name);
        return object;
    }
};

Reviewer reviewer_of(const std::string& given) {
    const auto slash = given.find('/');
    return slash == std::string::npos ? Reviewer{given} : Reviewer{given.substr(slash + 1), true};
}

class GitHub final : public Forge {
public:
    GitHub(const ForgeProject& project, const io::HttpSettings& settings, cli::Context& context) : api_(project, settings, context), context_(context), shown_(visible(project.path)) {}

    std::string name() const override { return "GitHub"; }
    std::string noun() const override { return "pull request"; }
    std::vector<PullRequest> requests_of(const std::string& head_branch, const std::string& base_branch) override;
    PullRequest read(long number) override;
    std::optional<PullRequest> open(const NewPullRequest& request) override;
    void rewrite(long number, const std::string& title, const std::string& body) override;
    void adorn(const PullRequest& request, const std::vector<std::string>& labels, const std::vector<std::string>& reviewers) override;
    void merge_when_ready(const PullRequest& request, const std::string& method) override { merge_on_github(api_, request, method, context_); }

private:
    std::string named(long number) const { return "pull request #" + std::to_string(number) + " of " + shown_; }
    PullRequest read_of(const ApiCall& call, const json::Value& answer);
    std::optional<PullRequest> open_one(const std::string& head_branch, const std::string& base_branch);
    ApiCall opening(const NewPullRequest& request) const;
    Error not_opened(const ApiCall& call, const ApiAnswer& answer, const NewPullRequest& request);
    void add_labels(long number, const std::vector<std::string>& labels);
    std::set<std::string> asked_before(long number);
    void ask_for_review(long number, const std::vector<std::string>& reviewers);

    GitHubApi api_;
    cli::Context& context_;
    std::string shown_;
};

std::vector<PullRequest> GitHub::requests_of(const std::string& head_branch, const std::string& base_branch) {
    // Sorted by creation, the newest first, which is what GitHub does by itself.
    const auto query = "?state=all&head=" + percent_encode(api_.owner() + ':' + head_branch) + "&base=" + percent_encode(base_branch) + "&sort=created&direction=desc&per_page=100";
    std::vector<PullRequest> found;
    std::size_t seen = 0;
    const auto call = api_.call("GET", "/pulls" + query, "cannot list the pull requests of " + shown_);
    api_.rest().each(call, [&](const json::Value& item) {
        // Filters of an API that changes are not relied on: a fork's request is somebody else's.
        auto request = read_of(call, item);
        if (request.head_branch == head_branch && request.base_branch == base_branch && !is_from_fork(item)) found.push_back(std::move(request));
        return ++seen < most_listed;
    });
    return found;
}

PullRequest GitHub::read_of(const ApiCall& call, const json::Value& answer) {
    auto request = read_github_request(answer);
    if (!request) throw api_.rest().not_understood(call, "it has no number or state");
    return std::move(*request);
}

PullRequest GitHub::read(long number) {
    const auto call = api_.call("GET", "/pulls/" + std::to_string(number), "cannot read " + named(number));
    auto request = read_of(call, api_.rest().send(call).body);
    if (request.state != PullRequest::State::closed) return request;
    // Only the issue behind it says who closed it; where the token may not see that, nobody does.
    auto closed = api_.call("GET", "/issues/" + std::to_string(number), "cannot read who closed " + named(number));
    closed.expected = {403, 404, 410};
    const auto issue = api_.rest().send(closed);
    if (issue.ok()) request.ended_by = json::text(json::at(issue.body, "closed_by"), "login");
    return request;
}

std::optional<PullRequest> GitHub::open_one(const std::string& head_branch, const std::string& base_branch) {
    const auto all = requests_of(head_branch, base_branch);
    const auto open = std::find_if(all.begin(), all.end(), [](const PullRequest& request) { return request.state == PullRequest::State::open; });
    return open == all.end() ? std::nullopt : std::optional(*open);
}

ApiCall GitHub::opening(const NewPullRequest& request) const {
    auto call = api_.call("POST", "/pulls", "cannot open a pull request from " + visible(request.head_branch) + " to " + visible(request.base_branch) + " of " + shown_);
    json::Value body = json::Value::object();
    body["title"] = request.title;
    body["head"] = request.head_branch;
    body["base"] = request.base_branch;
    body["body"] = request.body;
    body["draft"] = request.draft;
    call.body = std::move(body);
    call.expected = {403, 422};
    call.survives_loss = true;
    return call;
}

Error GitHub::not_opened(const ApiCall& call, const ApiAnswer& answer, const NewPullRequest& request) {
    const auto why = api_.rest().failure(call, answer);
    const auto with_hint = [&](const std::string& hint) { return Error(why.code(), Diagnostic{.message = why.diagnostics().front().message, .hint = hint}); };
    if (answer.says("not permitted to create")) return with_hint("the settings of the repository or organization have 'Allow GitHub Actions to create and approve pull requests'; a token of a GitHub App needs it not");
    if (answer.says("draft")) return with_hint("private repositories of free plans have no drafts: leave out --draft");
    if (answer.says("head invalid")) return with_hint("the branch " + visible(request.head_branch) + " is gone: somebody deleted it; run this again");
    if (answer.says("base invalid")) return with_hint("the branch " + visible(request.base_branch) + " is gone");
    return why;
}

std::optional<PullRequest> GitHub::open(const NewPullRequest& request) {
    const auto call = opening(request);
    for (int attempt = 1;; ++attempt) {
        const auto answer = api_.rest().send(call);
        if (answer.ok()) {
            auto made = read_github_request(answer.body);
            // It is made, whatever the answer looks like.
            if (!made) made = open_one(request.head_branch, request.base_branch);
            return made ? made : read_of(call, answer.body);
        }
        if (!answer.lost.empty()) {
            context_.log.warning(call.what + ": " + answer.lost + ": looking whether it was opened all the same");
            if (auto found = open_one(request.head_branch, request.base_branch)) return found;
            if (attempt >= most_attempts) throw world_failure(call.what + ": " + answer.lost, "nothing was opened; the branch is there, and running this again opens the request");
            context_.clock.sleep_for(before_another_try);
            continue;
        }
        if (answer.says("no commits between")) return std::nullopt;
        if (answer.says("already exists")) {
            // The list may be behind by a moment.
            if (auto found = open_one(request.head_branch, request.base_branch)) return found;
            if (attempt < most_attempts) {
                context_.clock.sleep_for(before_another_try);
                continue;
            }
        }
        throw not_opened(call, answer, request);
    }
}

void GitHub::rewrite(long number, const std::string& title, const std::string& body) {
    auto call = api_.call("PATCH", "/pulls/" + std::to_string(number), "cannot change title and text of " + named(number));
    call.body = json::Value::object();
    (*call.body)["title"] = title;
    (*call.body)["body"] = body;
    call.repeatable = true;
    api_.rest().send(call);
}

void GitHub::adorn(const PullRequest& request, const std::vector<std::string>& labels, const std::vector<std::string>& reviewers) {
    if (!labels.empty()) add_labels(request.number, labels);
    if (!reviewers.empty()) ask_for_review(request.number, reviewers);
}

void GitHub::add_labels(long number, const std::vector<std::string>& labels) {
    auto call = api_.call("POST", "/issues/" + std::to_string(number) + "/labels", "cannot label " + named(number) + " with " + visible(join(labels, ", ")));
    call.body = json::Value::object();
    (*call.body)["labels"] = array_of(labels);
    call.repeatable = true; // those that are there already stay as they are
    call.expected = {403, 404, 410, 422};
    const auto answer = api_.rest().send(call);
    if (answer.ok()) return;
    context_.log.warning(api_.rest().failure(call, answer).what());
    context_.log.hint(io::LogLevel::warning, "the token needs the permission 'Pull requests' or 'Issues' (read and write)");
}

/// Whoever was asked for a review ever: who has answered, or was taken off by somebody, is left in peace.
std::set<std::string> GitHub::asked_before(long number) {
    std::set<std::string> names;
    const auto call = api_.call("GET", "/issues/" + std::to_string(number) + "/events?per_page=100", "cannot read whom " + named(number) + " was shown to");
    api_.rest().each(call, [&](const json::Value& event) {
        if (json::text(event, "event") != "review_requested") return true;
        if (const auto user = json::text(json::at(event, "requested_reviewer"), "login"); !user.empty()) names.insert(lower(user));
        if (const auto team = json::text(json::at(event, "requested_team"), "slug"); !team.empty()) names.insert('/' + lower(team));
        return true;
    });
    return names;
}

void GitHub::ask_for_review(long number, const std::vector<std::string>& reviewers) {
    const auto before = asked_before(number);
    for (const auto& given : reviewers) {
        const auto reviewer = reviewer_of(given);
        if (before.contains((reviewer.is_team ? "/" : "") + lower(reviewer.name))) continue;
        // One at a time: GitHub takes none of several when one of them does not fit.
        auto call = api_.call("POST", "/pulls/" + std::to_string(number) + "/requested_reviewers", "cannot ask " + visible(given) + " to review " + named(number));
        call.body = reviewer.body();
        call.repeatable = true;
        call.expected = {403, 404, 422};
        const auto answer = api_.rest().send(call);
        if (!answer.ok()) context_.log.warning(call.what + ": " + (answer.words.empty() ? "status " + std::to_string(answer.status) : answer.words));
    }
}

} // namespace

std::unique_ptr<Forge> make_github(const ForgeProject& project, const ForgeOptions& options, const io::BearerAuth& token, const cli::TlsOptions& tls, cli::Context& context) {
    return std::make_unique<GitHub>(project, api_settings(options, token, tls, context), context);
}

} // namespace slipway::update_gitops_values
