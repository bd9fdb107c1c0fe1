#pragma once

#include "core/duration.hpp"
#include "prometheus/api.hpp"
#include "prometheus/rule_file.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace slipway::prometheus {

/// What became of a rule's evaluation.
enum class Health {
    unsaid,  ///< by a server that says nothing of it
    unknown, ///< not evaluated yet
    ok,
    err
};

/// A rule as a running server describes it.
struct LoadedRule {
    RuleKind kind = RuleKind::recording;
    std::string name;
    std::string query; ///< in the server's own form
    Labels labels = {};
    Labels annotations = {};
    Duration hold{0};
    std::optional<Duration> keep_firing = {}; ///< nothing from a server that does not know it (before 2.42)
    Health health = Health::unsaid;
    std::string last_error = {};
    Timestamp last_evaluation = {}; ///< 1970: never

    /// Whether both do the same; how that went does not count.
    bool operator==(const LoadedRule& other) const;
};

struct LoadedGroup {
    std::string name;
    std::string file; ///< as the server sees it
    Duration interval{0};
    std::vector<LoadedRule> rules = {};

    bool operator==(const LoadedGroup&) const = default;
};

/// What GET /api/v1/rules shows, in the server's order.
///
/// @throws Error (world failure) as Api does
std::vector<LoadedGroup> loaded_groups(Api& api);

/// How far a server is with the evaluation of a group.
struct Evaluation {
    enum class State { done, pending, failed };
    State state = State::done;
    std::string why = {}; ///< such as "record 'a' of group 'g' has not been evaluated yet"
};

/// Whether every rule of the group was evaluated after `since`, without an error. A server that says nothing of it is done.
///
/// @param since  in the server's time
Evaluation evaluation_of(const LoadedGroup& group, Timestamp since);

/// When a rule of these groups was evaluated last; 1970 when none ever was.
Timestamp last_evaluation(const std::vector<LoadedGroup>& groups);

/// Compares rules of a file with those that a server has loaded. Servers show expressions in a form of their own (`[28d]` as
/// `[4w]`, without comments), so they are compared by their syntax; of what we cannot read, the server is asked for its form of both.
class RuleComparison {
public:
    explicit RuleComparison(Api& api) : api_(api) {}

    /// Why the server's group is not this one, such as "rule 2 is another one there"; empty when it is.
    ///
    /// @throws Error (world failure) as Api does
    std::string difference(const Group& ours, const LoadedGroup& theirs);

    /// Whether some expressions could not be compared, because the server has no form to show (before 2.37, or not
    /// Prometheus itself).
    bool left_out_expressions() const noexcept { return left_out_; }

private:
    bool same_expression(const Rule& ours, const std::string& theirs);
    const std::string& form_of(const std::string& expression);

    Api& api_;
    std::map<std::string, std::string> forms_;
    bool left_out_ = false;
};

/// What a server says about an expression that it cannot parse; nothing when it can, or when it cannot tell.
///
/// @throws Error (world failure) as Api does
std::optional<std::string> why_refused(Api& api, const std::string& expression);

} // namespace slipway::prometheus
