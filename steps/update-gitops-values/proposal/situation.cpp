#include "situation.hpp"

#include "core/text.hpp"
#include "update-gitops-values/proposal/request_branch.hpp"
#include "update-gitops-values/proposal/request_text.hpp"

#include <algorithm>

namespace slipway::update_gitops_values {

std::optional<PullRequest> Situation::open() const {
    const auto found = std::find_if(requests.begin(), requests.end(), [](const PullRequest& request) { return request.state == PullRequest::State::open; });
    return found == requests.end() ? std::nullopt : std::optional(*found);
}

std::optional<PullRequest> Situation::closed_for(const std::string& message, git::Repository& repository) const {
    if (requests.empty() || requests.front().state != PullRequest::State::closed) return std::nullopt;
    auto proposed = change_of(requests.front().body);
    // Somebody may have rewritten its text; then the commit tells, as long as it is there.
    if (proposed.empty() && !tip.empty() && requests.front().head_commit == tip) proposed = change_of(repository.info(tip).message);
    if (proposed.empty() || proposed != change_of(message)) return std::nullopt;
    return requests.front();
}

bool Situation::is_closed(const std::string& message_of_tip) const {
    if (requests.empty() || requests.front().state != PullRequest::State::closed) return false;
    const auto change = change_of(message_of_tip);
    return !change.empty() && change == change_of(requests.front().body);
}

Situation look(const Options& options, const std::string& base, const Draft& draft, Drafts& drafts, git::Repository& repository, Forge& forge) {
    Situation situation{.branch = request_branch(options, base), .requests = {}, .tip = {}, .late = {}};
    situation.requests = forge.requests_of(situation.branch, base);
    std::stable_sort(situation.requests.begin(), situation.requests.end(), [](const PullRequest& a, const PullRequest& b) { return a.number > b.number; });
    situation.tip = repository.try_fetch(situation.branch).value_or("");
    if (situation.tip.empty() || draft.files.empty() || options.allow_older || options.takes_back()) return situation;
    if (!situation.is_closed(repository.info(situation.tip).message)) situation.late = drafts.late_in(situation.tip, draft);
    return situation;
}

std::string name_of(const PullRequest& request, const Forge& forge) { return forge.noun() + ' ' + std::to_string(request.number); }

void explain(const Situation& situation, const Forge& forge, io::Log& log) {
    const auto open = situation.open();
    log.info("branch of the " + forge.noun() + ": " + situation.branch + (situation.tip.empty() ? ", which is not there yet" : ""));
    if (open) log.info(name_of(*open, forge) + " is open: " + one_line(visible(open->url)));
    else log.info("no " + forge.noun() + " from it is open");
}

} // namespace slipway::update_gitops_values
