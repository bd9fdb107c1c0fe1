#include "judgement.hpp"

#include "update-gitops-values/waiting/version_watch.hpp"

namespace slipway::update_gitops_values {

Standing standing_of(const std::string& name, const Judgement& judgement) {
    Standing standing{.arrived = judgement.state == Judgement::State::arrived, .line = judgement.words, .stuck = {}};
    if (judgement.state == Judgement::State::stuck) standing.stuck = Diagnostic{.message = name + ' ' + judgement.words, .hint = judgement.hint};
    return standing;
}

Error gave_up(const std::string& name, const std::string& words, const Delivery& delivery, const std::vector<std::string>& facts) {
    std::vector<Diagnostic> problems;
    problems.push_back({.message = name + ' ' + words, .hint = hint_of_git(delivery)});
    for (const auto& fact : facts) problems.push_back({.severity = Severity::notice, .message = fact});
    return {ExitCode::refused, std::move(problems)};
}

} // namespace slipway::update_gitops_values
