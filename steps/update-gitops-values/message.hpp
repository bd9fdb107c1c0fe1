#pragma once

#include "ci/info.hpp"
#include "yaml/edit.hpp"

#include <string>
#include <vector>

namespace slipway::update_gitops_values {

/// "abc123 -> def456", for people: one line, long values cut, an empty one as (empty).
std::string old_and_new(const yaml::Change& change);

/// The commit's message: the user's text, or a line that names the change, or one that counts them and a list; then
/// trailers with the source repository, commit and pipeline, as far as the CI says.
///
/// @param given  the user's text; may be empty
std::string commit_message(const std::string& given, const std::string& file,
                           const std::vector<yaml::Change>& changes, const ci::Info& ci);

} // namespace slipway::update_gitops_values
