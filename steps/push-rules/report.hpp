#pragma once

#include "inputs.hpp"

#include <string>

namespace slipway::push_rules {

/// "2 files, 1 objective with 4 groups and 33 rules"
std::string what_was_checked(const Inputs& inputs);

} // namespace slipway::push_rules
