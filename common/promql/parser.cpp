// From tokens to the syntax tree: recursive descent, operators by precedence.

#include "promql/parser.hpp"

#include "core/text.hpp"
#include "promql/check.hpp"
#include "promql/duration.hpp"
#include "promql/functions.hpp"
#include "promql/lexer.hpp"
#include "promql/matching.hpp"
#include "promql/names.hpp"
#include "promql/number.hpp"

#include <cmath>
#include <limits>
#include <utility>

namespace slipway::promql {

namespace {

constexpr int deepest_nesting = 500;
constexpr int deepest_tree = 4000;

/// Half of 2^64 nanoseconds, in seconds: Prometheus keeps durations as nanoseconds.
constexpr double longest_duration = 9223372036.854775808;

/// Ends the reading.
struct SyntaxError {
    Mistake mistake;
};

int precedence(BinaryOp op) {
    switch (op) {
    case BinaryOp::logical_or: return 1;
    case BinaryOp::logical_and:
    case BinaryOp::unless: return 2;
    case BinaryOp::add:
    case BinaryOp::subtract: return 4;
    case BinaryOp::multiply:
    case BinaryOp::divide:
    case BinaryOp::modulo:
    case BinaryOp::atan2: return 5;
    case BinaryOp::power: return 6;
    default: return 3;
    }
}
constexpr int above_multiplication = 6;

/// Words that mean something only in front of a parenthesis or behind an expression, and are names elsewhere.
bool is_name(const Token& token) {
    switch (token.kind) {
    case TokenKind::identifier:
    case TokenKind::metric_identifier:
    case TokenKind::aggregation:
    case TokenKind::key_by:
    case TokenKind::key_without:
    case TokenKind::key_offset:
    case TokenKind::key_start:
    case TokenKind::key_end:
    case TokenKind::key_step:
    case TokenKind::key_range:
    case TokenKind::key_min_of:
    case TokenKind::key_max_of:
    case TokenKind::key_anchored:
    case TokenKind::key_smoothed:
    case TokenKind::key_fill:
    case TokenKind::key_fill_left:
    case TokenKind::key_fill_right: return true;
    case TokenKind::binary_operator: return token.op <= BinaryOp::unless;
    default: return false;
    }
}

bool is_grouping_label(const Token& token) {
    switch (token.kind) {
    case TokenKind::key_without: return false;
    case TokenKind::key_bool:
    case TokenKind::key_on:
    case TokenKind::key_ignoring:
    case TokenKind::key_group_left:
    case TokenKind::key_group_right: return true;
    case TokenKind::binary_operator: return token.op <= BinaryOp::unless || token.op == BinaryOp::atan2;
    default: return is_name(token);
    }
}

bool is_function_name(TokenKind kind) {
    return kind == TokenKind::identifier || kind == TokenKind::key_start || kind == TokenKind::key_end || kind == TokenKind::key_step || kind == TokenKind::key_range || kind == TokenKind::key_min_of || kind == TokenKind::key_max_of;
}

bool takes_parameter(AggregationOp op) {
    return op == AggregationOp::bottomk || op == AggregationOp::topk || op == AggregationOp::count_values || op == AggregationOp::quantile || op == AggregationOp::limitk || op == AggregationOp::limit_ratio;
}

std::string in_words(const Token& token) {
    switch (token.kind) {
    case TokenKind::end: return "the end of the expression";
    case TokenKind::string: return "the string " + visible(token.text);
    case TokenKind::number: return "the number " + visible(token.text);
    case TokenKind::duration: return "the duration " + visible(token.text);
    default: return '\'' + visible(token.text) + '\'';
    }
}

class Parser {
public:
    Parser(std::string_view text, const Dialect& dialect) : dialect_(dialect), read_(read_tokens(text, dialect)) {}

    Parsed parse() {
        Parsed result;
        try {
            if (token().kind == TokenKind::end) fail(token().place, "the expression is empty");
            result.expr = expression(1);
            if (token().kind != TokenKind::end) unexpected("behind the expression", hint_behind());
        } catch (SyntaxError& error) {
            result.mistakes.push_back(std::move(error.mistake));
            result.expr.reset();
            return result;
        }
        result.mistakes = check(*result.expr);
        if (!result.mistakes.empty()) result.expr.reset();
        return result;
    }

private:
    // --- tokens ---

    const Token& token(std::size_t ahead = 0) const {
        const auto index = std::min(at_ + ahead, read_.tokens.size() - 1);
        return read_.tokens[index];
    }
    bool is(TokenKind kind) const { return token().kind == kind; }
    bool is_sign() const { return is(TokenKind::binary_operator) && (token().op == BinaryOp::add || token().op == BinaryOp::subtract); }
    const Token& take() {
        const auto& taken = token();
        if (taken.kind != TokenKind::end && taken.kind != TokenKind::error) ++at_;
        return taken;
    }
    bool take_if(TokenKind kind) {
        if (!is(kind)) return false;
        take();
        return true;
    }
    const Token& expect(TokenKind kind, const char* where) {
        if (!is(kind)) unexpected(where);
        return take();
    }
    std::size_t end_of_last() const { return at_ == 0 ? 0 : read_.tokens[at_ - 1].place.end; }

    [[noreturn]] static void fail(Span place, std::string message, std::string hint = {}) { throw SyntaxError{{place, std::move(message), std::move(hint)}}; }

    [[noreturn]] void unexpected(const std::string& where, std::string hint = {}) const {
        if (is(TokenKind::error)) throw SyntaxError{*read_.mistake};
        fail(token().place, is(TokenKind::end) ? "the expression ends too early, " + where : "unexpected " + in_words(token()) + ' ' + where, std::move(hint));
    }

    std::string hint_behind() const {
        if (is(TokenKind::right_parenthesis)) return "it closes no parenthesis";
        if (is(TokenKind::equal)) return "values are compared by ==, <=, >=";
        if (is(TokenKind::left_brace)) return "a metric has one pair of braces";
        if (is(TokenKind::identifier) && at_ > 0) return "is there an operator missing in front of it?";
        return {};
    }

    class Nesting {
    public:
        explicit Nesting(Parser& parser) : parser_(parser) {
            if (++parser_.nesting_ > deepest_nesting) fail(parser_.token().place, "the expression is nested too deeply");
        }
        ~Nesting() { --parser_.nesting_; }
        Nesting(const Nesting&) = delete;
        Nesting& operator=(const Nesting&) = delete;

    private:
        Parser& parser_;
    };

    /// A node knows how deep the tree below it is.
    static void grow(Expr& parent, const Expr& child) {
        parent.depth = std::max(parent.depth, child.depth + 1);
        if (parent.depth > deepest_tree) fail(parent.place, "the expression has too many terms");
    }

    // --- expressions ---

    ExprPtr expression(int lowest) {
        const Nesting nesting(*this);
        auto left = signed_operand();
        while (is(TokenKind::binary_operator) && precedence(token().op) >= lowest) {
            const auto& op = take();
            auto node = std::make_unique<Binary>(Span{left->place.begin, 0});
            node->op = op.op;
            node->op_place = op.place;
            modifiers(*node);
            const auto level = precedence(op.op);
            node->right = expression(op.op == BinaryOp::power ? level : level + 1);
            node->left = std::move(left);
            node->place.end = node->right->place.end;
            if (node->left->type == ValueType::scalar && node->right->type == ValueType::scalar) node->type = ValueType::scalar;
            grow(*node, *node->left);
            grow(*node, *node->right);
            left = std::move(node);
        }
        return left;
    }

    ExprPtr signed_operand() {
        if (!is_sign()) return with_modifiers(operand());
        const auto& sign = take();
        const bool negative = sign.op == BinaryOp::subtract;
        auto inner = expression(above_multiplication);
        if (inner->kind == ExprKind::number) {
            auto& number = static_cast<NumberLiteral&>(*inner);
            if (negative) number.value = -number.value;
            number.place.begin = sign.place.begin;
            return inner;
        }
        auto node = std::make_unique<Unary>(Span{sign.place.begin, inner->place.end});
        node->negative = negative;
        node->type = inner->type;
        grow(*node, *inner);
        node->inner = std::move(inner);
        return node;
    }

    ExprPtr operand() {
        switch (token().kind) {
        case TokenKind::number:
        case TokenKind::duration: return number_literal();
        case TokenKind::string: {
            const auto& taken = take();
            auto node = std::make_unique<StringLiteral>(taken.place);
            node->value = unquote(taken.text);
            return node;
        }
        case TokenKind::left_parenthesis: return parentheses();
        case TokenKind::left_brace: return selector();
        case TokenKind::aggregation: {
            const auto next = token(1).kind;
            if (next == TokenKind::left_parenthesis || next == TokenKind::key_by || next == TokenKind::key_without) return aggregation();
            return selector();
        }
        default: break;
        }
        if (is_function_name(token().kind) && token(1).kind == TokenKind::left_parenthesis) return call();
        if (is_name(token())) return selector();
        std::string hint;
        if (is(TokenKind::binary_operator) && at_ > 0) hint = "an operand is missing in front of it";
        if (is(TokenKind::key_by)) hint = "by belongs to an aggregation such as sum";
        unexpected(at_ == 0 ? "at the beginning of the expression" : "where an operand is expected", std::move(hint));
    }

    ExprPtr parentheses() {
        const auto begin = take().place.begin;
        auto inner = expression(1);
        if (!is(TokenKind::right_parenthesis)) unexpected("where ')' is expected", hint_behind());
        auto node = std::make_unique<Parentheses>(Span{begin, take().place.end});
        node->type = inner->type;
        grow(*node, *inner);
        node->inner = std::move(inner);
        return node;
    }

    ExprPtr number_literal() {
        auto node = std::make_unique<NumberLiteral>(token().place);
        if (is(TokenKind::duration) && !dialect_.has_durations_as_numbers()) unexpected("where a number is expected", "durations count as numbers since Prometheus 2.54");
        node->is_duration = is(TokenKind::duration);
        node->value = number_value();
        return node;
    }

    /// A number, or a duration in seconds.
    double number_value() {
        const auto& taken = take();
        if (taken.kind == TokenKind::number) {
            const auto value = read_number(taken.text);
            if (!value) fail(taken.place, "'" + visible(taken.text) + "' is no number");
            return *value;
        }
        const auto duration = read_duration(taken.text);
        if (!duration) fail(taken.place, "'" + visible(taken.text) + "' is no duration", "units are y, w, d, h, m, s and ms, in this order and each once");
        if (duration->count() == 0 && !dialect_.has_zero_durations()) fail(taken.place, "a duration must be more than 0");
        return static_cast<double>(duration->count()) / 1000;
    }

    ExprPtr call() {
        const auto& name = take();
        const auto* function = known_function(name);
        auto node = std::make_unique<Call>(Span{name.place.begin, 0});
        node->function = function;
        node->type = function->result;
        node->arguments = arguments();
        for (const auto& argument : node->arguments) grow(*node, *argument);
        node->place.end = end_of_last();
        return node;
    }

    std::vector<ExprPtr> arguments() {
        std::vector<ExprPtr> list;
        expect(TokenKind::left_parenthesis, "where '(' is expected");
        if (take_if(TokenKind::right_parenthesis)) return list;
        while (true) {
            list.push_back(expression(1));
            if (take_if(TokenKind::right_parenthesis)) return list;
            if (!is(TokenKind::comma)) unexpected("where ',' or ')' is expected", hint_behind());
            take();
            if (is(TokenKind::right_parenthesis)) unexpected("behind a comma", "arguments take no comma behind the last one");
        }
    }

    const Function* known_function(const Token& name) const {
        const auto written = std::string(name.text);
        const auto* function = find_function(name.text);
        if (function == nullptr) {
            const auto lowered = lower(written);
            std::string hint;
            if (find_function(lowered) != nullptr) {
                hint = "names of functions are lower case: " + lowered;
            } else {
                std::vector<std::string> names;
                for (const auto& known : functions()) {
                    if (known.is_known(dialect_)) names.emplace_back(known.name);
                }
                for (const char* known : {"sum", "avg", "min", "max", "count", "topk", "bottomk", "quantile", "stddev", "stdvar", "group", "count_values"}) names.emplace_back(known);
                if (const auto meant = closest(lowered, names)) hint = "did you mean " + *meant + '?';
            }
            fail(name.place, "unknown function '" + visible(written) + '\'', hint);
        }
        const auto checked = "the rules are checked for " + to_string(dialect_.version);
        if (dialect_.version < function->since) fail(name.place, "function '" + written + "' exists since Prometheus " + to_string(function->since), checked);
        if (dialect_.version >= function->removed) fail(name.place, "function '" + written + "' was removed in Prometheus " + to_string(function->removed), written == "holt_winters" ? "it is double_exponential_smoothing now, behind the flag promql-experimental-functions" : checked);
        if (function->is_experimental(dialect_) && !dialect_.has_experimental_functions()) {
            fail(name.place, "function '" + written + "' is experimental", "Prometheus takes it with --enable-feature=promql-experimental-functions; give the same option here");
        }
        return function;
    }

    ExprPtr aggregation() {
        const auto& name = take();
        auto node = std::make_unique<Aggregation>(Span{name.place.begin, 0});
        node->op = name.aggregation;
        if ((node->op == AggregationOp::limitk || node->op == AggregationOp::limit_ratio) && !dialect_.has_experimental_functions()) {
            fail(name.place, "aggregation '" + lower(name.text) + "' is experimental", "Prometheus takes it with --enable-feature=promql-experimental-functions; give the same option here");
        }
        const bool in_front = grouping(*node);
        auto list = arguments();
        node->place.end = end_of_last();
        if (!in_front && grouping(*node)) node->place.end = end_of_last();
        const std::size_t wanted = takes_parameter(node->op) ? 2 : 1;
        if (list.size() != wanted) {
            fail(node->place, "aggregation '" + lower(name.text) + "' takes " + (wanted == 2 ? "a parameter and an expression" : "one expression") + ", not " + count_of(list.size(), "argument"));
        }
        node->inner = std::move(list.back());
        if (wanted == 2) {
            node->parameter = std::move(list.front());
            grow(*node, *node->parameter);
        }
        grow(*node, *node->inner);
        return node;
    }

    bool grouping(Aggregation& node) {
        if (!is(TokenKind::key_by) && !is(TokenKind::key_without)) return false;
        node.without = take().kind == TokenKind::key_without;
        node.labels = label_list();
        return true;
    }

    std::vector<std::string> label_list() {
        std::vector<std::string> labels;
        expect(TokenKind::left_parenthesis, "where '(' and labels are expected");
        while (!is(TokenKind::right_parenthesis)) {
            labels.push_back(grouping_label());
            if (is(TokenKind::right_parenthesis)) break;
            expect(TokenKind::comma, "where ',' or ')' is expected");
        }
        take();
        return labels;
    }

    std::string grouping_label() {
        if (is(TokenKind::string) && dialect_.has_quoted_grouping()) {
            auto label = unquote(token().text);
            const bool right = dialect_.has_utf8_names() ? !label.empty() && is_valid_utf8(label) : is_label_name(label);
            if (!right) fail(token().place, "'" + visible(label) + "' is no label name");
            take();
            return label;
        }
        if (!is_grouping_label(token())) unexpected("where a label is expected");
        if (!dialect_.has_utf8_names() && !is_label_name(token().text)) fail(token().place, "'" + visible(token().text) + "' is no label name");
        return std::string(take().text);
    }

    void modifiers(Binary& node) {
        if (take_if(TokenKind::key_bool)) node.returns_bool = true;
        if (is(TokenKind::key_on) || is(TokenKind::key_ignoring)) {
            node.has_matching = true;
            node.on = take().kind == TokenKind::key_on;
            node.matching = label_list();
            if (is(TokenKind::key_group_left) || is(TokenKind::key_group_right)) {
                node.grouping = take().kind == TokenKind::key_group_left ? Grouping::many_to_one : Grouping::one_to_many;
                if (is(TokenKind::left_parenthesis)) node.include = label_list();
            }
        } else if (is(TokenKind::key_group_left) || is(TokenKind::key_group_right)) {
            unexpected("behind an operator", "group_left and group_right stand behind on(...) or ignoring(...)");
        }
        fill(node);
    }

    void fill(Binary& node) {
        const auto first = token().kind;
        if (first != TokenKind::key_fill && first != TokenKind::key_fill_left && first != TokenKind::key_fill_right) return;
        if (!dialect_.has_fill()) unexpected("behind an operator", "Prometheus takes it with --enable-feature=promql-binop-fill-modifiers; give the same option here");
        take();
        const auto value = fill_value();
        if (first != TokenKind::key_fill_right) node.fill_left = value;
        if (first != TokenKind::key_fill_left) node.fill_right = value;
        if (first == TokenKind::key_fill_left && take_if(TokenKind::key_fill_right)) node.fill_right = fill_value();
        else if (first == TokenKind::key_fill_right && take_if(TokenKind::key_fill_left)) node.fill_left = fill_value();
    }

    double fill_value() {
        expect(TokenKind::left_parenthesis, "where '(' and a number are expected");
        const bool negative = is_sign() && take().op == BinaryOp::subtract;
        if (!is(TokenKind::number) && !is(TokenKind::duration)) unexpected("where a number is expected");
        const auto value = number_value();
        expect(TokenKind::right_parenthesis, "where ')' is expected");
        return negative ? -value : value;
    }

    // --- selectors ---

    std::unique_ptr<VectorSelector> selector() {
        auto node = std::make_unique<VectorSelector>(token().place);
        if (!is(TokenKind::left_brace)) {
            node->name = take().text;
            if (is(TokenKind::left_parenthesis)) unexpected("behind the metric '" + visible(node->name) + '\'', "names of functions hold no colon and are no words of the language");
        }
        if (take_if(TokenKind::left_brace)) {
            while (!is(TokenKind::right_brace)) {
                node->matchers.push_back(matcher());
                if (is(TokenKind::right_brace)) break;
                expect(TokenKind::comma, "where ',' or '}' is expected");
            }
            take();
        }
        node->place.end = end_of_last();
        return node;
    }

    Matcher matcher() {
        Matcher matcher;
        matcher.place = token().place;
        if (is(TokenKind::string) && dialect_.has_quoted_names()) {
            matcher.name = unquote(take().text);
            if (is(TokenKind::comma) || is(TokenKind::right_brace)) {
                matcher.value = std::exchange(matcher.name, "__name__");
                matcher.matches_empty = matcher.value.empty();
                return matcher;
            }
        } else {
            if (is(TokenKind::string)) unexpected("where a label is expected", "names in quotes exist since Prometheus 2.53");
            if (!is(TokenKind::identifier)) unexpected("where a label is expected");
            matcher.name = take().text;
        }
        matcher.op = match_operator();
        if (!is(TokenKind::string)) unexpected("where the label's value is expected", is(TokenKind::identifier) || is(TokenKind::number) ? "values stand in quotes" : "");
        matcher.value = unquote(token().text);
        matcher.place.end = take().place.end;
        auto tried = try_on_empty(matcher, dialect_);
        if (!tried.problem.empty()) fail(matcher.place, "wrong regular expression: " + tried.problem);
        matcher.matches_empty = tried.matches;
        return matcher;
    }

    MatchOp match_operator() {
        if (is(TokenKind::binary_operator) && token().op == BinaryOp::not_equal) return take(), MatchOp::not_equal;
        if (take_if(TokenKind::equal)) return MatchOp::equal;
        if (take_if(TokenKind::regex)) return MatchOp::regex;
        if (take_if(TokenKind::not_regex)) return MatchOp::not_regex;
        unexpected("where one of =, !=, =~ and !~ is expected", is(TokenKind::binary_operator) ? "a label is compared by a single =" : "");
    }

    // --- what follows an operand ---

    ExprPtr with_modifiers(ExprPtr expr) {
        while (true) {
            switch (token().kind) {
            case TokenKind::left_bracket: expr = range_of(std::move(expr)); break;
            case TokenKind::key_offset: offset_of(*expr); break;
            case TokenKind::at: at_of(*expr); break;
            case TokenKind::key_anchored:
            case TokenKind::key_smoothed: extend(*expr); break;
            default: return expr;
            }
        }
    }

    ExprPtr range_of(ExprPtr expr) {
        const auto& bracket = take();
        auto range = range_duration();
        if (take_if(TokenKind::colon)) return subquery_of(std::move(expr), std::move(range));
        if (!is(TokenKind::right_bracket)) unexpected("where ']' or ':' is expected");
        const Span brackets{bracket.place.begin, take().place.end};
        if (expr->kind != ExprKind::vector_selector) {
            const bool wrapped = bare(*expr).kind == ExprKind::vector_selector;
            fail(brackets, "a range belongs to a metric itself", wrapped ? "write it without parentheses, such as up[5m]" : expr->type == ValueType::vector ? "a subquery has a colon, such as [5m:1m]" : "");
        }
        auto node = std::make_unique<MatrixSelector>(Span{expr->place.begin, brackets.end});
        node->selector.reset(static_cast<VectorSelector*>(expr.release()));
        node->range = std::move(range);
        if (node->selector->shift.has_offset()) fail(brackets, "the range stands in front of offset");
        if (node->selector->shift.has_at()) fail(brackets, "the range stands in front of @");
        node->depth = 2;
        return node;
    }

    ExprPtr subquery_of(ExprPtr expr, std::unique_ptr<DurationExpr> range) {
        auto node = std::make_unique<Subquery>(Span{expr->place.begin, 0});
        node->range = std::move(range);
        if (!is(TokenKind::right_bracket)) node->step = range_duration();
        node->place.end = expect(TokenKind::right_bracket, "where ']' is expected").place.end;
        grow(*node, *expr);
        node->inner = std::move(expr);
        return node;
    }

    /// Where offset, @, anchored and smoothed of an expression are kept; null when it can have none.
    static Shift* shift_of(Expr& expr) {
        switch (expr.kind) {
        case ExprKind::vector_selector: return &static_cast<VectorSelector&>(expr).shift;
        case ExprKind::matrix_selector: return &static_cast<MatrixSelector&>(expr).selector->shift;
        case ExprKind::subquery: return &static_cast<Subquery&>(expr).shift;
        default: return nullptr;
        }
    }

    void offset_of(Expr& expr) {
        const auto place = take().place;
        auto offset = offset_duration();
        auto* shift = shift_of(expr);
        if (shift == nullptr) fail(place, "offset belongs to a selector or a subquery", "write it behind the metric, such as rate(x[5m] offset 1h)");
        if (shift->has_offset()) fail(place, "offset stands there twice");
        shift->offset = std::move(offset);
        expr.place.end = end_of_last();
    }

    void at_of(Expr& expr) {
        const auto place = take().place;
        auto* shift = shift_of(expr);
        if (shift == nullptr) fail(place, "@ belongs to a selector or a subquery");
        if (shift->has_at()) fail(place, "@ stands there twice");
        if (is(TokenKind::key_start) || is(TokenKind::key_end)) {
            shift->at_edge = take().kind == TokenKind::key_start ? AtEdge::start : AtEdge::end;
            expect(TokenKind::left_parenthesis, "where '()' is expected");
            expect(TokenKind::right_parenthesis, "where ')' is expected");
        } else {
            const bool negative = is_sign() && take().op == BinaryOp::subtract;
            if (!is(TokenKind::number) && !(is(TokenKind::duration) && dialect_.has_durations_as_numbers())) unexpected("where a Unix time is expected", "such as @ 1609746000, @ start() or @ end()");
            const auto seconds = negative ? -number_value() : number_value();
            if (!(std::abs(seconds) < 9223372036854775807.0)) fail(place, "the time behind @ is none");
            // Beyond that, Prometheus' own arithmetic overflows.
            shift->at_ms = std::abs(seconds) < 9e15 ? std::llround(seconds * 1000) : std::numeric_limits<std::int64_t>::min();
        }
        expr.place.end = end_of_last();
    }

    void extend(Expr& expr) {
        const auto& word = take();
        const bool is_anchored = word.kind == TokenKind::key_anchored;
        if (!dialect_.has_extended_ranges()) fail(word.place, "'" + lower(word.text) + "' is experimental", "Prometheus takes it with --enable-feature=promql-extended-range-selectors; give the same option here");
        auto* shift = expr.kind == ExprKind::subquery ? nullptr : shift_of(expr);
        if (shift == nullptr) fail(word.place, "'" + lower(word.text) + "' belongs to a selector");
        (is_anchored ? shift->anchored : shift->smoothed) = true;
        if (shift->anchored && shift->smoothed) fail(word.place, "anchored and smoothed exclude each other");
        expr.place.end = end_of_last();
    }

    // --- durations ---

    using DurationPtr = std::unique_ptr<DurationExpr>;

    /// In brackets: more than nothing.
    DurationPtr range_duration() {
        if (is(TokenKind::number) && !dialect_.has_durations_as_numbers()) unexpected("where a duration is expected", "durations need a unit, such as [5m]");
        const bool plain = is(TokenKind::number) || is(TokenKind::duration);
        if (!plain && !dialect_.knows_duration_expressions()) unexpected("where a duration is expected", "such as [5m]");
        auto duration = duration_sum(0);
        const auto& inner = duration->op == DurationOp::negate && !dialect_.at_least(3, 15) ? *duration->right : *duration;
        const bool negated = &inner != duration.get() && inner.op == DurationOp::parentheses && inner.right->is_number();
        if (negated || (duration->is_number() && !(duration->seconds > 0))) fail(duration->place, "a range must be more than 0");
        return duration;
    }

    /// Behind offset: a single term, unless it stands in parentheses.
    DurationPtr offset_duration() {
        const bool is_minus = is_sign() && token().op == BinaryOp::subtract;
        if (is_sign() && !is_minus && !dialect_.has_plus_offset()) unexpected("where a duration is expected");
        const auto next = token(is_sign() ? 1 : 0).kind;
        const bool number = next == TokenKind::number || next == TokenKind::duration;
        if (!dialect_.has_durations_as_numbers() && next != TokenKind::duration) unexpected("where a duration is expected", "such as offset 5m");
        const bool term = number || is_duration_call(next) || (is_sign() && next == TokenKind::left_parenthesis);
        if (!term) {
            if (!dialect_.knows_duration_expressions()) unexpected("where a duration is expected", "such as offset 5m");
            return duration_sum(0);
        }
        if (!is_sign()) return duration_term();
        const auto sign = take().place;
        return signed_duration(sign, is_minus, duration_term());
    }

    static bool is_duration_call(TokenKind kind) { return kind == TokenKind::key_step || kind == TokenKind::key_range || kind == TokenKind::key_min_of || kind == TokenKind::key_max_of; }

    static DurationPtr make_duration(DurationOp op, Span place, DurationPtr left = {}, DurationPtr right = {}) {
        auto node = std::make_unique<DurationExpr>();
        node->op = op;
        node->place = place;
        node->left = std::move(left);
        node->right = std::move(right);
        return node;
    }

    DurationPtr signed_duration(Span sign, bool negative, DurationPtr inner) const {
        const Span place{sign.begin, inner->place.end};
        if (inner->is_number()) {
            if (negative) inner->seconds = -inner->seconds;
            if (is_too_long(inner->seconds)) fail(place, "the duration is too long");
            inner->place = place;
            return inner;
        }
        return negative ? make_duration(DurationOp::negate, place, {}, std::move(inner)) : std::move(inner);
    }

    /// Older versions take them, and cut them off.
    bool is_too_long(double seconds) const { return std::abs(seconds) > longest_duration && dialect_.knows_duration_expressions(); }

    static std::optional<DurationOp> duration_operator(const Token& token) {
        if (token.kind != TokenKind::binary_operator) return std::nullopt;
        switch (token.op) {
        case BinaryOp::add: return DurationOp::add;
        case BinaryOp::subtract: return DurationOp::subtract;
        case BinaryOp::multiply: return DurationOp::multiply;
        case BinaryOp::divide: return DurationOp::divide;
        case BinaryOp::modulo: return DurationOp::modulo;
        case BinaryOp::power: return DurationOp::power;
        default: return std::nullopt;
        }
    }

    DurationPtr duration_sum(int lowest) {
        const Nesting nesting(*this);
        DurationPtr left;
        if (is_sign()) {
            const auto& sign = take();
            left = signed_duration(sign.place, sign.op == BinaryOp::subtract, duration_sum(above_multiplication));
        } else {
            left = duration_term();
        }
        int terms = 0;
        while (true) {
            const auto op = duration_operator(token());
            if (!op || precedence(token().op) < lowest) return left;
            if (++terms > deepest_tree) fail(token().place, "the duration has too many terms");
            need_duration_expressions(token().place);
            const auto level = precedence(token().op);
            const auto sign = take().place;
            auto right = duration_sum(*op == DurationOp::power ? level : level + 1);
            if ((*op == DurationOp::divide || *op == DurationOp::modulo) && right->is_number() && right->seconds == 0) fail(sign, "division by zero");
            const Span place{left->place.begin, right->place.end};
            left = make_duration(*op, place, std::move(left), std::move(right));
        }
    }

    DurationPtr duration_term() {
        const Nesting nesting(*this);
        const auto& first = token();
        if (first.kind == TokenKind::number || first.kind == TokenKind::duration) {
            auto node = make_duration(DurationOp::number, first.place);
            node->is_duration = first.kind == TokenKind::duration;
            node->seconds = number_value();
            if (is_too_long(node->seconds)) fail(node->place, "the duration is too long");
            return node;
        }
        if (first.kind == TokenKind::left_parenthesis) {
            need_duration_expressions(first.place);
            take();
            auto inner = duration_sum(0);
            const Span place{first.place.begin, expect(TokenKind::right_parenthesis, "where ')' is expected").place.end};
            return make_duration(DurationOp::parentheses, place, {}, std::move(inner));
        }
        if (!is_duration_call(first.kind)) unexpected("where a duration is expected", "such as [5m]");
        if (!dialect_.has_free_step()) need_duration_expressions(first.place);
        take();
        expect(TokenKind::left_parenthesis, "where '(' is expected");
        DurationPtr left;
        DurationPtr right;
        const bool two = first.kind == TokenKind::key_min_of || first.kind == TokenKind::key_max_of;
        if (two) {
            left = duration_sum(0);
            expect(TokenKind::comma, "where ',' is expected");
            right = duration_sum(0);
        }
        const Span place{first.place.begin, expect(TokenKind::right_parenthesis, "where ')' is expected").place.end};
        const auto op = first.kind == TokenKind::key_step ? DurationOp::step : first.kind == TokenKind::key_range ? DurationOp::range : first.kind == TokenKind::key_min_of ? DurationOp::min_of : DurationOp::max_of;
        return make_duration(op, place, std::move(left), std::move(right));
    }

    void need_duration_expressions(Span place) const {
        if (dialect_.has_duration_expressions()) return;
        fail(place, "a duration that is computed is experimental", dialect_.knows_duration_expressions() ? "Prometheus takes it with --enable-feature=promql-duration-expr; give the same option here" : "Prometheus knows it since 3.4");
    }

    const Dialect& dialect_;
    Tokens read_;
    std::size_t at_ = 0;
    int nesting_ = 0;
};

} // namespace

Parsed parse(std::string_view text, const Dialect& dialect) { return Parser(text, dialect).parse(); }

} // namespace slipway::promql
