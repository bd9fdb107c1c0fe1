#include "push-rules/check/suppression.hpp"

#include "core/text.hpp"

#include <algorithm>
#include <limits>

namespace slipway::push_rules {

namespace {

constexpr std::string_view marker = "# slipway: disable=";
constexpr int to_the_end = std::numeric_limits<int>::max();

bool is_comment(std::string_view line) { return !trim(line).empty() && trim(line).front() == '#'; }

} // namespace

Suppressions::Suppressions(std::string_view text, const prometheus::RuleFile& rules) {
    if (text.find(marker) == std::string_view::npos) return;
    const auto lines = slipway::lines(text);
    // Comments directly above something belong to it.
    const auto with_comments = [&](int line) {
        while (line > 1 && is_comment(lines[static_cast<std::size_t>(line) - 2])) --line;
        return line;
    };
    struct Scope {
        int first;
        int last;
        bool is_rule;
    };
    std::vector<Scope> scopes;
    for (const auto& group : rules.groups) {
        scopes.push_back({with_comments(group.place.line), to_the_end, false});
        for (const auto& rule : group.rules) scopes.push_back({with_comments(rule.place.line), to_the_end, true});
    }
    std::stable_sort(scopes.begin(), scopes.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    for (auto scope = scopes.begin(); scope != scopes.end(); ++scope) {
        const auto next = std::find_if(scope + 1, scopes.end(), [&](const auto& later) { return scope->is_rule || !later.is_rule; });
        if (next != scopes.end()) scope->last = next->first - 1;
    }
    for (std::size_t i = 0; i < lines.size(); ++i) {
        const auto at = lines[i].find(marker);
        if (at == std::string_view::npos) continue;
        const auto line = static_cast<int>(i) + 1;
        const auto behind = std::upper_bound(scopes.begin(), scopes.end(), line, [](int wanted, const auto& scope) { return wanted < scope.first; });
        const auto scope = behind == scopes.begin() ? Scope{1, to_the_end, false} : *std::prev(behind);
        for (const auto id : split(lines[i].substr(at + marker.size()), ',')) {
            const auto name = std::string(trim(id));
            ranges_.push_back({scope.first, scope.last, name});
            ids_.emplace_back(line, name);
        }
    }
}

bool Suppressions::covers(const std::string& id, int line) const {
    return std::any_of(ranges_.begin(), ranges_.end(), [&](const auto& range) { return range.id == id && range.first <= line && line <= range.last; });
}

} // namespace slipway::push_rules
