#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace slipway::wait_for_slo::expression {

struct Value;
using List = std::shared_ptr<const std::vector<Value>>;

struct Value {
    std::variant<std::monostate, bool, std::int64_t, double, std::string, List> said = {};

    bool is_number() const { return std::holds_alternative<std::int64_t>(said) || std::holds_alternative<double>(said); }
    /// @throws NoValue
    bool truth() const;
    std::int64_t integer() const;
    double number() const; ///< of either kind of number
    const std::vector<Value>& list() const;
};

/// A sign between two values, other than those that do not look at the right one: `and`, `or`.
/// @throws NoValue
Value combine(const std::string& sign, const Value& left, const Value& right);
/// "-", "+", "not"
Value apply_sign(const std::string& sign, const Value& value);
/// A function other than those that are about `result`.
Value call(const std::string& name, const std::vector<Value>& arguments);
/// Counts from the end when it is below 0.
Value element_of(const Value& list, const Value& which);

} // namespace slipway::wait_for_slo::expression
