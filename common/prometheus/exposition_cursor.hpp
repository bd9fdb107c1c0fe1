#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace slipway::prometheus {

/// Thrown at what makes an exposition wrong.
struct ExpositionMistake {
    std::size_t at; ///< offset in bytes
    std::string message;
    std::string hint = {};
};

/// Where line breaks may stand in a quoted text. Behind a backslash none may, anywhere.
enum class LineBreaks { allowed, refused };
/// Prometheus knows NUL bytes in the values of labels only.
enum class NulBytes { allowed, refused };

/// A place in an exposition, and what both formats read alike: names and quoted texts.
class ExpositionCursor {
public:
    explicit ExpositionCursor(std::string_view text) : text_(text) {}

    std::size_t at() const { return at_; }
    bool at_end() const { return at_ >= text_.size(); }
    /// The end of the text looks like a line break: the text format needs no last one.
    char peek() const { return at_end() ? '\n' : text_[at_]; }
    bool at_line_end() const { return peek() == '\n'; }
    bool at_blank() const { return peek() == ' ' || peek() == '\t'; }

    void advance() {
        if (!at_end()) ++at_;
    }
    bool take(char c) {
        if (at_end() || text_[at_] != c) return false;
        ++at_;
        return true;
    }
    bool take(std::string_view word) {
        if (text_.substr(at_, word.size()) != word) return false;
        at_ += word.size();
        return true;
    }
    void skip_blanks() {
        while (at_blank()) ++at_;
    }

    /// From `begin` to here.
    std::string_view since(std::size_t begin) const { return text_.substr(begin, at_ - begin); }
    /// Up to one of these characters, or to the line's end; may be empty.
    std::string_view until(std::string_view stops);
    /// Without the line break, before which the cursor stands afterwards.
    std::string_view rest_of_line();

    /// `[a-zA-Z_:][a-zA-Z0-9_:]*`, or empty.
    std::string_view metric_name();
    /// `[a-zA-Z_][a-zA-Z0-9_]*`, or empty.
    std::string_view label_name();
    /// The content of a quoted text, whose opening quote is here, as it is written.
    std::string_view quoted(LineBreaks breaks, NulBytes nul);

    /// What stands here, for a message: quoted and short.
    std::string shown() const;

private:
    std::string_view text_;
    std::size_t at_ = 0;
};

/// Whether quoted text reads differently from how it is written.
inline bool has_escapes(std::string_view quoted) { return quoted.find('\\') != std::string_view::npos; }
/// Only \\, \" and \n are escapes, others stay as they are.
std::string without_escapes(std::string_view quoted);

/// As Go's ParseFloat reads it, without hexadecimal numbers and underscores; nothing for what is no number, or too large for one.
std::optional<double> read_exposed_number(std::string_view text);

} // namespace slipway::prometheus
