#pragma once

#include "io/http.hpp"
#include "kubernetes/status.hpp"

#include <nlohmann/json.hpp>

#include <optional>
#include <string>
#include <vector>

namespace slipway::kubernetes {

/// A kind of objects that live in namespaces.
struct Resource {
    std::string group; ///< empty: the core group
    std::string version;
    std::string plural;
    std::string kind;

    /// "monitoring.coreos.com/v1", "v1"
    std::string api_version() const { return group.empty() ? version : group + '/' + version; }
    /// "prometheusrules.monitoring.coreos.com", "configmaps"
    std::string full_name() const { return group.empty() ? plural : plural + '.' + group; }
};

inline const Resource prometheus_rules{"monitoring.coreos.com", "v1", "prometheusrules", "PrometheusRule"};
inline const Resource config_maps{"", "v1", "configmaps", "ConfigMap"};
inline const Resource pods{"", "v1", "pods", "Pod"};
inline const Resource events{"", "v1", "events", "Event"};
inline const Resource deployments{"apps", "v1", "deployments", "Deployment"};
inline const Resource daemon_sets{"apps", "v1", "daemonsets", "DaemonSet"};
inline const Resource rollouts{"argoproj.io", "v1alpha1", "rollouts", "Rollout"};
inline const Resource analysis_runs{"argoproj.io", "v1alpha1", "analysisruns", "AnalysisRun"};
inline const Resource canaries{"flagger.app", "v1beta1", "canaries", "Canary"};

/// Which objects of a namespace; both empty: all.
struct Selection {
    std::string labels; ///< "app=myapp,tier in (web)"
    std::string fields; ///< "involvedObject.name=myapp"; which fields there are depends on the resource
};

struct ApplyOptions {
    std::string field_manager = "slipway"; ///< whose the fields become; at most 128 characters
    bool force = false;                    ///< takes fields from other managers instead of conflicts
    bool dry_run = false;                  ///< all checks of the server, admission controllers included, and nothing is stored
};

/// What became of an object that was applied.
struct Applied {
    enum class Outcome {
        created, ///< it was not there
        kept,     ///< it was there; whether it changed is told by its resourceVersion (in a dry run by nothing but its content)
        conflict, ///< nothing was changed: other managers have other values for `conflicts`
        outdated  ///< nothing was changed: the object has another uid or resourceVersion than what was applied says
    };
    Outcome outcome = Outcome::kept;
    nlohmann::json object;             ///< as the server has it now, with defaults and managedFields; null when nothing was changed
    std::vector<Conflict> conflicts;
    std::vector<std::string> warnings; ///< of the server, such as of an API version that will be removed

    bool ok() const noexcept { return outcome == Outcome::created || outcome == Outcome::kept; }
};

/// The error for an outcome that is not ok, for callers that have no better idea.
Error to_error(const Applied& applied, const Resource& resource, const std::string& name_space, const std::string& name);

/// Only an object that is still this one is removed; empty: whichever.
struct Precondition {
    std::string uid;
    std::string resource_version;
};

enum class Removal {
    removed, ///< or about to be: finalizers run
    absent,  ///< there was none
    outdated ///< it is another one than the precondition says; nothing was removed
};

/// Some of the API of Kubernetes 1.22 and newer.
///
/// All throw Error (world failure) when there is no answer, or one that is no answer of Kubernetes, of a missing permission, of a
/// resource that is not installed; Error (refused), with one diagnostic for each field, when the server does not take an object: see
/// `failure` in status.hpp; and Error (misuse) for what cannot be a name, before anything is sent. Requests are repeated by the HTTP
/// client's policy, apply included: the same again changes nothing (and says `kept` when only the answer to the first was lost). Reading
/// throws io::LastingError for a missing permission, credentials that are not taken, and a resource that is not installed.
///
/// @source https://kubernetes.io/docs/reference/using-api/api-concepts/, https://kubernetes.io/docs/reference/using-api/server-side-apply/
class Client {
public:
    /// @param http    must live as long as this; made from Cluster::settings
    /// @param server  Cluster::server
    /// @param verbs   that the account needs for what is done, for the hint where one is missing
    Client(io::HttpClient& http, std::string server, std::string verbs = "get, list, create, patch and delete")
        : http_(http), server_(std::move(server)), verbs_(std::move(verbs)) {}

    /// "v1.34.1"
    std::string version();

    /// Nothing when there is no such object, which is also the answer when there is no such namespace.
    std::optional<nlohmann::json> get(const Resource& resource, const std::string& name_space, const std::string& name);

    /// All objects of a namespace, fetched in pages; apiVersion and kind are filled in.
    ///
    std::vector<nlohmann::json> list(const Resource& resource, const std::string& name_space, const Selection& selection = {});

    /// Server-side apply: the object's fields become as given, those that we applied before and are not given any more go, those
    /// of others stay.
    ///
    /// @param object  with metadata.name and metadata.namespace; apiVersion and kind are those of `resource` when missing. With
    ///                metadata.resourceVersion it is compare-and-swap, and nothing is created.
    /// @throws Error (misuse) when it has no name or namespace, or text that is no UTF-8
    Applied apply(const Resource& resource, nlohmann::json object, const ApplyOptions& options = {});

    Removal remove(const Resource& resource, const std::string& name_space, const std::string& name, const Precondition& precondition = {});

private:
    std::string url(const Resource& resource, const std::string& name_space) const;
    std::string url(const Resource& resource, const std::string& name_space, const std::string& name) const;
    nlohmann::json object_of(const io::Response& response, const Asked& asked) const;
    nlohmann::json object_of(const io::Response& response, const Asked& asked, const Resource& resource) const;

    io::HttpClient& http_;
    std::string server_;
    std::string verbs_;
};

} // namespace slipway::kubernetes
