#pragma once

#include "yaml/events.hpp"
#include "yaml/path.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace slipway::yaml {

/// A text and what stands in it.
struct Document {
    std::string_view text;
    const std::string& file;
    const Events& events;

    Place place(std::size_t event) const { return place_of(text, file, events[event].offset); }
};

/// A value that a path leads to.
struct Located {
    std::size_t value;              ///< index of its event
    std::optional<std::size_t> key; ///< index of its key's event; nothing for an entry of a list
};

/// Finds the one value in the stream that a path leads to.
/// @throws Error (refused) with a place: it does not exist, exists more than once, or lies behind an alias
Located locate(const Document& document, const KeyPath& path);

} // namespace slipway::yaml
