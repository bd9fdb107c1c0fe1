#pragma once

#include "core/error.hpp"
#include "update-gitops-values/waiting/versions.hpp"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace slipway::update_gitops_values {

/// What is in Git now and is to be served.
struct Delivery {
    std::string branch;
    std::string commit;   ///< full hash, on `branch`
    ImageVersions versions;
    std::string rollback; ///< the command that takes it back
    std::function<bool(const std::string& revision)> is_in; ///< whether a commit (full hash) has ours in its history; asks the Git server
};

/// How far something is with a delivery.
struct Standing {
    bool arrived = false;            ///< it serves what Git says
    std::string line;                ///< for people, said each time that it changes: "weight 20 %, step 3 of 8"
    std::optional<Diagnostic> stuck; ///< nothing will happen until somebody acts: ends the wait with exit code 4
};

/// Follows one object that takes over what is in Git.
class Follower {
public:
    virtual ~Follower() = default;
    /// "Argo CD application web", "Rollout prod/web"
    virtual std::string name() const = 0;
    /// Asks it to look at Git now; called once before the first look. What fails here is a warning only.
    virtual void poke() {}
    /// @throws Error (refused) when it failed, or was taken back; with its last events
    /// @throws Error (world failure) when it cannot be told now; looked at again until the wait's end
    virtual Standing look() = 0;
};

} // namespace slipway::update_gitops_values
