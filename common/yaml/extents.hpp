#pragma once

#include "yaml/block.hpp"
#include "yaml/locate.hpp"
#include "yaml/scalar.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::yaml {

/// Which line breaks at the end of a block scalar belong to its value.
enum class Chomping {
    clip,  ///< `|`: one, unless the file ends before it
    strip, ///< `|-`: none
    keep,  ///< `|+`: all, those of empty lines included
};

/// Where the nodes of a stream stand in its text: their ends, colons, dashes and lines, of which the events tell nothing.
///
/// What cannot be told for certain ends in an Error (refused) with a place: `doing: why`.
class Extents {
public:
    /// @param doing  what is being done, for errors: "cannot add 'tag'"
    Extents(const Document& document, std::string doing);

    /// The start of the collection or of the document in which a node stands.
    std::size_t parent(std::size_t node) const { return events_[node].parent; }
    /// The values of a map with their keys, or the entries of a list.
    std::vector<Located> members(std::size_t collection) const;

    bool is_flow(std::size_t node) const;
    /// Whether there is no byte of a null's own.
    bool is_unwritten(std::size_t node) const;
    /// A scalar written as `|` or `>`.
    bool is_block_text(std::size_t node) const;

    /// Behind a node's last byte. Of a block scalar it is the end of its last content line, without the line break; of an unwritten
    /// value it is where it could begin: behind its colon or dash.
    std::size_t end(const Located& node) const;
    /// The line behind the last one of a node in block layout: empty lines that are content of a `|+` lie in front of it.
    std::size_t next_line(const Located& node) const;
    /// Of the block scalar with which the node ends, if any: else `strip`, as no line break behind it matters.
    Chomping last_chomping(const Located& node) const;

    /// Behind what introduces a value: its colon, its dash, the `---` in whose line it stands. Of a key in a flow map without a colon it
    /// is the key's end.
    /// @return nothing for a document's root that follows nothing in its line
    std::optional<std::size_t> lead(const Located& value) const;
    /// The dash of an entry in block layout.
    std::size_t dash(const Located& entry) const;
    /// The opening bracket or brace, and the closing one.
    std::size_t opening(std::size_t flow_collection) const;
    std::size_t closing(std::size_t flow_collection) const;

    /// The column, from 0, of what begins at a byte with nothing in front of it but spaces and dashes of lists.
    /// @param about  the node that the error is about
    std::size_t column(std::size_t offset, std::size_t about) const;
    /// Whether only spaces stand in front in its line.
    bool begins_line(std::size_t offset) const;
    std::size_t line_start(std::size_t offset) const;
    /// The end of the line without its line break.
    std::size_t line_end(std::size_t offset) const;
    /// Behind the line break.
    std::size_t behind_line(std::size_t offset) const;
    /// As `line_end`, when nothing but blanks and a comment follows.
    std::size_t end_of_last_line(std::size_t offset, std::size_t about) const;
    /// The comment that begins at a byte, blanks in front of it included; empty when there is none.
    std::string_view comment(std::size_t offset) const;
    std::size_t skip_blanks(std::size_t offset) const;
    /// Behind blanks, line breaks and comments.
    std::size_t skip_space(std::size_t offset) const;
    /// The line break at the end of this line, or of the one before, or "\n".
    std::string_view line_break(std::size_t offset) const;

    [[noreturn]] void fail(std::size_t about, const std::string& why, std::string hint = {}) const;
    [[noreturn]] void fail_at(std::size_t offset, const std::string& why, std::string hint = {}) const;

private:
    std::size_t end_of_null(const Located& node) const;
    std::size_t end_of_flow(std::size_t collection) const;
    BlockScalar block(std::size_t node) const;
    Chomping chomping(const BlockScalar& block) const;
    /// The last scalar, alias, null or flow collection within a block node, itself included.
    Located last_within(Located node) const;
    char at(std::size_t offset) const { return offset < text_.size() ? text_[offset] : '\0'; }

    const Document& document_;
    const Events& events_;
    std::string_view text_;
    std::string doing_;
};

} // namespace slipway::yaml
