#include "yaml/block.hpp"

#include "core/text.hpp"
#include "yaml/scalar.hpp"

#include <algorithm>
#include <vector>

namespace slipway::yaml {

namespace {

constexpr auto npos = std::string_view::npos;

/// The end of the line, in front of its LF or CRLF.
std::size_t line_end(std::string_view text, std::size_t at) {
    const auto end = std::min(text.find('\n', at), text.size());
    return end < text.size() && end > at && text[end - 1] == '\r' ? end - 1 : end;
}

std::size_t behind_line(std::string_view text, std::size_t at) {
    const auto end = text.find('\n', at);
    return end == npos ? text.size() : end + 1;
}

/// The line break of the header's line, or the first of the file.
std::string line_break(std::string_view text, const BlockScalar& block) {
    auto end = text.find('\n', block.tail_end);
    if (end == npos) end = text.find('\n');
    return end != npos && end > 0 && text[end - 1] == '\r' ? "\r\n" : "\n";
}

/// Whether every reader reads these lines from a block scalar as they are.
bool fits(std::string_view value, bool has_indentation_indicator) {
    if (value.find_first_not_of('\n') == npos || value[0] == '\t') return false;
    if (!has_indentation_indicator && (value[0] == ' ' || value[0] == '\n')) return false;
    const auto all = split(value, '\n');
    return std::none_of(all.begin(), all.end(), [](std::string_view line) {
        if (line.empty()) return false;
        std::string without_tabs(line);
        std::erase(without_tabs, '\t');
        return line.back() == ' ' || line.back() == '\t' || needs_escapes(without_tabs);
    });
}

/// How far the lines of a block scalar without any are indented: two columns more than what begins the header's line.
std::size_t new_indent(std::string_view text, const BlockScalar& block) {
    const auto end = text.rfind('\n', block.header);
    const auto start = end == npos ? 0 : end + 1;
    auto at = start;
    while (at < block.header && (text[at] == ' ' || (text.substr(at, 2) == "- ")))
        ++at;
    return at - start + 2;
}

/// The lines that a value has, without the line breaks at its end.
std::vector<std::string_view> content_lines(std::string_view value) {
    return split(value.substr(0, value.find_last_not_of('\n') + 1), '\n');
}

class BlockWriter {
public:
    BlockWriter(std::string_view text, const BlockScalar& block, std::string_view before, std::string_view value)
        : text_(text), block_(block), before_(before), value_(value), lines_(content_lines(value)), break_(line_break(text, block)) {}

    Replacement write() const {
        const auto trailing = value_.size() - value_.find_last_not_of('\n') - 1;
        const bool was_literal = text_[block_.header] == '|';
        // Of the line breaks at the end of a folded block that keeps them, yaml-cpp drops one.
        const bool literal = was_literal || trailing > 1 || value_[0] == '\n' || std::any_of(lines_.begin(), lines_.end(), [](std::string_view line) {
            return !line.empty() && (line[0] == ' ' || line[0] == '\t');
        });
        std::string text(1, literal ? '|' : '>');
        text += indentation_indicator();
        text += chomping(trailing);
        text += text_.substr(block_.header_end, block_.tail_end - block_.header_end);
        text += break_;
        text += literal ? literal_lines(was_literal) : folded_lines();
        // What follows the last line in the file is its line break, which may be missing at the file's end.
        if (trailing < 2) {
            if (trailing == 1 && block_.content_end == text_.size()) text += break_;
            return {block_.header, block_.content_end, text};
        }
        for (std::size_t i = 0; i < trailing; ++i)
            text += break_;
        return {block_.header, block_.next_line, text};
    }

private:
    std::string_view indicators() const { return text_.substr(block_.header + 1, block_.header_end - block_.header - 1); }

    std::string indentation_indicator() const {
        const auto figure = indicators().find_first_of("123456789");
        return block_.indent && figure != npos ? std::string(1, indicators()[figure]) : "";
    }

    std::string chomping(std::size_t trailing) const {
        if (trailing == 0) return "-";
        const bool keeps = indicators().find('+') != npos;
        const bool alone = block_.content_end < text_.size() && behind_line(text_, block_.content_end) == block_.next_line;
        return trailing > 1 || (keeps && alone) ? "+" : "";
    }

    std::string indented(std::string_view line) const {
        const auto indent = block_.indent ? *block_.indent : new_indent(text_, block_);
        return line.empty() ? std::string() : std::string(indent, ' ') + std::string(line);
    }

    std::string literal_lines(bool was_literal) const {
        const auto old_lines = content_lines(before_);
        std::vector<std::string_view> old_bytes;
        if (was_literal && block_.indent) {
            for (auto at = behind_line(text_, block_.tail_end); at <= block_.content_end && at < text_.size(); at = behind_line(text_, at))
                old_bytes.push_back(text_.substr(at, std::min(behind_line(text_, at), block_.content_end) - at));
        }
        const bool comparable = old_bytes.size() == old_lines.size();
        const auto shorter = comparable ? std::min(old_lines.size(), lines_.size()) : 0;
        std::size_t first = 0;
        while (first < shorter && old_lines[first] == lines_[first])
            ++first;
        std::size_t last = 0; // counted from the end
        while (last < shorter - first && old_lines[old_lines.size() - 1 - last] == lines_[lines_.size() - 1 - last])
            ++last;

        std::string text;
        for (std::size_t i = 0; i < lines_.size(); ++i) {
            const bool kept_first = i < first;
            const bool kept_last = i + last >= lines_.size();
            if (kept_first || kept_last) {
                const auto bytes = old_bytes[kept_first ? i : i + old_lines.size() - lines_.size()];
                text += bytes;
                if (i + 1 < lines_.size() && bytes.back() == '\n') continue;
            } else {
                text += indented(lines_[i]);
            }
            if (i + 1 < lines_.size()) text += break_;
        }
        // The last line of the value may have stood within before.
        while (!text.empty() && (text.back() == '\n' || text.back() == '\r'))
            text.pop_back();
        return text;
    }

    /// One line for each line of the value; the break between two needs an empty line.
    std::string folded_lines() const {
        std::string text;
        for (const auto line : lines_) {
            if (!text.empty()) text += line.empty() ? break_ : break_ + break_;
            text += indented(line);
        }
        return text;
    }

    std::string_view text_;
    const BlockScalar& block_;
    std::string_view before_;
    std::string_view value_;
    std::vector<std::string_view> lines_;
    std::string break_;
};

} // namespace

/// The indentation follows from the value: the first line with more than spaces has, besides, the spaces that the value has there.
std::optional<BlockScalar> find_block(std::string_view text, const Event& scalar) {
    const auto header = skip_properties(text, scalar.offset);
    if (header >= text.size() || (text[header] != '|' && text[header] != '>') || scalar.tag == "?") return std::nullopt;
    BlockScalar block{.header = header};
    block.header_end = std::min(text.find_first_not_of("0123456789+-", header + 1), text.size());
    block.tail_end = line_end(text, block.header_end);
    block.content_end = block.tail_end;
    const auto tail = trim(text.substr(block.header_end, block.tail_end - block.header_end));
    if (!tail.empty() && tail[0] != '#') return std::nullopt;

    const auto first = scalar.value.find_first_not_of(" \n");
    if (first == npos && scalar.value.find(' ') != npos) return std::nullopt;
    block.next_line = behind_line(text, block.tail_end);
    while (block.next_line < text.size()) {
        const auto line = block.next_line;
        const auto end = line_end(text, line);
        const auto content = std::min(text.find_first_not_of(' ', line), end);
        const bool empty = content == end;
        if (first == npos && !empty) break;
        if (first != npos && !block.indent && !empty) {
            const auto before = scalar.value.rfind('\n', first);
            const auto own = first - (before == npos ? 0 : before + 1);
            if (content - line < own) return std::nullopt;
            block.indent = content - line - own;
        }
        if (!empty && content - line < block.indent.value_or(0)) break;
        const auto word = text.substr(line, 3);
        if (block.indent == std::size_t{0} && (word == "---" || word == "...") && (end == line + 3 || text[line + 3] == ' ' || text[line + 3] == '\t')) break;
        if (block.indent && (!empty || end - line > *block.indent)) block.content_end = end;
        block.next_line = behind_line(text, line);
    }
    if (first != npos && !block.indent) return std::nullopt;
    return block;
}

std::optional<Replacement> rewrite_block(std::string_view text, const BlockScalar& block, std::string_view before, std::string_view value) {
    const auto indicators = text.substr(block.header, block.header_end - block.header);
    const bool has_figure = block.indent && indicators.find_first_of("123456789") != npos;
    if (!fits(value, has_figure) || block.indent == std::size_t{0}) return std::nullopt;
    return BlockWriter(text, block, before, value).write();
}

Replacement replace_block(std::string_view text, const BlockScalar& block, std::string_view scalar) {
    return {block.header, block.content_end,
            std::string(scalar) + std::string(text.substr(block.header_end, block.tail_end - block.header_end))};
}

} // namespace slipway::yaml
