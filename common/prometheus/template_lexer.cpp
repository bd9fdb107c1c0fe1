#include "prometheus/template_lexer.hpp"

#include "core/text.hpp"
#include "core/unicode.hpp"

#include <algorithm>

namespace slipway::prometheus {

namespace {

using Kind = TemplateTokenKind;

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

class Lexer {
public:
    explicit Lexer(std::string_view text) : text_(text) {}

    std::vector<TemplateToken> read() {
        while (at_ < text_.size()) {
            const auto open = text_.find("{{", at_);
            const auto end = open == std::string_view::npos ? text_.size() : open;
            if (end > at_) tokens_.push_back({Kind::text, at_, text_.substr(at_, end - at_)});
            at_ = end;
            if (open != std::string_view::npos) action();
        }
        tokens_.push_back({Kind::end, text_.size(), {}});
        return std::move(tokens_);
    }

private:
    [[noreturn]] static void fail(std::size_t offset, std::string message, std::string hint = {}) { throw TemplateMistake{offset, std::move(message), std::move(hint)}; }

    char peek(std::size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }
    bool starts(std::string_view what) const { return text_.substr(at_, what.size()) == what; }

    void add(Kind kind, std::size_t begin) { tokens_.push_back({kind, begin, text_.substr(begin, at_ - begin)}); }

    /// "{{- " takes the white space in front away, " -}}" that behind.
    bool at_trimmed_end() const { return at_ < text_.size() && is_space(text_[at_]) && text_.substr(at_ + 1, 3) == "-}}"; }
    bool at_end_of_action() const { return starts("}}") || at_trimmed_end(); }

    void action() {
        const auto begin = at_;
        at_ += 2;
        if (peek() == '-' && is_space(peek(1))) at_ += 2;
        if (starts("/*")) return comment(begin);
        add(Kind::left, begin);
        depth_ = 0;
        while (true) {
            if (at_trimmed_end()) ++at_, ++at_;
            if (starts("}}")) {
                if (depth_ != 0) fail(begin, "a '(' is never closed");
                const auto close = at_;
                at_ += 2;
                add(Kind::right, close);
                return;
            }
            if (at_ >= text_.size()) fail(begin, "'{{' is never closed", "write }} behind it");
            one_token();
        }
    }

    void comment(std::size_t begin) {
        const auto close = text_.find("*/", at_ + 2);
        if (close == std::string_view::npos) fail(begin, "the comment is never closed");
        at_ = close + 2;
        if (at_trimmed_end()) ++at_, ++at_;
        if (!starts("}}")) fail(begin, "the comment ends before '}}'", "a comment fills its braces: {{/* why */}}");
        at_ += 2;
    }

    void one_token() {
        const auto begin = at_;
        const char c = peek();
        if (is_space(c)) return spaces();
        const auto letter = first_character(text_.substr(at_));
        if (c == '"') return string();
        if (c == '`') return raw_string();
        if (c == '\'') return character();
        if (c == '$' || (c == '.' && !is_digit(peek(1)))) return field_or_variable();
        if (c == '+' || c == '-' || c == '.' || is_digit(c)) return number();
        if (is_word(letter.code)) return word();
        ++at_;
        switch (c) {
        case '=': return add(Kind::assign, begin);
        case '|': return add(Kind::pipe, begin);
        case ':':
            if (peek() != '=') fail(begin, "unexpected ':'", "a variable is made by :=");
            ++at_;
            return add(Kind::declare, begin);
        case '(': ++depth_; return add(Kind::left_parenthesis, begin);
        case ')':
            if (--depth_ < 0) fail(begin, "unexpected ')'");
            return add(Kind::right_parenthesis, begin);
        default: break;
        }
        const bool printable = static_cast<unsigned char>(c) > 0x20 && static_cast<unsigned char>(c) < 0x7F;
        if (!printable) fail(begin, "unexpected '" + visible(text_.substr(begin, letter.length)) + '\'', letter.code == 0x201C || letter.code == 0x201D ? "a text stands in straight quotes" : "");
        add(Kind::other, begin);
    }

    void spaces() {
        const auto begin = at_;
        while (is_space(peek()) && !at_trimmed_end()) ++at_;
        add(Kind::space, begin);
    }

    static bool is_word(char32_t code) { return code == '_' || (code < 0xDC80 || code > 0xDCFF ? is_identifier_start(code) || is_decimal_digit(code) : false); }
    static bool is_decimal_digit(char32_t code) { return (code >= '0' && code <= '9') || (code >= 0x80 && is_identifier_part(code) && !is_identifier_start(code) && is_printable(code)); }

    void run_of_word() {
        while (at_ < text_.size()) {
            const auto next = first_character(text_.substr(at_));
            if (!is_word(next.code)) return;
            at_ += next.length;
        }
    }

    /// What may follow a name directly.
    bool at_terminator() const {
        if (at_ >= text_.size() || is_space(peek()) || starts("}}")) return true;
        return std::string_view(".,|:()").find(peek()) != std::string_view::npos;
    }

    void need_terminator() {
        if (at_terminator()) return;
        const auto length = first_character(text_.substr(at_)).length;
        const bool in_name = peek() == '-' || peek() == '/';
        fail(at_, "unexpected '" + visible(text_.substr(at_, length)) + "' in a name", in_name ? "a label with this character is read by index, such as {{ index $labels \"a" + std::string(1, peek()) + "b\" }}" : "");
    }

    void word() {
        const auto begin = at_;
        run_of_word();
        need_terminator();
        add(Kind::identifier, begin);
    }

    void field_or_variable() {
        const auto begin = at_++;
        const bool is_field = text_[begin] == '.';
        if (at_terminator()) return add(is_field ? Kind::dot : Kind::variable, begin);
        run_of_word();
        need_terminator();
        add(is_field ? Kind::field : Kind::variable, begin);
    }

    void digits(std::string_view set) {
        while (at_ < text_.size() && set.find(peek()) != std::string_view::npos) ++at_;
    }
    bool accept(std::string_view set) {
        if (at_ >= text_.size() || set.find(peek()) == std::string_view::npos) return false;
        ++at_;
        return true;
    }

    void scan_number() {
        accept("+-");
        std::string_view set = "0123456789_";
        if (accept("0")) {
            if (accept("xX")) set = "0123456789abcdefABCDEF_";
            else if (accept("oO")) set = "01234567_";
            else if (accept("bB")) set = "01_";
        }
        digits(set);
        if (accept(".")) digits(set);
        if (set.size() == 11 && accept("eE")) {
            accept("+-");
            digits("0123456789_");
        }
        if (set.size() == 23 && accept("pP")) {
            accept("+-");
            digits("0123456789_");
        }
        accept("i");
    }

    void number() {
        const auto begin = at_;
        scan_number();
        if (peek() == '+' || peek() == '-') { // a complex number
            scan_number();
            if (text_[at_ - 1] != 'i') fail(begin, "'" + visible(text_.substr(begin, at_ - begin)) + "' is no number");
        }
        const auto next = first_character(text_.substr(std::min(at_, text_.size() - 1)));
        if (at_ < text_.size() && is_word(next.code)) fail(begin, "'" + visible(text_.substr(begin, at_ - begin + next.length)) + "' is no number");
        add(Kind::number, begin);
    }

    void string() {
        const auto begin = at_++;
        while (true) {
            if (at_ >= text_.size() || peek() == '\n') fail(begin, "the text in quotes is never closed");
            if (peek() == '\\' && at_ + 1 < text_.size() && text_[at_ + 1] != '\n') ++at_;
            else if (peek() == '"') break;
            ++at_;
        }
        ++at_;
        check_escapes(begin, '"');
        add(Kind::string, begin);
    }

    void raw_string() {
        const auto begin = at_;
        const auto close = text_.find('`', at_ + 1);
        if (close == std::string_view::npos) fail(begin, "the text in backquotes is never closed");
        at_ = close + 1;
        add(Kind::string, begin);
    }

    void character() {
        const auto begin = at_++;
        while (true) {
            if (at_ >= text_.size() || peek() == '\n') fail(begin, "the character in quotes is never closed", "a text stands in double quotes");
            if (peek() == '\\' && at_ + 1 < text_.size() && text_[at_ + 1] != '\n') ++at_;
            else if (peek() == '\'') break;
            ++at_;
        }
        ++at_;
        if (check_escapes(begin, '\'') != 1) fail(begin, "single quotes hold one character", "a text stands in double quotes");
        add(Kind::character, begin);
    }

    /// Go's escapes in the token that began there. @return how many characters it stands for
    int check_escapes(std::size_t begin, char quote) const {
        const auto inner = text_.substr(begin + 1, at_ - begin - 2);
        int count = 0;
        for (std::size_t i = 0; i < inner.size(); ++count) {
            if (inner[i] != '\\') {
                i += first_character(inner.substr(i)).length;
                continue;
            }
            const auto start = i++;
            const char c = i < inner.size() ? inner[i] : '\0';
            ++i;
            if (c == quote || std::string_view("abfnrtv\\").find(c) != std::string_view::npos) continue;
            std::size_t length = 0;
            char32_t base = 16;
            if (c >= '0' && c <= '7') length = 3, base = 8, --i;
            else if (c == 'x') length = 2;
            else if (c == 'u') length = 4;
            else if (c == 'U') length = 8;
            std::uint64_t value = 0;
            bool right = length > 0 && i + length <= inner.size();
            for (std::size_t k = 0; right && k < length; ++k) {
                const auto digit = digit_of(inner[i + k]);
                right = digit < base;
                value = value * base + digit;
            }
            if (length == 3 && value > 255) right = false;
            if (length >= 4 && (value > 0x10FFFF || (value >= 0xD800 && value < 0xE000))) right = false;
            if (!right) fail(begin + 1 + start, "wrong escape '" + visible(inner.substr(start, 2)) + "' in quotes", "a backslash itself is written \\\\, or the text stands in backquotes");
            i += length;
        }
        return count;
    }

    static char32_t digit_of(char c) {
        if (c >= '0' && c <= '9') return static_cast<char32_t>(c - '0');
        if (c >= 'a' && c <= 'f') return static_cast<char32_t>(c - 'a' + 10);
        if (c >= 'A' && c <= 'F') return static_cast<char32_t>(c - 'A' + 10);
        return 16;
    }

    std::string_view text_;
    std::size_t at_ = 0;
    int depth_ = 0;
    std::vector<TemplateToken> tokens_;
};

} // namespace

std::vector<TemplateToken> read_template_tokens(std::string_view text) { return Lexer(text).read(); }

} // namespace slipway::prometheus
