#pragma once

#include "hcl/lexer.hpp"

#include "core/places.hpp"

#include <string_view>
#include <vector>

namespace slipway::hcl {

/// Where a placeholder stands.
enum class Position {
    label,         ///< in the quoted label of a block
    quoted,        ///< in any other quoted string
    heredoc,
    flush_heredoc, ///< one that begins with <<-
    expression,    ///< in place of a number, a truth value, a list...
    sequence,      ///< anywhere within ${...} or %{...}
};

/// What a text holds, told in the text's order. Offsets are bytes.
class Listener {
public:
    virtual ~Listener() = default;

    /// @param type    the word that begins the block
    /// @param labels  as they are written, quotes included
    virtual void block_begin(const Token& /*type*/, const std::vector<Token>& /*labels*/) {}
    virtual void block_end() {}
    virtual void attribute_begin(const Token& /*name*/) {}
    virtual void attribute_end() {}

    /// A string or heredoc; templates lie in each other by way of sequences.
    virtual void template_begin(const Token& /*open*/, Position) {}
    virtual void literal(const Token&) {}
    virtual void placeholder(const Token&, Position) {}
    /// `${` or `%{`, and the brace that closes it; either may hold a strip marker (~).
    virtual void sequence_begin(const Token&) {}
    virtual void sequence_end(const Token&) {}
    virtual void template_end() {}
};

/// Reads a whole HCL2 file: blocks, arguments, expressions and templates. Tells the listener as it goes.
///
/// Takes what Nomad's parser takes. Names, functions and types are not looked at. Memory does not grow with the text.
///
/// @throws Error (refused) "wrong HCL: ..." with the first mistake's place
void parse(std::string_view text, const Places& places, Listener& listener, FindPlaceholder find = {});

} // namespace slipway::hcl
