// Expressions that are sums of counters, taken apart.

#pragma once

#include "promql/ast.hpp"
#include "promql/mistake.hpp"
#include "wait-for-slo/queries/event_count.hpp"

#include <set>
#include <string>
#include <vector>

namespace slipway::wait_for_slo {

/// What the value of an expression is.
enum class Growth {
    unsaid,  ///< no series is read
    counter, ///< the number of events since some beginning
    rate,    ///< events per second
    increase ///< events in a range
};

struct Linear {
    EventCount terms = {};
    Growth growth = Growth::unsaid;
    std::vector<promql::Mistake> mistakes = {}; ///< the parts that are not linear
    /// Labels of conditions that no series of a part of the expression has, because that part was aggregated without them.
    std::set<std::string> lost = {};
};

/// @param conditions  on the labels of the expression's result. They come to stand in the selectors of all terms; a term none of whose
///                    series can come to a result that satisfies them is left out
Linear read_linear(const promql::Expr& expr, Records records, const std::vector<promql::Matcher>& conditions = {});

/// Whether it is 0 whatever the series are: `vector(0)`, `0 * x`.
bool is_zero(const promql::Expr& expr);

/// What to do about an expression that cannot be counted.
extern const char* const threshold_hint;

} // namespace slipway::wait_for_slo
