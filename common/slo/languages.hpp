// The readers of each language; documents.cpp chooses among them.

#pragma once

#include "slo/fields.hpp"
#include "slo/objective.hpp"
#include "slo/windowed_query.hpp"

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace slipway::slo {

/// One document of a file that was given.
struct SloDocument {
    const yaml::Tree* tree = nullptr;
    yaml::NodeId root = yaml::no_node;
    const std::vector<std::string_view>* lines = nullptr; ///< of its file
    std::vector<Diagnostic>* problems = nullptr;          ///< of its file
    std::vector<Objective>* objectives = nullptr;         ///< of its file
};

/// What documents refer to: by kind and by name, Backyards' with the namespace in front.
using References = std::map<std::pair<std::string, std::string>, SloDocument>;

/// Sloth's `version: prometheus/v1`.
void read_sloth(const SloDocument& document, const promql::Dialect& dialect);
/// Sloth's PrometheusServiceLevel.
void read_sloth_manifest(const SloDocument& document, const promql::Dialect& dialect);
/// OpenSLO's kind SLO, v1 and v1beta1.
void read_openslo(const SloDocument& document, const References& references, const promql::Dialect& dialect);
/// OpenSLO's kind SLO, v1alpha.
void read_openslo_alpha(const SloDocument& document, const promql::Dialect& dialect);
/// Backyards' ServiceLevelObjective.
void read_backyards(const SloDocument& document, const References& references, const promql::Dialect& dialect);
/// What can be said of a ServiceLevelIndicatorTemplate without an objective: whether its templates are right.
void check_backyards_template(const SloDocument& document, const promql::Dialect& dialect);
/// Pyrra's ServiceLevelObjective.
void read_pyrra(const SloDocument& document, const promql::Dialect& dialect);

/// Mistakes that every language can make: no name, a target out of range. Adds the objective when there are none.
///
/// @param before  how many problems the file had when the reading of this objective began: any more and it is left out
void add_objective(Objective objective, const Fields& said_in, std::string_view target_key, std::size_t before, const SloDocument& document);

/// A percentage such as 99.9 as a share; complains when it is no share between 0 and 1.
double share_of_percent(const Fields& fields, std::string_view key);

} // namespace slipway::slo
