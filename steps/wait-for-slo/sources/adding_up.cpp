#include "wait-for-slo/sources/adding_up.hpp"

#include "wait-for-slo/decision/wording.hpp"

#include <algorithm>
#include <set>
#include <string>

namespace slipway::wait_for_slo {

namespace {

/// A scrape may catch a service between its two counters, so that a few more are good than there are.
double tolerated(double total) { return 5 + total / 1000; }

void append_new(std::vector<std::string>& all, const std::vector<std::string>& more) {
    for (const auto& one : more) {
        if (std::find(all.begin(), all.end(), one) == all.end()) all.push_back(one);
    }
}

/// Adds up one version's counts.
class Version {
public:
    Version(const NumberedCounts& numbered, const std::vector<SelectorReading>& selectors) : counts_(numbered), selectors_(selectors) {
        for (const auto* count : {&numbered.good, &numbered.bad, &numbered.total}) {
            if (!*count) continue;
            for (const auto& term : **count) take(selectors[term.selector]);
        }
        sum_up();
        if (!doubt) doubt = part_of_total("good", numbered.good, good_);
        if (!doubt) doubt = part_of_total("bad", numbered.bad, bad_);
    }

    Counts counts;
    std::optional<Doubt> doubt;
    bool total_matches = false;
    bool numerator_matches = false;
    std::optional<Milliseconds> newest;
    Milliseconds interval = 0;
    bool alive = false;
    std::vector<std::string> down;
    std::vector<std::string> old;

private:
    void take(const SelectorReading& selector) {
        if (selector.doubt && (!doubt || (selector.doubt->lasting && !doubt->lasting))) doubt = selector.doubt;
        if (selector.newest_success) newest = std::max(newest.value_or(*selector.newest_success), *selector.newest_success);
        interval = std::max(interval, selector.interval);
        alive = alive || selector.alive;
        append_new(down, selector.down);
        append_new(old, selector.old);
    }

    double sum(const std::optional<NumberedCount>& count) const {
        double result = 0;
        if (count) {
            for (const auto& term : *count) result += term.sign * selectors_[term.selector].count;
        }
        return result;
    }

    bool matches(const std::optional<NumberedCount>& count) const {
        return count && std::any_of(count->begin(), count->end(), [&](const NumberedTerm& term) { return selectors_[term.selector].matches; });
    }

    void sum_up() {
        good_ = sum(counts_.good);
        bad_ = sum(counts_.bad);
        counts.total = std::max(counts_.total ? sum(counts_.total) : good_ + bad_, 0.0);
        counts.bad = std::clamp(counts_.bad ? bad_ : counts.total - good_, 0.0, counts.total);
        total_matches = counts_.total ? matches(counts_.total) : matches(counts_.good) || matches(counts_.bad);
        numerator_matches = matches(counts_.good && counts_.total ? counts_.good : counts_.bad);
    }

    std::set<std::string> targets_of(const NumberedCount& count) const {
        std::set<std::string> targets;
        for (const auto& term : count) targets.insert(selectors_[term.selector].targets.begin(), selectors_[term.selector].targets.end());
        return targets;
    }

    /// Why a count cannot be one of some of all events.
    std::optional<Doubt> part_of_total(const std::string& word, const std::optional<NumberedCount>& part, double count) const {
        // A total selector that matches nothing is told as such in the end: where it would match says nothing about where it is scraped.
        if (!part || !matches(counts_.total)) return std::nullopt;
        const auto of_total = targets_of(*counts_.total);
        for (const auto& target : targets_of(*part)) {
            if (of_total.count(target) != 0) continue;
            return Doubt{word + " and total do not belong together: " + target + " has " + word + " events and no total", "both must be scraped from the same targets, else they count different times"};
        }
        if (count <= counts.total + tolerated(counts.total)) return std::nullopt;
        return Doubt{events(count) + ' ' + word + " events of " + events(counts.total) + " cannot be: the selectors do not fit each other",
                     word + " must count a part of total; of a histogram these are the events of one bucket, with le="};
    }

    const NumberedCounts& counts_;
    const std::vector<SelectorReading>& selectors_;
    double good_ = 0;
    double bad_ = 0;
};

} // namespace

ObjectiveReading add_up(const NumberedObjective& objective, const std::vector<SelectorReading>& selectors, Timestamp now) {
    Version watched(objective.watched, selectors);
    ObjectiveReading reading{.counts = watched.counts,
                             .total_matches = watched.total_matches,
                             .numerator_matches = watched.numerator_matches,
                             .doubt = std::move(watched.doubt),
                             .interval = Duration{watched.interval},
                             .alive = watched.alive,
                             .down = std::move(watched.down),
                             .old = std::move(watched.old)};
    if (watched.newest) reading.since_newest = std::max(now.time_since_epoch() - Duration{*watched.newest}, Duration{0});
    if (objective.baseline) {
        Version baseline(*objective.baseline, selectors);
        reading.baseline = baseline.counts;
        if (!reading.doubt) reading.doubt = std::move(baseline.doubt);
    }
    return reading;
}

} // namespace slipway::wait_for_slo
