#include "wait-for-slo/checks/inline_check.hpp"

#include "core/text.hpp"
#include "promql/number.hpp"
#include "promql/parser.hpp"
#include "promql/print.hpp"
#include "wait-for-slo/checks/bounds.hpp"
#include "wait-for-slo/queries/selector.hpp"

#include <array>
#include <cmath>
#include <utility>

namespace slipway::wait_for_slo {

namespace {

constexpr std::string_view google_function = "select_slo_burn_rate(";

Relation relation_of(promql::BinaryOp op) {
    switch (op) {
    case promql::BinaryOp::less: return Relation::less;
    case promql::BinaryOp::less_equal: return Relation::less_equal;
    case promql::BinaryOp::greater: return Relation::greater;
    case promql::BinaryOp::greater_equal: return Relation::greater_equal;
    case promql::BinaryOp::equal: return Relation::equal;
    default: return Relation::not_equal;
    }
}

/// The same when the sides change places.
Relation turned(Relation relation) {
    switch (relation) {
    case Relation::less: return Relation::greater;
    case Relation::less_equal: return Relation::greater_equal;
    case Relation::greater: return Relation::less;
    case Relation::greater_equal: return Relation::less_equal;
    default: return relation;
    }
}

/// `0.5`, `-(1)`
std::optional<double> number_of(const promql::Expr& side) {
    const auto* expr = &promql::bare(side);
    double sign = 1;
    while (expr->kind == promql::ExprKind::unary) {
        const auto& unary = promql::as<promql::Unary>(*expr);
        if (unary.negative) sign = -sign;
        expr = &promql::bare(*unary.inner);
    }
    if (expr->kind != promql::ExprKind::number) return std::nullopt;
    return sign * promql::as<promql::NumberLiteral>(*expr).value;
}

struct Question {
    std::string query;
    std::vector<Bound> bounds;
};

/// The comparisons around an expression, each with a number.
/// @param has_limit  the options have one
Question read_promql(std::string_view text, bool has_limit) {
    const auto parsed = promql::parse(text, widest_dialect());
    if (!parsed.expr) {
        std::vector<Diagnostic> problems;
        for (const auto& mistake : parsed.mistakes) {
            problems.push_back({.message = "at character " + std::to_string(characters_before(text, mistake.place.begin) + 1) + ": " + mistake.message, .hint = mistake.hint});
        }
        throw Error(ExitCode::misuse, std::move(problems));
    }
    Question question;
    const auto* expr = &promql::bare(*parsed.expr);
    while (expr->kind == promql::ExprKind::binary && promql::is_comparison(promql::as<promql::Binary>(*expr).op)) {
        const auto& binary = promql::as<promql::Binary>(*expr);
        // Within another comparison it gives 0 or 1, which that one is about.
        if (binary.returns_bool && !question.bounds.empty()) break;
        const auto left = number_of(*binary.left);
        const auto right = number_of(*binary.right);
        if (left && right) throw misuse("two numbers are compared, which says nothing about the service");
        if (!left && !right) {
            throw misuse("'" + print(*binary.left) + "' is compared with '" + print(*binary.right) + "', and a limit is a number",
                         "compare their quotient or their difference with one: 'A / B <= 1.1', 'A - B <= 0'");
        }
        const auto relation = relation_of(binary.op);
        question.bounds.push_back(left ? Bound{turned(relation), *left} : Bound{relation, *right});
        expr = &promql::bare(left ? *binary.right : *binary.left);
    }
    if (expr->type == promql::ValueType::matrix) throw misuse("'" + print(*expr) + "' is a range of time, not one value", "such as rate(...), max_over_time(...) of it");
    if (expr->type == promql::ValueType::string) throw misuse("a text is no number");
    if (number_of(*expr)) throw misuse("a number says nothing about the service");
    if (question.bounds.empty() && !has_limit && expr->kind == promql::ExprKind::binary && promql::is_set_operator(promql::as<promql::Binary>(*expr).op)) {
        throw misuse("no comparison is at its top, but '" + std::string(to_string(promql::as<promql::Binary>(*expr).op)) + "'", "give each part a --check of its own: all of them must pass");
    }
    question.query = print(*expr);
    return question;
}

/// Where the call that a text begins with ends; npos when it does not.
std::size_t end_of_call(std::string_view text) {
    bool quoted = false;
    for (std::size_t i = google_function.size(); i < text.size(); ++i) {
        if (text[i] == '"') quoted = !quoted;
        if (text[i] == ')' && !quoted) return i + 1;
    }
    return std::string_view::npos;
}

Question read_google(std::string_view text) {
    const auto end = end_of_call(text);
    if (end == std::string_view::npos) throw misuse("the call of select_slo_burn_rate does not end", R"(select_slo_burn_rate("projects/P/services/S/serviceLevelObjectives/O","300s") <= 1)");
    Question question{.query = std::string(text.substr(0, end)), .bounds = {}};
    auto rest = trim(text.substr(end));
    if (rest.empty()) return question;
    constexpr std::array<std::pair<std::string_view, Relation>, 6> signs{{{"<=", Relation::less_equal}, {">=", Relation::greater_equal}, {"==", Relation::equal}, {"!=", Relation::not_equal}, {"<", Relation::less}, {">", Relation::greater}}};
    for (const auto& [sign, relation] : signs) {
        if (rest.substr(0, sign.size()) != sign) continue;
        const auto limit = promql::read_number(trim(rest.substr(sign.size())));
        if (!limit) throw misuse("'" + visible(trim(rest.substr(sign.size()))) + "' is no number");
        question.bounds.push_back({relation, *limit});
        return question;
    }
    throw misuse("'" + visible(rest) + "' is no comparison with a number", "only that may follow select_slo_burn_rate(...), such as <= 1");
}

/// `p99: `. No metric's name ends in a colon, although one could.
std::string_view name_before(std::string_view text) {
    std::size_t end = 0;
    const auto is_of_name = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.'; };
    while (end < text.size() && is_of_name(text[end])) ++end;
    if (end == 0 || end + 1 >= text.size() || text[end] != ':' || (text[end + 1] != ' ' && text[end + 1] != '\n')) return {};
    return text.substr(0, end);
}

} // namespace

bool is_google_query(std::string_view text) {
    text = trim(text);
    if (const auto name = name_before(text); !name.empty()) text = trim(text.substr(name.size() + 1));
    return text.substr(0, google_function.size()) == google_function;
}

MetricCheck parse_inline_check(std::string_view text, std::optional<double> min, std::optional<double> max) {
    text = trim(text);
    MetricCheck check;
    check.name = name_before(text);
    if (!check.name.empty()) text = trim(text.substr(check.name.size() + 1));
    else check.name = one_line(text);
    if (text.empty()) throw misuse("there is no expression");
    auto [query, bounds] = is_google_query(text) ? read_google(text) : read_promql(text, min || max);
    if (!bounds.empty() && (min || max)) {
        throw misuse("it names a limit of its own, so that --check-min and --check-max do not apply to it", "write the limit into each --check, and leave --check-min and --check-max out");
    }
    if (bounds.empty() && !min && !max) throw misuse("it has no limit", "compare it with a number: '" + visible(query) + " <= 0.5', or give --check-min or --check-max");
    if (min) bounds.push_back({Relation::greater_equal, *min});
    if (max) bounds.push_back({Relation::less_equal, *max});
    for (const auto& bound : bounds) {
        if (std::isnan(bound.limit)) throw misuse("NaN is no limit: nothing compares with it");
    }
    const auto condition = std::make_shared<const Bounds>(std::move(bounds));
    if (const auto why = condition->why_impossible(); !why.empty()) throw misuse("it can never pass: " + why);
    check.query = std::move(query);
    check.condition = condition;
    check.min = condition->min();
    check.max = condition->max();
    return check;
}

} // namespace slipway::wait_for_slo
