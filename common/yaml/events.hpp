#pragma once

#include "core/places.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::yaml {

enum class EventKind {
    document_start,
    document_end,
    null,
    alias,
    scalar,
    sequence_start,
    sequence_end,
    map_start,
    map_end,
};

/// One piece of a YAML stream, in the order of the text. A map's events are its start, key, value, key, value, ...,
/// its end.
struct Event {
    EventKind kind;
    /// Byte where it begins, its anchor and tag included. For an empty value (null) it is where the next thing
    /// begins; ends have none (0).
    std::size_t offset = 0;
    std::size_t partner = 0; ///< of a start: the index of its end
    std::size_t parent = 0;  ///< index of the start around it, for an end that around its collection; a document has none (0)
    std::size_t anchor =
        0; ///< number of the anchor it has or, as an alias, means; 0 is none; counts within the document
    std::string tag = {};   ///< "?" without a tag and without quotes, "!" with quotes
    std::string value = {}; ///< of a scalar: what a reader sees
    int layout = 0;         ///< of a collection: block or flow

    bool is_start() const noexcept {
        return kind == EventKind::document_start || kind == EventKind::sequence_start || kind == EventKind::map_start;
    }
    bool is_end() const noexcept {
        return kind == EventKind::document_end || kind == EventKind::sequence_end || kind == EventKind::map_end;
    }
};

using Events = std::vector<Event>;

/// Ends with the first byte that readers of YAML do not agree on.
/// @throws Error (misuse) with a place: UTF-16, invalid UTF-8, NUL bytes, a carriage return without a line feed
void refuse_doubtful_bytes(std::string_view text, const std::string& file);

/// Reads all documents of a text. Nothing is resolved: aliases stay aliases, and duplicate keys are all there.
///
/// @param file  for the places in errors
/// @throws Error (misuse) with a place for what is no YAML, for doubtful bytes, and for nesting of 500 levels
Events read_events(std::string_view text, const std::string& file);

/// The index behind the node that begins at `index`, its children included.
inline std::size_t behind(const Events& events, std::size_t index) {
    return (events[index].is_start() ? events[index].partner : index) + 1;
}

} // namespace slipway::yaml
