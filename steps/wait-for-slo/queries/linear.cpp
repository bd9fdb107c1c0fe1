#include "wait-for-slo/queries/linear.hpp"

#include "core/text.hpp"
#include "promql/functions.hpp"
#include "promql/print.hpp"

#include <algorithm>
#include <functional>
#include <utility>

namespace slipway::wait_for_slo {

const char* const threshold_hint =
    "only sums and differences of sum(), rate() and increase() over counters can be counted; anything else is for a threshold check, which judges values instead";

namespace {

using promql::as;
using promql::BinaryOp;
using promql::Expr;
using promql::ExprKind;
using promql::Matcher;
using promql::Span;

/// Pushed on their way from the result down to the selectors.
struct Pushed {
    std::vector<Matcher> matchers;
    bool impossible = false; ///< nothing below comes to a result that satisfies them
};

bool contains(const std::vector<std::string>& labels, const std::string& label) { return std::find(labels.begin(), labels.end(), label) != labels.end(); }

bool is_number(const Expr& expr, double value) {
    const auto& inner = promql::bare(expr);
    if (inner.kind == ExprKind::unary) return value == 0 && is_number(*as<promql::Unary>(inner).inner, value);
    return inner.kind == ExprKind::number && as<promql::NumberLiteral>(inner).value == value;
}

std::string name_of(const Expr& expr) {
    switch (expr.kind) {
    case ExprKind::call: return std::string(as<promql::Call>(expr).function->name) + "(...)";
    case ExprKind::aggregation: return std::string(promql::to_string(as<promql::Aggregation>(expr).op)) + "(...)";
    case ExprKind::number: return "the number " + promql::print(expr);
    case ExprKind::string: return "a string";
    case ExprKind::subquery: return "a subquery";
    case ExprKind::matrix_selector: return "a range";
    default: break;
    }
    if (expr.kind != ExprKind::binary) return "this";
    const auto& binary = as<promql::Binary>(expr);
    if (binary.op == BinaryOp::divide) return "a ratio ('/')";
    if (binary.op == BinaryOp::multiply) return "a product ('*')";
    if (promql::is_comparison(binary.op)) return "a comparison ('" + std::string(promql::to_string(binary.op)) + "')";
    return '\'' + std::string(promql::to_string(binary.op)) + '\'';
}

/// By the conventions for the names of recording rules, `level:metric:operations`.
bool records_no_count(const std::string& metric) {
    const auto has = [&](const char* part) { return metric.find(part) != std::string::npos; };
    return has(":rate") || has(":ratio") || has("_ratio:");
}

class Reader {
public:
    explicit Reader(Records records) : records_(records) {}

    Linear result;

    void read(const Expr& expr, double sign, const Pushed& conditions) {
        switch (expr.kind) {
        case ExprKind::parentheses: return read(*as<promql::Parentheses>(expr).inner, sign, conditions);
        case ExprKind::unary: return read(*as<promql::Unary>(expr).inner, as<promql::Unary>(expr).negative ? -sign : sign, conditions);
        case ExprKind::vector_selector: return leaf(as<promql::VectorSelector>(expr), Growth::counter, 0, expr, sign, conditions);
        case ExprKind::aggregation: return aggregation(as<promql::Aggregation>(expr), sign, conditions);
        case ExprKind::call: return call(as<promql::Call>(expr), sign, conditions);
        case ExprKind::binary: return binary(as<promql::Binary>(expr), sign, conditions);
        default: return refuse(expr, expr.place);
        }
    }

private:
    void refuse(const Expr& expr, Span place) { refuse(place, name_of(expr) + " cannot be counted"); }
    void refuse(Span place, std::string message, std::string hint = threshold_hint) { result.mistakes.push_back({place, std::move(message), std::move(hint)}); }

    /// Only some labels get through.
    Pushed through(const Pushed& conditions, const std::function<bool(const std::string&)>& passes) {
        Pushed inner{.matchers = {}, .impossible = conditions.impossible};
        for (const auto& matcher : conditions.matchers) {
            if (passes(matcher.name)) {
                inner.matchers.push_back(matcher);
            } else if (!matcher.matches_empty) {
                inner.impossible = true;
                result.lost.insert(matcher.name);
            }
        }
        return inner;
    }

    void aggregation(const promql::Aggregation& node, double sign, const Pushed& conditions) {
        if (node.op != promql::AggregationOp::sum) return refuse(node, node.place);
        if (conditions.matchers.empty()) return read(*node.inner, sign, conditions);
        read(*node.inner, sign, through(conditions, [&](const std::string& label) { return contains(node.labels, label) != node.without; }));
    }

    void call(const promql::Call& node, double sign, const Pushed& conditions) {
        const auto name = node.function->name;
        if (is_zero(node)) return;
        const bool rate = name == "rate" || name == "irate";
        if (!rate && name != "increase") return refuse(node, node.place);
        const auto& argument = promql::bare(*node.arguments.front());
        if (argument.kind != ExprKind::matrix_selector) return refuse(argument, argument.place);
        const auto& range = as<promql::MatrixSelector>(argument);
        if (!rate && !range.range->is_number()) return refuse(range.range->place, "increase() over a computed range cannot be counted");
        leaf(*range.selector, rate ? Growth::rate : Growth::increase, rate ? 0 : range.range->seconds, node, sign, conditions);
    }

    void binary(const promql::Binary& node, double sign, const Pushed& conditions) {
        if (node.op == BinaryOp::logical_or) {
            if (is_zero(*node.right)) return read(*node.left, sign, conditions);
            return refuse(node.op_place, "'or' cannot be counted, except in 'or vector(0)'");
        }
        if (node.op != BinaryOp::add && node.op != BinaryOp::subtract) return refuse(node, node.op_place);
        if (node.grouping != promql::Grouping::one_to_one) return refuse(node.op_place, "group_left and group_right cannot be counted: one series would count several times");
        const auto right_sign = node.op == BinaryOp::add ? sign : -sign;
        if (conditions.matchers.empty() || !node.has_matching) {
            read(*node.left, sign, conditions);
            return read(*node.right, right_sign, conditions);
        }
        const auto inner = through(conditions, [&](const std::string& label) { return contains(node.matching, label) == node.on; });
        read(*node.left, sign, inner);
        read(*node.right, right_sign, inner);
    }

    /// @param whole  the selector with the function around it
    void leaf(const promql::VectorSelector& node, Growth growth, double range, const Expr& whole, double sign, const Pushed& conditions) {
        if (node.shift.has_offset() || node.shift.has_at()) {
            return refuse(node.place, "offset and @ cannot be counted: they look at another time",
                          "leave them out: the time that is counted begins with the watch, or with --since");
        }
        auto selector = selector_of(node);
        if (records_no_count(selector.metric) && (records_ == Records::as_counters || growth != Growth::counter)) {
            return refuse(node.place, '\'' + visible(selector.metric) + "' is by its name a recorded rate or ratio, which cannot be counted",
                          "name the counters that it is made of, or give --expand-rules");
        }
        bool possible = !conditions.impossible;
        for (const auto& condition : conditions.matchers) {
            possible = possible && std::none_of(selector.matchers.begin(), selector.matchers.end(), [&](const Matcher& matcher) { return contradict(matcher, condition); });
        }
        selector.matchers.insert(selector.matchers.end(), conditions.matchers.begin(), conditions.matchers.end());
        if (takes_all_buckets(selector)) {
            return refuse(node.place, "the buckets of a histogram cannot be counted together: each event is in several of them",
                          "name one bucket, such as le=\"0.5\"; all events are in ..._count");
        }
        if (result.growth == Growth::unsaid) {
            result.growth = growth;
            range_ = range;
        } else if (result.growth != growth || range_ != range) {
            return refuse(whole.place, result.growth == growth ? "increases over different ranges are no terms of one sum" : "counters, rates and increases are no terms of one sum",
                          "use the same function and the same range in the whole expression");
        }
        if (possible) result.terms.push_back({sign, std::move(selector)});
    }

    const Records records_;
    double range_ = 0;
};

} // namespace

bool is_zero(const Expr& expr) {
    const auto& inner = promql::bare(expr);
    if (inner.kind == ExprKind::call) {
        const auto& call = as<promql::Call>(inner);
        return call.function->name == "vector" && is_number(*call.arguments.front(), 0);
    }
    if (inner.kind != ExprKind::binary) return false;
    const auto& binary = as<promql::Binary>(inner);
    return binary.op == BinaryOp::multiply && (is_number(*binary.left, 0) || is_number(*binary.right, 0));
}

Linear read_linear(const Expr& expr, Records records, const std::vector<Matcher>& conditions) {
    Reader reader(records);
    reader.read(expr, 1, {.matchers = conditions});
    if (!reader.result.mistakes.empty()) reader.result.terms.clear();
    return std::move(reader.result);
}

} // namespace slipway::wait_for_slo
