#pragma once

#include "hcl/lexer.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::update_gitops_values {

enum class HclKind {
    block,
    string,     ///< in quotes, and nothing but text
    text_with_sequences, ///< in quotes, with ${...} or %{...}
    heredoc,
    constant,   ///< a number, true, false or null
    object,
    list,
    expression, ///< everything else
};

/// A block, or the value of an argument, of an object's key, or of a list's entry.
struct HclNode {
    HclKind kind = HclKind::expression;
    std::string name = {};                ///< the block's type, the argument's name, the key; empty in lists, and for a computed key
    std::vector<std::string> labels = {}; ///< of a block
    std::size_t first = 0;  ///< index of the first token, the name's for a block, else the value's
    std::size_t behind = 0; ///< index behind the last one
    std::vector<HclNode> children = {};
};

/// An HCL2 file as a tree of what can be named by a path.
class HclTree {
public:
    /// @throws Error (misuse) "wrong HCL: ..." with the first mistake's place
    HclTree(std::string text, const std::string& file);

    const std::string& text() const noexcept { return text_; }
    const std::vector<hcl::Token>& tokens() const noexcept { return tokens_; }
    /// Blocks and arguments of the file.
    const std::vector<HclNode>& body() const noexcept { return body_; }

    std::string_view spelled(const hcl::Token& token) const { return std::string_view(text_).substr(token.begin, token.size()); }
    std::size_t begin(const HclNode& node) const { return tokens_[node.first].begin; }
    std::size_t end(const HclNode& node) const { return tokens_[node.behind - 1].end; }
    /// A node's bytes.
    std::string_view spelled(const HclNode& node) const { return std::string_view(text_).substr(begin(node), end(node) - begin(node)); }
    /// What a string stands for; of a text with sequences, what comes in front of the first one.
    std::string decoded(const HclNode& string) const;

private:
    std::string text_;
    std::vector<hcl::Token> tokens_;
    std::vector<HclNode> body_;
};

/// What to do instead of changing a value that is made from others: names the variable that it uses.
std::string hint_for_variable(const HclTree& tree, const HclNode& value);

} // namespace slipway::update_gitops_values
