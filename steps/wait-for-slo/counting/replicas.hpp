#pragma once

#include "wait-for-slo/counting/readings.hpp"
#include "wait-for-slo/counting/tally.hpp"

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace slipway::wait_for_slo {

/// What one of several servers with the same targets knows.
struct Replica {
    const Tally* tally = nullptr; ///< of this server, from the first tick to the last
    bool answered = false;        ///< it has taken this tick
};

/// Reads several servers that scrape the same targets, never as a sum: each target is read from one of them. Targets that
/// only one of them knows count.
///
/// The choice stays until the chosen one has more gaps than another, cannot be trusted in a tick, or falls behind by more than
/// two scrapes. As servers scrape at different moments, another one's counts may be lower; the change then waits until they
/// are not. When it cannot wait, counting goes on from what was read last, with what the other one counts from there, so that good
/// and total stay from the same scrapes and no count ever goes down. A lasting doubt of one replica is one of all: that several
/// processes answer in turn is seen by chance.
class Replicas {
public:
    /// @param replicas  the same servers in the same order at each tick; at least one
    std::vector<SelectorReading> read(const std::vector<Replica>& replicas);

    /// What each series counted of these selectors, as it was read last. What went on from another replica's counts has no series
    /// that the chosen one knows: one share of each target and selector.
    /// @param replicas  the same as `read` had last
    std::vector<SeriesShare> series_of(const std::vector<Replica>& replicas, const std::vector<SelectorIndex>& selectors) const;

private:
    struct Choice {
        std::size_t replica = 0;
        std::map<SelectorIndex, double> offsets; ///< what the chosen one lacks
        std::map<SelectorIndex, double> counts;  ///< that were read last
        std::optional<Milliseconds> newest_success; ///< of those
        bool is_doubted = false; ///< nothing of it counts
    };
    using Candidates = std::vector<const Part*>; ///< one for each replica; null: it does not know the target

    static std::size_t first_choice(const Candidates& candidates);
    static void choose(Choice& choice, const Candidates& candidates);
    static Part read_part(Choice& choice, const Candidates& candidates);

    std::map<std::string, Choice, std::less<>> choices_; ///< by the target's key
};

} // namespace slipway::wait_for_slo
