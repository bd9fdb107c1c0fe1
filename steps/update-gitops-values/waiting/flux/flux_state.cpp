#include "flux_state.hpp"

#include "update-gitops-values/waiting/field.hpp"

#include <algorithm>
#include <iterator>

namespace slipway::update_gitops_values {

namespace {

FluxCondition condition_of(const Field& status, const char* type) {
    for (const auto& condition : status.at("conditions").items()) {
        if (condition.at("type").text() != type) continue;
        return {.status = condition.at("status").text(), .reason = condition.at("reason").text(), .message = condition.at("message").text(), .since = condition.at("lastTransitionTime").text()};
    }
    return {};
}

/// A name before a commit, that before ranges, these before a tag, and that before a branch.
void read_reference(const Field& reference, FluxRepository& repository) {
    const auto name = reference.at("name").text();
    if (!name.empty()) {
        if (name.starts_with("refs/heads/")) repository.branch = name.substr(11);
        else repository.other = "the reference " + in_a_line(name);
    } else if (const auto commit = reference.at("commit").text(); !commit.empty()) {
        repository.other = "the commit " + in_a_line(commit);
    } else if (const auto range = reference.at("semver").text(); !range.empty()) {
        repository.other = "the tags " + in_a_line(range);
    } else if (const auto tag = reference.at("tag").text(); !tag.empty()) {
        repository.other = "the tag " + in_a_line(tag);
    } else {
        const auto branch = reference.at("branch").text();
        repository.branch = branch.empty() ? "master" : branch;
    }
}

} // namespace

FluxKustomization read_flux_kustomization(const nlohmann::json& object) {
    const Field root(object);
    const auto metadata = root.at("metadata");
    const auto spec = root.at("spec");
    const auto status = root.at("status");
    FluxKustomization kustomization;
    kustomization.uid = metadata.at("uid").text();
    kustomization.is_suspended = spec.at("suspend").is_true();
    kustomization.is_deleted = !metadata.at("deletionTimestamp").text().empty();
    kustomization.source_kind = spec.at("sourceRef").at("kind").text();
    kustomization.source_name = spec.at("sourceRef").at("name").text();
    kustomization.source_namespace = spec.at("sourceRef").at("namespace").text();
    if (kustomization.source_namespace.empty()) kustomization.source_namespace = metadata.at("namespace").text();
    kustomization.interval = spec.at("interval").text();
    kustomization.applied = status.at("lastAppliedRevision").text();
    kustomization.attempted = status.at("lastAttemptedRevision").text();
    kustomization.ready = condition_of(status, "Ready");
    kustomization.reconciling = condition_of(status, "Reconciling");
    kustomization.stalled = condition_of(status, "Stalled");
    const auto generation = metadata.at("generation").number();
    const auto observed = status.at("observedGeneration").number();
    kustomization.is_current = generation && observed && *observed >= *generation;
    return kustomization;
}

FluxRepository read_flux_repository(const nlohmann::json& object) {
    const Field root(object);
    const auto spec = root.at("spec");
    const auto status = root.at("status");
    FluxRepository repository;
    repository.uid = root.at("metadata").at("uid").text();
    repository.is_suspended = spec.at("suspend").is_true();
    repository.url = spec.at("url").text();
    read_reference(spec.at("ref"), repository);
    repository.fetched = status.at("artifact").at("revision").text();
    repository.ready = condition_of(status, "Ready");
    repository.failed = condition_of(status, "FetchFailed");
    repository.stalled = condition_of(status, "Stalled");
    return repository;
}

bool is_final_for_flux(const std::string& reason) {
    static const char* const reasons[] = {"BuildFailed", "HealthCheckFailed", "ReconciliationFailed", "PruneFailed"};
    return std::find(std::begin(reasons), std::end(reasons), reason) != std::end(reasons);
}

} // namespace slipway::update_gitops_values
