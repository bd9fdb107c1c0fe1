#pragma once

#include "git/history.hpp"
#include "update-gitops-values/history/record.hpp"
#include "update-gitops-values/promotion/copies.hpp"

#include <optional>
#include <string>
#include <vector>

namespace slipway::update_gitops_values {

/// Where what stands at a place comes from: by the newest of our commits that put just this there, rollbacks left out, since what they
/// put back came with an earlier one.
///
/// @param commits  of the environment's branch, newest first
/// @param file     the environment's
/// @param blob     its hash now
/// @return nothing when none of these commits tells
std::optional<Origin> origin_of(const std::vector<git::CommitInfo>& commits, const std::string& file, const std::string& blob, const Copied& copied);

/// The one whose source is the oldest: what is put together is as old as its oldest part, so that nothing newer is lost for it. One without
/// a time counts only when none has one.
Origin oldest(const std::vector<Origin>& origins);

} // namespace slipway::update_gitops_values
