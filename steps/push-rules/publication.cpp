#include "publication.hpp"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

namespace slipway::push_rules {

namespace {

using prometheus::Group;
using prometheus::Rule;

/// Rules of one name and of the same labels are the same rule; several of them are told apart by their order.
using RuleKey = std::tuple<prometheus::RuleKind, std::string, prometheus::Labels>;

std::multimap<RuleKey, const Rule*> by_key(const std::vector<Rule>& rules) {
    std::multimap<RuleKey, const Rule*> found;
    for (const auto& rule : rules) found.emplace(RuleKey(rule.kind, rule.name, rule.labels), &rule);
    return found;
}

void compare_rules(const std::vector<Rule>& old, const std::vector<Rule>& fresh, GroupChanges& changes) {
    auto before = by_key(old);
    for (const auto& rule : fresh) {
        const auto known = before.find(RuleKey(rule.kind, rule.name, rule.labels));
        if (known == before.end()) {
            ++changes.rules_added;
            continue;
        }
        ++(same_content(*known->second, rule) ? changes.rules_unchanged : changes.rules_changed);
        before.erase(known);
    }
    changes.rules_removed += before.size();
}

} // namespace

void compare_groups(const std::string& file, const std::vector<Group>& old, const std::vector<Group>& fresh, GroupChanges& changes) {
    static const std::vector<Rule> none;
    const auto find = [](const std::vector<Group>& groups, const std::string& wanted) {
        return std::find_if(groups.begin(), groups.end(), [&](const auto& group) { return group.name == wanted; });
    };
    for (const auto& group : fresh) {
        const auto before = find(old, group.name);
        auto& list = before == old.end() ? changes.added : same_content(*before, group) ? changes.unchanged : changes.changed;
        list.push_back(file + ':' + group.name);
        compare_rules(before == old.end() ? none : before->rules, group.rules, changes);
    }
    for (const auto& group : old) {
        if (find(fresh, group.name) != fresh.end()) continue;
        changes.removed.push_back(file + ':' + group.name);
        compare_rules(group.rules, none, changes);
    }
}

Error with_hint(const Error& error, const std::string& hint) {
    auto diagnostics = error.diagnostics();
    auto& last = diagnostics.back().hint;
    last += (last.empty() ? "" : "; ") + hint;
    return {error.code(), std::move(diagnostics)};
}

} // namespace slipway::push_rules
