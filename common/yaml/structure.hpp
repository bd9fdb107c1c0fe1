#pragma once

#include "yaml/patch.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace slipway::yaml {

// Changes of a document's structure, each as one patch. Values are JSON texts: numbers are written as they stand there (1e3 as 1.0e+3,
// which all readers take for a number), strings by the rule of write_scalar, with the quotes of the value before or of its neighbours.
// New lines take the line breaks, the indentation and the layout (block or flow) of what stands around them.
//
// All of them throw Error (misuse) when the value is no JSON, has a key twice or more than 100 levels, and Error (refused) with a place
// where the bytes of the text cannot be told for certain, such as for keys behind `? `.

/// Puts another value in place of one, be it a scalar, empty, or a collection. Its anchor stays when an alias refers to it.
/// @throws Error (refused) when an alias refers to something within
Patch replace_value(const Document& document, const Located& at, std::string_view json);

/// Adds a key behind the last content line of a block map, at its first key's column; within the braces of a flow map; and in place
/// of an empty value, which becomes a map. Comments behind the map's last line stay behind it.
/// @param map  the map's start, or an empty value with its key, or the number of events for a stream that has no document
/// @throws Error (refused) when the map has the key
Patch insert_key(const Document& document, const Located& map, std::string_view key, std::string_view json);

/// Adds an entry to a list; the same rules.
Patch append_entry(const Document& document, const Located& list, std::string_view json);

/// Takes a key with its value, or a list's entry, out of its collection, with its whole lines where they hold nothing else. A block
/// collection that would be left without anything becomes {} or []. Comments above its first line stay.
/// @param member  an entry of the list, or a value of the map with its key
/// @throws Error (refused) when an alias elsewhere refers to something within
Patch remove_member(const Document& document, std::size_t collection, const Located& member);

} // namespace slipway::yaml
