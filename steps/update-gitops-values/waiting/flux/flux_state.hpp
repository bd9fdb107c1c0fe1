#pragma once

#include <nlohmann/json.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace slipway::update_gitops_values {

/// What a controller of Flux says of an object in one of its conditions.
struct FluxCondition {
    std::string status; ///< "True", "False", "Unknown"; empty: it says nothing
    std::string reason;
    std::string message;
    std::string since;  ///< when that became so
};

/// A Kustomization, as far as it tells whether it serves a commit. Texts are as they stand there: also hostile ones.
struct FluxKustomization {
    std::string uid;
    bool is_suspended = false;
    bool is_deleted = false;
    std::string source_kind;
    std::string source_name;
    std::string source_namespace;
    std::string interval;
    std::string applied;   ///< "main@sha1:HASH"
    std::string attempted; ///< the same
    FluxCondition ready;
    FluxCondition reconciling;
    FluxCondition stalled;
    bool is_current = false; ///< its status is about its present spec

    bool is_applied() const { return ready.status == "True" && is_current && reconciling.status != "True"; }
};

/// A GitRepository.
struct FluxRepository {
    std::string uid;
    bool is_suspended = false;
    std::string url;
    std::string branch; ///< that it follows; empty: it follows what `other` says
    std::string other;  ///< "the tag v1"
    std::string fetched; ///< revision of what it has
    FluxCondition ready;
    FluxCondition failed;  ///< FetchFailed
    FluxCondition stalled;
};

/// @param object  of kustomize.toolkit.fluxcd.io/v1
/// @source https://fluxcd.io/flux/components/kustomize/kustomizations/
FluxKustomization read_flux_kustomization(const nlohmann::json& object);

/// @param object  of source.toolkit.fluxcd.io/v1
/// @source https://fluxcd.io/flux/components/source/gitrepositories/
FluxRepository read_flux_repository(const nlohmann::json& object);

/// Whether a reason for not being ready says that what is in Git cannot be applied, or does not become healthy; others say that something
/// is not there yet.
bool is_final_for_flux(const std::string& reason);

} // namespace slipway::update_gitops_values
