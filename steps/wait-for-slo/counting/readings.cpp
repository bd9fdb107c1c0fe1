#include "wait-for-slo/counting/readings.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace slipway::wait_for_slo {

namespace {

Milliseconds staleness(const Part& part) { return 3 * part.interval_or_assumed(); }

void merge(std::optional<Doubt>& doubt, const Doubt& other) {
    if (!doubt || (other.lasting && !doubt->lasting)) doubt = other;
}

void sort_once(std::vector<std::string>& names) {
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());
}

/// The condition that only one of two targets fulfils.
std::string difference(const Part& one, const Part& other) {
    std::string differing;
    for (const auto& [label, value] : *one.labels) {
        const auto theirs = other.labels->find(label);
        if (theirs == other.labels->end() || theirs->second != value) differing = label + "=\"" + value + '"';
    }
    return differing;
}

} // namespace

ReadingBuilder::ReadingBuilder(std::size_t selectors, Milliseconds since, Milliseconds now)
    : readings_(selectors), parts_(selectors), since_(since), now_(now) {}

void ReadingBuilder::add_doubt(SelectorIndex selector, const Doubt& doubt) { merge(readings_.at(selector).doubt, doubt); }

void ReadingBuilder::add(const Part& part) {
    const bool is_alive = part.newest_success && now_ - *part.newest_success <= staleness(part);
    const bool is_down = !part.is_up && part.newest > since_ && now_ - part.newest <= staleness(part);
    const bool is_old = is_alive && part.start && *part.start * 1000 <= static_cast<double>(since_);
    for (const auto& share : part.shares) {
        auto& reading = readings_.at(share.selector);
        parts_[share.selector].push_back(&part);
        reading.interval = std::max(reading.interval, part.interval);
        if (part.newest_success) reading.newest_success = std::max(reading.newest_success.value_or(*part.newest_success), *part.newest_success);
        reading.alive = reading.alive || is_alive;
        if (is_down) reading.down.emplace_back(part.name);
        if (is_old && share.count > 0) reading.old.emplace_back(part.name);
        reading.targets.emplace_back(part.name);
        if (share.doubt) merge(reading.doubt, *share.doubt);
        if (part.doubt) {
            merge(reading.doubt, *part.doubt);
        } else {
            reading.count += share.count;
        }
    }
}

std::vector<SelectorReading> ReadingBuilder::build() {
    for (std::size_t i = 0; i < readings_.size(); ++i) {
        refuse_twins(static_cast<SelectorIndex>(i));
        sort_once(readings_[i].down);
        sort_once(readings_[i].old);
        sort_once(readings_[i].targets);
    }
    return std::move(readings_);
}

/// The same endpoint scraped twice, as pairs of servers do for each other, would count every event twice.
void ReadingBuilder::refuse_twins(SelectorIndex selector) {
    auto& parts = parts_[selector];
    if (parts.size() < 2) return;
    std::stable_sort(parts.begin(), parts.end(), [](const Part* a, const Part* b) {
        return std::make_pair(a->name, a->first) < std::make_pair(b->name, b->first);
    });
    for (std::size_t i = 1; i < parts.size(); ++i) {
        const auto& one = *parts[i - 1];
        const auto& other = *parts[i];
        // One after the other is a new deployment whose labels changed.
        if (!one.labels || !other.labels || one.name != other.name || other.first > one.newest) continue;
        add_doubt(selector, {"every event would count twice: " + std::string(one.name) + " is there more than once",
                             "choose one, for example with --where '" + difference(other, one) + '\'', true});
    }
}

std::vector<SelectorReading> read(const Tally& tally) {
    const auto parts = tally.parts();
    ReadingBuilder builder(tally.selectors(), tally.since(), tally.time().value_or(tally.since()));
    for (std::size_t i = 0; i < tally.selectors(); ++i) {
        const auto selector = static_cast<SelectorIndex>(i);
        if (tally.matches(selector)) builder.set_matches(selector);
        if (const auto* doubt = tally.doubt_of(selector)) builder.add_doubt(selector, *doubt);
    }
    for (const auto& part : parts) builder.add(part);
    return builder.build();
}

void add_shard(std::vector<SelectorReading>& sum, std::vector<SelectorReading> shard) {
    if (sum.empty()) {
        sum = std::move(shard);
        return;
    }
    for (std::size_t i = 0; i < sum.size(); ++i) {
        auto& to = sum[i];
        auto& from = shard.at(i);
        std::vector<std::string> both;
        std::set_intersection(to.targets.begin(), to.targets.end(), from.targets.begin(), from.targets.end(), std::back_inserter(both));
        to.count += from.count;
        to.matches = to.matches || from.matches;
        to.alive = to.alive || from.alive;
        to.interval = std::max(to.interval, from.interval);
        if (from.newest_success) to.newest_success = std::max(to.newest_success.value_or(*from.newest_success), *from.newest_success);
        if (from.doubt) merge(to.doubt, *from.doubt);
        if (!both.empty()) {
            merge(to.doubt, {"every event would count twice: two shards have " + both.front(),
                             "servers that scrape the same targets are replicas: leave out --shards"});
        }
        for (auto names : {&SelectorReading::down, &SelectorReading::old, &SelectorReading::targets}) {
            auto& all = to.*names;
            all.insert(all.end(), (from.*names).begin(), (from.*names).end());
            sort_once(all);
        }
    }
}

} // namespace slipway::wait_for_slo
