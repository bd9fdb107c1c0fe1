#include "prometheus/rule_file.hpp"

#include "core/text.hpp"

#include <algorithm>

namespace slipway::prometheus {

Place ExpressionPlace::at(std::string_view expr, std::size_t offset) const {
    const auto behind = std::upper_bound(pieces.begin(), pieces.end(), offset, [](std::size_t at, const Piece& piece) { return at < piece.offset; });
    if (behind == pieces.begin() || offset > known) return value;
    const auto& piece = *std::prev(behind);
    if (piece.fixed) return {value.file, piece.line, piece.column};
    const auto before = expr.substr(piece.offset, offset - piece.offset);
    return {value.file, piece.line, piece.column + static_cast<int>(characters_before(before, before.size()))};
}

Place ExpressionPlace::at(std::string_view expr, int line, int column) const {
    std::size_t begin = 0;
    for (int i = 1; i < line && begin != std::string_view::npos; ++i) {
        begin = expr.find('\n', begin);
        if (begin != std::string_view::npos) ++begin;
    }
    if (line < 1 || column < 1 || begin == std::string_view::npos) return value;
    return at(expr, std::min(begin + static_cast<std::size_t>(column) - 1, expr.size()));
}

Place Rule::place_of(std::string_view key, bool annotation) const {
    for (const auto& found : key_places) {
        if (found.annotation == annotation && found.name == key) return {place.file, found.line, found.column};
    }
    return place;
}

bool same_content(const Rule& a, const Rule& b) {
    return a.kind == b.kind && a.name == b.name && a.expr == b.expr && a.labels == b.labels && a.annotations == b.annotations &&
           a.hold == b.hold && a.keep_firing == b.keep_firing;
}

bool same_content(const Group& a, const Group& b) {
    return a.name == b.name && a.interval == b.interval && a.query_offset == b.query_offset && a.limit == b.limit &&
           a.labels == b.labels && a.extras == b.extras && a.rules.size() == b.rules.size() &&
           std::equal(a.rules.begin(), a.rules.end(), b.rules.begin(), [](const Rule& x, const Rule& y) { return same_content(x, y); });
}

std::string describe(const Rule& rule) {
    return (rule.kind == RuleKind::alerting ? "alert '" : "record '") + visible(rule.name) + '\'';
}

bool RuleFile::has_errors() const {
    return std::any_of(problems.begin(), problems.end(), [](const auto& problem) { return problem.severity == Severity::error; });
}

} // namespace slipway::prometheus
