#pragma once

#include "yaml/extents.hpp"
#include "yaml/json_value.hpp"

namespace slipway::yaml {

/// Takes the quotes for what replaces a value or is added to it: those of a scalar itself; of the first key or text in a collection, or
/// in the one around it; and in brackets, as all of JSON has them, of what is around those.
void take_quotes(JsonLayout& layout, const Document& document, const Extents& extents, std::size_t value);

/// Takes the columns from a key to a map or a list as its value: what most of the stream does.
void take_indentation(JsonLayout& layout, const Document& document, const Extents& extents);

} // namespace slipway::yaml
