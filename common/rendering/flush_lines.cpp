#include "rendering/flush_lines.hpp"

#include "core/text.hpp"
#include "core/unicode.hpp"

#include <algorithm>
#include <string>

namespace slipway::rendering {

namespace {

std::string indented(const std::string& value, const std::string& indent, bool indents_last) {
    std::string text;
    const auto lines = split(value, '\n');
    for (std::size_t i = 0; i < lines.size(); ++i) {
        const bool last = i + 1 == lines.size();
        if (i > 0) {
            text += '\n';
            if (last ? indents_last : !is_blank(lines[i])) text += indent;
        }
        text += lines[i];
    }
    return text;
}

} // namespace

void FlushLines::add_literal(std::string_view text, bool blank) {
    const bool ends_line = text.back() == '\n';
    const bool blank_line = blank && ends_line;
    settle(!blank_line);
    if (at_line_start_ && !blank_line) {
        indent_ += leading_spaces(text);
        if (!blank) add_something();
    }
    if (!ends_line) return;
    at_line_start_ = true;
    indent_ = 0;
}

void FlushLines::add_something() {
    if (!at_line_start_) return;
    common_indent_ = std::min(common_indent_, indent_);
    at_line_start_ = false;
}

void FlushLines::add_value(std::size_t cut, std::size_t begin, bool ends_open) { values_.push_back({.cut = cut, .begin = begin, .settled = !ends_open}); }

std::optional<std::size_t> FlushLines::settle(std::optional<bool> more) {
    if (values_.empty() || values_.back().settled) return std::nullopt;
    auto& last = values_.back();
    last.settled = true;
    last.indents_last = more.value_or(true);
    return more ? std::nullopt : std::optional(last.begin);
}

void FlushLines::indent(Rendered& output) const {
    // A heredoc with a value in it has a line that counts.
    const std::string indent(common_indent_, ' ');
    const auto first = values_.front().cut;
    const auto begin = output.cuts[first].out_begin;
    const auto before = output.text.substr(begin);
    output.text.resize(begin);
    auto copied = begin;
    auto value = values_.begin();
    for (auto index = first; index < output.cuts.size(); ++index) {
        auto& cut = output.cuts[index];
        output.text.append(before, copied - begin, cut.out_begin - copied);
        copied = cut.out_end;
        auto text = before.substr(cut.out_begin - begin, cut.out_end - cut.out_begin);
        if (value != values_.end() && value->cut == index) text = indented(text, indent, (value++)->indents_last);
        cut.out_begin = output.text.size();
        output.text += text;
        cut.out_end = output.text.size();
    }
    output.text.append(before, copied - begin);
}

} // namespace slipway::rendering
