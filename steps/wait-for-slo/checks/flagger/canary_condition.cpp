#include "wait-for-slo/checks/flagger/canary_condition.hpp"

#include "wait-for-slo/decision/wording.hpp"

#include <cmath>

namespace slipway::wait_for_slo {

Judgement CanaryCondition::judge(const QueryValue& value) const {
    if (value.is_scalar) return {Phase::error, "the query gives a number without a series, which Flagger cannot read; vector(...) makes one of it"};
    if (value.values.empty() || std::isnan(value.values.back())) return {Phase::failed, "no values found: probably there is no traffic"};
    const auto rounded = [this](double one) { return whole_ ? std::trunc(one) : one; };
    const double measured = rounded(value.values.back());
    if (min_ && measured < rounded(*min_)) return {Phase::failed, number(measured) + " < " + number(*min_)};
    if (max_ && measured > rounded(*max_)) return {Phase::failed, number(measured) + " > " + number(*max_)};
    return {Phase::successful, {}};
}

std::string CanaryCondition::text() const {
    if (!max_) return ">= " + number(min_.value_or(0));
    return min_ ? ">= " + number(*min_) + " and <= " + number(*max_) : "<= " + number(*max_);
}

} // namespace slipway::wait_for_slo
