#pragma once

#include "build-image/tags/facts.hpp"

#include <map>
#include <string>
#include <string_view>

namespace slipway::build_image {

/// Replaces `{{branch}}`, `{{tag}}`, `{{sha}}`, `{{base_ref}}`, `{{is_default_branch}}`, `{{is_not_default_branch}}`,
/// `{{date 'YYYYMMDD' tz='Europe/Berlin'}}` and `{{commit_date ...}}`. What is unknown is replaced by nothing, and nothing is
/// escaped.
///
/// @param more  further names, which win
/// @throws Error (misuse) when a time zone is not known, or a commit's time
/// @source github.com/docker/metadata-action, "Global expressions"
std::string expand_expressions(std::string_view text, const Facts& facts, const std::map<std::string, std::string>& more = {});

} // namespace slipway::build_image
