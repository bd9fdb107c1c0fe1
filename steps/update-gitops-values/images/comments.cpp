#include "update-gitops-values/images/comments.hpp"

#include "core/error.hpp"
#include "core/places.hpp"
#include "core/text.hpp"
#include "yaml/block.hpp"
#include "yaml/scalar.hpp"

#include <algorithm>
#include <utility>

namespace slipway::update_gitops_values {

namespace {

using yaml::Event;
using yaml::EventKind;
using yaml::Events;

constexpr std::string_view blanks = " \t";
constexpr char scalar = 's';
constexpr char document_start = 0;

/// Columns count bytes from 0 here.
struct Position {
    std::size_t line = 0;
    std::size_t column = 0;
};

/// What stands between two scalars: an indicator, an anchor, a tag, a directive, or a comment.
struct Token {
    char kind = document_start; ///< its first byte, or one of the constants above
    Position position = {};
    std::string_view text = {};
    bool first_on_line = false;
};

/// Cuts the text between scalars into tokens; it is called with growing offsets, and counts lines on its way.
class GapReader {
public:
    explicit GapReader(std::string_view text) : text_(text), at_(text.starts_with("\xEF\xBB\xBF") ? 3 : 0), line_start_(at_) {}

    std::size_t offset() const { return at_; }
    Position position() const { return {line_, at_ - line_start_}; }

    void skip_to(std::size_t offset) {
        while (at_ < offset) step();
        first_on_line_ = false;
    }

    std::vector<Token> read_to(std::size_t end) {
        std::vector<Token> tokens;
        for (;;) {
            while (at_ < end && is_space(text_[at_])) step();
            if (at_ >= end) return tokens;
            Token token{.kind = text_[at_], .position = position(), .first_on_line = first_on_line_};
            const auto behind = std::min(end, end_of_token(token));
            token.text = text_.substr(at_, behind - at_);
            if (token.kind == '#') token.text = trim(token.text);
            tokens.push_back(token);
            skip_to(behind);
        }
    }

private:
    static bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

    void step() {
        if (text_[at_++] != '\n') return;
        ++line_;
        line_start_ = at_;
        first_on_line_ = true;
    }

    std::size_t end_of_token(const Token& token) const {
        const auto found = [&](std::string_view stops) { return std::min(text_.find_first_of(stops, at_), text_.size()); };
        const auto marker = text_.substr(at_, 3);
        if (token.kind == '#' || (token.kind == '%' && token.position.column == 0)) return found("\n");
        if (token.position.column == 0 && (marker == "---" || marker == "...")) return at_ + 3;
        return token.kind == '&' || token.kind == '!' ? found(" \t\r\n,[]{}") : at_ + 1;
    }

    std::string_view text_;
    std::size_t at_;
    std::size_t line_start_;
    std::size_t line_ = 0;
    bool first_on_line_ = true;
};

void add_line(std::string& lines, std::string_view line) {
    if (!lines.empty()) lines += '\n';
    lines += line;
}

/// Of the comments on lines of their own between two tokens, those that lead to the second one; the others are the foot of what stands
/// above: a group right below it with a blank line behind, or one that is indented more than what follows.
///
/// @param indent  column of the innermost block collection that the first token stands in
std::string leading_comments(const std::vector<Token>& comments, const Token& before, const Token& behind, std::size_t indent,
                             bool closes_flow) {
    if (comments.empty() || closes_flow) return {};
    std::string text;
    Position start;
    std::size_t line = before.position.line;
    bool may_be_foot = comments.front().position.line <= line + 1;
    const auto foot_line = line + 1;
    const auto arrive = [&](const Token& token, bool after_comment) {
        if (after_comment && token.position.line > line + 1) {
            const bool below = start.line == foot_line && before.kind != ':';
            if (before.kind == document_start || (may_be_foot && (below || start.column < indent))) text.clear();
            may_be_foot = false;
        }
        if (!text.empty() && token.position.column < indent && token.position.column != start.column) text.clear();
        line = token.position.line;
    };
    for (const auto& comment : comments) {
        arrive(comment, &comment != &comments.front());
        if (text.empty()) start = comment.position;
        add_line(text, comment.text);
    }
    arrive(behind, true);
    return text;
}

bool leads_to_other_list(const Token& dash, std::vector<Token>::const_iterator next, std::vector<Token>::const_iterator end) {
    const auto other = std::find_if(next, end, [](const Token& token) { return token.kind == '-'; });
    return other != end && other->position.column != dash.position.column;
}

/// What a scalar's bytes are; an empty value has none.
std::optional<yaml::Span> span_of(std::string_view text, const Events& events, std::size_t index) {
    const auto& event = events[index];
    const auto begin = yaml::skip_properties(text, event.offset);
    if (event.kind == EventKind::alias) return yaml::Span{begin, yaml::name_end(text, begin)};
    if (event.kind == EventKind::null) {
        const auto length = yaml::null_length(text, events, index);
        return length == 0 ? std::nullopt : std::optional(yaml::Span{begin, begin + length});
    }
    if (event.value.empty() && yaml::belongs_to_next(text, events, index)) return std::nullopt;
    return yaml::find_span(text, event);
}

/// Behind its last byte. Where the lines of a text block cannot be told there is nothing but blanks in them.
std::size_t end_of(std::string_view text, const Event& event, const yaml::Span& span) {
    const auto block = span.style == yaml::Style::block ? yaml::find_block(text, event) : std::nullopt;
    return block ? block->content_end : span.end;
}

class Finder {
public:
    Finder(std::string_view text, const std::string& file, const Events& events) : text_(text), file_(file), events_(events), gaps_(text) {}

    std::vector<CommentedValue> find() {
        for (std::size_t index = 0; index < events_.size(); ++index) {
            const auto& event = events_[index];
            if (event.kind == EventKind::document_start) {
                open_.clear();
                before_ = {.kind = document_start, .position = before_.position};
            } else if (event.kind == EventKind::document_end) {
                ++document_;
            } else if (event.is_start()) {
                const bool in_key = is_key() || (!open_.empty() && open_.back().in_key);
                open_.push_back({.is_map = event.kind == EventKind::map_start, .is_flow = event.layout == flow, .in_key = in_key});
            } else if (event.is_end()) {
                open_.pop_back();
                leave_value(nullptr);
            } else {
                leaf(index);
                leave_value(&event);
            }
        }
        return std::move(found_);
    }

private:
    static constexpr int flow = 2; // YAML::EmitterStyle::Flow

    struct Open {
        bool is_map;
        bool is_flow;
        bool in_key;                         ///< it is a key, or stands within one
        std::size_t members = 0;             ///< so far; keys and values count each
        std::optional<std::string> key = {}; ///< the latest
        std::optional<std::size_t> column = {};
    };

    bool is_key() const { return !open_.empty() && open_.back().is_map && open_.back().members % 2 == 0; }

    void leave_value(const Event* leaf) {
        if (open_.empty()) return;
        if (is_key()) open_.back().key = leaf != nullptr && leaf->kind == EventKind::scalar ? std::optional(leaf->value) : std::nullopt;
        ++open_.back().members;
    }

    void leaf(std::size_t index) {
        const auto& event = events_[index];
        const auto span = span_of(text_, events_, index);
        const bool is_lost = !span ? !event.value.empty() : span->begin < gaps_.offset();
        if (is_lost)
            throw Error(ExitCode::refused,
                        Diagnostic{.message = "cannot read the comments: this value is written in a way that its end cannot be told",
                                   .place = place_of(text_, file_, event.offset),
                                   .hint = "write it in quotes"});
        if (!span) return;
        const auto tokens = gaps_.read_to(span->begin);
        const Token self{.kind = scalar, .position = gaps_.position()};
        CommentedValue value{.event = index, .document = document_, .path = {}, .line = {}, .head = {}};
        lead_to(self, tokens, value);
        note_columns(self, tokens);
        if (const auto comment = comment_behind(*span); !comment.empty()) add_line(value.line, comment);
        gaps_.skip_to(end_of(text_, event, *span));
        before_ = {.kind = scalar, .position = gaps_.position()};
        const bool counts = event.kind != EventKind::alias && !is_key() && (open_.empty() || !open_.back().in_key);
        if (!counts || (value.line.empty() && value.head.empty())) return;
        value.path = path();
        found_.push_back(std::move(value));
    }

    std::optional<yaml::KeyPath> path() const {
        yaml::KeyPath path;
        for (const auto& open : open_) {
            if (!open.is_map) path.emplace_back(static_cast<yaml::Index>(open.members));
            else if (open.key) path.emplace_back(*open.key);
            else return std::nullopt;
        }
        return path.empty() ? std::nullopt : std::optional(path);
    }

    /// Takes the comments in front of a scalar apart.
    void lead_to(const Token& self, const std::vector<Token>& tokens, CommentedValue& value) {
        std::vector<Token> own_lines;
        Token before = before_;
        auto indent = column_;
        const auto end_run = [&](const Token& behind) {
            const bool closes = behind.kind == ']' || behind.kind == '}';
            if (const auto text = leading_comments(own_lines, before, behind, indent, closes); !text.empty()) add_line(value.head, text);
            own_lines.clear();
        };
        for (auto next = tokens.begin(); next != tokens.end();) {
            const auto& token = *next++;
            if (token.kind == '#') {
                // A dash alone has no comment: what stands behind it leads to its entry.
                if (token.first_on_line || before.kind == '-') own_lines.push_back(token);
                else if (before.kind == '&' || before.kind == '!') add_line(value.line, token.text);
                continue;
            }
            end_run(token);
            // Documents, flow collections, and lists that are entries of a list take what stands in front of them; an empty entry leaves it
            // to the next one of its list.
            if (token.kind == '[' || token.kind == '{' || token.text == "---" ||
                (token.kind == '-' && leads_to_other_list(token, next, tokens.end())))
                value.head.clear();
            if (token.kind == '-' || token.kind == '?') indent = token.position.column;
            before = token;
            if (token.text == "---") before.kind = document_start;
        }
        end_run(self);
    }

    /// Remembers the column of the innermost block collection around the scalar.
    void note_columns(const Token& self, const std::vector<Token>& tokens) {
        auto dash = tokens.rbegin();
        auto column = self.position.column + 1;
        for (auto open = open_.rbegin(); open != open_.rend() && !open->column; ++open) {
            if (open->is_flow) {
                continue;
            } else if (open->is_map) {
                open->column = column = self.position.column;
            } else {
                // Dashes in the same column belong to the same list, as empty entries.
                dash = std::find_if(dash, tokens.rend(),
                                    [&](const Token& token) { return token.kind == '-' && token.position.column < column; });
                if (dash == tokens.rend()) break;
                open->column = column = dash->position.column;
            }
        }
        column_ = 0;
        for (const auto& open : open_) column_ = open.column.value_or(column_);
    }

    /// The comment in the same line, behind the comma of a flow collection too.
    std::string_view comment_behind(const yaml::Span& span) const {
        auto at = span.style == yaml::Style::block ? text_.find_first_of("#\n", span.end) : text_.find_first_not_of(blanks, span.end);
        const bool in_flow = !open_.empty() && open_.back().is_flow;
        if (in_flow && at < text_.size() && text_[at] == ',') at = text_.find_first_not_of(blanks, at + 1);
        if (at >= text_.size() || text_[at] != '#') return {};
        return trim(text_.substr(at, text_.find('\n', at) - at));
    }

    std::string_view text_;
    const std::string& file_;
    const Events& events_;
    GapReader gaps_;
    std::vector<Open> open_;
    std::vector<CommentedValue> found_;
    Token before_ = {};
    std::size_t document_ = 0;
    std::size_t column_ = 0; ///< of the innermost block collection around the scalar before
};

} // namespace

std::vector<CommentedValue> find_comments(std::string_view text, const std::string& file, const Events& events) {
    return Finder(text, file, events).find();
}

} // namespace slipway::update_gitops_values
