#include "promql/shape.hpp"

#include "promql/functions.hpp"

#include <algorithm>
#include <array>

namespace slipway::promql {

namespace {

template <class Range> bool contains(const Range& range, std::string_view wanted) { return std::find(std::begin(range), std::end(range), wanted) != std::end(range); }

bool keeps_nature(std::string_view function) {
    constexpr std::array<std::string_view, 12> names = {"sort", "sort_desc", "sort_by_label", "sort_by_label_desc", "label_replace", "label_join", "last_over_time", "first_over_time", "info", "round", "ceil", "floor"};
    return contains(names, function);
}

/// What is in a matcher for the labels of the series.
void apply(const Matcher& matcher, LabelShape& shape) {
    if (matcher.name == "__name__" || matcher.op != MatchOp::equal) return;
    if (matcher.value.empty()) {
        shape.remove(matcher.name);
    } else {
        shape.add(matcher.name);
        shape.fixed[matcher.name] = matcher.value;
    }
}

class ShapeFinder {
public:
    explicit ShapeFinder(const MetricKnowledge& knowledge) : knowledge_(knowledge) {}

    Shape of(const Expr& expr) const {
        switch (expr.kind) {
        case ExprKind::number:
        case ExprKind::string: return {LabelShape::none(), Nature::gauge};
        case ExprKind::vector_selector: return of_selector(as<VectorSelector>(expr));
        case ExprKind::matrix_selector: return of_selector(*as<MatrixSelector>(expr).selector);
        case ExprKind::subquery: return of(*as<Subquery>(expr).inner);
        case ExprKind::call: return of_call(as<Call>(expr));
        case ExprKind::aggregation: return of_aggregation(as<Aggregation>(expr));
        case ExprKind::binary: return of_binary(as<Binary>(expr));
        case ExprKind::unary: return {of(*as<Unary>(expr).inner).labels, Nature::gauge};
        case ExprKind::parentheses: return of(*as<Parentheses>(expr).inner);
        }
        return {};
    }

private:
    Shape of_selector(const VectorSelector& selector) const {
        Shape shape;
        const auto& metric = selector.metric();
        if (!metric.empty()) {
            if (auto known = knowledge_.shape_of(metric)) shape = std::move(*known);
            if (shape.nature == Nature::unknown && has_counter_name(metric)) shape.nature = Nature::counter;
        }
        for (const auto& matcher : selector.matchers) apply(matcher, shape.labels);
        return shape;
    }

    Shape of_call(const Call& call) const {
        const auto name = call.function->name;
        if (name == "absent" || name == "absent_over_time") return {of_absent(*call.arguments.front()), Nature::gauge};
        if (name == "vector" || call.function->result == ValueType::scalar) return {LabelShape::none(), Nature::gauge};
        const auto vector = std::find_if(call.arguments.begin(), call.arguments.end(), [](const auto& argument) { return argument->type == ValueType::vector || argument->type == ValueType::matrix; });
        if (vector == call.arguments.end()) return {LabelShape::none(), Nature::gauge}; // hour(), and the like of now
        auto shape = of(**vector);
        if (!keeps_nature(name)) shape.nature = Nature::gauge;
        if (name == "info") shape.labels = {};
        if (name == "histogram_quantile" || name == "histogram_quantiles" || name == "histogram_fraction") shape.labels.remove("le");
        if ((name == "label_replace" || name == "label_join" || name == "histogram_quantiles") && call.arguments.size() > 1 && call.arguments[1]->kind == ExprKind::string) {
            const auto& target = as<StringLiteral>(*call.arguments[1]).value;
            shape.labels.add(target);
            shape.labels.fixed.erase(target);
        }
        return shape;
    }

    /// absent() makes a series of its selector's plain conditions.
    static LabelShape of_absent(const Expr& argument) {
        auto shape = LabelShape::none();
        const auto& inner = bare(argument);
        const auto* selector = inner.kind == ExprKind::vector_selector ? &as<VectorSelector>(inner) : inner.kind == ExprKind::matrix_selector ? as<MatrixSelector>(inner).selector.get() : nullptr;
        if (selector == nullptr) return shape;
        for (const auto& matcher : selector->matchers) apply(matcher, shape);
        return shape;
    }

    Shape of_aggregation(const Aggregation& node) const {
        auto shape = of(*node.inner);
        const bool selects = node.op == AggregationOp::topk || node.op == AggregationOp::bottomk || node.op == AggregationOp::limitk || node.op == AggregationOp::limit_ratio;
        if (selects) return shape;
        if (node.without) {
            for (const auto& label : node.labels) shape.labels.remove(label);
        } else {
            shape.labels.keep(node.labels);
        }
        if (node.op == AggregationOp::count_values && node.parameter->kind == ExprKind::string) shape.labels.add(as<StringLiteral>(*node.parameter).value);
        const bool adds = node.op == AggregationOp::sum || node.op == AggregationOp::avg || node.op == AggregationOp::max || node.op == AggregationOp::min;
        const bool is_counter = shape.nature == Nature::counter || shape.nature == Nature::summed_counter;
        shape.nature = adds && is_counter ? Nature::summed_counter : adds ? shape.nature : Nature::gauge;
        return shape;
    }

    Shape of_binary(const Binary& node) const {
        if (node.type == ValueType::scalar) return {LabelShape::none(), Nature::gauge};
        auto left = of(*node.left);
        auto right = of(*node.right);
        if (!node.both_vectors()) {
            auto& shape = node.left->type == ValueType::vector ? left : right;
            const bool scales = node.op == BinaryOp::multiply || node.op == BinaryOp::divide || (is_comparison(node.op) && !node.returns_bool);
            if (!scales) shape.nature = Nature::gauge;
            return shape;
        }
        if (node.op == BinaryOp::logical_or) return {either(left.labels, right.labels), left.nature == right.nature ? left.nature : Nature::unknown};
        if (is_set_operator(node.op)) return left;
        Shape shape = node.grouping == Grouping::one_to_many ? std::move(right) : std::move(left);
        if (node.grouping == Grouping::one_to_one) {
            if (node.on) shape.labels.keep(node.matching);
            else
                for (const auto& label : node.matching) shape.labels.remove(label);
        }
        for (const auto& label : node.include) {
            shape.labels.add(label);
            shape.labels.fixed.erase(label);
        }
        const bool filters = is_comparison(node.op) && !node.returns_bool;
        if (!filters) shape.nature = Nature::gauge;
        return shape;
    }

    static LabelShape either(const LabelShape& a, const LabelShape& b) {
        LabelShape shape;
        if (a.closed && b.closed) {
            shape = a;
            shape.labels.insert(b.labels.begin(), b.labels.end());
        } else if (!a.closed && !b.closed) {
            std::set_intersection(a.labels.begin(), a.labels.end(), b.labels.begin(), b.labels.end(), std::inserter(shape.labels, shape.labels.end()));
        } else {
            const auto& open = a.closed ? b : a;
            const auto& closed = a.closed ? a : b;
            for (const auto& label : open.labels) {
                if (closed.labels.count(label) == 0) shape.labels.insert(label);
            }
        }
        shape.fixed.clear();
        for (const auto& [label, value] : a.fixed) {
            const auto same = b.fixed.find(label);
            if (same != b.fixed.end() && same->second == value) shape.fixed.emplace(label, value);
        }
        return shape;
    }

    const MetricKnowledge& knowledge_;
};

/// A label that elements of one side must have and no element of the other can have.
std::string only_on_one_side(const LabelShape& left, const LabelShape& right, const std::vector<std::string>& ignored) {
    const auto one = [&](const LabelShape& has, const LabelShape& lacks, const char* side) {
        const auto& sure = has.fixed;
        for (const auto& [label, value] : sure) {
            if (!contains(ignored, label) && label != "__name__" && has.may_have(label) && !lacks.may_have(label)) return std::string("only the ") + side + " side has the label '" + label + '\'';
        }
        if (!has.closed || !lacks.closed) return std::string();
        for (const auto& label : has.labels) {
            if (!contains(ignored, label) && label != "__name__" && lacks.labels.count(label) == 0) return std::string("only the ") + side + " side has the label '" + label + '\'';
        }
        return std::string();
    };
    const auto found = one(left, right, "left");
    return found.empty() ? one(right, left, "right") : found;
}

} // namespace

void LabelShape::add(const std::string& label) {
    if (closed) labels.insert(label);
    else labels.erase(label);
}

void LabelShape::remove(const std::string& label) {
    if (closed) labels.erase(label);
    else labels.insert(label);
    fixed.erase(label);
}

void LabelShape::keep(const std::vector<std::string>& kept) {
    LabelShape result = none();
    for (const auto& label : kept) {
        if (!may_have(label)) continue;
        result.labels.insert(label);
        if (const auto value = fixed.find(label); value != fixed.end()) result.fixed.emplace(*value);
    }
    *this = std::move(result);
}

Shape shape_of(const Expr& expr, const MetricKnowledge& knowledge) { return ShapeFinder(knowledge).of(expr); }

std::string why_never_matching(const Binary& node, const MetricKnowledge& knowledge) {
    if (!node.both_vectors() || node.op == BinaryOp::logical_or) return {};
    const auto left = shape_of(*node.left, knowledge).labels;
    const auto right = shape_of(*node.right, knowledge).labels;
    const auto compared = [&](const std::string& label) { return label != "__name__" && contains(node.matching, label) == node.on; };
    for (const auto& [label, value] : left.fixed) {
        const auto other = right.fixed.find(label);
        if (other != right.fixed.end() && other->second != value && compared(label)) return "'" + label + "' is \"" + value + "\" on the left side and \"" + other->second + "\" on the right side";
    }
    if (!node.on) return only_on_one_side(left, right, node.matching);
    for (const auto& label : node.matching) {
        if (left.closed && right.closed && left.may_have(label) != right.may_have(label)) return std::string("only the ") + (left.may_have(label) ? "left" : "right") + " side has the label '" + label + '\'';
    }
    return {};
}

bool has_counter_name(std::string_view metric) {
    constexpr std::array<std::string_view, 4> suffixes = {"_total", "_count", "_sum", "_bucket"};
    return std::any_of(suffixes.begin(), suffixes.end(), [&](std::string_view suffix) { return metric.size() > suffix.size() && metric.substr(metric.size() - suffix.size()) == suffix; });
}

} // namespace slipway::promql
