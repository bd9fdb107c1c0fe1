#include "wait-for-slo/counting/replicas.hpp"

#include <algorithm>
#include <limits>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace slipway::wait_for_slo {

namespace {

Milliseconds success_of(const Part& part) { return part.newest_success.value_or(std::numeric_limits<Milliseconds>::min() / 4); }

bool has_doubt(const Part& part) {
    return part.doubt || std::any_of(part.shares.begin(), part.shares.end(), [](const Share& share) { return share.doubt != nullptr; });
}

bool is_behind(const Part& part, const Part& other) {
    // One that was lost after its first scrape never knew the interval.
    return success_of(other) > success_of(part) + 2 * (part.interval > 0 ? part : other).interval_or_assumed();
}

const Doubt* lasting_doubt(const std::vector<const Part*>& candidates) {
    for (const auto* part : candidates) {
        if (part && part->doubt && part->doubt->lasting) return part->doubt;
    }
    return nullptr;
}

/// What a part adds to a selector; null: nothing. Thousands of selectors may read one target, so it is not looked for one by one.
const Share* share_of(const Part& part, SelectorIndex selector) {
    const auto is_before = [](const Share& one, SelectorIndex wanted) { return one.selector < wanted; };
    const auto share = std::lower_bound(part.shares.begin(), part.shares.end(), selector, is_before);
    return share == part.shares.end() || share->selector != selector ? nullptr : &*share;
}

const Doubt* lasting_doubt(const std::vector<const Part*>& candidates, SelectorIndex selector) {
    for (const auto* part : candidates) {
        const auto* share = part ? share_of(*part, selector) : nullptr;
        if (share && share->doubt && share->doubt->lasting) return share->doubt;
    }
    return nullptr;
}

double count_of(const Part& part, SelectorIndex selector) {
    const auto* share = share_of(part, selector);
    return share ? share->count : 0;
}

} // namespace

std::size_t Replicas::first_choice(const Candidates& candidates) {
    std::optional<std::size_t> best;
    const auto is_better = [](const Part& one, const Part& other) {
        if (has_doubt(one) != has_doubt(other)) return has_doubt(other);
        if (is_behind(one, other) != is_behind(other, one)) return is_behind(other, one);
        if (one.gaps != other.gaps) return one.gaps < other.gaps;
        // One that began to scrape it later may have missed the beginning.
        return one.first + 2 * one.interval_or_assumed() < other.first;
    };
    for (std::size_t i = 0; i < candidates.size(); ++i) {
        if (candidates[i] && (!best || is_better(*candidates[i], *candidates[*best]))) best = i;
    }
    return best.value_or(0);
}

void Replicas::choose(Choice& choice, const Candidates& candidates) {
    for (std::size_t i = 0; i < candidates.size(); ++i) {
        const auto* current = candidates[choice.replica];
        const auto* other = candidates[i];
        if (i == choice.replica || !other || has_doubt(*other)) continue;
        if (current && is_behind(*other, *current)) continue;
        const bool is_lost = !current || has_doubt(*current) || is_behind(*current, *other);
        if (!is_lost && other->gaps >= current->gaps) continue;
        const bool is_lower = std::any_of(choice.counts.begin(), choice.counts.end(),
                                          [&](const auto& read) { return count_of(*other, read.first) < read.second; });
        if (is_lower && !is_lost) continue;
        // What lies between its newest scrape and the last one that was read would count twice.
        if (is_lower && choice.newest_success && success_of(*other) < *choice.newest_success) continue;
        choice.replica = i;
        choice.offsets.clear();
        if (!is_lower) continue;
        for (const auto& [selector, count] : choice.counts) choice.offsets[selector] = count - count_of(*other, selector);
    }
}

Part Replicas::read_part(Choice& choice, const Candidates& candidates) {
    const auto& chosen = *candidates[choice.replica];
    Part part = chosen;
    if (const auto* doubt = lasting_doubt(candidates)) part.doubt = doubt;
    // A selector whose series only the one before knew keeps what they counted.
    for (const auto& read : choice.counts) {
        if (!share_of(chosen, read.first)) part.shares.push_back({read.first, 0});
    }
    for (auto& share : part.shares) {
        if (const auto offset = choice.offsets.find(share.selector); offset != choice.offsets.end()) share.count += offset->second;
        if (const auto* doubt = lasting_doubt(candidates, share.selector)) share.doubt = doubt;
        choice.counts[share.selector] = share.count;
    }
    choice.newest_success = part.newest_success;
    choice.is_doubted = part.doubt != nullptr;
    return part;
}

std::vector<SeriesShare> Replicas::series_of(const std::vector<Replica>& replicas, const std::vector<SelectorIndex>& selectors) const {
    std::vector<SeriesShare> all;
    for (std::size_t i = 0; i < replicas.size(); ++i) {
        for (const auto& share : replicas[i].tally->series_of(selectors)) {
            const auto choice = choices_.find(share.part);
            if (choice != choices_.end() && choice->second.replica == i && !choice->second.is_doubted) all.push_back(share);
        }
    }
    for (const auto& [part, choice] : choices_) {
        if (choice.is_doubted) continue;
        for (const auto& [selector, count] : choice.offsets) {
            if (std::find(selectors.begin(), selectors.end(), selector) != selectors.end()) all.push_back({{}, part, selector, count});
        }
    }
    return all;
}

std::vector<SelectorReading> Replicas::read(const std::vector<Replica>& replicas) {
    std::vector<std::vector<Part>> parts;
    std::unordered_map<std::string_view, Candidates> candidates;
    std::vector<std::string_view> order;
    std::optional<Milliseconds> now;
    for (std::size_t i = 0; i < replicas.size(); ++i) {
        const auto& replica = replicas[i];
        if (replica.answered && replica.tally->time()) now = std::max(now.value_or(*replica.tally->time()), *replica.tally->time());
        parts.push_back(replica.tally->parts());
        for (const auto& part : parts.back()) {
            auto& known = candidates[part.key];
            if (known.empty()) order.push_back(part.key);
            known.resize(replicas.size());
            known[i] = &part;
        }
    }
    const auto& first = *replicas.at(0).tally;
    ReadingBuilder builder(first.selectors(), first.since(), now.value_or(first.since()));
    for (std::size_t i = 0; i < first.selectors(); ++i) {
        const auto selector = static_cast<SelectorIndex>(i);
        const Doubt* doubt = nullptr;
        bool all_doubt = true;
        for (const auto& replica : replicas) {
            if (replica.tally->matches(selector)) builder.set_matches(selector);
            const auto* own = replica.tally->doubt_of(selector);
            if (own && (own->lasting || !doubt)) doubt = own;
            if (replica.answered && !own) all_doubt = false;
        }
        // What one of them does not know whom it belongs to, another may have counted.
        if (doubt && (doubt->lasting || all_doubt)) builder.add_doubt(selector, *doubt);
    }
    std::vector<Part> chosen;
    chosen.reserve(order.size());
    for (const auto key : order) {
        const auto& known = candidates[key];
        auto found = choices_.find(key);
        if (found == choices_.end()) {
            found = choices_.emplace(std::string(key), Choice{}).first;
            found->second.replica = first_choice(known);
        } else {
            choose(found->second, known);
        }
        chosen.push_back(read_part(found->second, known));
    }
    for (const auto& part : chosen) builder.add(part);
    return builder.build();
}

} // namespace slipway::wait_for_slo
