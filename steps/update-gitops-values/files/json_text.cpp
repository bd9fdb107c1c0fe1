#include "update-gitops-values/files/json_text.hpp"

#include "core/error.hpp"
#include "core/places.hpp"
#include "core/text.hpp"
#include "core/unicode.hpp"
#include "update-gitops-values/files/operations.hpp"

#include <algorithm>
#include <charconv>

namespace slipway::update_gitops_values {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

class Reader {
public:
    Reader(std::string_view text, const std::string& file, std::vector<JsonPiece>& pieces) : text_(text), file_(file), pieces_(pieces) {}

    void read() {
        if (const auto valid = valid_utf8_length(text_); valid < text_.size()) fail(valid, "a byte that is no UTF-8");
        if (text_.substr(0, 3) == "\xEF\xBB\xBF") at_ = 3;
        skip_blanks();
        if (at_ == text_.size()) fail(at_, "there is no value");
        bool wants_value = true;
        for (;;) {
            skip_blanks();
            if (wants_value) {
                wants_value = begin_value();
            } else if (open_.empty()) {
                if (at_ < text_.size()) fail_here("the end of the file");
                return;
            } else {
                wants_value = next_entry();
            }
        }
    }

private:
    char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
    bool in_object() const { return pieces_[open_.back()].kind == JsonKind::object_start; }

    /// Reads a value, or the begin of one. @return whether a value must follow
    bool begin_value() {
        switch (peek()) {
        case '{': return open(JsonKind::object_start, '}');
        case '[': return open(JsonKind::list_start, ']');
        case '"': string(JsonKind::string); return false;
        case 't': word("true", JsonKind::truth); return false;
        case 'f': word("false", JsonKind::truth); return false;
        case 'n': word("null", JsonKind::null); return false;
        default: break;
        }
        if (peek() != '-' && !is_digit(peek())) fail_here("a value");
        number();
        return false;
    }

    bool open(JsonKind kind, char close) {
        if (open_.size() == JsonText::deepest) fail(at_, "objects and lists lie too deep in each other");
        open_.push_back(pieces_.size());
        pieces_.push_back({kind, at_, at_ + 1});
        ++at_;
        skip_blanks();
        if (peek() == close && at_ < text_.size()) {
            end_collection();
            return false;
        }
        if (in_object()) key();
        return true;
    }

    void end_collection() {
        auto& start = pieces_[open_.back()];
        start.partner = pieces_.size();
        const auto kind = start.kind == JsonKind::object_start ? JsonKind::object_end : JsonKind::list_end;
        pieces_.push_back({kind, at_, at_ + 1});
        ++at_;
        open_.pop_back();
    }

    /// What follows a value within a collection. @return whether a value must follow
    bool next_entry() {
        const char close = in_object() ? '}' : ']';
        if (at_ < text_.size() && peek() == close) {
            end_collection();
            return false;
        }
        if (peek() != ',') fail_here(in_object() ? "',' or '}'" : "',' or ']'");
        const auto comma = at_++;
        skip_blanks();
        if (peek() == '}' || peek() == ']') fail(comma, "a comma that no value follows");
        if (in_object()) key();
        return true;
    }

    void key() {
        if (peek() != '"') fail_here("a key in double quotes");
        string(JsonKind::key);
        skip_blanks();
        if (peek() != ':') fail_here("':' behind a key");
        ++at_;
    }

    void string(JsonKind kind) {
        const auto begin = at_++;
        for (;; ++at_) {
            if (at_ == text_.size()) fail(begin, "the string that begins here is not closed");
            const auto byte = static_cast<unsigned char>(text_[at_]);
            if (byte == '"') break;
            if (byte == '\\') escape();
            else if (byte < 0x20) fail(at_, byte == '\n' || byte == '\r' ? "a string ends at the end of its line" : "a control character in a string");
        }
        ++at_;
        pieces_.push_back({kind, begin, at_});
    }

    /// Leaves the position at the escape's last byte.
    void escape() {
        const auto backslash = at_++;
        constexpr std::string_view simple = "\"\\/bfnrt";
        if (at_ < text_.size() && simple.find(text_[at_]) != std::string_view::npos) return;
        const auto digits = peek() == 'u' ? text_.substr(at_ + 1, 4) : std::string_view();
        if (digits.size() < 4 || digits.find_first_not_of("0123456789abcdefABCDEF") != std::string_view::npos) fail(backslash, "an escape that JSON does not know");
        at_ += 4;
    }

    void number() {
        const auto begin = at_;
        const auto digits = [&] {
            const auto first = at_;
            while (is_digit(peek())) ++at_;
            if (at_ == first) fail(begin, "'" + shown(begin) + "' is no number");
        };
        if (peek() == '-') ++at_;
        if (peek() == '0') ++at_;
        else digits();
        if (peek() == '.') {
            ++at_;
            digits();
        }
        if (peek() == 'e' || peek() == 'E') {
            ++at_;
            if (peek() == '+' || peek() == '-') ++at_;
            digits();
        }
        if (is_digit(peek())) fail(begin, "a number begins with a zero");
        pieces_.push_back({JsonKind::number, begin, at_});
    }

    void word(std::string_view word, JsonKind kind) {
        if (text_.substr(at_, word.size()) != word) fail_here("a value");
        pieces_.push_back({kind, at_, at_ + word.size()});
        at_ += word.size();
    }

    void skip_blanks() { at_ = std::min(text_.find_first_not_of(" \t\r\n", at_), text_.size()); }

    /// What stands there, up to the next blank, and not all of a long one.
    std::string shown(std::size_t offset) const {
        auto rest = text_.substr(offset, 40);
        if (const auto end = rest.find_first_of(" \t\r\n,", 1); end != std::string_view::npos) rest = rest.substr(0, end);
        return visible(rest.substr(0, valid_utf8_length(rest)));
    }

    [[noreturn]] void fail_here(const std::string& expected) const {
        if (at_ == text_.size()) fail(at_, "the file ends where " + expected + " is expected");
        if (peek() == '#' || text_.substr(at_, 2) == "//" || text_.substr(at_, 2) == "/*") {
            fail(at_, "a comment", "JSON has no comments: take it out of the file");
        }
        fail(at_, "'" + shown(at_) + "' where " + expected + " is expected");
    }

    [[noreturn]] void fail(std::size_t offset, const std::string& why, std::string hint = {}) const {
        throw Error(ExitCode::misuse, Diagnostic{.message = "wrong JSON: " + why, .place = place_of(text_, file_, offset), .hint = std::move(hint)});
    }

    std::string_view text_;
    const std::string& file_;
    std::vector<JsonPiece>& pieces_;
    std::vector<std::size_t> open_; ///< indices of the starts
    std::size_t at_ = 0;
};

constexpr char32_t replacement = 0xFFFD;

char32_t four_digits(std::string_view text, std::size_t at) {
    unsigned code = 0;
    std::from_chars(text.data() + at, text.data() + at + 4, code, 16);
    return code;
}

/// The character of the \uXXXX at `at`, which is moved behind it; two of them may be one character.
char32_t unicode_escape(std::string_view text, std::size_t& at) {
    const auto code = four_digits(text, at + 2);
    at += 6;
    if (code < 0xD800 || code > 0xDFFF) return code;
    if (code > 0xDBFF || text.substr(at, 2) != "\\u") return replacement;
    const auto low = four_digits(text, at + 2);
    if (low < 0xDC00 || low > 0xDFFF) return replacement;
    at += 6;
    return 0x10000 + ((code - 0xD800) << 10U) + (low - 0xDC00);
}

std::string unescaped(std::string_view text) {
    std::string result;
    for (std::size_t at = 0; at < text.size();) {
        const auto plain = std::min(text.find('\\', at), text.size());
        result += text.substr(at, plain - at);
        at = plain;
        if (at == text.size()) break;
        if (text[at + 1] == 'u') {
            append_character(result, unicode_escape(text, at));
            continue;
        }
        constexpr std::string_view letters = "bfnrt";
        constexpr std::string_view meanings = "\b\f\n\r\t";
        const auto letter = letters.find(text[at + 1]);
        result += letter == std::string_view::npos ? text[at + 1] : meanings[letter];
        at += 2;
    }
    return result;
}

/// Writes values one after the other.
class Writer {
public:
    Writer(const JsonText& json, const JsonLayout& layout) : json_(json), layout_(layout) {}

    /// @return the index behind the value
    std::size_t write(std::size_t at, const std::string& indent) {
        const auto kind = json_[at].kind;
        text += json_.spelled(at);
        if (kind != JsonKind::object_start && kind != JsonKind::list_start) return at + 1;
        const auto end = json_[at].partner;
        const auto inner = indent + layout_.unit;
        for (auto entry = at + 1; entry != end;) {
            if (entry != at + 1) text += layout_.several_lines ? "," : layout_.comma;
            if (layout_.several_lines) (text += layout_.line_break) += inner;
            if (kind == JsonKind::object_start) (text += json_.spelled(entry++)) += layout_.colon;
            entry = write(entry, inner);
        }
        if (layout_.several_lines && end != at + 1) (text += layout_.line_break) += indent;
        text += json_.spelled(end);
        return end + 1;
    }

    std::string text;

private:
    const JsonText& json_;
    const JsonLayout& layout_;
};

} // namespace

JsonText::JsonText(std::string text, const std::string& file) : text_(std::move(text)) { Reader(text_, file, pieces_).read(); }

std::string_view JsonText::spelled(std::size_t index) const {
    const auto& piece = pieces_[index];
    return std::string_view(text_).substr(piece.begin, piece.end - piece.begin);
}

std::string JsonText::value(std::size_t index) const {
    const auto written = spelled(index);
    const auto kind = pieces_[index].kind;
    if (kind != JsonKind::key && kind != JsonKind::string) return std::string(written);
    return unescaped(written.substr(1, written.size() - 2));
}

std::size_t JsonText::behind(std::size_t index) const {
    const auto& piece = pieces_[index];
    return (piece.kind == JsonKind::object_start || piece.kind == JsonKind::list_start ? piece.partner : index) + 1;
}

std::string JsonText::compact(std::size_t index) const {
    std::string result;
    const auto end = behind(index);
    for (auto at = index; at != end; ++at) {
        const auto kind = pieces_[at].kind;
        const bool closes = kind == JsonKind::object_end || kind == JsonKind::list_end;
        if (!closes && !result.empty() && result.back() != '{' && result.back() != '[' && pieces_[at - 1].kind != JsonKind::key) result += ',';
        const auto plain = kind == JsonKind::key || kind == JsonKind::string ? value(at) : std::string();
        const bool whole = plain.find("\xEF\xBF\xBD") == std::string::npos; // else it may have been half a surrogate pair
        if ((kind == JsonKind::key || kind == JsonKind::string) && whole) result += json_string(plain);
        else result += spelled(at);
        if (kind == JsonKind::key) result += ':';
    }
    return result;
}

std::string laid_out(const JsonText& json, const JsonLayout& layout, const std::string& indent) {
    Writer writer(json, layout);
    writer.write(0, indent);
    return std::move(writer.text);
}

} // namespace slipway::update_gitops_values
