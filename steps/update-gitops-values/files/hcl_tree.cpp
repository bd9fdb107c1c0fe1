#include "update-gitops-values/files/hcl_tree.hpp"

#include "core/error.hpp"
#include "core/places.hpp"
#include "core/text.hpp"
#include "hcl/literal.hpp"
#include "hcl/parser.hpp"

namespace slipway::update_gitops_values {

namespace {

using hcl::Token;
using hcl::TokenKind;

/// Builds the tree from the tokens of a text that hcl::parse has read without a mistake: what must come is not asked for again.
class Builder {
public:
    explicit Builder(const HclTree& tree) : tree_(tree), tokens_(tree.tokens()) {}

    std::vector<HclNode> body(TokenKind close) {
        std::vector<HclNode> nodes;
        for (;;) {
            skip_newlines();
            if (next_is(close) || next_is(TokenKind::end)) return nodes;
            const auto first = at_;
            const auto name = std::string(tree_.spelled(tokens_[at_++]));
            if (next_is(TokenKind::equals)) {
                ++at_;
                nodes.push_back(value(true));
                nodes.back().name = name;
            } else {
                nodes.push_back(block(first, name));
            }
        }
    }

private:
    bool next_is(TokenKind kind) const { return tokens_[at_].kind == kind; }
    void skip_newlines() {
        while (next_is(TokenKind::newline)) ++at_;
    }

    HclNode block(std::size_t first, const std::string& type) {
        HclNode node{.kind = HclKind::block, .name = type, .first = first};
        while (!next_is(TokenKind::open_brace) && !next_is(TokenKind::end)) node.labels.push_back(word());
        if (next_is(TokenKind::open_brace)) ++at_;
        node.children = body(TokenKind::close_brace);
        if (next_is(TokenKind::close_brace)) ++at_;
        node.behind = at_;
        return node;
    }

    /// A label or key: a name or a string, decoded.
    std::string word() {
        if (!next_is(TokenKind::open_quote)) return std::string(tree_.spelled(tokens_[at_++]));
        HclNode node{.kind = HclKind::string, .first = at_};
        skip_term();
        node.behind = at_;
        return tree_.decoded(node);
    }

    /// @param newline_ends  whether a line break ends the value, as it does everywhere but within lists
    HclNode value(bool newline_ends) {
        HclNode node{.first = at_};
        const bool collection = (next_is(TokenKind::open_brace) || next_is(TokenKind::open_bracket)) && !is_for();
        if (collection) {
            node.kind = next_is(TokenKind::open_brace) ? HclKind::object : HclKind::list;
            ++at_;
            node.children = node.kind == HclKind::object ? object() : list();
            ++at_;
        } else {
            node.kind = kind_of_term();
            skip_term();
        }
        node.behind = at_;
        if (ends_here(newline_ends)) return node;
        skip_expression(newline_ends, false);
        node.kind = HclKind::expression;
        node.children.clear();
        node.behind = at_;
        return node;
    }

    bool is_for() const {
        auto next = at_ + 1;
        while (tokens_[next].kind == TokenKind::newline) ++next;
        return tokens_[next].kind == TokenKind::identifier && tree_.spelled(tokens_[next]) == "for";
    }

    std::vector<HclNode> object() {
        std::vector<HclNode> entries;
        for (;;) {
            while (next_is(TokenKind::newline) || next_is(TokenKind::comma)) ++at_;
            if (next_is(TokenKind::close_brace) || next_is(TokenKind::end)) return entries;
            auto key = object_key();
            if (next_is(TokenKind::equals) || next_is(TokenKind::colon)) ++at_;
            entries.push_back(value(true));
            entries.back().name = std::move(key);
        }
    }

    /// A name or a string, else nothing.
    std::string object_key() {
        const auto first = at_;
        const auto kind = kind_of_term();
        const bool plain = kind == HclKind::string || next_is(TokenKind::identifier) || next_is(TokenKind::number);
        skip_expression(true, true);
        const bool alone = kind == HclKind::string ? tokens_[at_ - 1].kind == TokenKind::close_quote : at_ == first + 1;
        if (!plain || !alone) return {};
        const auto behind = at_;
        at_ = first;
        auto key = word();
        return at_ == behind ? key : (at_ = behind, std::string());
    }

    std::vector<HclNode> list() {
        std::vector<HclNode> entries;
        for (;;) {
            while (next_is(TokenKind::newline) || next_is(TokenKind::comma)) ++at_;
            if (next_is(TokenKind::close_bracket) || next_is(TokenKind::end)) return entries;
            entries.push_back(value(false));
        }
    }

    HclKind kind_of_term() const {
        switch (tokens_[at_].kind) {
        case TokenKind::open_heredoc: return HclKind::heredoc;
        case TokenKind::number: return HclKind::constant;
        case TokenKind::minus: return tokens_[at_ + 1].kind == TokenKind::number ? HclKind::constant : HclKind::expression;
        case TokenKind::identifier: {
            const auto word = tree_.spelled(tokens_[at_]);
            return word == "true" || word == "false" || word == "null" ? HclKind::constant : HclKind::expression;
        }
        case TokenKind::open_quote: break;
        default: return HclKind::expression;
        }
        auto next = at_ + 1;
        while (tokens_[next].kind == TokenKind::literal) ++next;
        return tokens_[next].kind == TokenKind::close_quote ? HclKind::string : HclKind::text_with_sequences;
    }

    /// Skips one token, or what it opens up to where that is closed; a minus sign with its number.
    void skip_term() {
        if (next_is(TokenKind::minus)) ++at_;
        std::size_t depth = 0;
        for (; !next_is(TokenKind::end); ++at_) {
            if (opens(tokens_[at_].kind)) ++depth;
            else if (closes(tokens_[at_].kind) && depth > 0) --depth;
            if (depth == 0) break;
        }
        if (!next_is(TokenKind::end)) ++at_;
    }

    void skip_expression(bool newline_ends, bool key) {
        std::size_t conditions = 0; // whose colon is still to come
        while (!ends_here(newline_ends)) {
            if (key && conditions == 0 && (next_is(TokenKind::equals) || next_is(TokenKind::colon))) return;
            if (next_is(TokenKind::question)) ++conditions;
            if (next_is(TokenKind::colon) && conditions > 0) --conditions;
            if (opens(tokens_[at_].kind)) skip_term();
            else ++at_;
        }
    }

    bool ends_here(bool newline_ends) const {
        auto next = at_;
        if (!newline_ends) {
            while (tokens_[next].kind == TokenKind::newline) ++next;
        }
        const auto kind = tokens_[next].kind;
        return kind == TokenKind::newline || kind == TokenKind::comma || kind == TokenKind::end || closes(kind);
    }

    static bool opens(TokenKind kind) {
        switch (kind) {
        case TokenKind::open_quote:
        case TokenKind::open_heredoc:
        case TokenKind::open_interpolation:
        case TokenKind::open_directive:
        case TokenKind::open_brace:
        case TokenKind::open_bracket:
        case TokenKind::open_parenthesis: return true;
        default: return false;
        }
    }

    static bool closes(TokenKind kind) {
        switch (kind) {
        case TokenKind::close_quote:
        case TokenKind::close_heredoc:
        case TokenKind::close_sequence:
        case TokenKind::close_brace:
        case TokenKind::close_bracket:
        case TokenKind::close_parenthesis: return true;
        default: return false;
        }
    }

    const HclTree& tree_;
    const std::vector<Token>& tokens_;
    std::size_t at_ = 0;
};

} // namespace

HclTree::HclTree(std::string text, const std::string& file) : text_(std::move(text)) {
    if (const auto valid = valid_utf8_length(text_); valid < text_.size()) {
        throw Error(ExitCode::misuse, Diagnostic{.message = "wrong HCL: a byte that is no UTF-8", .place = place_of(text_, file, valid)});
    }
    // HCL's own reader skips a byte order mark; places do not count it.
    const std::size_t mark = text_.rfind("\xEF\xBB\xBF", 0) == 0 ? 3 : 0;
    const auto content = std::string_view(text_).substr(mark);
    hcl::Listener nobody;
    try {
        hcl::parse(content, Places(content, file), nobody);
    } catch (const Error& error) {
        throw Error(ExitCode::misuse, error.diagnostics()); // a file that is given, not one that was made
    }
    hcl::Lexer lexer(content);
    do {
        const auto token = lexer.next();
        tokens_.push_back({token.kind, token.begin + mark, token.end + mark});
    } while (tokens_.back().kind != TokenKind::end);
    body_ = Builder(*this).body(TokenKind::end);
}

std::string HclTree::decoded(const HclNode& string) const {
    std::string text;
    for (auto at = string.first + 1; at < string.behind && tokens_[at].kind == TokenKind::literal; ++at) {
        text += hcl::decode(spelled(tokens_[at]), hcl::Quoting::quoted);
    }
    return text;
}

std::string hint_for_variable(const HclTree& tree, const HclNode& value) {
    const auto& tokens = tree.tokens();
    for (auto at = value.first; at + 2 < value.behind; ++at) {
        if (tokens[at].kind != TokenKind::identifier || tree.spelled(tokens[at]) != "var" || tokens[at + 1].kind != TokenKind::dot) continue;
        return "set the variable instead: variable." + std::string(tree.spelled(tokens[at + 2])) + ".default, or in a file of variables";
    }
    return "change what it is made from, or write a plain string in double quotes";
}

} // namespace slipway::update_gitops_values
