#include "prometheus/ruler_proof.hpp"

#include <algorithm>
#include <utility>

namespace slipway::prometheus {

std::vector<UnprovenGroup> RulerProof::missing(const RulerState& wanted, const std::vector<RulerChange>& removed) {
    loaded_.clear();
    for (auto& group : loaded_groups(rules_)) {
        auto key = std::pair(group.file, group.name);
        loaded_.emplace(std::move(key), std::move(group));
    }
    std::vector<UnprovenGroup> unproven;
    for (const auto& [name_space, groups] : wanted) {
        for (const auto& group : groups) {
            const auto found = loaded_.find({name_space, group.name()});
            auto why = found == loaded_.end() ? "it is not loaded" : comparison_.difference(group.group, found->second);
            if (!why.empty()) unproven.push_back({name_space, group.name(), std::move(why)});
        }
    }
    for (const auto& change : removed) {
        if (loaded_.count({change.name_space, change.group}) != 0) unproven.push_back({change.name_space, change.group, "it is still loaded"});
    }
    return unproven;
}

Evaluation RulerProof::evaluation(const std::vector<RulerChange>& groups, Timestamp since) const {
    Evaluation pending;
    for (const auto& group : groups) {
        const auto found = loaded_.find({group.name_space, group.group});
        if (found == loaded_.end()) continue;
        auto evaluation = evaluation_of(found->second, since);
        if (evaluation.state == Evaluation::State::failed) return evaluation;
        if (evaluation.state == Evaluation::State::pending) pending = std::move(evaluation);
    }
    return pending;
}

Duration RulerProof::longest_interval(const std::vector<RulerChange>& groups) const {
    Duration longest{0};
    for (const auto& group : groups) {
        const auto found = loaded_.find({group.name_space, group.group});
        if (found != loaded_.end()) longest = std::max(longest, found->second.interval);
    }
    return longest;
}

} // namespace slipway::prometheus
