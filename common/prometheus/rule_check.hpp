#pragma once

#include "prometheus/rule_file.hpp"

#include <memory>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace slipway::prometheus {

/// What was found out once: large files repeat their expressions.
struct RuleChecks {
    /// Right ones, by the text of the rule where they stand first, which must stay in its place.
    std::unordered_map<std::string_view, std::shared_ptr<const promql::Expr>> right;
};

/// Reads the rule's expression into `parsed`, and checks it and the templates of its labels and annotations.
void check_rule(Rule& rule, const RuleLanguage& language, RuleChecks& checks, std::vector<Diagnostic>& problems);

} // namespace slipway::prometheus
