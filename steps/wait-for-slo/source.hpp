#pragma once

#include "core/duration.hpp"
#include "core/error.hpp"
#include "core/timestamp.hpp"
#include "wait-for-slo/counting/tick.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace slipway::wait_for_slo {

/// Events since the deploy.
struct Counts {
    double bad = 0;
    double total = 0;
};

/// What was counted for one objective since the deploy.
struct ObjectiveReading {
    Counts counts = {};
    Counts baseline = {}; ///< of the version to compare with; nothing when there is none
    bool total_matches = false;     ///< whether anything was ever seen of all events
    bool numerator_matches = false; ///< the same of the good ones, or of the bad ones, whichever is asked for
    /// Why these counts are not to be used this time.
    std::optional<Doubt> doubt = {};
    std::optional<Duration> since_newest = {}; ///< age of the newest scrape that succeeded; nothing when there was none
    Duration interval{0}; ///< between two scrapes, the longest of all targets; 0 when not known
    bool alive = false;   ///< some target answers its scrapes now
    std::vector<std::string> down = {}; ///< targets whose newest scrape failed
    std::string first_bad = {}; ///< what the first bad event was, where that is known
    std::vector<std::string> old = {};  ///< targets whose processes began before the deploy and still count
    /// How far behind the counts are: events of so long ago, and newer ones, may still be missing. A watch that is over goes on until its
    /// end is counted, but no longer than `longest_delay`.
    Duration delay{0};
    Duration longest_delay{0};
};

/// What one series, or one place that was asked, counted since the deploy: for those who look for a reason.
struct SeriesCount {
    std::string name; ///< `requests_total{code="500",instance="a:1"}`, or an address
    double events = 0;
    double bad = 0;
};

/// One look at all objectives, as of one moment.
struct Reading {
    std::vector<ObjectiveReading> objectives; ///< in the order in which the source knows them
    bool new_version = true; ///< whether it serves now; true when nobody asked
};

/// Whether the watch may begin.
struct Beginning {
    std::optional<Timestamp> since = {}; ///< the deploy instant by the server's clock; nothing: not yet
    std::string missing = {};            ///< what is being waited for
    Duration ago{0};                     ///< how long before now the deploy instant is
};

/// What is wrong with a query that matched nothing while others grew.
struct QueryMistake {
    std::string message;
    std::string hint;
};

/// A server that answers, and says that it is not ready yet: it is waited for, and no mistake is counted.
class NotReady : public Error {
public:
    explicit NotReady(Diagnostic diagnostic) : Error(ExitCode::world, std::move(diagnostic)) {}
};

/// Where counts come from.
///
/// Every function throws Error: misuse when the questions themselves are refused, io::LastingError when no later try can fare
/// better, NotReady, and other world failures when there is no answer that could be trusted this time.
class Source {
public:
    virtual ~Source() = default;

    /// Looks whether the new version serves.
    virtual Beginning begin() = 0;

    /// From now on `read` counts what happened since then. Asks nothing, so it cannot fail.
    virtual void count_from(Timestamp since) = 0;

    /// All objectives, or none: a failed query fails the look.
    virtual Reading read() = 0;

    /// Asked when the good (or bad) events of an objective never matched: why that is a mistake in the query; nothing when they
    /// matched something during the last day, before any conditions.
    virtual std::optional<QueryMistake> mistake_in(std::size_t objective) = 0;

    /// What each series counted so far, those with the most bad events first. Asks nothing, so it cannot fail.
    virtual std::vector<SeriesCount> series_of(std::size_t objective) const = 0;
};

} // namespace slipway::wait_for_slo
