#include "rendering/placeholder.hpp"

#include "core/error.hpp"
#include "core/text.hpp"

#include <algorithm>

namespace slipway::rendering {

namespace {

/// Placeholders in defaults of placeholders.
constexpr int deepest = 30;

/// What a backslash takes its meaning from, in text between double quotes.
bool is_special_in_quotes(char c) { return c == '$' || c == '`' || c == '"' || c == '\\' || c == '}'; }

/// What bash takes a dollar sign before it for a variable or command.
bool begins_expansion(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || std::string_view("_(@*#?!-$").find(c) != std::string_view::npos;
}

} // namespace

bool PlaceholderReader::is_single(std::size_t offset) const {
    return text_.substr(offset, 2) == "${" && (offset == 0 || text_[offset - 1] != '$');
}

/// Reads one placeholder, those in its arguments included.
class PlaceholderReader::Reading {
public:
    Reading(const PlaceholderReader& reader, std::size_t begin, int depth) : reader_(reader), text_(reader.text_), begin_(begin), at_(begin + 2), depth_(depth) {}

    bool read(Placeholder& into) {
        const bool length = peek() == '#';
        if (length) ++at_;
        const auto size = name_length(text_.substr(at_));
        const auto name = text_.substr(at_, size);
        if (size == 0 || !reader_.names_.is_placeholder(name)) return false;
        at_ += size;
        into = {.begin = begin_, .name = name};
        if (length) {
            if (peek() != '}') return false;
            into.op = Operator::length;
        } else if (!read_operator(into)) {
            return false;
        }
        if (peek() != '}') fail(begin_, "the placeholder that begins here is not closed by }");
        into.end = at_ + 1;
        return true;
    }

private:
    /// How an argument is read.
    enum class Style {
        text,    ///< as between double quotes: a single quote is only a character
        pattern, ///< single quotes and every backslash quote
    };

    char peek(std::size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }

    [[noreturn]] void fail(std::size_t offset, const std::string& why, std::string hint = {}) const {
        throw Error(ExitCode::misuse, Diagnostic{.message = why, .place = reader_.places_.at(offset), .hint = std::move(hint)});
    }

    /// @return false when what follows the name is no operator
    bool read_operator(Placeholder& into) {
        const char sign = peek();
        const auto doubled = [&] {
            into.doubled = peek(1) == sign;
            at_ += into.doubled ? 2 : 1;
        };
        switch (sign) {
        case '}': return true;
        case ':': read_after_colon(into); return true;
        case '-':
        case '=':
        case '?':
        case '+': read_default(into, sign); return true;
        case '#':
        case '%':
            into.op = sign == '#' ? Operator::remove_prefix : Operator::remove_suffix;
            doubled();
            into.first = word(Style::pattern, "}");
            return true;
        case '^':
        case ',':
            into.op = sign == '^' ? Operator::to_upper : Operator::to_lower;
            doubled();
            into.first = word(Style::pattern, "}");
            return true;
        case '/':
            doubled();
            read_replacement(into);
            return true;
        case '@': fail(begin_, "the operator '@' in " + shown() + " is not supported", "supported are :- - := = :? ? :+ + # ## % %% / // ^ ^^ , ,, :n:m and ${#NAME}");
        case '\0':
            if (at_ >= text_.size()) fail(begin_, "the placeholder that begins here is not closed by }");
            return false;
        default: return false;
        }
    }

    void read_default(Placeholder& into, char sign) {
        into.op = sign == '?' ? Operator::require : sign == '+' ? Operator::alternative : Operator::use_default;
        ++at_;
        into.first = word(Style::text, "}");
    }

    void read_after_colon(Placeholder& into) {
        const char sign = peek(1);
        ++at_;
        if (sign == '-' || sign == '=' || sign == '?' || sign == '+') {
            into.also_empty = true;
            read_default(into, sign);
            return;
        }
        into.op = Operator::substring;
        if (sign == '}') fail(begin_, "an offset is missing in " + shown() + "}");
        into.first = word(Style::text, ":}");
        if (peek() != ':') return;
        ++at_;
        into.has_second = true;
        into.second = word(Style::text, "}");
    }

    void read_replacement(Placeholder& into) {
        into.op = Operator::replace;
        if (!into.doubled && (peek() == '#' || peek() == '%')) {
            into.anchor = peek() == '#' ? Anchor::start : Anchor::end;
            ++at_;
        }
        Word slash; // the first character behind // is never the end of the pattern
        if (into.doubled && peek() == '/') {
            add(slash, "/", true);
            ++at_;
        }
        into.first = word(Style::pattern, "/}");
        into.first.insert(into.first.begin(), slash.begin(), slash.end());
        if (peek() != '/') return;
        ++at_;
        into.has_second = true;
        into.second = word(Style::pattern, "}");
    }

    /// The beginning of this placeholder, for messages.
    std::string shown() const { return visible(text_.substr(begin_, std::min<std::size_t>(at_ - begin_, 40))); }

    static void add(Word& word, std::string_view text, bool quoted) {
        if (text.empty()) return;
        if (word.empty() || !word.back().nested.empty() || word.back().quoted != quoted) word.push_back({.text = {}, .quoted = quoted, .nested = {}});
        word.back().text += text;
    }

    /// Reads up to one of the characters of `stops` outside of quotes, and leaves it.
    Word word(Style style, std::string_view stops) {
        Word result;
        bool in_double = false;
        std::size_t single = std::string_view::npos; ///< where a single quote in text was opened, which protects } as in bash
        for (; at_ < text_.size(); ++at_) {
            const char c = text_[at_];
            const bool quoted = in_double || single != std::string_view::npos;
            if (!quoted && stops.find(c) != std::string_view::npos) return result;
            if (c == '\\') {
                backslash(result, in_double ? Style::text : style);
            } else if (c == '"') {
                in_double = !in_double;
                if (in_double) result.push_back({.text = {}, .quoted = true, .nested = {}}); // also when nothing follows
            } else if (c == '\'' && !in_double && style == Style::pattern) {
                const auto end = text_.find('\'', at_ + 1);
                if (end == std::string_view::npos) fail(at_, "a single quote without its partner in " + shown(), "write it as \"'\"");
                result.push_back({.text = std::string(text_.substr(at_ + 1, end - at_ - 1)), .quoted = true, .nested = {}});
                at_ = end;
            } else if (c == '\'' && !in_double) {
                single = single == std::string_view::npos ? at_ : std::string_view::npos;
                add(result, "'", false);
            } else if (c == '$') {
                dollar(result, in_double);
            } else if (c == '`') {
                fail(at_, "a backquote in " + shown() + ": a template runs no commands", "write \\` for the character itself");
            } else {
                add(result, text_.substr(at_, 1), in_double);
            }
        }
        if (single != std::string_view::npos) fail(single, "a single quote without its partner in " + visible(text_.substr(begin_, 40)), "write it as \"'\"");
        fail(begin_, "the placeholder that begins here is not closed by }");
    }

    void backslash(Word& result, Style style) {
        const char next = peek(1);
        if (at_ + 1 >= text_.size()) return;
        if (style == Style::pattern || is_special_in_quotes(next)) {
            ++at_;
            add(result, text_.substr(at_, 1), true);
        } else if (next == '\n') {
            ++at_; // a line that goes on
        } else {
            add(result, "\\", true);
        }
    }

    void dollar(Word& result, bool quoted) {
        const auto run_end = std::min(text_.find_first_not_of('$', at_), text_.size());
        const bool brace = run_end < text_.size() && text_[run_end] == '{';
        if (run_end - at_ == 1 && brace) {
            if (depth_ >= deepest) fail(at_, "placeholders lie too deep in each other");
            Placeholder nested;
            if (Reading reading(reader_, at_, depth_ + 1); reading.read(nested)) {
                at_ = nested.end - 1;
                result.push_back({.text = {}, .quoted = quoted, .nested = {}});
                result.back().nested.push_back(std::move(nested));
                return;
            }
        }
        if (brace) { // an escape, or a sequence that is not ours: as it stands, to its closing brace
            const auto end = closing_brace(run_end);
            add(result, text_.substr(at_, end - at_), true);
            at_ = end - 1;
            return;
        }
        if (run_end - at_ > 1 || (run_end < text_.size() && begins_expansion(text_[run_end]))) {
            fail(at_, "a variable or command without braces in " + shown(), "write ${NAME} for a placeholder, or \\$ for the character itself");
        }
        add(result, "$", true);
    }

    /// The byte behind the brace that closes the one at `open`.
    std::size_t closing_brace(std::size_t open) const {
        std::size_t depth = 0;
        for (auto at = open; at < text_.size(); ++at) {
            if (text_[at] == '{') ++depth;
            else if (text_[at] == '}' && --depth == 0) return at + 1;
        }
        fail(begin_, "the placeholder that begins here is not closed by }");
    }

    const PlaceholderReader& reader_;
    std::string_view text_;
    std::size_t begin_;
    std::size_t at_;
    int depth_;
};

bool PlaceholderReader::read(std::size_t begin, Placeholder& into) const { return Reading(*this, begin, 0).read(into); }

} // namespace slipway::rendering
