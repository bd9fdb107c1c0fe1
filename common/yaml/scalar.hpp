#pragma once

#include "yaml/events.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace slipway::yaml {

/// How a scalar is written.
enum class Style { plain, single_quoted, double_quoted, block };

/// Whether every reader of YAML 1.1 and 1.2 takes the bare text as a string, in any context, so that it needs no
/// quotes.
///
/// True for `[A-Za-z_/]([A-Za-z0-9_./@+-]|:(?=[A-Za-z0-9_./@+-]))*`, for versions of three and more numbers, and for
/// hexadecimal with at least one of a, c, d, f; but never for words such as `no` or `null`, nor for `e5`.
bool is_safe_plain(std::string_view value);

/// Whether a bare scalar that stands in a file may be taken for something else than a string: a number, a date, a
/// truth value, null. Rather yes than no.
bool may_not_be_string(std::string_view plain);

/// Whether a text (valid UTF-8) can only be written with escapes: it holds line breaks, other controls, or marks that
/// readers drop.
bool needs_escapes(std::string_view value);

/// The text that every reader reads as exactly the string `value`: with the quote character that was there before,
/// plain only when that is safe, else in double quotes with escapes that YAML and JSON share.
///
/// @param before  the style of the scalar that is replaced
std::string write_scalar(std::string_view value, Style before);

/// The bytes of a scalar, without its anchor and tag.
struct Span {
    std::size_t begin = 0;
    std::size_t end = 0;
    Style style = Style::plain;
};

/// The byte behind anchor, tag, and the blanks and comments that follow them; `offset` itself when there are none.
std::size_t skip_properties(std::string_view text, std::size_t offset);

/// The byte behind anchor and tag alone; `offset` itself when there are none.
std::size_t properties_end(std::string_view text, std::size_t offset);

/// The end of an alias or of an anchor at a byte.
std::size_t name_end(std::string_view text, std::size_t offset);

/// Whether what stands behind an event's anchor and tag is not its own, but what follows it: `a:` and in the next line a key named null.
bool belongs_to_next(std::string_view text, const Events& events, std::size_t node);

/// The length of the `~` or `null` that an empty value is written as; 0 when it has no byte of its own.
std::size_t null_length(std::string_view text, const Events& events, std::size_t node);

/// Where a scalar's text stands; for a block scalar the header alone.
///
/// @return nothing when the bytes there are not what the event says: then no position in the text can be trusted
std::optional<Span> find_span(std::string_view text, const Event& scalar);

} // namespace slipway::yaml
