#include "wait-for-slo/checks/argo/expression/expression.hpp"

#include "wait-for-slo/checks/argo/expression/types.hpp"
#include "wait-for-slo/checks/argo/expression/value.hpp"

#include <algorithm>
#include <cmath>

namespace slipway::wait_for_slo {

namespace {

using namespace expression;

class Evaluation {
public:
    explicit Evaluation(const QueryValue& value) {
        if (value.is_scalar) {
            result_ = {value.values.at(0)};
            return;
        }
        std::vector<Value> values;
        for (const auto one : value.values) values.push_back({one});
        result_ = {std::make_shared<const std::vector<Value>>(std::move(values))};
    }

    Value run(const Node& node) {
        // Predicates within predicates over thousands of series would take longer than anybody waits.
        constexpr long most_steps = 1'000'000;
        if (++steps_ > most_steps) throw NoValue("it takes too many steps over so many series");
        switch (node.kind) {
        case NodeKind::nil: return {};
        case NodeKind::boolean: return {node.truth};
        case NodeKind::integer: return {node.integer};
        case NodeKind::number: return {node.number};
        case NodeKind::text: return {node.name};
        case NodeKind::list: return {std::make_shared<const std::vector<Value>>(all(node))};
        case NodeKind::result: return result_;
        case NodeKind::element: return elements_.back();
        case NodeKind::unary: return apply_sign(node.name, run(*node.parts[0]));
        case NodeKind::binary: return binary(node);
        case NodeKind::ternary: return run(*node.parts[run(*node.parts[0]).truth() ? 1 : 2]);
        case NodeKind::index: {
            const auto list = run(*node.parts[0]);
            return element_of(list, run(*node.parts[1]));
        }
        case NodeKind::call: return function(node);
        case NodeKind::predicate: break;
        }
        return predicate(node);
    }

private:
    std::vector<Value> all(const Node& node) {
        std::vector<Value> values;
        for (const auto& part : node.parts) values.push_back(run(*part));
        return values;
    }

    Value binary(const Node& node) {
        const auto left = run(*node.parts[0]);
        if (node.name == "and" || node.name == "&&") return {left.truth() && run(*node.parts[1]).truth()};
        if (node.name == "or" || node.name == "||") return {left.truth() || run(*node.parts[1]).truth()};
        return combine(node.name, left, run(*node.parts[1]));
    }

    /// As in Argo Rollouts, isNil and default are about `result`, whatever their arguments, and what Prometheus gives is never nil.
    Value function(const Node& node) {
        const auto arguments = all(node);
        if (node.name == "isNil") return {false};
        if (node.name == "default") return result_;
        return call(node.name, arguments);
    }

    Value predicate(const Node& node) {
        const auto over = run(*node.parts[0]);
        const auto& name = node.name;
        std::vector<Value> kept;
        std::int64_t count = 0;
        for (const auto& one : over.list()) {
            elements_.push_back(one);
            auto said = run(*node.parts[1]);
            elements_.pop_back();
            if (name == "map") {
                kept.push_back(std::move(said));
                continue;
            }
            const bool truth = said.truth();
            if (name == "all" && !truth) return {false};
            if (name == "any" && truth) return {true};
            if (name == "none" && truth) return {false};
            if (truth) ++count;
            if (truth && name == "filter") kept.push_back(one);
        }
        if (name == "map" || name == "filter") return {std::make_shared<const std::vector<Value>>(std::move(kept))};
        if (name == "count") return {count};
        return {name == "one" ? count == 1 : name != "any"};
    }

    Value result_;
    std::vector<Value> elements_; ///< what # is, in predicates around
    long steps_ = 0;
};

/// `result`, `result[0]`, and those as a number
bool is_measured(const Node& node) {
    if (node.kind == NodeKind::call) return (node.name == "asFloat" || node.name == "float") && is_measured(*node.parts[0]);
    if (node.kind == NodeKind::index) return node.parts[0]->kind == NodeKind::result && node.parts[1]->kind == NodeKind::integer && node.parts[1]->integer == 0;
    return node.kind == NodeKind::result;
}

std::optional<double> constant(const Node& node) {
    if (node.kind == NodeKind::number) return node.number;
    if (node.kind == NodeKind::integer) return static_cast<double>(node.integer);
    if (node.kind == NodeKind::unary && node.name != "not") {
        const auto inside = constant(*node.parts[0]);
        if (inside) return node.name == "-" ? -*inside : *inside;
    }
    return std::nullopt;
}

Limits both(const Limits& left, const Limits& right) {
    const auto stricter = [](std::optional<double> a, std::optional<double> b, bool higher) { return !a ? b : !b ? a : higher ? std::max(*a, *b) : std::min(*a, *b); };
    return {stricter(left.min, right.min, true), stricter(left.max, right.max, false)};
}

Limits limits_of(const Node& node, bool negated) {
    if (node.kind == NodeKind::unary && node.name == "not") return limits_of(*node.parts[0], !negated);
    if (node.kind != NodeKind::binary) return {};
    const auto& left = *node.parts[0];
    const auto& right = *node.parts[1];
    if (node.name == "and" || node.name == "&&") return negated ? Limits{} : both(limits_of(left, false), limits_of(right, false));
    if (node.name == "or" || node.name == "||") return negated ? both(limits_of(left, true), limits_of(right, true)) : Limits{};
    if (node.name[0] != '<' && node.name[0] != '>') return {};
    const bool measured_first = is_measured(left);
    const auto number = constant(measured_first ? right : left);
    if (!number || (!measured_first && !is_measured(right))) return {};
    const bool at_most = ((node.name[0] == '<') == measured_first) != negated;
    return at_most ? Limits{{}, number} : Limits{number, {}};
}

} // namespace

Truth Expression::evaluate(const QueryValue& value) const {
    try {
        type_of(*tree_, value.is_scalar ? Type{TypeKind::number} : Type{TypeKind::list, TypeKind::number});
        return {Evaluation(value).run(*tree_).truth(), {}};
    } catch (const NoValue& mistake) {
        return {std::nullopt, mistake.what()};
    }
}

Limits Expression::limits(bool not_) const { return limits_of(*tree_, not_); }

} // namespace slipway::wait_for_slo
