#pragma once

#include "rendering/render.hpp"

#include <cstddef>
#include <limits>
#include <optional>
#include <string_view>
#include <vector>

namespace slipway::rendering {

/// The lines of a `<<-` heredoc, from which Nomad takes away the indent that all have in common. Blank lines do not count, and
/// keep theirs.
/// @source HCL native syntax specification, "Template Expressions", flush heredocs
class FlushLines {
public:
    /// Literal text, at most one line. @param blank  whether it is nothing but white space
    void add_literal(std::string_view text, bool blank);
    /// A sequence, or a value that begins with no white space.
    void add_something();

    bool at_line_start() const noexcept { return at_line_start_; }

    /// A value of several lines went into the output.
    ///
    /// @param cut        its index in the output
    /// @param begin      byte of its placeholder in the template
    /// @param ends_open  whether its last line is blank, so that what follows decides whether that line counts
    void add_value(std::size_t cut, std::size_t begin, bool ends_open);
    bool has_values() const noexcept { return !values_.empty(); }
    std::size_t first_value() const { return values_.front().begin; }

    /// What follows such an open line.
    ///
    /// @param more  whether more than blanks; nothing: another value, which cannot be told
    /// @return the byte of the value's placeholder where it cannot be told
    std::optional<std::size_t> settle(std::optional<bool> more);

    /// Puts the common indent before the further lines of the values, so that Nomad takes away what it was given.
    void indent(Rendered& output) const;

private:
    struct Value {
        std::size_t cut;
        std::size_t begin;
        bool settled;
        bool indents_last = true;
    };

    bool at_line_start_ = true;  ///< nothing but white space in this line so far
    std::size_t indent_ = 0;     ///< of this line, while at its start
    std::size_t common_indent_ = std::numeric_limits<std::size_t>::max();
    std::vector<Value> values_;
};

} // namespace slipway::rendering
