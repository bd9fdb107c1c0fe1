#pragma once

#include "wait-for-slo/checks/argo/expression/tree.hpp"
#include "wait-for-slo/checks/value_source.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace slipway::wait_for_slo {

/// What a condition says of a value: true or false, or why it cannot be told.
struct Truth {
    std::optional<bool> holds = {};
    std::string mistake = {}; ///< such as "index out of range: 0 (array length is 0)"
};

/// Inclusive limits, as far as a condition is a plain comparison with numbers.
struct Limits {
    std::optional<double> min = {};
    std::optional<double> max = {};
};

/// A condition of Argo Rollouts over `result`, such as `result[0] >= 0.95` or `all(result, isNaN(#) || # < 0.5)`. Of Prometheus `result` is a number when
/// the query gives a scalar, else the list of the series' values, which may be empty.
///
/// It is the language of expr-lang/expr with Argo's own asInt, asFloat, isNaN, isInf, isNil and default, without what numbers do not need (maps, pipes,
/// ranges, parts of texts, variables). As there, types are checked before it is evaluated: `isNaN(result)` is a mistake when `result` is a list, also
/// where it would not be reached.
class Expression {
public:
    /// @throws Error (misuse) that names the word and where it stands
    explicit Expression(std::string_view text) : tree_(expression::parse(text)) {}

    Truth evaluate(const QueryValue& value) const;

    /// The limits within which it holds. For `not_` those within which it does not.
    Limits limits(bool not_ = false) const;

private:
    expression::NodePtr tree_;
};

} // namespace slipway::wait_for_slo
