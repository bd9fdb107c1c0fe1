#pragma once

#include "cli/context.hpp"
#include "wait-for-slo/checks/analysis.hpp"
#include "wait-for-slo/result.hpp"
#include "wait-for-slo/source.hpp"
#include "wait-for-slo/watch/objective_watch.hpp"

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
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
    /// Runs meanwhile: it is watched from before it begins until `watch` after its end.
    std::vector<std::string> command = {};
};

/// Waits for the new version, looks until a violation is proven or the time is over, and judges.
class Watch {
public:
    Watch(Source& source, std::vector<std::unique_ptr<Analysis>> analyses, WatchSettings settings, cli::Context& context);

    /// What goes wrong is an outcome as well: its code is misuse when the server refuses a query, and that of the signal when
    /// somebody cancels.
    Outcome run();

    /// When it is over; but for what the sources themselves know.
    /// @param outcome  that `run` gave
    Findings take_findings(const Outcome& outcome);

private:
    Outcome look_until_known();
    /// Tries once.
    /// @param failures  how often in a row it failed so far
    /// @return false when it failed and may be tried again
    /// @throws Error when it failed too often, or for good
    bool attempt(const std::function<void()>& look, long& failures);

    /// Nothing when the new version did not come in time; then `missing_` says what.
    std::optional<Timestamp> wait_for_start();
    /// Looks at the objectives and measures what is due.
    /// @return whether that brought something
    bool look();
    void run_command();
    void look_meanwhile();
    void take(const Reading& reading);
    bool measure();
    void say_what_failed(const Analysis& analysis);
    void remark(const Reading& reading);
    /// The verdict, as soon as there is one.
    std::optional<Outcome> decided();
    std::optional<Outcome> found_violated();
    bool is_complete() const;
    Finding of_mistake(std::size_t objective, const QueryMistake& mistake) const;
    Outcome at_the_end();
    Outcome hopeless();
    Outcome with(Verdict verdict, std::string reason, std::string hint = {}) const;
    enum class When { now, at_end };
    std::vector<Finding> of_analyses(When when) const;
    /// @param mistakes  those objectives whose finding is a mistake in their query, with the hint for it
    Outcome with_worst(std::vector<Finding> objectives, std::vector<Finding> analyses, const std::map<std::size_t, std::string>& mistakes = {}) const;
    Outcome cancelled(const Cancelled& signal) const;
    void show_progress() const;
    Duration pause_of_looks() const;
    Duration pause() const;
    Duration interval() const;
    static Duration patience(Duration interval);
    /// Time since the command's end, or since the beginning when there is no command.
    Duration rest() const { return watched_ - rest_began_; }
    /// Share of the watch that is over.
    /// @param delay  how far behind the counts are
    double elapsed(Duration delay = Duration{0}) const;

    Source& source_;
    WatchSettings settings_;
    cli::Context& context_;
    std::vector<std::unique_ptr<Analysis>> analyses_;
    std::vector<ObjectiveWatch> objectives_;
    long failures_ = 0;      ///< looks in a row that failed as a whole
    long unanswered_ = 0;    ///< the same of questions about queries: looks may succeed where these always fail
    bool not_ready_ = false; ///< the server said so last time
    bool waits_ = false;     ///< the same of one among several
    std::optional<Timestamp> since_;
    Duration lead_{0}; ///< from there to the beginning of the watch
    io::Steady began_{};
    Duration watched_{0};
    Duration rest_began_{0};
    io::Steady next_look_{};
    io::Steady look_again_{}; ///< after a look that failed while the command runs
    bool command_runs_ = false;
    std::optional<CommandRecord> command_;
    bool new_version_ = true;
    io::Steady version_seen_{};
    std::string missing_;
    std::set<std::string> down_; ///< what was said to be
    bool said_old_ = false;
    bool said_unseen_ = false;
    int said_failed_ = 0; ///< measurements that did not pass
};

} // namespace slipway::wait_for_slo
