#pragma once

#include "yaml/events.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace slipway::yaml {

/// A scalar written as `|` or `>`: a header, and lines that are indented. Positions are bytes of the text.
struct BlockScalar {
    std::size_t header = 0;      ///< of its | or >
    std::size_t header_end = 0;  ///< behind the indicators: `|2-`
    std::size_t tail_end = 0;    ///< behind the header's comment, where its line breaks
    std::size_t content_end = 0; ///< behind its last line with something in it, without the line break; `tail_end` when it has none
    std::size_t next_line = 0;   ///< behind the empty lines that follow, which only `+` makes part of the value
    std::optional<std::size_t> indent = {}; ///< of its lines, in spaces; nothing when it has none
};

/// Where a block scalar stands.
/// @return nothing when there is none, or when its bytes cannot be told for certain
std::optional<BlockScalar> find_block(std::string_view text, const Event& scalar);

/// Bytes of a text, and what stands there instead.
struct Replacement {
    std::size_t begin = 0;
    std::size_t end = 0;
    std::string text = {};
};

/// The block scalar with another value: of the same style, with its indentation, its comment and its line breaks; the chomping
/// indicator follows the value, lines of a literal one that do not change keep their bytes, and a folded one becomes literal for lines
/// that begin with a blank, and for several line breaks at the end.
///
/// @return nothing for what readers do not all read from a block scalar: controls, blanks at the end of a line, a first line that is
///         empty or begins with a blank (unless the header says how far the lines are indented), no text at all
std::optional<Replacement> rewrite_block(std::string_view text, const BlockScalar& block, std::string_view before, std::string_view value);

/// A scalar of one line in place of a block scalar; the header's comment stays behind it.
Replacement replace_block(std::string_view text, const BlockScalar& block, std::string_view scalar);

} // namespace slipway::yaml
