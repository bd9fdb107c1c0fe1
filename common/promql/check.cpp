#include "promql/check.hpp"

#include "core/text.hpp"
#include "promql/functions.hpp"
#include "promql/print.hpp"

#include <algorithm>

namespace slipway::promql {

namespace {

class Checker {
public:
    std::vector<Mistake> check(const Expr& expr) {
        visit(expr);
        return std::move(mistakes_);
    }

private:
    void visit(const Expr& expr) {
        switch (expr.kind) {
        case ExprKind::number:
        case ExprKind::string: return;
        case ExprKind::vector_selector: return selector(as<VectorSelector>(expr), false);
        case ExprKind::matrix_selector: return selector(*as<MatrixSelector>(expr).selector, false);
        case ExprKind::subquery: return subquery(as<Subquery>(expr));
        case ExprKind::call: return call(as<Call>(expr));
        case ExprKind::aggregation: return aggregation(as<Aggregation>(expr));
        case ExprKind::binary: return binary(as<Binary>(expr));
        case ExprKind::unary: return unary(as<Unary>(expr));
        case ExprKind::parentheses: return visit(*as<Parentheses>(expr).inner);
        }
    }

    void complain(Span place, std::string message, std::string hint = {}) { mistakes_.push_back({place, std::move(message), std::move(hint)}); }

    void expect(const Expr& expr, ValueType wanted, const std::string& where) {
        visit(expr);
        if (expr.type == wanted) return;
        std::string hint;
        if (wanted == ValueType::matrix && expr.type == ValueType::vector) {
            hint = bare(expr).kind == ExprKind::vector_selector ? "a range such as [5m] is missing" : "a subquery such as [5m:1m] makes a range vector of it";
        } else if (wanted == ValueType::vector && expr.type == ValueType::matrix) {
            hint = "a function such as rate() makes an instant vector of a range";
        } else if (wanted == ValueType::vector && expr.type == ValueType::scalar) {
            hint = "vector() makes an instant vector of a number";
        } else if (wanted == ValueType::scalar && expr.type == ValueType::vector) {
            hint = "scalar() makes a number of a vector with one element";
        }
        complain(expr.place, where + " takes " + std::string(in_words(wanted)) + ", not " + std::string(in_words(expr.type)), std::move(hint));
    }

    void selector(const VectorSelector& node, bool may_match_all) {
        if (!node.name.empty()) {
            for (const auto& matcher : node.matchers) {
                if (matcher.name == "__name__") complain(matcher.place, "the name of the metric is given twice: '" + visible(node.name) + "' and '" + visible(matcher.value) + '\'');
            }
            return;
        }
        const bool selects = std::any_of(node.matchers.begin(), node.matchers.end(), [](const auto& matcher) { return !matcher.matches_empty; });
        if (!selects && !may_match_all) {
            complain(node.place, "the selector would take every series there is", "one of its labels must not match the empty text, such as job=~\".+\"");
        }
    }

    void subquery(const Subquery& node) {
        visit(*node.inner);
        if (node.inner->type != ValueType::vector) complain(node.place, "a subquery takes an instant vector, not " + std::string(in_words(node.inner->type)));
    }

    void call(const Call& node) {
        const auto& function = *node.function;
        const auto name = std::string(function.name) + "()";
        const auto given = node.arguments.size();
        if (given < function.fewest() || (function.most() >= 0 && given > static_cast<std::size_t>(function.most()))) complain(node.place, wrong_count(function, name, given));
        for (std::size_t i = 0; i < given; ++i) {
            const auto& argument = *node.arguments[i];
            if (i >= function.arguments.size() && function.repeats == 0) break;
            const auto wanted = function.arguments[std::min(i, function.arguments.size() - 1)];
            if (function.name == "info" && i == 1) info_labels(argument);
            else expect(argument, wanted, name);
        }
    }

    static std::string wrong_count(const Function& function, const std::string& name, std::size_t given) {
        const auto most = function.most();
        std::string wanted = std::to_string(function.fewest());
        if (most < 0) wanted = "at least " + wanted;
        else if (most > static_cast<int>(function.fewest())) wanted += " to " + std::to_string(most);
        return name + " takes " + wanted + (wanted == "1" || wanted == "at least 1" ? " argument, not " : " arguments, not ") + std::to_string(given);
    }

    /// The second argument of info() looks like a selector, and only its labels count.
    void info_labels(const Expr& argument) {
        if (argument.kind != ExprKind::vector_selector) {
            visit(argument);
            complain(argument.place, "info() takes labels in braces as its second argument");
            return;
        }
        const auto& labels = as<VectorSelector>(argument);
        if (!labels.name.empty()) complain(argument.place, "info() takes labels in braces as its second argument, without the name of a metric");
        selector(labels, true);
    }

    void aggregation(const Aggregation& node) {
        const auto name = std::string(to_string(node.op)) + "()";
        if (node.parameter) expect(*node.parameter, node.op == AggregationOp::count_values ? ValueType::string : ValueType::scalar, "the parameter of " + name);
        expect(*node.inner, ValueType::vector, name);
    }

    void unary(const Unary& node) {
        visit(*node.inner);
        if (node.inner->type == ValueType::vector || node.inner->type == ValueType::scalar) return;
        complain(node.place, "a sign belongs to a number or an instant vector, not to " + std::string(in_words(node.inner->type)));
    }

    /// A sum of thousands of terms is a tree that is deep to the left: its operators are walked in a loop, since the
    /// stack is not deep enough for every build.
    void binary(const Binary& last) {
        std::vector<const Binary*> operators{&last};
        const Expr* first = last.left.get();
        for (; first->kind == ExprKind::binary; first = operators.back()->left.get()) operators.push_back(&as<Binary>(*first));
        visit(*first);
        for (auto node = operators.rbegin(); node != operators.rend(); ++node) {
            visit(*(*node)->right);
            operands(**node);
        }
    }

    void operands(const Binary& node) {
        const auto op = '\'' + std::string(to_string(node.op)) + '\'';
        for (const auto* side : {node.left.get(), node.right.get()}) {
            if (side->type == ValueType::vector || side->type == ValueType::scalar) continue;
            complain(side->place, op + " takes numbers and instant vectors, not " + std::string(in_words(side->type)),
                     side->type == ValueType::matrix ? "a function such as rate() makes an instant vector of a range" : "");
        }
        const bool scalars = node.left->type == ValueType::scalar && node.right->type == ValueType::scalar;
        if (node.returns_bool && !is_comparison(node.op)) complain(node.op_place, "bool belongs to comparisons, not to " + op);
        if (is_comparison(node.op) && !node.returns_bool && scalars) complain(node.op_place, "numbers are compared with bool", "write " + std::string(to_string(node.op)) + " bool");
        if (node.on) {
            for (const auto& label : node.matching) {
                if (std::find(node.include.begin(), node.include.end(), label) != node.include.end()) complain(node.op_place, "label '" + visible(label) + "' stands in on(...) and in group_left or group_right");
            }
        }
        if (!node.both_vectors()) return only_one_vector(node, op);
        if (!is_set_operator(node.op)) return;
        if (node.grouping != Grouping::one_to_one) complain(node.op_place, "group_left and group_right do not go with " + op);
        if (node.fill_left || node.fill_right) complain(node.op_place, "fill does not go with " + op);
    }

    void only_one_vector(const Binary& node, const std::string& op) {
        if (!node.matching.empty()) complain(node.op_place, "on and ignoring need instant vectors on both sides");
        if (node.fill_left || node.fill_right) complain(node.op_place, "fill needs instant vectors on both sides");
        const bool scalar = node.left->type == ValueType::scalar || node.right->type == ValueType::scalar;
        if (is_set_operator(node.op) && scalar) complain(node.op_place, op + " takes instant vectors on both sides, not a number", "vector() makes an instant vector of a number");
    }

    std::vector<Mistake> mistakes_;
};

} // namespace

std::vector<Mistake> check(const Expr& expr) { return Checker().check(expr); }

std::string_view in_words(ValueType type) {
    switch (type) {
    case ValueType::scalar: return "a number";
    case ValueType::vector: return "an instant vector";
    case ValueType::matrix: return "a range vector";
    case ValueType::string: break;
    }
    return "a string";
}

} // namespace slipway::promql
