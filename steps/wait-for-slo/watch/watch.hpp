#pragma once

#include "cli/context.hpp"
#include "wait-for-slo/result.hpp"
#include "wait-for-slo/source.hpp"
#include "wait-for-slo/watch/objective_watch.hpp"

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace slipway::wait_for_slo {

struct WatchSettings {
    std::vector<WatchedObjective> objectives;
    Duration watch{0};
    bool waits_for_start = false; ///< else it begins at once
    Duration start_timeout{0};
    Duration interval{0}; ///< between looks; 0: as the scrapes suggest
    long max_errors = 1;  ///< looks in a row that may fail
    bool early_pass = false;
    /// Whether something tells versions apart: conditions, addresses, a sign of the start.
    bool knows_version = false;
};

/// Waits for the new version, looks until a violation is proven or the time is over, and judges.
class Watch {
public:
    Watch(Source& source, WatchSettings settings, cli::Context& context);

    /// What goes wrong is an outcome as well: its code is misuse when the server refuses a query, and that of the signal when
    /// somebody cancels.
    Outcome run();

    /// When it is over.
    Findings take_findings();

private:
    Outcome look_until_known();
    /// Tries once. Nothing when that failed and may be tried again.
    /// @param failures  how often in a row it failed so far
    /// @throws Error when it failed too often, or for good
    template <class Look> auto attempt(Look look, long& failures) -> std::optional<decltype(look())>;
    template <class Look> auto attempt(Look look) { return attempt(std::move(look), failures_); }

    /// Nothing when the new version did not come in time; then `missing_` says what.
    std::optional<Timestamp> wait_for_start();
    void take(const Reading& reading);
    void remark(const Reading& reading);
    /// The verdict, as soon as there is one.
    std::optional<Outcome> decided();
    std::optional<Outcome> found_violated();
    Finding of_mistake(std::size_t objective, const QueryMistake& mistake) const;
    Outcome at_the_end();
    Outcome hopeless();
    Outcome with(Verdict verdict, std::string reason, std::string hint = {}) const;
    /// @param mistakes  those objectives whose finding is a mistake in their query, with the hint for it
    Outcome with_worst(std::vector<Finding> findings, const std::map<std::size_t, std::string>& mistakes = {}) const;
    Outcome cancelled(const Cancelled& signal) const;
    void show_progress() const;
    Duration pause() const;
    Duration interval() const;
    Duration patience() const;
    double elapsed() const;

    Source& source_;
    WatchSettings settings_;
    cli::Context& context_;
    std::vector<ObjectiveWatch> objectives_;
    long failures_ = 0;      ///< looks in a row that failed as a whole
    long unanswered_ = 0;    ///< the same of questions about queries: looks may succeed where these always fail
    bool not_ready_ = false; ///< the server said so last time
    std::optional<Timestamp> since_;
    io::Steady began_{};
    Duration watched_{0};
    bool new_version_ = true;
    io::Steady version_seen_{};
    std::string missing_;
    std::set<std::string> down_; ///< what was said to be
    bool said_old_ = false;
    bool said_unseen_ = false;
};

} // namespace slipway::wait_for_slo
