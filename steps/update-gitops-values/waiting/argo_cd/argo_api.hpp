#pragma once

#include "core/error.hpp"
#include "io/http.hpp"
#include "update-gitops-values/waiting/argo_cd/argo_state.hpp"

#include <nlohmann/json.hpp>

#include <optional>
#include <string>

namespace slipway::update_gitops_values {

/// An answer that says that there is no such Application, or that we may not see it: which of the two, Argo CD does not tell.
class ArgoAbsent : public Error {
public:
    explicit ArgoAbsent(const Error& error) : Error(error.code(), error.diagnostics()) {}
};

/// What became of asking for a sync.
struct ArgoSyncAsked {
    bool begun = false;
    std::string why_not; ///< it may be taken later: another sync runs, a sync window is closed
};

/// One Application in Argo CD's API. Nothing is tried again: a look comes every few seconds.
///
/// All throw io::LastingError for credentials that are not taken and other answers that another try does not change, and Error (world
/// failure) for everything else that is no answer.
///
/// @source https://argo-cd.readthedocs.io/en/stable/developer-guide/api-docs/ and assets/swagger.json of argo-cd
class ArgoApi {
public:
    /// @param server      without a slash at its end
    /// @param name_space  of the Application; empty: Argo CD's own
    ArgoApi(io::HttpClient& http, std::string server, std::string name_space, std::string name);

    /// "web", "team/web"
    const std::string& application() const { return shown_; }

    /// Has Argo CD look at Git before it answers, which takes as long as its controller needs.
    void refresh();
    /// @throws ArgoAbsent
    ArgoState get();
    /// Nothing when they cannot be told, by an older Argo CD for example.
    std::optional<nlohmann::json> sync_windows();
    /// @param revision  empty: what the Application's own source says
    ArgoSyncAsked sync(const std::string& revision, const std::string& project);

private:
    std::string url(const std::string& below, const std::string& query) const;
    io::Response get(const std::string& url, Duration timeout);
    Error failure(const io::Request& request, const io::Response& response, const std::string& permission) const;

    io::HttpClient& http_;
    std::string server_;
    std::string name_space_;
    std::string name_;
    std::string shown_;
};

} // namespace slipway::update_gitops_values
