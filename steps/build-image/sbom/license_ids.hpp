#pragma once

#include <span>
#include <string_view>

namespace slipway::build_image {

/// "3.28": of the SPDX licence list that the ids are of.
std::string_view license_list_version();

/// Ids of licences, deprecated ones included, sorted without regard to case.
/// @source spdx.org/licenses
std::span<const std::string_view> license_ids();

/// What may follow WITH, sorted in the same way.
/// @source spdx.org/licenses/exceptions-index.html
std::span<const std::string_view> license_exception_ids();

} // namespace slipway::build_image
