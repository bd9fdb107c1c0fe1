#include "prometheus/expression_place.hpp"

#include "core/text.hpp"

#include <algorithm>

namespace slipway::prometheus {

namespace {

/// The byte at which a column (from 1, in characters) begins.
std::size_t byte_of(std::string_view line, int column) {
    std::size_t at = 0;
    for (int i = 1; i < column && at < line.size(); ++i) {
        ++at;
        while (at < line.size() && (static_cast<unsigned char>(line[at]) & 0xC0) == 0x80) ++at;
    }
    return at;
}

std::size_t skip_blanks(std::string_view text, std::size_t at) {
    while (at < text.size() && (text[at] == ' ' || text[at] == '\n' || text[at] == '\t' || text[at] == '\r')) ++at;
    return at;
}

} // namespace

ExpressionPlace expression_place(const yaml::Tree& tree, yaml::NodeId value, std::string_view expr, const std::vector<std::string_view>& lines) {
    ExpressionPlace result{.value = tree.place(value)};
    const auto& node = tree[value];
    auto line = static_cast<std::size_t>(node.line) - 1;
    const bool block = node.style == yaml::ScalarStyle::literal || node.style == yaml::ScalarStyle::folded;
    std::size_t begin = 0;
    if (block) {
        ++line;
    } else if (line < lines.size()) {
        begin = byte_of(lines[line], node.column) + (node.style == yaml::ScalarStyle::plain ? 0 : 1);
    }
    for (std::size_t done = 0; done < expr.size() && line < lines.size(); ++line, begin = 0) {
        const auto start = skip_blanks(lines[line], begin);
        const auto content = trim(lines[line].substr(std::min(start, lines[line].size())));
        if (content.empty()) continue;
        // The last line of a quoted text goes on behind the quote.
        const auto rest = expr.substr(done);
        const auto length = std::min(content.size(), rest.size());
        if (rest.substr(0, length) != content.substr(0, length)) break;
        result.pieces.push_back({done, static_cast<int>(line) + 1, static_cast<int>(characters_before(lines[line], start)) + 1});
        result.known = done + length;
        done = skip_blanks(expr, done + length);
    }
    return result;
}

} // namespace slipway::prometheus
