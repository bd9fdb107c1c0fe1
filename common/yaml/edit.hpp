#pragma once

#include "yaml/path.hpp"

#include "core/error.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::yaml {

/// What became of one assignment.
struct Change {
    std::string path;               ///< in its shortest form
    std::optional<std::string> old; ///< what a reader saw before, as a text; nothing for an empty value (null)
    std::string value;
    Place place;             ///< where the value stands
    bool changed = false;    ///< whether the file had to be touched for it
    bool retyped = false;    ///< it may have been a number, a truth value or a date, and is a string now
    std::size_t aliases = 0; ///< how many other places refer to the value and change with it
};

struct Edited {
    std::string text;
    std::vector<Change> changes; ///< one for each assignment, in their order

    bool changed() const;
};

/// Sets values of a YAML stream, each to exactly the given string, and leaves every other byte as it is.
///
/// The paths must exist, and lead to a single value. In a stream of several documents a path must exist in exactly
/// one of them. Block and flow collections, all quotes, comments, CRLF, a byte order mark and a missing final line
/// break are kept. A value is left alone when readers see the same string already.
///
/// The result is proven: it is read again, and everything in it but the values that were set must read as before.
///
/// @param file  for the places in errors
/// @throws Error (misuse) when the text is no YAML, with a place
/// @throws Error (refused) with a place for each path that cannot be set: it does not exist, exists several times,
/// leads
///         to a list, a map, an alias, a block scalar, or a value with a tag that is no string
Edited set_values(std::string_view text, const std::string& file, const std::vector<Assignment>& assignments);

} // namespace slipway::yaml
