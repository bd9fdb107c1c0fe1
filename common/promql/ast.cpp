#include "promql/ast.hpp"

#include <cmath>
#include <limits>

namespace slipway::promql {

std::int64_t DurationExpr::nanoseconds() const {
    if (!is_number()) return 0;
    constexpr auto most = std::numeric_limits<std::int64_t>::max();
    const double value = std::round(seconds * 1e9);
    if (value >= static_cast<double>(most)) return most;
    if (value <= -static_cast<double>(most)) return -most;
    return static_cast<std::int64_t>(value);
}

bool Shift::has_offset() const { return offset && (!offset->is_number() || offset->nanoseconds() != 0); }

const std::string& VectorSelector::metric() const {
    if (!name.empty()) return name;
    for (const auto& matcher : matchers) {
        if (matcher.name == "__name__" && matcher.op == MatchOp::equal) return matcher.value;
    }
    return name;
}

const Expr& bare(const Expr& expr) {
    const auto* inner = &expr;
    while (inner->kind == ExprKind::parentheses) inner = as<Parentheses>(*inner).inner.get();
    return *inner;
}

} // namespace slipway::promql
