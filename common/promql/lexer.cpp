#include "promql/lexer.hpp"

#include "core/text.hpp"
#include "core/unicode.hpp"

#include <algorithm>
#include <array>
#include <unordered_map>

namespace slipway::promql {

namespace {

constexpr std::string_view decimal_digits = "0123456789";
constexpr std::string_view hexadecimal_digits = "0123456789abcdefABCDEF";
constexpr std::size_t longest_word = 16;

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_letter_or_digit(char c) { return is_letter(c) || is_digit(c); }
bool is_one_of(char c, std::string_view set) { return c != '\0' && set.find(c) != std::string_view::npos; }

int digit_value(char c) {
    if (is_digit(c)) return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return 16;
}

/// What a word means besides a name.
struct Keyword {
    TokenKind kind;
    BinaryOp op = BinaryOp::add;
    AggregationOp aggregation = AggregationOp::sum;
    Version since = oldest_version;
};

Keyword aggregation(AggregationOp which, Version since = oldest_version) { return {TokenKind::aggregation, BinaryOp::add, which, since}; }
Keyword binary(BinaryOp op) { return {TokenKind::binary_operator, op}; }
Keyword plain(TokenKind kind, Version since = oldest_version) { return {kind, BinaryOp::add, AggregationOp::sum, since}; }

const std::unordered_map<std::string_view, Keyword>& keywords() {
    static const std::unordered_map<std::string_view, Keyword> words = {
        {"and", binary(BinaryOp::logical_and)},
        {"or", binary(BinaryOp::logical_or)},
        {"unless", binary(BinaryOp::unless)},
        {"atan2", binary(BinaryOp::atan2)},
        {"avg", aggregation(AggregationOp::avg)},
        {"bottomk", aggregation(AggregationOp::bottomk)},
        {"count", aggregation(AggregationOp::count)},
        {"count_values", aggregation(AggregationOp::count_values)},
        {"group", aggregation(AggregationOp::group)},
        {"limit_ratio", aggregation(AggregationOp::limit_ratio, {2, 54})},
        {"limitk", aggregation(AggregationOp::limitk, {2, 54})},
        {"max", aggregation(AggregationOp::max)},
        {"min", aggregation(AggregationOp::min)},
        {"quantile", aggregation(AggregationOp::quantile)},
        {"stddev", aggregation(AggregationOp::stddev)},
        {"stdvar", aggregation(AggregationOp::stdvar)},
        {"sum", aggregation(AggregationOp::sum)},
        {"topk", aggregation(AggregationOp::topk)},
        {"bool", plain(TokenKind::key_bool)},
        {"by", plain(TokenKind::key_by)},
        {"without", plain(TokenKind::key_without)},
        {"on", plain(TokenKind::key_on)},
        {"ignoring", plain(TokenKind::key_ignoring)},
        {"group_left", plain(TokenKind::key_group_left)},
        {"group_right", plain(TokenKind::key_group_right)},
        {"offset", plain(TokenKind::key_offset)},
        {"start", plain(TokenKind::key_start)},
        {"end", plain(TokenKind::key_end)},
        {"step", plain(TokenKind::key_step, {3, 6})},
        {"range", plain(TokenKind::key_range, {3, 10})},
        {"min_of", plain(TokenKind::key_min_of, {3, 13})},
        {"max_of", plain(TokenKind::key_max_of, {3, 13})},
        {"anchored", plain(TokenKind::key_anchored, {3, 7})},
        {"smoothed", plain(TokenKind::key_smoothed, {3, 7})},
        {"fill", plain(TokenKind::key_fill, {3, 10})},
        {"fill_left", plain(TokenKind::key_fill_left, {3, 10})},
        {"fill_right", plain(TokenKind::key_fill_right, {3, 10})},
        {"inf", plain(TokenKind::number)},
        {"nan", plain(TokenKind::number)},
    };
    return words;
}

bool is_duration_keyword(TokenKind kind) {
    return kind == TokenKind::key_step || kind == TokenKind::key_range || kind == TokenKind::key_min_of || kind == TokenKind::key_max_of;
}

bool is_fill(TokenKind kind) { return kind == TokenKind::key_fill || kind == TokenKind::key_fill_left || kind == TokenKind::key_fill_right; }

class Lexer {
public:
    Lexer(std::string_view text, const Dialect& dialect) : text_(text), dialect_(dialect) { tokens_.tokens.reserve(text.size() / 4 + 2); }

    Tokens read() {
        while (!tokens_.mistake && skip_blanks()) one_token();
        if (tokens_.mistake) add(TokenKind::error, tokens_.mistake->place.begin);
        else add(TokenKind::end, text_.size());
        return std::move(tokens_);
    }

private:
    char peek(std::size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }
    bool at_end() const { return at_ >= text_.size(); }

    /// Skips white space and comments. @return false at the end, and for a comment where none may stand
    bool skip_blanks() {
        while (!at_end()) {
            if (is_space(peek())) {
                ++at_;
            } else if (peek() == '#') {
                if (in_brackets_ && !duration_seen_) {
                    fail(at_, at_ + 1, "no comment may stand between [ and the duration");
                    return false;
                }
                while (!at_end() && peek() != '\n' && peek() != '\r') ++at_;
            } else {
                return true;
            }
        }
        if (in_braces_) fail(opened_, opened_ + 1, "the { is never closed");
        return false;
    }

    void one_token() {
        start_ = at_;
        const char c = peek();
        if (c == '"' || c == '\'') return quoted();
        if (c == '`') return raw();
        if (in_braces_) return inside_braces(c);
        if (is_digit(c) || (c == '.' && is_digit(peek(1)))) return number_or_duration();
        if (in_brackets_ && (is_letter(c) || c == ':')) return inside_brackets(c);
        if (is_letter(c) || c == ':') return word();
        punctuation(c);
    }

    void punctuation(char c) {
        ++at_;
        switch (c) {
        case ',': return add(TokenKind::comma, start_);
        case '*': return add_operator(BinaryOp::multiply);
        case '/': return add_operator(BinaryOp::divide);
        case '%': return add_operator(BinaryOp::modulo);
        case '+': return add_operator(BinaryOp::add);
        case '-': return add_operator(BinaryOp::subtract);
        case '^': return add_operator(BinaryOp::power);
        case '@': return add(TokenKind::at, start_);
        case '(': return add(TokenKind::left_parenthesis, start_);
        case ')': return add(TokenKind::right_parenthesis, start_);
        case '=': return equals();
        case '!':
            if (peek() == '=') return add_longer(BinaryOp::not_equal);
            return fail(start_, at_, "unexpected '!'", peek() == '~' ? "!~ compares labels, within braces" : "not equal is written !=");
        case '<': return less_or_greater(BinaryOp::less, BinaryOp::less_equal, BinaryOp::trim_upper);
        case '>': return less_or_greater(BinaryOp::greater, BinaryOp::greater_equal, BinaryOp::trim_lower);
        case '{':
            in_braces_ = true;
            opened_ = start_;
            return add(TokenKind::left_brace, start_);
        case '[':
            if (in_brackets_) return fail(start_, at_, "unexpected '[' within brackets");
            in_brackets_ = true;
            duration_seen_ = false;
            return add(TokenKind::left_bracket, start_);
        case ']':
            if (!in_brackets_) return fail(start_, at_, "unexpected ']': no [ is open");
            in_brackets_ = false;
            return add(TokenKind::right_bracket, start_);
        default: unexpected(false);
        }
    }

    void equals() {
        if (peek() == '=') return add_longer(BinaryOp::equal);
        if (peek() == '~') return fail(start_, at_ + 1, "unexpected '=~'", "=~ compares labels, within braces");
        add(TokenKind::equal, start_);
    }

    void less_or_greater(BinaryOp plain, BinaryOp with_equal, BinaryOp trim) {
        if (peek() == '=') return add_longer(with_equal);
        if (peek() == '/' && dialect_.has_trim_operators()) return add_longer(trim);
        add_operator(plain);
    }

    void inside_braces(char c) {
        ++at_;
        if (is_letter(c)) {
            while (is_letter_or_digit(peek())) ++at_;
            return add(TokenKind::identifier, start_);
        }
        switch (c) {
        case ',': return add(TokenKind::comma, start_);
        case '}': in_braces_ = false; return add(TokenKind::right_brace, start_);
        case '=':
            if (peek() == '~') return ++at_, add(TokenKind::regex, start_);
            return add(TokenKind::equal, start_);
        case '!':
            if (peek() == '~') return ++at_, add(TokenKind::not_regex, start_);
            if (peek() == '=') return add_longer(BinaryOp::not_equal);
            return fail(start_, at_, "unexpected '!' within braces", "labels are compared by =, !=, =~ and !~");
        case '~':
            if (peek() == '=') return fail(start_, at_ + 1, "unexpected '~=' within braces", "did you mean =~?");
            return fail(start_, at_, "unexpected '~' within braces", "did you mean =~?");
        case '{': return fail(start_, at_, "unexpected '{' within braces");
        default: unexpected(true);
        }
    }

    /// A word or a colon where a range or the resolution of a subquery is said.
    void inside_brackets(char c) {
        if (c == ':') {
            ++at_;
            if (!any_duration_seen_ && !dialect_.at_least(3, 16)) return fail(start_, at_, "unexpected ':' in front of the duration");
            duration_seen_ = true;
            return add(TokenKind::colon, start_);
        }
        while (is_letter(peek())) ++at_;
        const auto found = keywords().find(lower(text_.substr(start_, std::min(at_ - start_, longest_word))));
        if (dialect_.knows_duration_expressions() && found != keywords().end() && is_duration_keyword(found->second.kind) && dialect_.version >= found->second.since) return add(found->second.kind, start_);
        fail(start_, at_, "'" + visible(text_.substr(start_, at_ - start_)) + "' is no duration", "a range is a number with its unit, such as [5m]");
    }

    void word() {
        while (is_letter_or_digit(peek()) || peek() == ':') ++at_;
        const auto text = text_.substr(start_, at_ - start_);
        if (text.size() <= longest_word) {
            char lowered[longest_word];
            std::transform(text.begin(), text.end(), lowered, [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
            const auto found = keywords().find(std::string_view(lowered, text.size()));
            if (found != keywords().end() && dialect_.version >= found->second.since && (!is_fill(found->second.kind) || next_is_parenthesis())) {
                add(found->second.kind, start_);
                tokens_.tokens.back().op = found->second.op;
                tokens_.tokens.back().aggregation = found->second.aggregation;
                return;
            }
        }
        add(text.find(':') == std::string_view::npos ? TokenKind::identifier : TokenKind::metric_identifier, start_);
    }

    bool next_is_parenthesis() const {
        auto at = at_;
        while (at < text_.size() && is_space(text_[at])) ++at;
        return at < text_.size() && text_[at] == '(';
    }

    bool accept(std::string_view set) {
        if (at_end() || !is_one_of(peek(), set)) return false;
        ++at_;
        return true;
    }

    void run(std::string_view set) {
        while (accept(set)) {}
    }

    void number_or_duration() {
        duration_seen_ = true;
        any_duration_seen_ = any_duration_seen_ || in_brackets_;
        if (dialect_.has_durations_as_numbers() ? scan_number() : scan_old_number()) return add(TokenKind::number, start_);
        if (scan_units()) return add(TokenKind::duration, start_);
        while (is_letter_or_digit(peek()) || peek() == '.') ++at_;
        fail(start_, at_, "'" + visible(text_.substr(start_, at_ - start_)) + "' is neither a number nor a duration", "durations take the units y, w, d, h, m, s and ms, in this order");
    }

    /// As versions before 2.54 do it.
    bool scan_old_number() {
        auto digits = decimal_digits;
        if (accept("0") && accept("xX")) digits = hexadecimal_digits;
        run(digits);
        if (accept(".")) run(digits);
        if (accept("eE")) {
            accept("+-");
            run(decimal_digits);
        }
        return !is_letter_or_digit(peek());
    }

    /// With underscores between digits. It may take what is no number after all, which the parser finds; and it refuses some
    /// that look like one, such as 0xEEE, because Prometheus does.
    bool scan_number() {
        const auto first = at_;
        auto digits = decimal_digits;
        if (accept("0") && accept("xX")) {
            accept("_");
            digits = hexadecimal_digits;
        }
        accept(".");
        accept(digits);
        bool dot = false;
        bool exponent = false;
        while (!at_end() && (is_one_of(peek(), digits) || is_one_of(peek(), "._eE"))) {
            if (peek() == '.') {
                if (dot) return false;
                ++at_;
                dot = true;
                if (is_one_of(peek(), "_.") || digits.size() > decimal_digits.size()) return false;
            } else if (peek() == 'e' || peek() == 'E') {
                if (exponent) return false;
                ++at_;
                exponent = true;
                accept("+-");
                if (at_end() || is_one_of(peek(), "._eE")) return false;
            } else if (peek() == '_') {
                ++at_;
                if (at_end() || is_one_of(peek(), "._eE")) return false;
            } else {
                run(digits);
            }
        }
        return at_ != first && !is_letter_or_digit(peek());
    }

    /// The rest of a duration behind its first digits.
    bool scan_units() {
        if (!accept("smhdwy")) return false;
        accept("s");
        while (accept(decimal_digits)) {
            run(decimal_digits);
            if (!accept("smhdw")) return false;
            accept("s");
        }
        return !is_letter_or_digit(peek());
    }

    void quoted() {
        const char quote = text_[at_++];
        while (!at_end()) {
            const char c = peek();
            if (c == quote) {
                ++at_;
                return add(TokenKind::string, start_);
            }
            if (c == '\n') break;
            if (c == '\\') {
                if (!escape(quote)) return;
            } else if (!character()) {
                return;
            }
        }
        fail(start_, start_ + 1, "the string is never closed");
    }

    void raw() {
        ++at_;
        while (!at_end()) {
            if (peek() == '`') {
                ++at_;
                return add(TokenKind::string, start_);
            }
            if (!character()) return;
        }
        fail(start_, start_ + 1, "the string is never closed");
    }

    /// One character within a string; Prometheus takes the replacement character for broken UTF-8, too.
    bool character() {
        if (static_cast<unsigned char>(peek()) < 0x80) return ++at_, true;
        const auto read = first_character(text_.substr(at_));
        if (read.code == 0xFFFD || (read.code >= 0xD800 && read.code < 0xE000)) return fail(at_, at_ + read.length, "the string holds bytes that are no UTF-8"), false;
        at_ += read.length;
        return true;
    }

    bool escape(char quote) {
        const auto begin = at_++;
        const char c = peek();
        if (at_end()) return fail(begin, at_, "the string is never closed"), false;
        if (c == quote || is_one_of(c, "abfnrtv\\")) return ++at_, true;
        int count = 0;
        unsigned base = 16;
        std::uint64_t most = 0x10FFFF;
        if (c >= '0' && c <= '7') count = 3, base = 8, most = 255;
        else if (c == 'x') count = 2, most = 255;
        else if (c == 'u') count = 4;
        else if (c == 'U') count = 8;
        else return fail(begin, begin + 2, "unknown escape '\\" + visible(text_.substr(at_, first_character(text_.substr(at_)).length)) + "' in a string", "a backslash itself is written \\\\, or the string stands in backquotes"), false;
        if (base == 16) ++at_;
        std::uint64_t value = 0;
        for (; count > 0; --count, ++at_) {
            const auto digit = static_cast<unsigned>(digit_value(peek()));
            if (at_end() || digit >= base) return fail(begin, at_, "the escape '" + visible(text_.substr(begin, at_ - begin)) + "' is not complete"), false;
            value = value * base + digit;
        }
        if (value > most || (value >= 0xD800 && value < 0xE000)) return fail(begin, at_, "the escape '" + visible(text_.substr(begin, at_ - begin)) + "' means no character"), false;
        return true;
    }

    void unexpected(bool braces) {
        const auto length = first_character(text_.substr(start_)).length;
        at_ = start_ + length;
        fail(start_, at_, "unexpected '" + visible(text_.substr(start_, length)) + '\'' + (braces ? " within braces" : ""), hint_for(text_[start_], braces));
    }

    std::string hint_for(char c, bool braces) const {
        if (c == '$') return "variables belong to dashboards; Prometheus knows none";
        if (c == '&') return "both is written: and";
        if (c == '|') return "either is written: or";
        if (braces && (c == ':' || c == '-' || c == '.')) return dialect_.has_utf8_names() ? "a label name with this character stands in quotes: {\"a" + std::string(1, c) + "b\"=\"x\"}" : "label names are made of letters, digits and _";
        if (c == '}') return "no { is open";
        if (static_cast<unsigned char>(c) >= 0x80 && text_.substr(start_, 2) != "\xC2\xA0") return dialect_.has_utf8_names() ? "other names than letters, digits, _ and : stand in quotes within braces: {\"name\"}" : "is it a quotation mark from a text processor?";
        return {};
    }

    void add(TokenKind kind, std::size_t begin) {
        const auto end = std::max(begin, std::min(at_, text_.size()));
        tokens_.tokens.push_back({kind, {begin, end}, text_.substr(begin, end - begin)});
    }

    void add_operator(BinaryOp op) {
        add(TokenKind::binary_operator, start_);
        tokens_.tokens.back().op = op;
    }

    void add_longer(BinaryOp op) {
        ++at_;
        add_operator(op);
    }

    void fail(std::size_t begin, std::size_t end, std::string message, std::string hint = {}) {
        tokens_.mistake = Mistake{{begin, std::min(end, text_.size())}, std::move(message), std::move(hint)};
    }

    std::string_view text_;
    const Dialect& dialect_;
    Tokens tokens_;
    std::size_t at_ = 0;
    std::size_t start_ = 0;  ///< of the token that is read
    std::size_t opened_ = 0; ///< the brace that is open
    bool in_braces_ = false;
    bool in_brackets_ = false;
    bool duration_seen_ = false;     ///< since the bracket was opened
    bool any_duration_seen_ = false; ///< within any bracket, which is what older versions ask for
};

void append_escape(std::string& value, std::string_view token, std::size_t& at) {
    constexpr std::string_view names = "abfnrtv";
    constexpr std::string_view controls = "\a\b\f\n\r\t\v";
    const char c = token[at++];
    if (const auto which = names.find(c); which != std::string_view::npos) {
        value += controls[which];
        return;
    }
    int count = 0;
    unsigned base = 16;
    if (c >= '0' && c <= '7') count = 3, base = 8, --at;
    else if (c == 'x') count = 2;
    else if (c == 'u') count = 4;
    else if (c == 'U') count = 8;
    else {
        value += c;
        return;
    }
    const bool is_byte = count < 4;
    char32_t code = 0;
    for (; count > 0; --count) code = code * base + static_cast<char32_t>(digit_value(token[at++]));
    if (is_byte) value += static_cast<char>(code);
    else append_character(value, code);
}

} // namespace

Tokens read_tokens(std::string_view text, const Dialect& dialect) { return Lexer(text, dialect).read(); }

std::string unquote(std::string_view token) {
    const auto inner = token.substr(1, token.size() - 2);
    if (token.front() == '`' || inner.find('\\') == std::string_view::npos) return std::string(inner);
    std::string value;
    for (std::size_t at = 0; at < inner.size();) {
        if (inner[at] != '\\') value += inner[at++];
        else append_escape(value, inner, ++at);
    }
    return value;
}

} // namespace slipway::promql
