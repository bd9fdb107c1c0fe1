#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace slipway::yaml {

/// The number of a list's entry, from 0; negative numbers count from the end, -1 is the last.
using Index = std::ptrdiff_t;

/// The one entry of a list that is a map in which a key has this value: `[name=web]`.
struct Selector {
    std::string key;
    std::string value;
    bool operator==(const Selector&) const = default;
};

/// The value reached so far is a text that is YAML itself, and the path goes on within: `spec.source.helm.values|image.tag`.
struct Within {
    bool operator==(const Within&) const = default;
};

/// One part of a key path; a text is a map's key.
using PathPart = std::variant<std::string, Index, Selector, Within>;

/// Where a value stands in a document, from its root; at least one part.
using KeyPath = std::vector<PathPart>;

/// A value to set, as people write it: `image.tag=abc123`.
struct Assignment {
    KeyPath path;
    std::string value; ///< may be empty
};

/// Reads a path as yq writes it: `image.tag`, `.image.tag`, `containers[0].image`, `list[-1]`, `env[name=X].value`, `"a.b".c`,
/// `annotations["a.b/c"]`, `example\.com/version`; and `values|image.tag` for YAML within a text.
///
/// Keys without quotes hold letters, digits, `_ / @ : + ~ % -` and everything beyond ASCII, and any other character behind a
/// backslash; others go into double quotes, where `\"` and `\\` are escapes. A selector's value ends at its `]` unless it is quoted.
///
/// @throws Error (misuse) that says what is wrong and at which character
KeyPath parse_path(std::string_view text);

/// Reads `PATH=VALUE`; the path ends at the first `=` outside of quotes and brackets.
/// @throws Error (misuse)
Assignment parse_assignment(std::string_view text);

/// The shortest form that `parse_path` reads as the same path.
std::string to_string(const KeyPath& path);

/// The first `count` parts of it; "the document" when there are none.
std::string to_string(const KeyPath& path, std::size_t count);

} // namespace slipway::yaml
