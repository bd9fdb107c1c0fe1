#pragma once

#include <map>
#include <string>

namespace slipway::prometheus {

/// Label names and their values.
using Labels = std::map<std::string, std::string>;

} // namespace slipway::prometheus
