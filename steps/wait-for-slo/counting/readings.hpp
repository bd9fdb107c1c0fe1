#pragma once

#include "wait-for-slo/counting/tally.hpp"

#include <optional>
#include <string>
#include <vector>

namespace slipway::wait_for_slo {

/// The state of one selector's count after a tick.
struct SelectorReading {
    double count = 0;            ///< events since the deploy
    bool matches = false;        ///< a series of it is there, or was
    std::optional<Doubt> doubt;  ///< the count must not be used in this tick, or never when it is lasting
    std::optional<Milliseconds> newest_success; ///< the newest successful scrape, or evaluation, of any of its targets
    Milliseconds interval = 0;   ///< between scrapes, the longest of its targets; 0: not known
    bool alive = false;          ///< a target of it was scraped successfully within its last three intervals
    std::vector<std::string> down;    ///< targets that are still scraped and whose newest scrape failed
    std::vector<std::string> old;     ///< targets that are alive, have counted, and whose process began before the deploy
    std::vector<std::string> targets; ///< all that have, or had, series of it; sorted, each once
};

/// One reading for each selector of a server.
std::vector<SelectorReading> read(const Tally& tally);

/// Adds another shard's readings. The caller makes sure that all shards have answered in this tick.
/// A target that two of them scrape would count twice: a doubt.
/// @pre as many selectors in both, or `sum` is empty
void add_shard(std::vector<SelectorReading>& sum, std::vector<SelectorReading> shard);

/// Makes readings of what targets counted.
class ReadingBuilder {
public:
    /// @param since  the deploy
    /// @param now    the newest tick; what is fresh is measured against it
    ReadingBuilder(std::size_t selectors, Milliseconds since, Milliseconds now);

    void set_matches(SelectorIndex selector) { readings_.at(selector).matches = true; }
    /// A lasting one wins over others, else the first.
    void add_doubt(SelectorIndex selector, const Doubt& doubt);
    /// @param part  must stay until `build` was called
    void add(const Part& part);
    std::vector<SelectorReading> build();

private:
    void refuse_twins(SelectorIndex selector);

    std::vector<SelectorReading> readings_;
    std::vector<std::vector<const Part*>> parts_; ///< of each selector
    Milliseconds since_;
    Milliseconds now_;
};

} // namespace slipway::wait_for_slo
