#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace slipway::promql {

struct Function;

/// Bytes of an expression's text, the second one not included.
struct Span {
    std::size_t begin = 0;
    std::size_t end = 0;
};

/// What an expression evaluates to. "vector" is an instant vector, "matrix" a range vector.
enum class ValueType { scalar, vector, matrix, string };

enum class MatchOp { equal, not_equal, regex, not_regex };

/// `status_code=~"5.."`
struct Matcher {
    std::string name;
    MatchOp op = MatchOp::equal;
    std::string value;
    Span place = {};
    bool matches_empty = false; ///< a series without the label is taken
};

enum class DurationOp { number, add, subtract, multiply, divide, modulo, power, negate, parentheses, step, range, min_of, max_of };

/// `5m`, `2 * step()`. A number counts in seconds.
struct DurationExpr {
    DurationOp op = DurationOp::number;
    double seconds = 0;
    bool is_duration = false; ///< a number that was written with its unit
    std::unique_ptr<DurationExpr> left = {};
    std::unique_ptr<DurationExpr> right = {};
    Span place = {};

    bool is_number() const { return op == DurationOp::number; }
    /// A number in nanoseconds, as Prometheus keeps it; 0 for anything else.
    std::int64_t nanoseconds() const;
};

enum class AtEdge { none, start, end };

/// `@ 1609746000`, `@ end()`, `offset 5m`, `anchored`
struct Shift {
    std::unique_ptr<DurationExpr> offset = {};
    std::optional<std::int64_t> at_ms = {};
    AtEdge at_edge = AtEdge::none;
    bool anchored = false;
    bool smoothed = false;

    bool has_offset() const;
    bool has_at() const { return at_ms.has_value() || at_edge != AtEdge::none; }
};

enum class ExprKind { number, string, vector_selector, matrix_selector, subquery, call, aggregation, binary, unary, parentheses };

/// A node of the syntax tree. Which of its members count depends on the kind; see the structs below.
struct Expr {
    Expr(ExprKind k, ValueType t, Span p) : kind(k), type(t), place(p) {}
    virtual ~Expr() = default;
    Expr(const Expr&) = delete;
    Expr& operator=(const Expr&) = delete;

    const ExprKind kind;
    ValueType type;
    Span place;
    int depth = 1; ///< of the tree from here on
};

using ExprPtr = std::unique_ptr<Expr>;

struct NumberLiteral : Expr {
    explicit NumberLiteral(Span where) : Expr(ExprKind::number, ValueType::scalar, where) {}
    double value = 0;
    bool is_duration = false;
};

struct StringLiteral : Expr {
    explicit StringLiteral(Span where) : Expr(ExprKind::string, ValueType::string, where) {}
    std::string value;
};

struct VectorSelector : Expr {
    explicit VectorSelector(Span where) : Expr(ExprKind::vector_selector, ValueType::vector, where) {}
    std::string name; ///< in front of the braces; the one inside is a matcher of __name__
    std::vector<Matcher> matchers; ///< without the name in front
    Shift shift;

    /// The one metric that it selects: the name in front, or `__name__="x"`; empty when there is no such.
    const std::string& metric() const;
};

struct MatrixSelector : Expr {
    explicit MatrixSelector(Span where) : Expr(ExprKind::matrix_selector, ValueType::matrix, where) {}
    std::unique_ptr<VectorSelector> selector; ///< its shift is the matrix selector's
    std::unique_ptr<DurationExpr> range;
};

struct Subquery : Expr {
    explicit Subquery(Span where) : Expr(ExprKind::subquery, ValueType::matrix, where) {}
    ExprPtr inner;
    std::unique_ptr<DurationExpr> range;
    std::unique_ptr<DurationExpr> step; ///< null: the server's evaluation interval
    Shift shift;
};

struct Call : Expr {
    explicit Call(Span where) : Expr(ExprKind::call, ValueType::vector, where) {}
    const Function* function = nullptr; ///< never null
    std::vector<ExprPtr> arguments;
};

/// Lower-case names as they are written: sum, topk, ...
enum class AggregationOp { avg, bottomk, count, count_values, group, limit_ratio, limitk, max, min, quantile, stddev, stdvar, sum, topk };

struct Aggregation : Expr {
    explicit Aggregation(Span where) : Expr(ExprKind::aggregation, ValueType::vector, where) {}
    AggregationOp op = AggregationOp::sum;
    bool without = false;
    std::vector<std::string> labels; ///< of `by`, or of `without`
    ExprPtr parameter;               ///< of topk, quantile, ...; else null
    ExprPtr inner;
};

/// In the order of their precedence, lowest first.
enum class BinaryOp { logical_or, logical_and, unless, equal, not_equal, less, less_equal, greater, greater_equal, trim_upper, trim_lower, add, subtract, multiply, divide, modulo, atan2, power };

constexpr bool is_comparison(BinaryOp op) { return op >= BinaryOp::equal && op <= BinaryOp::greater_equal; }
constexpr bool is_set_operator(BinaryOp op) { return op <= BinaryOp::unless; }

enum class Grouping { one_to_one, many_to_one, one_to_many };

struct Binary : Expr {
    explicit Binary(Span where) : Expr(ExprKind::binary, ValueType::vector, where) {}
    BinaryOp op = BinaryOp::add;
    Span op_place = {};
    ExprPtr left;
    ExprPtr right;
    bool returns_bool = false;
    bool on = false;                   ///< else ignoring
    bool has_matching = false;         ///< on or ignoring stands there
    std::vector<std::string> matching; ///< labels of on or ignoring
    Grouping grouping = Grouping::one_to_one;
    std::vector<std::string> include; ///< labels of group_left or group_right
    std::optional<double> fill_left = {};
    std::optional<double> fill_right = {};

    bool both_vectors() const { return left->type == ValueType::vector && right->type == ValueType::vector; }
};

struct Unary : Expr {
    explicit Unary(Span where) : Expr(ExprKind::unary, ValueType::scalar, where) {}
    bool negative = false;
    ExprPtr inner;
};

struct Parentheses : Expr {
    explicit Parentheses(Span where) : Expr(ExprKind::parentheses, ValueType::scalar, where) {}
    ExprPtr inner;
};

template <class Node> const Node& as(const Expr& expr) { return static_cast<const Node&>(expr); }

/// The expression inside of any parentheses.
const Expr& bare(const Expr& expr);

} // namespace slipway::promql
