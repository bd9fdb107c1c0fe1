#include "deployment_status.hpp"

#include "core/text.hpp"
#include "update-gitops-values/waiting/object_fields.hpp"

#include <algorithm>

namespace slipway::update_gitops_values {

namespace {

using Json = nlohmann::json;
using State = Judgement::State;

std::string words_at(const Json& object, std::string_view path) { return visible(one_line(field::text(object, path))); }

std::string replicas(std::int64_t count) { return count_of(static_cast<std::size_t>(count), "replica"); }

/// Such as a quota that is used up.
std::string failure_to_create(const Json& deployment) {
    const auto& failure = field::condition(deployment, "ReplicaFailure");
    if (field::text(failure, "/status") != "True") return {};
    return "; " + words_at(failure, "/reason") + ": " + words_at(failure, "/message");
}

} // namespace

Judgement judge_deployment(const Json& deployment) {
    const auto count = [&](const char* path, std::int64_t otherwise) { return std::max<std::int64_t>(field::number(deployment, path).value_or(otherwise), 0); };
    const auto wanted = count("/spec/replicas", 1);
    const auto updated = count("/status/updatedReplicas", 0);
    const auto all = count("/status/replicas", 0);
    const auto available = count("/status/availableReplicas", 0);
    if (count("/status/observedGeneration", 0) < count("/metadata/generation", 1)) return {State::waiting, "the change has come, its controller has not looked at it yet"};
    if (updated >= wanted && all <= updated && available >= updated) {
        return {State::arrived, wanted == 0 ? "is scaled to 0: its template has the change, and nothing runs" : replicas(updated) + (updated == 1 ? " is" : " are") + " updated and available"};
    }
    if (const auto& progress = field::condition(deployment, "Progressing"); field::text(progress, "/reason") == "ProgressDeadlineExceeded") {
        return {State::failed, "did not become available in time: ProgressDeadlineExceeded: " + words_at(progress, "/message")};
    }
    if (field::is_set(deployment, "/spec/paused")) {
        const auto name = words_at(deployment, "/metadata/name");
        return {State::stuck, "is paused (spec.paused), with " + std::to_string(updated) + " of " + replicas(wanted) + " updated",
                "go on with: kubectl rollout resume deployment/" + name + " -n " + words_at(deployment, "/metadata/namespace")};
    }
    std::string words;
    if (updated < wanted) words = std::to_string(updated) + " of " + replicas(wanted) + " updated";
    else if (all > updated) words = std::to_string(updated) + " of " + replicas(wanted) + " updated, " + std::to_string(all - updated) + " of the version before to end";
    else words = std::to_string(available) + " of " + replicas(updated) + " available";
    return {State::waiting, words + failure_to_create(deployment)};
}

} // namespace slipway::update_gitops_values
