#include "prometheus/rule_file.hpp"

#include "core/text.hpp"

#include <algorithm>

namespace slipway::prometheus {

Place ExpressionPlace::at(int line, int column) const {
    if (first_line == 0 || line < 1 || column < 1) return value;
    if (line == 1) return {value.file, first_line, first_column + column - 1};
    if (next_column == 0) return value;
    return {value.file, first_line + line - 1, next_column + column - 1};
}

bool same_content(const Rule& a, const Rule& b) {
    return a.kind == b.kind && a.name == b.name && a.expr == b.expr && a.labels == b.labels && a.annotations == b.annotations &&
           a.hold == b.hold && a.keep_firing == b.keep_firing;
}

bool same_content(const Group& a, const Group& b) {
    return a.name == b.name && a.interval == b.interval && a.query_offset == b.query_offset && a.limit == b.limit &&
           a.labels == b.labels && a.rules.size() == b.rules.size() &&
           std::equal(a.rules.begin(), a.rules.end(), b.rules.begin(), [](const Rule& x, const Rule& y) { return same_content(x, y); });
}

std::string describe(const Rule& rule) {
    return (rule.kind == RuleKind::alerting ? "alert '" : "record '") + visible(rule.name) + '\'';
}

bool RuleFile::has_errors() const {
    return std::any_of(problems.begin(), problems.end(), [](const auto& problem) { return problem.severity == Severity::error; });
}

} // namespace slipway::prometheus
