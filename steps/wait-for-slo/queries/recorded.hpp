#pragma once

#include "wait-for-slo/queries/objectives.hpp"

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace slipway::wait_for_slo {

/// A selector of series that the server records by a rule, and when it does.
struct RecordedSelector {
    Selector selector;
    std::string group;                                 ///< "file;name", as Prometheus' own metrics call it
    std::int64_t interval_ms = 0;                      ///< between evaluations, above 0
    std::optional<std::int64_t> last_evaluation_ms = {}; ///< Unix time; nothing when it was never evaluated
    std::string last_error = {};                       ///< why the rule's last evaluation failed; empty when it did not
};

/// The recording rules that a server has loaded.
class RecordingRules {
public:
    /// @param data  of GET /api/v1/rules
    /// @throws Error (world failure) when it is something else
    explicit RecordingRules(const nlohmann::json& data);

    /// Puts what recording rules read in the place of the metrics that they record; metrics that none records stay. The conditions of a selector
    /// come to stand at the rule's own selectors where their labels survive its aggregations; a rule that sets the label itself must set a
    /// value that they take. Rules of one name add up.
    ///
    /// @throws Error (misuse) with all reasons: an expression that is no sum of counters, a label that no rule leaves, rules of one name
    ///         that may record the same series, rules more than 8 deep
    EventCount expand(const EventCount& count) const;

    /// The same of all counts of an objective. Conditions that are added afterwards come to the sources, whose labels
    /// no aggregation has taken away.
    ObjectiveQueries expand(const ObjectiveQueries& objective) const;

    /// Those selectors that are recorded. Their samples have the times of their group's evaluations, not of scrapes.
    ///
    /// @throws Error (misuse) with all reasons: recorded by several groups, a record that is no counter
    std::vector<RecordedSelector> find_groups(const std::vector<Selector>& selectors) const;

private:
    struct Group {
        std::string id;
        std::int64_t interval_ms = 0;
        std::optional<std::int64_t> last_evaluation_ms = {};
    };
    struct Rule {
        std::string query;
        Labels labels; ///< with the metric as __name__
        std::size_t group = 0;
        std::optional<std::int64_t> last_evaluation_ms = {};
        std::string last_error = {};
    };
    class Expansion;
    /// Why something recorded cannot be counted.
    struct Obstacle {
        std::string why;
        std::string hint;
    };

    std::vector<const Rule*> rules_of(const Selector& selector) const;
    std::optional<RecordedSelector> find_group(const Selector& selector, std::optional<Obstacle>& obstacle) const;
    std::optional<Obstacle> why_no_counter(const Rule& rule, const Selector& selector, int depth) const;
    /// A recorded metric that a selector without a metric's name takes; empty when there is none.
    std::string taken_by_pattern(const Selector& selector) const;

    std::vector<Group> groups_;
    std::map<std::string, std::vector<Rule>, std::less<>> rules_; ///< by the metric
};

} // namespace slipway::wait_for_slo
