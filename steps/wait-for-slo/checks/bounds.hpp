#pragma once

#include "wait-for-slo/checks/check.hpp"

#include <optional>
#include <string>
#include <vector>

namespace slipway::wait_for_slo {

enum class Relation { less, less_equal, greater, greater_equal, equal, not_equal };

/// One side of an interval: `<= 0.5`.
struct Bound {
    Relation relation = Relation::less_equal;
    double limit = 0;

    bool allows(double value) const;
    /// "<= 0.5"
    std::string text() const;
};

/// Limits that every value must keep within.
///
/// Of several series each must pass. Series that are NaN, as a ratio without events is, say nothing: they are left out, and the measurement is
/// inconclusive when there are no others, or no series at all.
class Bounds final : public Condition {
public:
    /// @param bounds  at least one, none of them NaN
    explicit Bounds(std::vector<Bound> bounds) : bounds_(std::move(bounds)) {}

    Judgement judge(const QueryValue& value) const override;
    std::string text() const override;

    /// Where a line is drawn in a chart; nothing when values may be as small, or as large, as they like.
    std::optional<double> min() const;
    std::optional<double> max() const;
    /// Why no value can pass; empty when one can.
    std::string why_impossible() const;

private:
    bool allows(double value) const;

    std::vector<Bound> bounds_;
};

/// A value with the six digits that people read, without an exponent where that is short: "0.731", "1234567".
std::string value_in_words(double value);

/// The value that is nearest to a violation of these limits, or furthest beyond; without limits the highest. Nothing when all are NaN.
std::optional<double> worst_of(const std::vector<double>& values, std::optional<double> min, std::optional<double> max);

} // namespace slipway::wait_for_slo
