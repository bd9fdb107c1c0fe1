#include "push-rules/check/checker.hpp"

#include "push-rules/check/contract.hpp"
#include "push-rules/check/rule_tests.hpp"
#include "push-rules/check/suppression.hpp"
#include "core/halves.hpp"
#include "core/places.hpp"
#include "core/text.hpp"
#include "promql/parser.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <map>
#include <set>
#include <string_view>
#include <tuple>

namespace slipway::push_rules {

namespace {

class Checker {
public:
    Checker(Inputs& inputs, const CheckSettings& settings, io::Processes& processes, const io::Cancellation& cancellation)
        : inputs_(inputs), settings_(settings), processes_(processes), cancellation_(cancellation), knowledge_(settings.service), recorded_(&knowledge_) {}

    void run() {
        for (const auto& input : inputs_.files) {
            suppressions_.emplace(input.path, Suppressions(input.text, input.rules));
            for (const auto& group : input.rules.groups) recorded_.add(group);
        }
        recorded_.settle();
        weigh_what_is_known();
        all_rules();
        say_once();
        find_duplicates_across_files();
        for (const auto& dashboard : inputs_.dashboards) queries_of(dashboard);
        if (!run_rule_tests(inputs_.tests, processes_, finding_into(inputs_.problems))) {
            inputs_.problems.push_back({.severity = Severity::warning, .message = "the tests of rules are not run: promtool is not on the PATH", .place = {inputs_.tests.front(), 0, 0}, .hint = "it comes with Prometheus", .id = "no-promtool"});
        }
        say_unknown_ids();
    }

private:
    /// The reader of a single file has checks of this kind, too.
    void weigh_what_is_known() {
        auto found = std::exchange(inputs_.problems, {});
        for (auto& problem : found) {
            const auto is_check = std::any_of(checks().begin(), checks().end(), [&](const auto& check) { return check.id == problem.id; });
            if (is_check) add(problem.id, std::move(problem.place), std::move(problem.message), std::move(problem.hint));
            else inputs_.problems.push_back(std::move(problem));
        }
    }

    void add(const std::string& id, Place place, std::string message, std::string hint) { add_to(inputs_.problems, id, std::move(place), std::move(message), std::move(hint)); }

    void add_to(std::vector<Diagnostic>& problems, const std::string& id, Place place, std::string message, std::string hint) const {
        const auto severity = settings_.severities.of(id);
        if (!severity) return;
        const auto file = suppressions_.find(place.file);
        if (file != suppressions_.end() && file->second.covers(id, place.line)) return;
        problems.push_back({*severity, std::move(message), std::move(place), std::move(hint), id});
    }

    Finding finding_into(std::vector<Diagnostic>& problems) const {
        return [this, &problems](const char* id, Place place, std::string message, std::string hint) { add_to(problems, id, std::move(place), std::move(message), std::move(hint)); };
    }

    void all_rules() {
        std::vector<const prometheus::Rule*> rules;
        for (const auto& input : inputs_.files) {
            for (const auto& group : input.rules.groups) {
                for (const auto& rule : group.rules) rules.push_back(&rule);
            }
        }
        std::array<std::vector<Diagnostic>, 2> found;
        in_halves(rules.size(), [&](std::size_t first, std::size_t last, std::size_t part) {
            const auto finding = finding_into(found[part]);
            for (auto i = first; i < last; ++i) {
                if (i % 100 == 0) cancellation_.check();
                check_one(*rules[i], finding);
            }
        });
        for (auto& problems : found) inputs_.problems.insert(inputs_.problems.end(), std::make_move_iterator(problems.begin()), std::make_move_iterator(problems.end()));
    }

    /// A mistake in an objective's query is in the rules of all its windows.
    void say_once() {
        std::set<std::string_view> made;
        for (const auto& input : inputs_.files) {
            if (input.rules.is_slo) made.insert(input.path);
        }
        std::set<std::tuple<std::string, int, int, std::string>> said;
        std::erase_if(inputs_.problems, [&](const Diagnostic& problem) {
            const auto& place = problem.place;
            return !problem.id.empty() && made.count(place.file) != 0 && !said.emplace(place.file, place.line, place.column, problem.id).second;
        });
    }

    void check_one(const prometheus::Rule& rule, const Finding& found) const {
        const LintSettings lint_settings{.scrape_interval = settings_.scrape_interval,
                                         .has_utf8_names = settings_.language.dialect.has_utf8_names(),
                                         .type_is_known = [&](const std::string& metric) {
                                             const auto* known = settings_.service.metrics.find(metric);
                                             return known != nullptr && known->type != prometheus::MetricType::untyped;
                                         }};
        lint(rule, recorded_, lint_settings, found);
        if (rule.parsed) expression(*rule.parsed, describe(rule), [&](std::size_t offset) { return rule.place_in_expr(offset); }, found);
    }

    void expression(const promql::Expr& expr, const std::string& what, const PlaceInExpression& place, const Finding& found) const {
        const auto& service = settings_.service;
        const auto& dialect = settings_.language.dialect;
        if (settings_.has_metrics) check_contract(expr, what, place, service, recorded_, dialect, found);
        if (!service.targets.empty() || service.retention) check_against_server(expr, what, place, service, recorded_, dialect, found);
    }

    void find_duplicates_across_files() {
        if (inputs_.files.size() < 2) return;
        using Key = std::tuple<prometheus::RuleKind, std::string_view, prometheus::Labels>;
        struct Seen {
            const prometheus::Rule* rule;
            bool is_made; ///< from objectives, which are known to be of different names
        };
        std::map<Key, Seen> seen;
        for (const auto& input : inputs_.files) {
            for (const auto& group : input.rules.groups) {
                for (const auto& rule : group.rules) {
                    if (rule.name.empty()) continue;
                    auto labels = group.labels;
                    for (const auto& [name, value] : rule.labels) labels[name] = value;
                    const auto [first, fresh] = seen.emplace(Key(rule.kind, rule.name, std::move(labels)), Seen{&rule, input.rules.is_slo});
                    const auto& before = first->second;
                    if (fresh || before.rule->place.file == rule.place.file || (before.is_made && input.rules.is_slo)) continue;
                    add("duplicate-rule", rule.place, describe(rule) + " with the same labels stands in " + to_string(before.rule->place) + " already", "give one of them another name or another label");
                }
            }
        }
    }

    void queries_of(const Dashboard& dashboard) {
        const Places places(dashboard.text, dashboard.path);
        for (const auto& query : dashboard.queries) {
            cancellation_.check();
            const auto place = query.offset == 0 ? Place{dashboard.path, 0, 0} : places.at(query.offset);
            const auto what = "panel '" + visible(query.panel) + '\'';
            std::optional<promql::Mistake> mistake;
            for (const auto& expr : without_variables(query.expr)) {
                auto parsed = promql::parse(expr, settings_.language.dialect);
                if (parsed.expr) {
                    mistake.reset();
                    expression(*parsed.expr, what, [&](std::size_t) { return place; }, finding_into(inputs_.problems));
                    break;
                }
                if (!mistake) mistake = parsed.mistakes.front();
            }
            if (mistake) inputs_.problems.push_back({.message = "wrong expression of " + what + ": " + mistake->message, .place = place, .hint = mistake->hint, .id = "promql"});
        }
    }

    /// A comment that turns off what does not exist is a typing mistake.
    void say_unknown_ids() {
        for (const auto& [path, suppressions] : suppressions_) {
            for (const auto& [line, id] : suppressions.ids()) {
                const auto known = std::any_of(checks().begin(), checks().end(), [&id = id](const auto& check) { return check.id == id; });
                if (!known) inputs_.problems.push_back({.severity = Severity::warning, .message = "there is no check '" + visible(id) + "' to disable", .place = {path, line, 0}, .hint = {}, .id = "unknown-check"});
            }
        }
    }

    Inputs& inputs_;
    const CheckSettings& settings_;
    io::Processes& processes_;
    const io::Cancellation& cancellation_;
    ServiceKnowledge knowledge_;
    prometheus::RecordedMetrics recorded_;
    std::map<std::string, Suppressions> suppressions_;
};

} // namespace

void check_all(Inputs& inputs, const CheckSettings& settings, io::Processes& processes, const io::Cancellation& cancellation) { Checker(inputs, settings, processes, cancellation).run(); }

} // namespace slipway::push_rules
