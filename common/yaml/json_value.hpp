#pragma once

#include "yaml/events.hpp"
#include "yaml/scalar.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::yaml {

/// A value of JSON, whose maps keep their order, and whose numbers are spelled such that readers of YAML 1.1 and 1.2 take them for
/// numbers: 1e3 is 1.0e+3.
struct JsonValue {
    enum class Kind : std::uint8_t { null, number, boolean, text, list, map };
    Kind kind = Kind::null;
    std::string text = {};              ///< of a text: its characters; of a number or a truth value: its spelling
    std::vector<std::string> keys = {}; ///< of a map; as many as values
    std::vector<JsonValue> values = {}; ///< of a map or a list

    bool is_collection() const noexcept { return kind == Kind::list || kind == Kind::map; }
};

/// @throws Error (misuse): no JSON, no UTF-8, a key twice in a map, more than 100 levels
JsonValue read_json(std::string_view json);

/// How the texts of a collection are written.
struct JsonLayout {
    Style keys = Style::plain;
    Style texts = Style::plain;
    std::size_t step = 2;          ///< columns from a block collection to one within
    bool lists_are_indented = true; ///< whether a list stands further to the right than its key
    std::string_view line_break = "\n";
};

/// In one line: `{a: 1, b: [x, y]}`.
std::string write_flow(const JsonValue& value, const JsonLayout& layout);

/// In lines of their own from a column on. The first has no indentation, the last no line break.
std::string write_block(const JsonValue& value, std::size_t column, const JsonLayout& layout);

/// The column of a list as the value of a key in `column`, or of a map there.
std::size_t column_within(const JsonValue& value, std::size_t column, const JsonLayout& layout);

/// What a reader must see of what was written with this layout.
/// @param flow  whether it was written by `write_flow`
Events events_of(const JsonValue& value, const JsonLayout& layout, bool flow);

} // namespace slipway::yaml
