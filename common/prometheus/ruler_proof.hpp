#pragma once

#include "prometheus/loaded_rules.hpp"
#include "prometheus/ruler_api.hpp"
#include "prometheus/ruler_changes.hpp"

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace slipway::prometheus {

/// A group that the server does not evaluate as it is stored.
struct UnprovenGroup {
    std::string name_space;
    std::string group;
    std::string why; ///< "it is not loaded", "rule 2, alert 'Down', has other labels there"
};

/// Looks whether a server evaluates what was stored. That takes some seconds, so the caller asks again until it does.
class RulerProof {
public:
    RulerProof(io::HttpClient& client, const RulerAddress& address, Patience patience = {})
        : rules_(client, address.prometheus(), patience), language_(client, address.language(), patience), comparison_(language_) {}

    /// @param wanted   groups that must be loaded
    /// @param removed  groups that must not be
    /// @return nothing when all of it is so
    /// @throws Error (world failure) as Api does
    std::vector<UnprovenGroup> missing(const RulerState& wanted, const std::vector<RulerChange>& removed = {});

    /// How far the evaluation of these groups was at the last look; groups that were not there then do not count.
    Evaluation evaluation(const std::vector<RulerChange>& groups, Timestamp since) const;
    /// Of those of these groups that the last look showed.
    Duration longest_interval(const std::vector<RulerChange>& groups) const;

    /// Whether some expressions could not be compared: see RuleComparison.
    bool left_out_expressions() const noexcept { return comparison_.left_out_expressions(); }

private:
    Api rules_;
    Api language_;
    RuleComparison comparison_;
    std::map<std::pair<std::string, std::string>, LoadedGroup> loaded_; ///< by namespace and name, at the last look
};

} // namespace slipway::prometheus
