#pragma once

#include "wait-for-slo/counting/tally.hpp"
#include "wait-for-slo/queries/fetches.hpp"
#include "wait-for-slo/queries/recorded.hpp"
#include "wait-for-slo/sources/status_keeper.hpp"
#include "prometheus/api.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::wait_for_slo {

/// What one server has seen since the deploy: its answers, and what they add up to.
///
/// All queries of one look have one evaluation time. `up` is asked before the counters: a scrape's samples carry the time of its
/// beginning and become visible at its end, so that a later query may show more scrapes than an earlier one.
class ServerView {
public:
    struct Settings {
        std::string url;           ///< without a slash at the end
        Duration query_timeout{10'000};
        std::string replica_label = {}; ///< of series that Thanos shows once for each replica; empty: there are none
    };

    ServerView(std::unique_ptr<io::HttpClient> client, Settings settings);

    /// The server, for people.
    std::string shown() const { return io::url_for_people(settings_.url); }

    /// The server's clock.
    Timestamp now();

    /// The value of an expression now, or at a time. An answer from which data may be missing is a failure.
    std::vector<prometheus::Series> query(std::string_view expression, std::optional<Timestamp> time = std::nullopt);
    /// The same where missing data lead to no wrong conclusion.
    std::vector<prometheus::Series> query_whatever(std::string_view expression, std::optional<Timestamp> time = std::nullopt);

    /// GET of the API; nothing when the server does not know the path.
    std::optional<nlohmann::json> get_if_known(const std::string& path);

    /// @param plan      must outlive this
    /// @param recorded  those selectors whose metrics the server's own rules record
    void count_from(Milliseconds since, FetchPlan& plan, const std::vector<RecordedSelector>& recorded);

    /// Asks for all counters; changes nothing, so that a look can fail as a whole.
    /// @return by replica; one that has no name when there are none
    std::map<std::string, TickAnswers> ask(Timestamp time);
    /// Counts what `ask` brought.
    void take(std::map<std::string, TickAnswers> answers);

    /// How far apart scrapes are, at most: tells how far looks must overlap.
    void learn_interval(Duration interval) { interval_ = std::max(interval_, interval); }

    /// What was counted, by replica, and whether that one was in the newest answers.
    struct Seen {
        const Tally* tally;
        bool answered;
    };
    std::map<std::string, Seen> seen() const;

    /// Turns what the server answers into what a watch understands: not ready, refused for good.
    template <class Work> auto asked(Work work) -> decltype(work()) {
        try {
            return work();
        } catch (const Error& error) {
            rethrow(error);
        }
    }

private:
    [[noreturn]] void rethrow(const Error& error) const;
    std::vector<prometheus::Series> targets(const std::string& metric, const std::string& range, Timestamp time);
    std::vector<GroupTimeline> evaluations();
    TickAnswers ask_once(Timestamp time, Duration window);

    std::unique_ptr<io::HttpClient> client_;
    Settings settings_;
    StatusKeeper statuses_;
    prometheus::Api api_;
    FetchPlan* plan_ = nullptr;
    std::vector<Selector> recorded_;
    std::map<SelectorIndex, std::string> group_of_; ///< of recorded selectors
    Milliseconds since_ = 0;
    std::optional<Milliseconds> taken_; ///< evaluation time of the newest answers that counted
    Milliseconds asked_ = 0;
    Duration interval_{0};
    std::set<std::string> jobs_; ///< that our series have had so far
    struct Replica {
        Tally tally;
        Milliseconds taken = 0;
    };
    std::map<std::string, Replica> replicas_;
};

/// Where Prometheus, Thanos and Mimir show their recording rules.
inline constexpr const char* recording_rules_path = "/api/v1/rules?type=record";

/// `up{job=~"a|b"}`: the series that say when the targets of these jobs were scraped.
std::string jobs_selector(const std::string& metric, const std::set<std::string>& jobs);

} // namespace slipway::wait_for_slo
