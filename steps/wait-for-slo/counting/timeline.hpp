#pragma once

#include "wait-for-slo/counting/tick.hpp"

#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <optional>
#include <string>
#include <vector>

namespace slipway::wait_for_slo {

/// One visit of Prometheus to a target.
struct Scrape {
    Milliseconds time = 0;
    double start = std::numeric_limits<double>::quiet_NaN(); ///< when the process began that answered, Unix seconds; NaN: nobody says
    bool succeeded = false;
};

/// Start times are computed from the machine's own clock and may tremble; beyond a second it is another process.
inline bool is_other_process(double start, double other) { return std::abs(start - other) > 1; }

/// When a target was scraped, and what that tells of its processes.
///
/// Keeps the newest scrapes only, and always the newest that succeeded, so that its size does not depend on the length of
/// the watch. What was learned from those before (first scrape, processes in turn, gaps) stays known.
class Timeline {
public:
    /// @param labels  of `up`; __name__ is dropped
    explicit Timeline(Labels labels);

    const Labels& labels() const noexcept { return labels_; }
    /// "job=myapp, instance=10.0.0.1:8000"
    const std::string& name() const noexcept { return name_; }

    /// Takes samples of `up`; those known before, and those older than what is kept, are skipped.
    void add_scrapes(const std::vector<prometheus::Sample>& up);
    /// Takes samples of process_start_time_seconds. When two series say different things of one scrape, nobody knows
    /// which of them is the process, and start times of this target are not used any more.
    void add_starts(const std::vector<prometheus::Sample>& starts);
    /// To be called when all scrapes and starts of a tick were added, before counters look at it.
    /// @param edge  nothing can be said about the time before this; nothing when the tick continues the one before
    void settle(Milliseconds since, std::optional<Milliseconds> edge);
    /// To be called when the counters of a tick were added: judges a birth that was held back, and forgets old scrapes.
    void finish(Milliseconds since);

    bool empty() const noexcept { return scrapes_.empty(); }
    /// @pre not empty, as for the next two
    Milliseconds newest() const { return scrapes_.back().time; }
    bool newest_succeeded() const { return scrapes_.back().succeeded; }
    Milliseconds first_scrape() const { return first_scrape_; }
    /// Scrapes up to this time may have been forgotten.
    std::optional<Milliseconds> forgotten_until() const { return forgotten_until_; }
    /// Null when it was not scraped then.
    const Scrape* at(Milliseconds time) const;
    /// The newest scrape before a time that succeeded; null when there is none.
    const Scrape* success_before(Milliseconds time) const;
    std::optional<Milliseconds> newest_success() const;
    /// Median time between the newest scrapes; nothing when there was one only.
    std::optional<Milliseconds> interval() const { return interval_; }
    /// When the newest process began whose start is known, Unix seconds.
    std::optional<double> newest_start() const { return last_start_; }
    /// When the process began that answered first, as far as known.
    std::optional<double> first_start() const { return first_start_; }
    /// How often successful scrapes were further apart than two and a half intervals.
    unsigned gaps() const noexcept { return gaps_; }

    /// Whether several processes answer in turn: a start time went back, or a counter said so.
    bool has_several_processes() const noexcept { return several_processes_; }
    void set_several_processes() noexcept { several_processes_ = true; }

    /// That another target was this process before, whose labels changed: its first scrape is where counting begins.
    void set_continues() noexcept { continues_ = true; }
    bool continues() const noexcept { return continues_; }

    // A birth without a start time. Whether the process is new or only newly discovered shows when it was scraped again:
    // a process that is younger than the deploy cannot have counted much more than its rate allows.

    /// Whether the first scrape may be that of a process that began after the deploy, as far as scrapes tell.
    bool may_be_new(Milliseconds since) const { return !was_there_before_ && !empty() && first_scrape_ > since; }
    /// Holds back the value that a counter had at the first scrape.
    void hold(double value) { held_ += value; }
    /// Tells what a counter has grown by at a scrape.
    void add_growth(Milliseconds time, double events);
    /// Whether held values count. They do when, at the second, third or fourth successful scrape, their sum is at most
    /// twice what the rate since the first one gives for the time from the deploy to the first, plus five: a process as old as
    /// that is counted wrongly by no more than so much.
    bool is_credible() const noexcept { return birth_ == Birth::credible; }

private:
    enum class Birth { open, credible, rejected };
    static constexpr std::size_t scrapes_of_a_birth = 4;

    void learn_interval();
    void learn_processes();
    void learn_gaps(Milliseconds since);
    void learn_first_successes();
    void judge_birth(Milliseconds since);
    void forget();

    Labels labels_;
    std::string name_;
    std::vector<Scrape> scrapes_; ///< oldest first
    std::optional<Milliseconds> forgotten_until_;
    std::optional<Milliseconds> interval_;
    Milliseconds first_scrape_ = 0;
    std::optional<Milliseconds> examined_until_; ///< by learn_processes and learn_gaps
    std::optional<double> first_start_;
    std::optional<double> last_start_;
    std::array<Milliseconds, scrapes_of_a_birth> successes_{}; ///< the first ones
    std::array<double, scrapes_of_a_birth> growth_{};          ///< from the first to each of them
    std::size_t success_count_ = 0;                           ///< of those
    double held_ = 0;
    unsigned gaps_ = 0;
    Birth birth_ = Birth::open;
    bool is_settled_ = false;
    bool was_there_before_ = false;
    bool starts_are_useless_ = false;
    bool several_processes_ = false;
    bool continues_ = false;
};

} // namespace slipway::wait_for_slo
