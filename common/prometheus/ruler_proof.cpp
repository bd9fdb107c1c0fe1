#include "prometheus/ruler_proof.hpp"

#include "promql/parser.hpp"
#include "promql/print.hpp"

#include <map>
#include <utility>

namespace slipway::prometheus {

namespace {

/// Our own form of an expression that the server shows; empty when we cannot read it.
std::string form_of(const std::string& query) {
    promql::Dialect dialect;
    for (const auto& feature : promql::Features::names()) dialect.features.enable(feature);
    const auto parsed = promql::parse(query, dialect);
    return parsed.expr && parsed.mistakes.empty() ? promql::print(*parsed.expr) : std::string();
}

} // namespace

std::vector<UnprovenGroup> RulerProof::missing(const RulerState& wanted, const std::vector<RulerChange>& removed) {
    std::map<std::pair<std::string, std::string>, LoadedGroup> loaded;
    for (auto& group : loaded_groups(rules_)) {
        auto key = std::pair(group.file, group.name);
        loaded.emplace(std::move(key), std::move(group));
    }
    std::vector<UnprovenGroup> unproven;
    for (const auto& [name_space, groups] : wanted) {
        for (const auto& group : groups) {
            const auto found = loaded.find({name_space, group.name()});
            auto why = found == loaded.end() ? "it is not loaded" : difference(group, found->second);
            if (!why.empty()) unproven.push_back({name_space, group.name(), std::move(why)});
        }
    }
    for (const auto& change : removed) {
        if (loaded.count({change.name_space, change.group}) != 0) unproven.push_back({change.name_space, change.group, "it is still loaded"});
    }
    return unproven;
}

std::string RulerProof::difference(const RulerGroup& ours, LoadedGroup theirs) {
    // The server is asked for its form only where we cannot tell: one question for each of a thousand rules would be many.
    std::string other;
    for (std::size_t i = 0; i < theirs.rules.size() && i < ours.group.rules.size(); ++i) {
        const auto& rule = ours.group.rules[i];
        if (!rule.parsed || rule.expr == theirs.rules[i].query) continue;
        const auto form = form_of(theirs.rules[i].query);
        if (form.empty()) continue;
        if (form == promql::print(*rule.parsed)) theirs.rules[i].query = rule.expr;
        else if (other.empty()) other = "rule " + std::to_string(i + 1) + ", " + describe(rule) + ", has other expression there";
        if (!other.empty()) theirs.rules[i].query = rule.expr; // what else differs is the better explanation
    }
    const auto why = comparison_.difference(ours.group, theirs);
    return why.empty() ? other : why;
}

} // namespace slipway::prometheus
