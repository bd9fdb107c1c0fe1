#pragma once

#include "core/duration.hpp"
#include "prometheus/api.hpp"
#include "prometheus/rule_file.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace slipway::prometheus {

/// A rule as a running server describes it.
struct LoadedRule {
    RuleKind kind = RuleKind::recording;
    std::string name;
    std::string query; ///< in the server's own form
    Labels labels = {};
    Labels annotations = {};
    Duration hold{0};
    std::optional<Duration> keep_firing = {}; ///< nothing from a server that does not know it (before 2.42)

    bool operator==(const LoadedRule&) const = default;
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

/// Compares rules of a file with those that a server has loaded. Servers show expressions in a form of their own (`[28d]` as
/// `[4w]`, without comments), so where the texts differ the server is asked for that form of both.
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
    bool same_expression(const std::string& ours, const std::string& theirs);
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
