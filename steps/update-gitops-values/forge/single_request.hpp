#pragma once

#include "update-gitops-values/forge/api.hpp"
#include "update-gitops-values/forge/forge.hpp"

#include <functional>
#include <vector>

namespace slipway::update_gitops_values {

/// How one forge does the parts of opening a request.
struct Opening {
    ApiCall call;                                           ///< that creates it
    std::string noun;                                       ///< "merge request"
    std::function<PullRequest(const json::Value&)> read;    ///< what the forge answers
    std::function<std::vector<PullRequest>()> existing;     ///< those of the same two branches, in any state
    std::function<void(const PullRequest&)> close;
};

/// Opens a request, so that there is one in the end: where the answer is lost, the open ones are looked at before anything is sent again;
/// where the forge says that there is one (409), that is the answer. Forges look for another one first and then store theirs, so that two
/// pipelines at the same moment may get two: the one of the lowest number stays, and each of them closes the others.
///
/// @throws Error (world failure) when no answer comes
/// @throws Error (refused) when the forge declines it
PullRequest open_single(ForgeApi& api, Opening opening);

} // namespace slipway::update_gitops_values
