#pragma once

#include "wait-for-slo/counting/counter.hpp"
#include "wait-for-slo/counting/tick.hpp"
#include "wait-for-slo/counting/timeline.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace slipway::wait_for_slo {

/// What one target, or one rule group, adds to one selector.
struct Share {
    SelectorIndex selector = 0;
    double count = 0;
    const Doubt* doubt = nullptr; ///< null: none
};

/// What one target, or one rule group, adds to all selectors. Points into the tally, until its next tick.
struct Part {
    std::string_view key;         ///< the same in every server that knows it
    std::string_view name;        ///< "job=myapp, instance=10.0.0.1:8000"
    const Labels* labels = nullptr; ///< null: a rule group
    Milliseconds first = 0;       ///< scrape or evaluation
    Milliseconds newest = 0;
    std::optional<Milliseconds> newest_success;
    Milliseconds interval = 0;    ///< 0: not known
    std::optional<double> start;  ///< of its process, Unix seconds
    unsigned gaps = 0;
    bool is_up = true;            ///< the newest scrape succeeded
    const Doubt* doubt = nullptr; ///< nothing of it counts; null: none
    std::vector<Share> shares;    ///< by selector, each once

    Milliseconds interval_or_assumed() const { return interval > 0 ? interval : assumed_interval; }
};

/// What one series adds to one selector. Points into the tally, until its next tick.
struct SeriesShare {
    std::string_view series; ///< its labels, as write_key has them; empty: none that is known now, see Replicas::series_of
    std::string_view part;   ///< the key of its target or rule group
    SelectorIndex selector = 0;
    double count = 0;
};

/// Counts of events since the deploy, as one server sees them, from tick to tick.
///
/// The first tick's answers reach from some minutes before the deploy to now; those of later ticks need to reach back to the
/// tick before and some scrapes further. What was counted stays, whatever the server forgets: series, targets and start
/// times that are known go on from what is remembered, unknown ones are judged as new.
class Tally {
public:
    /// @param since      the deploy, by the server's clock: what happened before does not count
    /// @param selectors  how many there are
    Tally(Milliseconds since, std::size_t selectors);
    Tally(Tally&&) noexcept;
    Tally& operator=(Tally&&) noexcept;
    ~Tally();

    /// Takes the answers of one tick, all of them or none. Ticks come in the order of their times.
    /// They are given away, as their memory is needed for what becomes of them.
    void take(TickAnswers answers);

    Milliseconds since() const noexcept { return since_; }
    std::size_t selectors() const noexcept { return selectors_.size(); }
    /// Of the newest tick; nothing before the first.
    std::optional<Milliseconds> time() const noexcept { return time_; }

    /// What each target and rule group counted that has series of a selector. A target that has gone stays.
    std::vector<Part> parts() const;
    /// What each series counted of these selectors, each of which is named once. A target of which nothing counts is left out.
    std::vector<SeriesShare> series_of(const std::vector<SelectorIndex>& selectors) const;
    /// Whether a series of the selector was ever seen.
    bool matches(SelectorIndex selector) const { return selectors_.at(selector).matches; }
    /// What is wrong with the selector itself, or with series that belong to no target; null: nothing.
    const Doubt* doubt_of(SelectorIndex selector) const;

private:
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const noexcept { return std::hash<std::string_view>{}(text); }
    };
    template <class Value> using ByText = std::unordered_map<std::string, Value, Hash, std::equal_to<>>;
    using Texts = std::unordered_set<std::string, Hash, std::equal_to<>>;
    static constexpr std::uint32_t none = static_cast<std::uint32_t>(-1);

    struct Target;
    struct Group;
    struct Counted;
    struct Selected {
        bool matches = false;
        std::string bucket;             ///< the first `le` that was seen
        std::optional<Doubt> lasting;
        std::optional<Doubt> this_tick;
    };

    void take_scrapes(TickAnswers& answers);
    void find_renamed();
    void take_evaluations(const TickAnswers& answers);
    void take_counter(const FetchedSeries& fetched);
    Counted* counted(const FetchedSeries& fetched);
    void assign(Counted& counted, const FetchedSeries& fetched);
    void note_bucket(SelectorIndex selector, const Labels& labels);
    void doubt_orphan(const FetchedSeries& fetched, const std::string& key);
    void doubt_group(const FetchedSeries& fetched);
    std::uint32_t target_of(const Labels& labels) const;
    std::vector<Share> shares(const std::vector<std::uint32_t>& counters, const Timeline* timeline) const;

    Milliseconds since_;
    std::optional<Milliseconds> time_;
    std::vector<Selected> selectors_;
    std::vector<std::unique_ptr<Target>> targets_;
    std::vector<std::uint32_t> unborn_; ///< targets without a successful scrape so far
    std::vector<std::unique_ptr<Group>> groups_;
    std::vector<Counted> counters_;
    ByText<std::uint32_t> target_by_key_;
    ByText<std::vector<std::uint32_t>> targets_by_address_;
    ByText<std::uint32_t> group_by_name_;
    ByText<std::uint32_t> counter_by_key_;
    Texts orphans_before_; ///< keys of series without target in the tick before
    Texts orphans_;
    mutable std::string key_; ///< reused: keys are written thousands of times in a tick
};

} // namespace slipway::wait_for_slo
