#include "prometheus/rule_check.hpp"

#include "core/text.hpp"
#include "prometheus/alert_template.hpp"
#include "promql/check.hpp"
#include "promql/parser.hpp"

namespace slipway::prometheus {

namespace {

/// Prometheus takes these, and each evaluation of the rule fails.
void check_type(const Rule& rule, std::vector<Diagnostic>& problems) {
    const auto type = rule.parsed->type;
    if (type == promql::ValueType::vector || type == promql::ValueType::scalar) return;
    problems.push_back({.message = "the expression of " + describe(rule) + " gives " + std::string(promql::in_words(type)) + ", which no rule can work with",
                        .place = rule.place_in_expr(0),
                        .hint = type == promql::ValueType::matrix ? "a function such as rate() or max_over_time() makes an instant vector of it" : "a rule takes an instant vector or a number",
                        .id = "expr-type"});
}

void check_expression(Rule& rule, const RuleLanguage& language, RuleChecks& checks, std::vector<Diagnostic>& problems) {
    if (rule.expr.empty() || language.target == RuleTarget::loki) return;
    const auto known = checks.right.find(rule.expr);
    if (known != checks.right.end()) {
        rule.parsed = known->second;
    } else {
        auto parsed = promql::parse(rule.expr, language.dialect);
        for (const auto& mistake : parsed.mistakes) {
            problems.push_back({.message = "wrong expression of " + describe(rule) + ": " + mistake.message, .place = rule.place_in_expr(mistake.place.begin), .hint = mistake.hint, .id = "promql"});
        }
        if (!parsed.expr) return;
        rule.parsed = std::move(parsed.expr);
        checks.right.emplace(rule.expr, rule.parsed);
    }
    check_type(rule, problems);
}

void check_template_of(const Rule& rule, KeyPlace& key, const RuleLanguage& language, std::vector<Diagnostic>& problems) {
    const auto& texts = key.annotation ? rule.annotations : rule.labels;
    const auto text = texts.find(key.name);
    if (text == texts.end()) return;
    auto check = check_template(text->second);
    const auto complain = [&](const std::string& message, std::string hint) {
        problems.push_back({.message = std::string(key.annotation ? "annotation '" : "label '") + visible(key.name) + "' of " + describe(rule) + ": " + message,
                            .place = {rule.place.file, key.line, key.column},
                            .hint = std::move(hint),
                            .id = "template"});
    };
    for (auto& problem : check.problems) complain(problem.message, std::move(problem.hint));
    for (const auto& query : check.queries) {
        for (auto& mistake : promql::parse(query.expression, language.dialect).mistakes) complain("wrong query \"" + visible(query.expression) + "\": " + mistake.message, std::move(mistake.hint));
    }
    key.uses_value = check.value;
    for (auto& use : check.labels) key.used_labels.push_back(std::move(use.name));
}

} // namespace

void check_rule(Rule& rule, const RuleLanguage& language, RuleChecks& checks, std::vector<Diagnostic>& problems) {
    check_expression(rule, language, checks, problems);
    if (rule.kind != RuleKind::alerting) return;
    for (auto& key : rule.key_places) check_template_of(rule, key, language, problems);
}

} // namespace slipway::prometheus
