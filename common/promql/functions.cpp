#include "promql/functions.hpp"

#include <algorithm>
#include <unordered_map>

namespace slipway::promql {

namespace {

constexpr auto scalar = ValueType::scalar;
constexpr auto vector = ValueType::vector;
constexpr auto matrix = ValueType::matrix;
constexpr auto string = ValueType::string;
constexpr Version never{99, 0};

// Name, arguments, repetition of the last one, result; since, stable since, removed.
// Read from the function tables of the parsers 2.42 to 3.16.
const std::vector<Function> table = {
    {"abs", {vector}, 0, vector},
    {"absent", {vector}, 0, vector},
    {"absent_over_time", {matrix}, 0, vector},
    {"acos", {vector}, 0, vector},
    {"acosh", {vector}, 0, vector},
    {"asin", {vector}, 0, vector},
    {"asinh", {vector}, 0, vector},
    {"atan", {vector}, 0, vector},
    {"atanh", {vector}, 0, vector},
    {"avg_over_time", {matrix}, 0, vector},
    {"ceil", {vector}, 0, vector},
    {"changes", {matrix}, 0, vector},
    {"clamp", {vector, scalar, scalar}, 0, vector},
    {"clamp_max", {vector, scalar}, 0, vector},
    {"clamp_min", {vector, scalar}, 0, vector},
    {"cos", {vector}, 0, vector},
    {"cosh", {vector}, 0, vector},
    {"count_over_time", {matrix}, 0, vector},
    {"day_of_month", {vector}, 1, vector},
    {"day_of_week", {vector}, 1, vector},
    {"day_of_year", {vector}, 1, vector},
    {"days_in_month", {vector}, 1, vector},
    {"deg", {vector}, 0, vector},
    {"delta", {matrix}, 0, vector},
    {"deriv", {matrix}, 0, vector},
    {"double_exponential_smoothing", {matrix, scalar, scalar}, 0, vector, {3, 0}, never},
    {"end", {}, 0, scalar, {3, 12}, never},
    {"exp", {vector}, 0, vector},
    {"first_over_time", {matrix}, 0, vector, {3, 7}, {3, 14}},
    {"floor", {vector}, 0, vector},
    {"histogram_avg", {vector}, 0, vector, {2, 51}},
    {"histogram_count", {vector}, 0, vector},
    {"histogram_fraction", {scalar, scalar, vector}, 0, vector},
    {"histogram_quantile", {scalar, vector}, 0, vector},
    {"histogram_quantiles", {vector, string, scalar, scalar}, 9, vector, {3, 11}, never},
    {"histogram_stddev", {vector}, 0, vector, {2, 47}},
    {"histogram_stdvar", {vector}, 0, vector, {2, 47}},
    {"histogram_sum", {vector}, 0, vector},
    {"holt_winters", {matrix, scalar, scalar}, 0, vector, {2, 42}, {2, 42}, {3, 0}},
    {"hour", {vector}, 1, vector},
    {"idelta", {matrix}, 0, vector},
    {"increase", {matrix}, 0, vector},
    {"info", {vector, vector}, 1, vector, {2, 55}, never},
    {"integral", {matrix, scalar}, 1, vector, {3, 16}, never},
    {"irate", {matrix}, 0, vector},
    {"label_join", {vector, string, string, string}, -1, vector},
    {"label_replace", {vector, string, string, string, string}, 0, vector},
    {"last_over_time", {matrix}, 0, vector},
    {"ln", {vector}, 0, vector},
    {"log10", {vector}, 0, vector},
    {"log2", {vector}, 0, vector},
    {"mad_over_time", {matrix}, 0, vector, {2, 49}, never},
    {"max_of", {scalar, scalar}, 0, scalar, {3, 13}, never},
    {"max_over_time", {matrix}, 0, vector},
    {"min_of", {scalar, scalar}, 0, scalar, {3, 13}, never},
    {"min_over_time", {matrix}, 0, vector},
    {"minute", {vector}, 1, vector},
    {"month", {vector}, 1, vector},
    {"pi", {}, 0, scalar},
    {"predict_linear", {matrix, scalar}, 0, vector},
    {"present_over_time", {matrix}, 0, vector},
    {"quantile_over_time", {scalar, matrix}, 0, vector},
    {"rad", {vector}, 0, vector},
    {"range", {}, 0, scalar, {3, 12}, never},
    {"rate", {matrix}, 0, vector},
    {"resets", {matrix}, 0, vector},
    {"round", {vector, scalar}, 1, vector},
    {"scalar", {vector}, 0, scalar},
    {"sgn", {vector}, 0, vector},
    {"sin", {vector}, 0, vector},
    {"sinh", {vector}, 0, vector},
    {"sort", {vector}, 0, vector},
    {"sort_by_label", {vector, string}, -1, vector, {2, 49}, never},
    {"sort_by_label_desc", {vector, string}, -1, vector, {2, 49}, never},
    {"sort_desc", {vector}, 0, vector},
    {"sqrt", {vector}, 0, vector},
    {"start", {}, 0, scalar, {3, 12}, never},
    {"start_timestamp", {vector}, 0, vector, {3, 14}, never},
    {"stddev_over_time", {matrix}, 0, vector},
    {"stdvar_over_time", {matrix}, 0, vector},
    {"step", {}, 0, scalar, {3, 12}, never},
    {"sum_over_time", {matrix}, 0, vector},
    {"tan", {vector}, 0, vector},
    {"tanh", {vector}, 0, vector},
    {"time", {}, 0, scalar},
    {"timestamp", {vector}, 0, vector},
    {"ts_of_first_over_time", {matrix}, 0, vector, {3, 7}, never},
    {"ts_of_last_over_time", {matrix}, 0, vector, {3, 5}, never},
    {"ts_of_max_over_time", {matrix}, 0, vector, {3, 5}, never},
    {"ts_of_min_over_time", {matrix}, 0, vector, {3, 5}, never},
    {"vector", {scalar}, 0, vector},
    {"year", {vector}, 1, vector},
};

} // namespace

const std::vector<Function>& functions() { return table; }

const Function* find_function(std::string_view name) {
    static const auto by_name = [] {
        std::unordered_map<std::string_view, const Function*> map;
        for (const auto& function : table) map.emplace(function.name, &function);
        return map;
    }();
    const auto found = by_name.find(name);
    return found == by_name.end() ? nullptr : found->second;
}

} // namespace slipway::promql
