#pragma once

#include "core/error.hpp"
#include "io/http.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace slipway::kubernetes {

/// One of the reasons that a server gives.
struct Cause {
    std::string reason; ///< "FieldManagerConflict", "FieldValueInvalid"
    std::string message;
    std::string field; ///< ".spec.groups[name=\"g\"].rules" of conflicts, "spec.groups[0].rules[0].for" of what the schema refuses
};

/// Why a request failed, in the server's words.
/// @source https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/
struct Status {
    int code = 0;
    bool is_status = false; ///< false: something else answered, or the server has no such path; `message` is the text, shortened
    std::string message;
    std::string reason; ///< "NotFound", "Conflict", "Invalid"
    std::string name;   ///< of the object that it is about
    std::string kind;   ///< of that object, in the plural
    std::vector<Cause> causes;
};

Status read_status(const io::Response& response);

/// A field that another manager owns and has another value for.
struct Conflict {
    std::string manager; ///< as its requests name it: "kubectl-client-side-apply", "argocd-controller"
    std::string field;   ///< ".spec.groups[name=\"g\"].rules"

    bool operator==(const Conflict&) const = default;
};

/// Empty when a 409 is about something else.
std::vector<Conflict> conflicts_of(const Status& status);

/// Whether an answer to what the server refuses for good has a status (500) that usually passes.
bool is_final(const io::Response& response);

/// What was asked for, for messages.
struct Asked {
    std::string method;
    std::string url;       ///< without query
    std::string what;      ///< "PrometheusRule prod/myapp"
    std::string resource;  ///< "prometheusrules.monitoring.coreos.com"
    std::string name_space;
    std::size_t bytes = 0; ///< of the request's body
    std::string verbs = "get, list, create, patch and delete"; ///< that the account needs
};

/// The error for an answer that is no success and has no meaning of its own to the caller.
///
/// refused (1): the server does not take the object: 400, 409, 413, 422, 500 that is_final, an admission controller, a quota, a missing
///     namespace; one diagnostic for each field
/// world failure (3): 401, 403, 404 of a resource that is not installed, 429, 5xx, a webhook that knows no dry runs, and whatever is no answer
///     of Kubernetes
Error failure(const Asked& asked, const Status& status);

} // namespace slipway::kubernetes
