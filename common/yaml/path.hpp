#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace slipway::yaml {

/// One part of a key path: a map's key, or the number of a list's entry (from 0).
using PathPart = std::variant<std::string, std::size_t>;

/// Where a value stands in a document, from its root; at least one part.
using KeyPath = std::vector<PathPart>;

/// A value to set, as people write it: `image.tag=abc123`.
struct Assignment {
    KeyPath path;
    std::string value; ///< may be empty
};

/// Reads a path as yq writes it: `image.tag`, `.image.tag`, `containers[0].image`, `"a.b".c`, `annotations["a.b/c"]`.
///
/// Keys without quotes hold letters, digits, `_ / @ : + ~ % -` and everything beyond ASCII; others go into double
/// quotes, where `\"` and `\\` are escapes.
///
/// @throws Error (misuse) that says what is wrong and at which character
KeyPath parse_path(std::string_view text);

/// Reads `PATH=VALUE`; the path ends at the first `=` outside of quotes.
/// @throws Error (misuse)
Assignment parse_assignment(std::string_view text);

/// The shortest form that `parse_path` reads as the same path.
std::string to_string(const KeyPath& path);

/// The first `count` parts of it; "the document" when there are none.
std::string to_string(const KeyPath& path, std::size_t count);

} // namespace slipway::yaml
