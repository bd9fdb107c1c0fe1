#pragma once

#include "yaml/json_value.hpp"
#include "yaml/locate.hpp"

#include <cstddef>
#include <string>

namespace slipway::yaml {

/// A value as compact JSON, keys as texts. A plain scalar is a number or a truth value when its text is one in JSON, as in the core
/// schema of YAML 1.2, and not too large for readers of JSON; every other is a string.
///
/// @throws Error (misuse) with a place when aliases make more than 100,000 values of it, or something that contains itself
std::string json_of(const Document& document, std::size_t node);

std::string json_of(const JsonValue& value);

} // namespace slipway::yaml
