#include "hcl/parser.hpp"

#include "core/text.hpp"
#include "hcl/literal.hpp"
#include "hcl/token_reader.hpp"

#include <set>
#include <string>

namespace slipway::hcl {

namespace {

class Parser : TokenReader {
public:
    Parser(std::string_view text, const Places& places, Listener& listener, FindPlaceholder find)
        : TokenReader(text, places, std::move(find)), listener_(listener) {}

    void parse() { body(TokenKind::end, {}); }

private:
    // Bodies

    void body(TokenKind end, const Token& opened) {
        const Level level(*this);
        std::set<std::string_view> names;
        for (;;) {
            if (accept(TokenKind::newline)) continue;
            if (next_is(end)) break;
            if (next_is(TokenKind::end)) fail(opened.begin, "the block that begins here is not closed by }");
            item(names);
        }
        read();
    }

    void item(std::set<std::string_view>& names) {
        const auto name = read();
        if (name.kind == TokenKind::open_quote) {
            fail(name.begin, "the name of an argument is in quotes", "that is HCL1, which Nomad no longer reads: write name = value");
        }
        if (name.kind == TokenKind::placeholder) {
            fail(name.begin, "a placeholder stands where the name of an argument or block is expected", "placeholders stand for values only");
        }
        if (name.kind != TokenKind::identifier) fail_at(name, "an argument or a block");
        if (next_is(TokenKind::equals)) {
            argument(name, names);
            if (next_is(TokenKind::comma)) fail(peek().begin, "a comma behind an argument", "each argument has a line of its own");
            if (!next_is(TokenKind::end)) expect(TokenKind::newline, "the end of the line");
            return;
        }
        block(name);
    }

    void argument(const Token& name, std::set<std::string_view>& names) {
        if (!names.insert(text_of(name)).second) fail(name.begin, "the argument " + shown(name) + " is given twice");
        read(); // the equals sign
        listener_.attribute_begin(name);
        expression();
        listener_.attribute_end();
    }

    void block(const Token& type) {
        std::vector<Token> labels;
        while (!next_is(TokenKind::open_brace)) {
            if (next_is(TokenKind::open_quote)) {
                labels.push_back(quoted_label());
            } else if (next_is(TokenKind::identifier)) {
                labels.push_back(read());
            } else if (next_is(TokenKind::equals)) {
                fail(peek().begin, "an equals sign behind a label", "that is HCL1, which Nomad no longer reads: a block has none");
            } else if (labels.empty()) {
                fail_at(peek(), "'=' or '{' behind " + shown(type));
            } else {
                fail_at(peek(), "a label or '{'");
            }
        }
        const auto brace = read();
        listener_.block_begin(type, labels);
        if (next_is(TokenKind::newline) || next_is(TokenKind::close_brace) || next_is(TokenKind::end)) {
            body(TokenKind::close_brace, brace);
        } else {
            single_argument();
        }
        listener_.block_end();
        if (next_is(TokenKind::end)) return;
        if (!next_is(TokenKind::newline)) fail_at(peek(), "the end of the line behind a block");
        read();
    }

    /// `{ name = value }` on one line.
    void single_argument() {
        const auto name = read();
        if (name.kind != TokenKind::identifier) fail_at(name, "an argument");
        if (!next_is(TokenKind::equals)) fail_at(peek(), "'=', as a block on one line holds one argument");
        std::set<std::string_view> names;
        argument(name, names);
        if (next_is(TokenKind::comma)) fail(peek().begin, "a comma in a block", "each argument has a line of its own");
        expect(TokenKind::close_brace, "'}' on the same line, as a block on one line holds one argument");
    }

    Token quoted_label() {
        auto label = read();
        listener_.template_begin(label, Position::label);
        for (;;) {
            const auto token = read();
            switch (token.kind) {
            case TokenKind::literal:
                check_literal(token, Quoting::quoted);
                listener_.literal(token);
                break;
            case TokenKind::placeholder: listener_.placeholder(token, Position::label); break;
            case TokenKind::close_quote:
                label.end = token.end;
                listener_.template_end();
                return label;
            case TokenKind::open_interpolation:
            case TokenKind::open_directive: fail(token.begin, "a label holds a template sequence", "labels are plain text; $${ and %%{ stand for ${ and %{");
            case TokenKind::end: fail(label.begin, "the string that begins here is not closed");
            default: fail_invalid(token);
            }
        }
    }

    // Expressions. Precedence makes no difference to what is allowed.

    void expression() {
        const Level level(*this);
        operand();
        while (next_is(TokenKind::binary) || next_is(TokenKind::star) || next_is(TokenKind::minus)) {
            read();
            operand();
        }
        if (!accept(TokenKind::question)) return;
        expression();
        expect(TokenKind::colon, "':' of a condition");
        expression();
    }

    void operand() {
        term();
        for (;;) {
            if (accept(TokenKind::dot)) {
                attribute_access();
            } else if (accept(TokenKind::open_bracket)) {
                if (accept(TokenKind::star)) {
                    expect(TokenKind::close_bracket, "']' behind [*");
                    continue;
                }
                const Newlines off(*this, false);
                expression();
                expect(TokenKind::close_bracket, "']'");
            } else {
                return;
            }
        }
    }

    /// What follows a dot.
    void attribute_access() {
        if (!accept(TokenKind::star)) return name_or_index();
        while (accept(TokenKind::dot)) {
            if (next_is(TokenKind::star)) fail(peek().begin, "a second .* within the first", "write [*]");
            name_or_index();
        }
    }

    void name_or_index() {
        if (accept(TokenKind::identifier)) return;
        if (!next_is(TokenKind::number)) fail_at(peek(), "a name behind '.'");
        if (text_of(peek()).find('.') != std::string_view::npos) fail(peek().begin, "two indices behind dots", "write [0][1]");
        check_number(read());
    }

    void term() {
        const Level level(*this);
        switch (peek().kind) {
        case TokenKind::number: check_number(read()); return;
        case TokenKind::identifier: name_or_call(); return;
        case TokenKind::open_quote:
        case TokenKind::open_heredoc: template_string(); return;
        case TokenKind::placeholder: {
            const auto token = read();
            listener_.placeholder(token, sequences_ > 0 ? Position::sequence : Position::expression);
            return;
        }
        case TokenKind::minus:
        case TokenKind::bang:
            read();
            operand();
            return;
        case TokenKind::open_parenthesis: {
            read();
            const Newlines off(*this, false);
            expression();
            expect(TokenKind::close_parenthesis, "')'");
            return;
        }
        case TokenKind::open_bracket: tuple(); return;
        case TokenKind::open_brace: object(); return;
        default: fail_at(peek(), "a value");
        }
    }

    void check_number(const Token& token) const {
        // As strtod reads it: digits, at most one point, at most one exponent.
        const auto number = text_of(token);
        const auto exponent = std::min(number.find_first_of("eE"), number.size());
        const auto mantissa = number.substr(0, exponent);
        const auto point = mantissa.find('.');
        const bool two_points = point != std::string_view::npos && mantissa.find('.', point + 1) != std::string_view::npos;
        if (two_points || (exponent < number.size() && number.find_first_of(".eE", exponent + 1) != std::string_view::npos)) {
            fail(token.begin, shown(token) + " is no number");
        }
    }

    void name_or_call() {
        read();
        bool call = false;
        while (accept(TokenKind::double_colon)) {
            expect(TokenKind::identifier, "a function's name");
            call = true;
        }
        if (!next_is(TokenKind::open_parenthesis)) {
            if (call) fail_at(peek(), "'('");
            return;
        }
        read();
        const Newlines off(*this, false);
        while (!accept(TokenKind::close_parenthesis)) {
            expression();
            if (accept(TokenKind::ellipsis)) {
                expect(TokenKind::close_parenthesis, "')' behind ...");
                return;
            }
            if (!next_is(TokenKind::close_parenthesis)) expect(TokenKind::comma, "',' or ')'");
        }
    }

    void tuple() {
        const auto open = read();
        const Newlines off(*this, false);
        if (next_is_word("for")) return for_expression(TokenKind::close_bracket);
        while (!accept(TokenKind::close_bracket)) {
            if (next_is(TokenKind::end)) fail(open.begin, "the list that begins here is not closed by ]");
            expression();
            if (!next_is(TokenKind::close_bracket)) expect(TokenKind::comma, "',' or ']'");
        }
    }

    bool next_word_is_for() {
        const Newlines off(*this, false);
        return next_is_word("for");
    }

    void object() {
        const auto open = read();
        if (next_word_is_for()) {
            const Newlines off(*this, false);
            return for_expression(TokenKind::close_brace);
        }
        const Newlines on(*this, true);
        for (;;) {
            if (accept(TokenKind::newline)) continue;
            if (accept(TokenKind::close_brace)) return;
            if (next_is(TokenKind::end)) fail(open.begin, "the object that begins here is not closed by }");
            expression();
            if (!accept(TokenKind::colon)) expect(TokenKind::equals, "'=' behind a key");
            expression();
            if (next_is(TokenKind::close_brace) || accept(TokenKind::comma)) continue;
            expect(TokenKind::newline, "',', '}' or the end of the line");
        }
    }

    void for_expression(TokenKind close) {
        const bool makes_object = close == TokenKind::close_brace;
        read(); // for
        for_header();
        expect(TokenKind::colon, "':'");
        expression();
        const bool has_key = next_is(TokenKind::fat_arrow);
        if (has_key != makes_object) fail_at(peek(), makes_object ? "'=>', as an object has keys" : "']', as a list has no keys");
        if (has_key) {
            read();
            expression();
            accept(TokenKind::ellipsis);
        }
        if (next_is_word("if")) {
            read();
            expression();
        }
        expect(close, makes_object ? "'}'" : "']'");
    }

    /// `k, v in collection`
    void for_header() {
        expect(TokenKind::identifier, "a name behind 'for'");
        if (accept(TokenKind::comma)) expect(TokenKind::identifier, "a name behind ','");
        if (!next_is_word("in")) fail_at(peek(), "'in'");
        read();
        expression();
    }

    // Templates

    void check_literal(const Token& token, Quoting quoting) const {
        if (const auto problem = find_wrong_escape(text_of(token), quoting)) fail(token.begin + problem->offset, problem->why, problem->hint);
    }

    void template_string() {
        const auto open = read();
        const bool quoted = open.kind == TokenKind::open_quote;
        const bool flush = !quoted && text_of(open)[2] == '-';
        const auto position = quoted ? Position::quoted : flush ? Position::flush_heredoc : Position::heredoc;
        const auto close = quoted ? TokenKind::close_quote : TokenKind::close_heredoc;
        std::vector<Directive> directives;
        listener_.template_begin(open, position);
        for (;;) {
            const auto token = read();
            if (token.kind == close) break;
            switch (token.kind) {
            case TokenKind::literal:
                check_literal(token, quoted ? Quoting::quoted : Quoting::heredoc);
                listener_.literal(token);
                break;
            case TokenKind::placeholder: listener_.placeholder(token, sequences_ > 0 ? Position::sequence : position); break;
            case TokenKind::open_interpolation:
            case TokenKind::open_directive: sequence(token, directives); break;
            case TokenKind::end:
                fail(open.begin, quoted ? "the string that begins here is not closed" : "the heredoc that begins here has no end marker on a line of its own",
                     quoted ? "" : "the line of the end marker needs a line break, also at the end of the file");
            default: fail_invalid(token);
            }
        }
        if (!directives.empty()) fail(directives.back().begin, "this directive has no %{ " + std::string(directives.back().loop ? "endfor" : "endif") + " }");
        listener_.template_end();
    }

    struct Directive {
        std::size_t begin;
        bool loop;
        bool in_else = false;
    };

    void sequence(const Token& open, std::vector<Directive>& directives) {
        const Level level(*this);
        listener_.sequence_begin(open);
        ++sequences_;
        Token closing;
        {
            const Newlines off(*this, false);
            if (open.kind == TokenKind::open_directive) directive(open, directives);
            else expression();
            if (!next_is(TokenKind::close_sequence)) {
                if (next_is(TokenKind::end)) fail(open.begin, "the sequence that begins here is not closed by }");
                if (next_is(TokenKind::invalid)) fail_invalid(peek());
                fail(peek().begin, shown(peek()) + " where '}' of a sequence is expected",
                     "text of another language, such as a shell's ${x:-y}, is written with two signs: $${");
            }
            closing = read();
        }
        --sequences_;
        listener_.sequence_end(closing);
    }

    void directive(const Token& open, std::vector<Directive>& directives) {
        if (!next_is(TokenKind::identifier)) fail_at(peek(), "if, else, endif, for or endfor");
        const auto token = read();
        const auto word = text_of(token);
        if (word == "if") {
            expression();
            directives.push_back({open.begin, false});
        } else if (word == "for") {
            for_header();
            directives.push_back({open.begin, true});
        } else if (word == "else" && !directives.empty() && !directives.back().loop && !directives.back().in_else) {
            directives.back().in_else = true;
        } else if ((word == "endif" && !directives.empty() && !directives.back().loop) || (word == "endfor" && !directives.empty() && directives.back().loop)) {
            directives.pop_back();
        } else if (word == "else" || word == "endif" || word == "endfor") {
            fail(open.begin, "%{ " + std::string(word) + " } has no directive that it belongs to");
        } else {
            fail(open.begin, shown(token) + " is no directive", "directives are if, else, endif, for and endfor; %%{ stands for %{");
        }
    }

    Listener& listener_;
    std::size_t sequences_ = 0; ///< open ones, of all templates
};

} // namespace

void parse(std::string_view text, const Places& places, Listener& listener, FindPlaceholder find) {
    Parser(text, places, listener, std::move(find)).parse();
}

} // namespace slipway::hcl
