#include "yaml/path.hpp"

#include "core/error.hpp"
#include "core/text.hpp"

#include <algorithm>
#include <optional>

namespace slipway::yaml {

namespace {

constexpr std::size_t most_digits = 9; // a list with more entries does not exist, and the number always fits

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_bare(char c) {
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || static_cast<unsigned char>(c) >= 0x80 ||
           (c != '\0' && std::string_view("_/@:+~%-").find(c) != std::string_view::npos);
}

class PathReader {
public:
    explicit PathReader(std::string_view text) : text_(text) {}

    /// Reads up to the end or to a '=' that belongs to no part.
    KeyPath read() {
        begin();
        while (!at_end()) {
            if (peek() == '[') {
                bracket();
            } else if (peek() == '.') {
                ++at_;
                key();
            } else if (peek() == '|') {
                ++at_;
                path_.emplace_back(Within{});
                begin();
            } else {
                fail("a dot or a bracket must follow", "put a key with such characters into double quotes");
            }
        }
        if (!is_valid_utf8(text_.substr(0, at_))) fail("it is no valid UTF-8");
        return std::move(path_);
    }

    std::size_t end() const { return at_; }

private:
    bool at_end() const { return at_ >= text_.size() || text_[at_] == '='; }
    char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }

    void begin() {
        if (peek() == '.') ++at_;
        if (at_end()) fail(path_.empty() ? "it has no parts" : "a key is missing");
        if (peek() != '[') key();
    }

    void key() {
        if (peek() == '"') {
            path_.emplace_back(quoted());
            return;
        }
        path_.emplace_back(bare());
    }

    std::string bare() {
        const auto start = at_;
        std::string key;
        while (at_ < text_.size() && (is_bare(text_[at_]) || text_[at_] == '\\')) {
            if (text_[at_] == '\\' && ++at_ == text_.size()) fail("a character must follow the backslash");
            key += text_[at_++];
        }
        if (at_ == start) {
            if (at_end() || std::string_view(".[]|").find(peek()) != std::string_view::npos) fail("a key is missing");
            fail("a key cannot begin like that", "put a key with such characters into double quotes");
        }
        return key;
    }

    void bracket() {
        ++at_;
        if (peek() == '"') {
            auto key = quoted();
            if (peek() == '=') return selector(std::move(key));
            path_.emplace_back(std::move(key));
        } else if (peek() == '-' || is_digit(peek())) {
            const auto start = at_;
            if (peek() == '-') ++at_;
            while (is_digit(peek()))
                ++at_;
            if (peek() != ']') {
                at_ = start;
                return selector(bare());
            }
            if (at_ - start > most_digits) fail("the number is too large");
            const auto number = text_.substr(start, at_ - start);
            if (number == "-") fail("brackets take a number, a key in double quotes, or key=value");
            if (number == "-0") fail("the last entry is [-1]");
            path_.emplace_back(static_cast<Index>(std::stol(std::string(number))));
        } else {
            if (!is_bare(peek()) && peek() != '\\') fail("brackets take a number, a key in double quotes, or key=value");
            return selector(bare());
        }
        close();
    }

    void selector(std::string key) {
        if (peek() != '=') fail("brackets take a number, a key in double quotes, or key=value");
        ++at_;
        Selector selector{std::move(key), {}};
        if (peek() == '"') {
            selector.value = quoted();
        } else {
            const auto end = std::min(text_.find(']', at_), text_.size());
            selector.value = text_.substr(at_, end - at_);
            at_ = end;
        }
        path_.emplace_back(std::move(selector));
        close();
    }

    void close() {
        if (peek() != ']') fail("a ] is missing");
        ++at_;
    }

    std::string quoted() {
        ++at_;
        std::string key;
        while (at_ < text_.size() && text_[at_] != '"') {
            if (text_[at_] == '\\') {
                ++at_;
                if (peek() != '"' && peek() != '\\') fail("only \\\" and \\\\ are escapes");
            }
            key += text_[at_++];
        }
        if (at_ >= text_.size()) fail("the closing quote is missing");
        ++at_;
        return key;
    }

    [[noreturn]] void fail(const std::string& why, std::string hint = {}) const {
        const auto shown = visible(text_.substr(0, text_.find('=', at_)));
        throw misuse("cannot read the path '" + shown + "': " + why + " (character " +
                         std::to_string(characters_before(text_, std::min(at_, text_.size())) + 1) + ")",
                     std::move(hint));
    }

    std::string_view text_;
    std::size_t at_ = 0;
    KeyPath path_;
};

std::string quote(std::string_view key) {
    std::string text = "\"";
    for (const char c : key) {
        if (c == '"' || c == '\\') text += '\\';
        text += c;
    }
    return text + '"';
}

std::string shortest(std::string_view key) {
    return !key.empty() && std::all_of(key.begin(), key.end(), is_bare) ? std::string(key) : quote(key);
}

std::string to_text(const Selector& selector) {
    const auto& value = selector.value;
    const bool bare_value = value.find(']') == std::string::npos && (value.empty() || value[0] != '"');
    return '[' + shortest(selector.key) + '=' + (bare_value ? value : quote(value)) + ']';
}

} // namespace

KeyPath parse_path(std::string_view text) {
    PathReader reader(text);
    auto path = reader.read();
    if (reader.end() != text.size())
        throw misuse("cannot read the path '" + visible(text) + "': a key with '=' needs double quotes");
    return path;
}

Assignment parse_assignment(std::string_view text) {
    PathReader reader(text);
    auto path = reader.read();
    if (reader.end() == text.size()) {
        throw misuse("'" + visible(text) + "' is no PATH=VALUE",
                     "an empty value is written as " + visible(to_string(path)) + "=");
    }
    const auto value = text.substr(reader.end() + 1);
    if (!is_valid_utf8(value)) throw misuse("the value of " + visible(to_string(path)) + " is no valid UTF-8");
    return {std::move(path), std::string(value)};
}

std::string to_string(const KeyPath& path) { return to_string(path, path.size()); }

std::string to_string(const KeyPath& path, std::size_t count) {
    if (count == 0) return "the document";
    std::string text;
    bool first = true; // of the path, or of what follows a '|'
    for (std::size_t i = 0; i < count; ++i) {
        if (const auto* index = std::get_if<Index>(&path[i])) {
            text += '[' + std::to_string(*index) + ']';
        } else if (const auto* selector = std::get_if<Selector>(&path[i])) {
            text += to_text(*selector);
        } else if (const auto* key = std::get_if<std::string>(&path[i])) {
            if (!first) text += '.';
            text += shortest(*key);
        } else {
            text += '|';
        }
        first = std::holds_alternative<Within>(path[i]);
    }
    return text;
}

} // namespace slipway::yaml
