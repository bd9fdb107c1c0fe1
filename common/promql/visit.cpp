#include "promql/visit.hpp"

#include "promql/functions.hpp"

#include <vector>

namespace slipway::promql {

namespace {

class Walk {
public:
    explicit Walk(const Visitor& see) : see_(see) {}

    void node(const Expr& expr) {
        see_(expr, path_);
        path_.push_back(&expr);
        children(expr);
        path_.pop_back();
    }

private:
    void children(const Expr& expr) {
        switch (expr.kind) {
        case ExprKind::number:
        case ExprKind::string:
        case ExprKind::vector_selector:
        case ExprKind::matrix_selector: return;
        case ExprKind::subquery: return node(*as<Subquery>(expr).inner);
        case ExprKind::call:
            for (const auto& argument : as<Call>(expr).arguments) node(*argument);
            return;
        case ExprKind::aggregation:
            if (as<Aggregation>(expr).parameter) node(*as<Aggregation>(expr).parameter);
            return node(*as<Aggregation>(expr).inner);
        case ExprKind::binary:
            node(*as<Binary>(expr).left);
            return node(*as<Binary>(expr).right);
        case ExprKind::unary: return node(*as<Unary>(expr).inner);
        case ExprKind::parentheses: return node(*as<Parentheses>(expr).inner);
        }
    }

    const Visitor& see_;
    std::vector<const Expr*> path_;
};

bool is_info_label_argument(const Expr& expr, Path around) {
    if (around.empty() || around.back()->kind != ExprKind::call) return false;
    const auto& call = as<Call>(*around.back());
    return call.function->name == "info" && call.arguments.size() > 1 && call.arguments[1].get() == &expr;
}

} // namespace

void for_each_node(const Expr& expr, const Visitor& see) { Walk(see).node(expr); }

void for_each_selector(const Expr& expr, const SelectorVisitor& see) {
    for_each_node(expr, [&](const Expr& node, Path around) {
        if (node.kind == ExprKind::vector_selector && !is_info_label_argument(node, around)) {
            see(as<VectorSelector>(node), around);
        } else if (node.kind == ExprKind::matrix_selector) {
            std::vector<const Expr*> path(around.begin(), around.end());
            path.push_back(&node);
            see(*as<MatrixSelector>(node).selector, path);
        }
    });
}

} // namespace slipway::promql
