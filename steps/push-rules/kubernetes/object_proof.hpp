#pragma once

#include "cli/context.hpp"
#include "prometheus/api.hpp"
#include "push-rules/options.hpp"

#include <nlohmann/json.hpp>

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace slipway::push_rules {

/// A PrometheusRule as a Prometheus must have it.
struct ProvenObject {
    std::string name_space;
    std::string name;
    std::string uid;                            ///< empty: not known
    prometheus::Labels labels = {};             ///< by which an operator selects it
    std::vector<prometheus::Group> groups = {}; ///< those that we published
    std::set<std::string> foreign = {};         ///< names of groups of the object that others published

    std::string shown() const { return name_space + '/' + name; }
};

/// Asks a Prometheus whether it has, and evaluates, the rules of PrometheusRules. The operator hands them on as
/// files.
class ObjectProof {
public:
    /// Asks what the server has now: one that does not answer is noticed before anything is changed.
    ///
    /// @throws Error (world failure) as Api does
    ObjectProof(const std::vector<ProvenObject>& objects, const Options& options, cli::Context& context);

    /// Waits until the server has the objects.
    ///
    /// @param changed  evaluations from before count for nothing
    /// @throws Error (world failure) when it does not in time, or a rule fails
    /// @throws Cancelled
    void prove(const std::vector<ProvenObject>& objects, bool changed);

private:
    const Options& options_;
    cli::Context& context_;
    std::unique_ptr<io::HttpClient> http_;
    prometheus::Api api_;
    Timestamp evaluated_before_{};
};

/// Whether a file that Prometheus has loaded is what the operator makes of an object: NAMESPACE-NAME-UID.yaml, before
/// its version 0.61 without the UID.
/// @source github.com/prometheus-operator/prometheus-operator, pkg/operator/rules.go
bool is_file_of(const std::string& path, const ProvenObject& object);

} // namespace slipway::push_rules
