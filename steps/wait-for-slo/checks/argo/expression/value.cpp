#include "wait-for-slo/checks/argo/expression/value.hpp"

#include "core/text.hpp"
#include "wait-for-slo/checks/argo/expression/types.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>

namespace slipway::wait_for_slo::expression {

namespace {

std::string kind_of(const Value& value) {
    static constexpr const char* names[] = {"nil", "bool", "int", "float64", "string", "a list"};
    return names[value.said.index()];
}

const std::int64_t* whole(const Value& value) { return std::get_if<std::int64_t>(&value.said); }

Value of(bool value) { return {value}; }
Value of(std::int64_t value) { return {value}; }
Value of(double value) { return {value}; }

/// As in Go, they wrap around.
std::int64_t wrapped(const std::string& sign, std::int64_t left, std::int64_t right) {
    const auto a = static_cast<std::uint64_t>(left);
    const auto b = static_cast<std::uint64_t>(right);
    return static_cast<std::int64_t>(sign == "+" ? a + b : sign == "-" ? a - b : a * b);
}

/// As on the processors where Argo Rollouts runs, what does not fit is the smallest number.
std::int64_t truncated(double value) {
    constexpr double limit = 9223372036854775808.0;
    return value >= -limit && value < limit ? static_cast<std::int64_t>(value) : std::numeric_limits<std::int64_t>::min();
}

/// A number of Go in a text, without blanks around it.
std::optional<double> float_in(std::string_view text) {
    if (text.size() > 1 && text[0] == '+' && text[1] != '-') text.remove_prefix(1);
    const auto word = lower(text);
    const auto name = word.substr(!word.empty() && word[0] == '-' ? 1 : 0);
    double value = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool known = name.find_first_not_of("0123456789.e+-") == std::string::npos || name == "nan" || name == "inf" || name == "infinity";
    if (!known || read.ec != std::errc{} || read.ptr != text.data() + text.size()) return std::nullopt;
    return value;
}

std::optional<std::int64_t> integer_in(std::string_view text) {
    if (text.size() > 1 && text[0] == '+' && text[1] != '-') text.remove_prefix(1);
    std::int64_t value = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
    if (read.ec != std::errc{} || read.ptr != text.data() + text.size()) return std::nullopt;
    return value;
}

bool equal(const Value& left, const Value& right) {
    if (left.is_number() && right.is_number()) return whole(left) && whole(right) ? *whole(left) == *whole(right) : left.number() == right.number();
    if (std::holds_alternative<List>(left.said) && std::holds_alternative<List>(right.said)) return std::equal(left.list().begin(), left.list().end(), right.list().begin(), right.list().end(), equal);
    return left.said == right.said;
}

template <class T> bool ordered(const std::string& sign, const T& left, const T& right) {
    if (sign == "<") return left < right;
    if (sign == "<=") return left <= right;
    return sign == ">" ? left > right : left >= right;
}

bool compare(const std::string& sign, const Value& left, const Value& right) {
    if (whole(left) && whole(right)) return ordered(sign, *whole(left), *whole(right));
    if (left.is_number() && right.is_number()) return ordered(sign, left.number(), right.number());
    const auto* a = std::get_if<std::string>(&left.said);
    const auto* b = std::get_if<std::string>(&right.said);
    if (a == nullptr || b == nullptr) throw NoValue("invalid operation: " + kind_of(left) + ' ' + sign + ' ' + kind_of(right));
    return ordered(sign, *a, *b);
}

Value arithmetic(const std::string& sign, const Value& left, const Value& right) {
    const auto* a = std::get_if<std::string>(&left.said);
    const auto* b = std::get_if<std::string>(&right.said);
    if (sign == "+" && a != nullptr && b != nullptr) return {*a + *b};
    if (!left.is_number() || !right.is_number()) throw NoValue("invalid operation: " + kind_of(left) + ' ' + sign + ' ' + kind_of(right));
    if (sign == "/") return of(left.number() / right.number());
    if (sign == "**" || sign == "^") return of(std::pow(left.number(), right.number()));
    if (sign == "%") {
        const auto divisor = right.integer();
        const auto dividend = left.integer();
        if (divisor == 0) throw NoValue("integer divide by zero");
        return of(divisor == -1 ? std::int64_t{0} : dividend % divisor); // by -1 the smallest number would overflow
    }
    if (whole(left) && whole(right)) return of(wrapped(sign, *whole(left), *whole(right)));
    return of(sign == "+" ? left.number() + right.number() : sign == "-" ? left.number() - right.number() : left.number() * right.number());
}

/// The numbers of a list, and of lists in the arguments.
std::vector<Value> flat(const std::vector<Value>& arguments) {
    std::vector<Value> all;
    for (const auto& argument : arguments) {
        if (const auto* list = std::get_if<List>(&argument.said)) all.insert(all.end(), (*list)->begin(), (*list)->end());
        else all.push_back(argument);
    }
    return all;
}

Value sum(const std::vector<Value>& values) {
    std::int64_t integers = 0;
    std::optional<double> total;
    for (const auto& value : values) {
        if (!total && !whole(value)) total = static_cast<double>(integers);
        if (total) *total += value.number();
        else integers = wrapped("+", integers, *whole(value));
    }
    return total ? of(*total) : of(integers);
}

double mean(const std::vector<Value>& values) {
    double total = 0;
    for (const auto& value : values) total += value.number();
    return values.empty() ? 0 : total / static_cast<double>(values.size());
}

double median(const std::vector<Value>& values) {
    if (values.empty()) return 0;
    std::vector<double> sorted;
    sorted.reserve(values.size());
    for (const auto& value : values) sorted.push_back(value.number());
    // NaN first, as Go sorts them.
    std::sort(sorted.begin(), sorted.end(), [](double a, double b) { return a < b || (std::isnan(a) && !std::isnan(b)); });
    const auto middle = sorted.size() / 2;
    return sorted.size() % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/// What is nil does not count, unless something came before.
Value extreme(const std::string& name, const std::vector<Value>& arguments) {
    Value best;
    for (const auto& value : flat(arguments)) {
        if (best.said.index() == 0 || compare(name == "max" ? "<" : ">", best, value)) best = value;
    }
    return best;
}

Value to_integer(const std::string& name, const Value& value) {
    if (whole(value)) return value;
    if (const auto* number = std::get_if<double>(&value.said)) return of(truncated(*number));
    const auto* text = std::get_if<std::string>(&value.said);
    if (text == nullptr) throw NoValue(name + "() not supported on " + kind_of(value));
    const auto read = integer_in(*text);
    if (!read) throw NoValue(name + "(): '" + visible(*text) + "' is no whole number");
    return of(*read);
}

Value to_float(const std::string& name, const Value& value) {
    if (value.is_number()) return of(value.number());
    const auto* text = std::get_if<std::string>(&value.said);
    if (text == nullptr) throw NoValue(name + "() not supported on " + kind_of(value));
    const auto read = float_in(*text);
    if (!read) throw NoValue(name + "(): '" + visible(*text) + "' is no number");
    return of(*read);
}

} // namespace

bool Value::truth() const {
    if (const auto* value = std::get_if<bool>(&said)) return *value;
    throw NoValue("expected bool, but got " + kind_of(*this));
}

std::int64_t Value::integer() const {
    if (const auto* value = whole(*this)) return *value;
    throw NoValue("expected int, but got " + kind_of(*this));
}

double Value::number() const {
    if (const auto* value = whole(*this)) return static_cast<double>(*value);
    if (const auto* value = std::get_if<double>(&said)) return *value;
    throw NoValue("expected a number, but got " + kind_of(*this));
}

const std::vector<Value>& Value::list() const {
    if (const auto* value = std::get_if<List>(&said)) return **value;
    throw NoValue("expected a list, but got " + kind_of(*this));
}

Value combine(const std::string& sign, const Value& left, const Value& right) {
    if (sign == "==") return of(equal(left, right));
    if (sign == "!=") return of(!equal(left, right));
    if (sign[0] == '<' || sign[0] == '>') return of(compare(sign, left, right));
    if (sign == "in") return of(std::any_of(right.list().begin(), right.list().end(), [&](const Value& one) { return equal(one, left); }));
    return arithmetic(sign, left, right);
}

Value apply_sign(const std::string& sign, const Value& value) {
    if (sign == "not") return of(!value.truth());
    if (sign == "+") return value;
    if (const auto* integer = whole(value)) return of(wrapped("-", 0, *integer));
    return of(-value.number());
}

Value call(const std::string& name, const std::vector<Value>& arguments) {
    const auto& value = arguments.at(0);
    if (name == "asInt" || name == "int") return to_integer(name, value);
    if (name == "asFloat" || name == "float") return to_float(name, value);
    if (name == "isNaN" || name == "isInf") {
        const auto* number = std::get_if<double>(&value.said);
        if (number == nullptr) throw NoValue(name + "() takes float64, not " + kind_of(value));
        return of(name == "isNaN" ? std::isnan(*number) : std::isinf(*number));
    }
    if (name == "len") {
        if (const auto* text = std::get_if<std::string>(&value.said)) return of(static_cast<std::int64_t>(text->size()));
        return of(static_cast<std::int64_t>(value.list().size()));
    }
    if (name == "abs") return whole(value) ? (*whole(value) < 0 ? apply_sign("-", value) : value) : of(value.number() < 0 ? -value.number() : value.number());
    if (name == "ceil") return of(std::ceil(value.number()));
    if (name == "floor") return of(std::floor(value.number()));
    if (name == "round") return of(std::round(value.number()));
    if (name == "max" || name == "min") return extreme(name, arguments);
    if (name == "sum") return sum(value.list());
    if (name == "mean") return of(mean(value.list()));
    if (name == "median") return of(median(value.list()));
    const auto& list = value.list();
    return list.empty() ? Value{} : name == "first" ? list.front() : list.back();
}

Value element_of(const Value& list, const Value& which) {
    const auto& values = list.list();
    const auto size = static_cast<std::int64_t>(values.size());
    const auto index = which.integer();
    const auto from_front = index < 0 ? index + size : index;
    if (from_front < 0 || from_front >= size) throw NoValue("index out of range: " + std::to_string(index) + " (array length is " + std::to_string(size) + ')');
    return values[static_cast<std::size_t>(from_front)];
}

} // namespace slipway::wait_for_slo::expression
