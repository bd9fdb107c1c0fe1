#pragma once

#include "core/places.hpp"
#include "rendering/names.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::rendering {

struct Placeholder;

/// A part of an operator's argument.
struct Piece {
    std::string text;                  ///< as it is meant, quotes and backslashes taken away
    bool quoted = false;               ///< its characters mean nothing special in a pattern
    std::vector<Placeholder> nested;   ///< at most one, instead of a text
};
using Word = std::vector<Piece>;

enum class Operator {
    none,
    length,        ///< ${#X}
    use_default,   ///< ${X:-word}, ${X-word}, and the same with =
    require,       ///< ${X:?message}
    alternative,   ///< ${X:+word}
    remove_prefix, ///< ${X#pattern}, ${X##pattern}
    remove_suffix, ///< ${X%pattern}, ${X%%pattern}
    replace,       ///< ${X/pattern/word}, ${X//pattern/word}, ${X/#pattern/word}, ${X/%pattern/word}
    to_upper,      ///< ${X^pattern}, ${X^^pattern}
    to_lower,      ///< ${X,pattern}, ${X,,pattern}
    substring,     ///< ${X:offset:length}
};

enum class Anchor { none, start, end };

/// `${NAME}` or `${NAME<operator>...}` as it stands in a template.
struct Placeholder {
    std::size_t begin = 0; ///< byte of its "$"
    std::size_t end = 0;   ///< byte behind its "}"
    std::string_view name;
    Operator op = Operator::none;
    bool doubled = false;         ///< ## %% // ^^ ,,
    bool also_empty = false;      ///< the colon of :- := :? :+
    bool has_second = false;      ///< a second argument was written
    Anchor anchor = Anchor::none; ///< of replace
    Word first;                   ///< default, message, alternative, pattern, offset
    Word second;                  ///< replacement, length
};

/// Reads placeholders, with the operators of bash 5.2 as it reads them in a here-document.
class PlaceholderReader {
public:
    /// @param text  must outlive the reader and its placeholders
    PlaceholderReader(std::string_view text, const Names& names, const Places& places) : text_(text), names_(names), places_(places) {}

    /// Reads what begins with the "${" at `begin`.
    ///
    /// @param into  gets it
    /// @return false when it is no placeholder: another name, `${X.y}`, `${ X }`...
    /// @throws Error (misuse) with a place for a placeholder that bash would not take, or that is not closed
    bool read(std::size_t begin, Placeholder& into) const;

    /// Whether the "$" at an offset stands alone: before "{", and behind no other "$", which would make it an escape.
    bool is_single(std::size_t offset) const;

private:
    class Reading;

    std::string_view text_;
    const Names& names_;
    const Places& places_;
};

} // namespace slipway::rendering
