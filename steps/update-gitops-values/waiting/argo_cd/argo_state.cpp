#include "argo_state.hpp"

#include "update-gitops-values/waiting/field.hpp"

namespace slipway::update_gitops_values {

namespace {

/// "Deployment prod/web"
std::string name_of(const Field& resource) {
    const auto name_space = resource.at("namespace").text();
    return in_a_line(resource.at("kind").text() + ' ' + (name_space.empty() ? "" : name_space + '/') + resource.at("name").text());
}

/// One, or several of an Application with several sources.
std::vector<std::string> revisions_of(const Field& place) {
    auto found = place.at("revisions").texts();
    if (auto one = place.at("revision").text(); !one.empty()) found.insert(found.begin(), std::move(one));
    return found;
}

ArgoSource source_of(const Field& source) {
    return {.url = source.at("repoURL").text(), .target = source.at("targetRevision").text(), .is_chart = !source.at("chart").text().empty()};
}

bool is_automated(const Field& spec) {
    const auto automated = spec.at("syncPolicy").at("automated");
    if (!automated.is_map()) return false;
    // Since 3.1 it can be there and turned off.
    const auto enabled = automated.at("enabled");
    return !enabled.is_given() || enabled.is_true();
}

ArgoOperation read_operation(const Field& status) {
    const auto state = status.at("operationState");
    const auto result = state.at("syncResult");
    ArgoOperation operation{.phase = state.at("phase").text(),
                            .message = state.at("message").text(),
                            .started = state.at("startedAt").text(),
                            .revisions = revisions_of(result),
                            .retries = state.at("retryCount").number().value_or(0),
                            .most_retries = state.at("operation").at("retry").at("limit").number().value_or(0),
                            .failed = {}};
    // Before there is a result, what was asked for is known.
    if (operation.revisions.empty()) operation.revisions = revisions_of(state.at("operation").at("sync"));
    for (const auto& resource : result.at("resources").items()) {
        const auto phase = resource.at("hookPhase").text();
        if (resource.at("status").text() != "SyncFailed" && phase != "Failed" && phase != "Error") continue;
        const auto hook = resource.at("hookType").text();
        operation.failed.push_back((hook.empty() ? "" : in_a_line(hook) + " hook ") + name_of(resource) + ": " + in_a_line(resource.at("message").text()));
    }
    return operation;
}

void read_resources(const Field& status, ArgoState& state) {
    for (const auto& resource : status.at("resources").items()) {
        if (resource.at("status").text() == "OutOfSync") state.unlike.push_back(name_of(resource) + (resource.at("requiresPruning").is_true() ? " (would be pruned)" : ""));
        const auto health = resource.at("health");
        const auto words = health.at("status").text();
        if (words.empty() || words == "Healthy") continue;
        const auto message = health.at("message").text();
        state.unhealthy.push_back(name_of(resource) + ": " + in_a_line(words) + (message.empty() ? "" : ": " + in_a_line(message)));
        if (words == "Progressing") state.is_progressing = true;
    }
}

void read_conditions(const Field& status, ArgoState& state) {
    for (const auto& condition : status.at("conditions").items()) {
        auto type = condition.at("type").text();
        // What is no error is a warning, such as of a resource that two Applications have.
        if (type.ends_with("Error")) state.errors.push_back({std::move(type), condition.at("message").text()});
    }
}

} // namespace

std::optional<ArgoState> read_argo_state(const nlohmann::json& application) {
    const Field root(application);
    const auto metadata = root.at("metadata");
    const auto spec = root.at("spec");
    if (metadata.at("name").text().empty() || !spec.is_map()) return std::nullopt;
    const auto status = root.at("status");
    ArgoState state;
    state.project = spec.at("project").text();
    for (const auto& source : spec.at("sources").items()) state.sources.push_back(source_of(source));
    state.has_several_sources = !state.sources.empty();
    if (state.sources.empty()) state.sources.push_back(source_of(spec.at("source")));
    state.is_hydrated = spec.at("sourceHydrator").is_map();
    state.is_automated = is_automated(spec);
    state.is_skipped = metadata.at("annotations").at("argocd.argoproj.io/skip-reconcile").text() == "true";
    state.is_deleted = !metadata.at("deletionTimestamp").text().empty();
    state.is_asked = root.at("operation").is_map();
    state.sync = status.at("sync").at("status").text();
    state.revisions = revisions_of(status.at("sync"));
    state.health = status.at("health").at("status").text();
    state.health_message = status.at("health").at("message").text();
    state.operation = read_operation(status);
    read_resources(status, state);
    read_conditions(status, state);
    return state;
}

} // namespace slipway::update_gitops_values
