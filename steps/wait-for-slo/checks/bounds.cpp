#include "wait-for-slo/checks/bounds.hpp"

#include "core/text.hpp"
#include "promql/number.hpp"
#include "wait-for-slo/decision/wording.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>

namespace slipway::wait_for_slo {

namespace {

const char* sign_of(Relation relation) {
    switch (relation) {
    case Relation::less: return "<";
    case Relation::less_equal: return "<=";
    case Relation::greater: return ">";
    case Relation::greater_equal: return ">=";
    case Relation::equal: return "==";
    case Relation::not_equal: break;
    }
    return "!=";
}

bool is_lower(Relation relation) { return relation == Relation::greater || relation == Relation::greater_equal || relation == Relation::equal; }
bool is_upper(Relation relation) { return relation == Relation::less || relation == Relation::less_equal || relation == Relation::equal; }

/// Whether an exponent would be needed to keep it short.
bool is_extreme(double value) {
    constexpr double large = 1e15;
    constexpr double small = 1e-6;
    return std::isfinite(value) && value != 0 && (std::abs(value) >= large || std::abs(value) < small);
}

/// A limit as somebody typed it.
std::string exactly(double limit) { return is_extreme(limit) ? number(limit) : promql::write_number(limit); }

} // namespace

bool Bound::allows(double value) const {
    switch (relation) {
    case Relation::less: return value < limit;
    case Relation::less_equal: return value <= limit;
    case Relation::greater: return value > limit;
    case Relation::greater_equal: return value >= limit;
    case Relation::equal: return value == limit;
    case Relation::not_equal: break;
    }
    return value != limit;
}

std::string Bound::text() const { return std::string(sign_of(relation)) + ' ' + exactly(limit); }

bool Bounds::allows(double value) const {
    return std::all_of(bounds_.begin(), bounds_.end(), [value](const Bound& bound) { return bound.allows(value); });
}

Judgement Bounds::judge(const QueryValue& value) const {
    if (value.values.empty()) return {Phase::inconclusive, "no series"};
    auto known = value.values;
    std::erase_if(known, [](double one) { return std::isnan(one); });
    if (known.empty()) return {Phase::inconclusive, "NaN, as a ratio without events gives"};
    auto failing = known;
    std::erase_if(failing, [this](double one) { return allows(one); });
    if (failing.empty()) return {Phase::successful, {}};
    auto message = value_in_words(*worst_of(failing, min(), max())) + ", wanted " + text();
    if (known.size() > 1) message += " (the worst of " + std::to_string(known.size()) + " series, of which " + std::to_string(failing.size()) + " failed)";
    return {Phase::failed, std::move(message)};
}

std::string Bounds::text() const {
    std::vector<std::string> texts;
    for (const auto& bound : bounds_) texts.push_back(bound.text());
    return join(texts, " and ");
}

std::optional<double> Bounds::min() const {
    std::optional<double> highest;
    for (const auto& bound : bounds_) {
        if (is_lower(bound.relation)) highest = std::max(highest.value_or(bound.limit), bound.limit);
    }
    return highest;
}

std::optional<double> Bounds::max() const {
    std::optional<double> lowest;
    for (const auto& bound : bounds_) {
        if (is_upper(bound.relation)) lowest = std::min(lowest.value_or(bound.limit), bound.limit);
    }
    return lowest;
}

std::string Bounds::why_impossible() const {
    const auto low = min();
    const auto high = max();
    if (low && high && *low > *high) return "no value is both at least " + exactly(*low) + " and at most " + exactly(*high);
    // Only an end of the interval, or an infinity, can still be excluded.
    constexpr double infinity = std::numeric_limits<double>::infinity();
    const bool is_point = low && high && *low == *high;
    if ((is_point && !allows(*low)) || (low == infinity && !allows(infinity)) || (high == -infinity && !allows(-infinity))) return "no value is " + text();
    return {};
}

std::string value_in_words(double value) {
    if (is_extreme(value)) return number(value);
    constexpr double many_digits = 1e5;
    if (!std::isfinite(value)) return promql::write_number(value);
    return promql::write_number(std::abs(value) >= many_digits ? std::round(value) : std::strtod(number(value).c_str(), nullptr));
}

std::optional<double> worst_of(const std::vector<double>& values, std::optional<double> min, std::optional<double> max) {
    const auto excess = [&](double value) {
        if (!min && !max) return value;
        double most = -std::numeric_limits<double>::infinity();
        if (min) most = std::max(most, *min - value);
        if (max) most = std::max(most, value - *max);
        return most;
    };
    std::optional<double> worst;
    for (const auto value : values) {
        if (!std::isnan(value) && (!worst || excess(value) > excess(*worst))) worst = value;
    }
    return worst;
}

} // namespace slipway::wait_for_slo
