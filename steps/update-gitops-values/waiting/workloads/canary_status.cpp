#include "canary_status.hpp"

#include "core/text.hpp"
#include "update-gitops-values/waiting/object_fields.hpp"

#include <algorithm>
#include <vector>

namespace slipway::update_gitops_values {

namespace {

using Json = nlohmann::json;
using State = Judgement::State;

std::string words_at(const Json& object, std::string_view path) { return visible(one_line(field::text(object, path))); }

/// v1alpha3 called it otherwise.
const Json& analysis_of(const Json& canary) {
    const auto& now = field::at(canary, "/spec/analysis");
    return now.is_object() ? now : field::at(canary, "/spec/canaryAnalysis");
}

std::string number_text(std::int64_t number) { return std::to_string(number); }

/// "weight 20 %, 1 of 5 failed checks"
std::string progress_of(const Json& canary) {
    std::vector<std::string> parts;
    const auto& analysis = analysis_of(canary);
    const auto weight = field::number(canary, "/status/canaryWeight").value_or(0);
    const auto iterations = field::number(canary, "/status/iterations").value_or(0);
    const auto all = field::number(analysis, "/iterations").value_or(0);
    if (all > 0) parts.push_back("iteration " + number_text(iterations) + " of " + number_text(all));
    if (all <= 0 || weight > 0) parts.push_back("weight " + number_text(weight) + " %");
    const auto failed = field::number(canary, "/status/failedChecks").value_or(0);
    const auto threshold = field::number(analysis, "/threshold").value_or(0);
    if (failed > 0) parts.push_back(number_text(failed) + (threshold > 0 ? " of " + number_text(threshold) : "") + " failed checks");
    return join(parts, ", ");
}

/// The webhooks of one of these types, by their names: " 'gate', 'second'".
std::string gates(const Json& canary, std::string_view type) {
    std::vector<std::string> names;
    for (const auto& webhook : field::list(analysis_of(canary), "/webhooks")) {
        if (field::text(webhook, "/type") == type) names.push_back('\'' + words_at(webhook, "/name") + '\'');
    }
    return names.empty() ? "" : ' ' + join(names, ", ");
}

std::string line_of(const Json& canary, const std::string& phase) {
    const auto skipping = field::is_set(canary, "/spec/skipAnalysis") ? std::string(", without an analysis (skipAnalysis)") : std::string();
    if (phase.empty() || phase == "Initializing") return "Flagger is making the primary";
    if (phase == "Waiting") return "waits for a confirmation: the confirm-rollout webhook" + gates(canary, "confirm-rollout") + " does not let it begin";
    if (phase == "WaitingPromotion") return "waits for a confirmation: the confirm-promotion webhook" + gates(canary, "confirm-promotion") + " does not let it be promoted";
    if (phase == "Progressing") return progress_of(canary) + skipping;
    if (phase == "Promoting") return "promoting: the primary gets the new version" + skipping;
    if (phase == "Finalising") return "finalising: traffic goes back to the primary, which has the new version";
    return visible(one_line(lower(phase)));
}

std::string reason_of_failure(const Json& canary) {
    const auto& promoted = field::condition(canary, "Promoted");
    const auto message = words_at(promoted, "/message");
    return "took the release back" + (message.empty() ? ", its phase is Failed" : ": " + message) + " (" + number_text(field::number(canary, "/status/failedChecks").value_or(0)) + " failed checks)";
}

/// A status that may be of the version before.
std::string not_noticed(const Json& canary, const std::string& phase) {
    return "Flagger has not noticed the new version yet: the canary is still " + phase + " with the one before, and it looks each " + format_duration(interval_of(canary));
}

bool is_success(const std::string& phase) { return phase == "Succeeded" || phase == "Initialized"; }

Judgement arrived(const Json& canary, const std::string& phase) {
    if (phase == "Failed") return {State::arrived, "the primary has the version; the phase Failed is that of another one, which was taken out again"};
    const auto how = phase == "Initialized" ? "initialized: it is the first version" : "succeeded: the primary has the version";
    return {State::arrived, std::string(how) + (field::is_set(canary, "/spec/skipAnalysis") ? ", without an analysis (skipAnalysis)" : "")};
}

Judgement judge_end(const Json& canary, const std::string& phase, const CanarySurroundings& around) {
    const bool counts = around.is_news || around.has_settled;
    if (is_success(phase)) {
        if (around.primary_has_it ? *around.primary_has_it : counts) return arrived(canary, phase);
        if (!counts) return {State::waiting, not_noticed(canary, phase)};
        return {State::waiting, "the canary is " + phase + ", and the primary has the version before; does something hold Flagger up?"};
    }
    const bool is_in_primary = around.primary_has_it.value_or(false);
    // It was there before the target had it, since nothing that failed is promoted.
    if (is_in_primary && around.saw_target_change) return arrived(canary, phase);
    if (around.is_news) return {State::failed, reason_of_failure(canary)};
    if (!around.has_settled) return {State::waiting, not_noticed(canary, phase)};
    if (is_in_primary) return arrived(canary, phase);
    return {State::failed, reason_of_failure(canary)};
}

} // namespace

bool is_analysis(const std::string& phase) { return phase.empty() || phase == "Initializing" || phase == "Waiting" || phase == "Progressing" || phase == "WaitingPromotion"; }

bool is_end(const std::string& phase) { return is_success(phase) || phase == "Failed"; }

CanaryMark mark_of(const Json& canary) {
    CanaryMark mark{.phase = field::text(canary, "/status/phase"), .since = field::text(field::condition(canary, "Promoted"), "/lastUpdateTime")};
    if (mark.since.empty() && mark.phase != "Failed") mark.since = field::text(canary, "/status/lastTransitionTime");
    return mark;
}

Judgement judge_canary(const Json& canary, const CanarySurroundings& around) {
    const auto phase = field::text(canary, "/status/phase");
    if (phase.starts_with("Terminat")) return {State::failed, "is being deleted (" + visible(one_line(phase)) + ')'};
    const auto judgement = is_end(phase) ? judge_end(canary, phase, around) : Judgement{State::waiting, line_of(canary, phase)};
    if (judgement.state == State::waiting && field::is_set(canary, "/spec/suspend")) {
        return {State::stuck, "is suspended (spec.suspend): Flagger does nothing with it",
                "set spec.suspend to false, in Git or with: kubectl patch canary " + words_at(canary, "/metadata/name") + " -n " + words_at(canary, "/metadata/namespace") +
                    " --type merge -p '{\"spec\":{\"suspend\":false}}'"};
    }
    return judgement;
}

Duration interval_of(const Json& canary) {
    const auto given = parse_duration(field::text(analysis_of(canary), "/interval"));
    return given ? std::max(*given, Duration{10'000}) : Duration{60'000};
}

} // namespace slipway::update_gitops_values
