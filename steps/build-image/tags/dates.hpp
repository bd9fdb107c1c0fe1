#pragma once

#include "core/timestamp.hpp"

#include <string>
#include <string_view>

namespace slipway::build_image {

/// An instant by a format of moment.js: YYYY MM DD HH mm ss and the others of its table, [text] as it is.
///
/// @param zone  name in the IANA data base, which this machine must have; empty or "UTC": needs none
/// @throws Error (misuse) when there is no such zone, or no data base
/// @source momentjs.com/docs, "Format"
std::string format_date(Timestamp instant, std::string_view format, const std::string& zone);

} // namespace slipway::build_image
