#pragma once

#include "update-gitops-values/waiting/follower.hpp"

#include <string>
#include <vector>

namespace slipway::update_gitops_values {

/// What an object's status says about the version that its template has.
struct Judgement {
    enum class State {
        waiting, ///< something goes on
        arrived, ///< it serves the version
        stuck,   ///< it waits for somebody
        failed   ///< it gave up, or took the version back
    };
    State state = State::waiting;
    std::string words;     ///< "weight 20 %, step 3 of 8"; of `stuck` and `failed` why, to stand behind "Rollout prod/web "
    std::string hint = {}; ///< of `stuck`: what goes on with it
};

/// @param name  "Rollout prod/web"
Standing standing_of(const std::string& name, const Judgement& judgement);

/// An object that failed, or was taken back (refused), with how to take the change out of Git as well.
///
/// @param words  why, to stand behind `name`
/// @param facts  what else is known, such as its last events: one line each
Error gave_up(const std::string& name, const std::string& words, const Delivery& delivery, const std::vector<std::string>& facts);

} // namespace slipway::update_gitops_values
