#pragma once

#include "yaml/locate.hpp"
#include "yaml/path.hpp"

#include "core/error.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::yaml {

/// What is to be done at one place of a file.
struct Operation {
    enum class Kind {
        set,      ///< the value becomes exactly the string `value`
        set_json, ///< the value becomes what the JSON text `value` says: a number, a truth value, null, a list, a map, a string
        append,   ///< the list at `path` gets one more entry: the JSON text `value`
        remove,   ///< the key or the list's entry goes away; nothing happens when it is not there
    };
    Kind kind = Kind::set;
    KeyPath path;
    std::string value = {};
    std::optional<std::size_t> document = {}; ///< its number in the stream, from 0; nothing: the one that has the path
    bool create = false;                      ///< keys on the way that do not exist are made
};

struct EditSettings {
    OnAlias aliases = OnAlias::refuse;
};

/// What became of one operation. Texts are shown to people; the JSON forms tell a number from a string, and a null from nothing.
struct Change {
    std::string path;               ///< in its shortest form; of an added entry: its own, with its number
    std::optional<std::size_t> document = {}; ///< given in the operation, or found in a stream of several; from 0
    std::optional<std::string> old = {}; ///< what a reader saw before, as a text; nothing for an empty value (null) or none
    std::string value = {};         ///< what a reader sees now, as a text; empty when it was removed
    std::string old_json = {};      ///< JSON of what was there; empty: nothing was
    std::string new_json = {};      ///< JSON of what is there now; empty: nothing is
    Place place = {};               ///< where the value stands
    bool changed = false;           ///< whether the file had to be touched for it
    bool retyped = false;           ///< it may have been a number, a truth value or a date, and is a string now
    std::size_t aliases = 0;        ///< how many other places refer to the value and change with it
};

struct Edited {
    std::string text;
    std::vector<Change> changes; ///< one for each operation, in their order

    bool changed() const;
};

/// Changes a YAML stream, and leaves every byte that is not concerned as it is: comments, blank lines, quotes, indentation, CRLF, a
/// byte order mark, a missing final line break.
///
/// A value is left alone when readers see the same value already. A key that a map has through `<<` alone becomes a key of its own.
/// Operations are done in their order; those with the same path up to a `|` are done together. The result is proven: it is read again,
/// and everything in it but what was to change must read as before; else nothing is changed.
///
/// @param file  for the places in errors; within a text that is YAML itself it is followed by the text's path
/// @throws Error (misuse) when the text is no YAML, with a place; when aliases make more of a value than can be shown; for wrong JSON
/// @throws Error (refused) with a place for each operation that cannot be done: the path does not exist, exists in several documents
///         or matches several entries, leads to an alias or through a key that stands there twice, or is given twice; and when the text
///         is no YAML before a template is rendered, or YAML that cannot be edited
Edited edit(std::string_view text, const std::string& file, const std::vector<Operation>& operations, const EditSettings& settings = {});

} // namespace slipway::yaml
