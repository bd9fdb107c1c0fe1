#pragma once

#include "core/error.hpp"
#include "wait-for-slo/checks/check.hpp"
#include "yaml/tree.hpp"

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

// What the readers of Argo's and Flagger's resources share.
namespace slipway::wait_for_slo {

/// One manifest of a file that was given.
struct Resource {
    const yaml::Tree* tree = nullptr;
    yaml::NodeId root = yaml::no_node;
    const std::vector<std::string_view>* lines = nullptr; ///< of its file
    std::string kind = {};
    std::string name = {};
    std::string space = {}; ///< the namespace; empty when it says none

    Place place() const { return tree->place(root); }
};

/// The arguments of the command line.
class GivenArguments {
public:
    /// @throws Error (misuse)
    explicit GivenArguments(const std::vector<std::string>& args);

    /// Null when it was not given. Remembers that a template has an argument of this name.
    const std::string* find(const std::string& name);
    /// Complains about those that no template has: a typo would leave a default in force.
    void complain_of_unknown(std::vector<Diagnostic>& problems) const;

private:
    std::map<std::string, std::string> values_;
    std::set<std::string> known_;
};

/// What reading comes to.
struct CheckReading {
    CheckPlan plan = {};
    std::vector<Diagnostic> problems = {};

    void complain(const Place& place, std::string message, std::string hint = {}) { problems.push_back({.message = std::move(message), .place = place, .hint = std::move(hint), .id = "analysis"}); }
    void remark(const Place& place, const std::string& text) { plan.remarks.push_back(to_string(place) + ": " + text); }
};

/// All resources of Argo Rollouts among these.
void read_argo(const std::vector<Resource>& resources, GivenArguments& given, CheckReading& reading);

/// All resources of Flagger among these.
void read_flagger(const std::vector<Resource>& resources, bool run_webhooks, CheckReading& reading);

} // namespace slipway::wait_for_slo
