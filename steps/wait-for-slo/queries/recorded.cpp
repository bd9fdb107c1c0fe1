#include "wait-for-slo/queries/recorded.hpp"

#include "core/text.hpp"
#include "core/timestamp.hpp"
#include "promql/parser.hpp"
#include "wait-for-slo/queries/linear.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

namespace slipway::wait_for_slo {

namespace {

using Json = nlohmann::json;
using promql::Matcher;

constexpr int deepest = 8;
/// Rules that read each other several times multiply.
constexpr std::size_t most_terms = 10'000;

std::string text_of(const Json& json, const char* key) {
    const auto found = json.find(key);
    return found == json.end() || found->is_null() ? std::string() : found->get<std::string>();
}

std::optional<std::int64_t> instant_of(const Json& json) {
    const auto time = parse_timestamp(text_of(json, "lastEvaluation"));
    // What was never evaluated has the year 1 there.
    if (!time || *time <= Timestamp{}) return std::nullopt;
    return time->time_since_epoch().count();
}

Labels labels_of(const Json& json) {
    Labels labels;
    const auto found = json.find("labels");
    if (found == json.end() || found->is_null()) return labels;
    for (const auto& [name, value] : found->items()) labels[name] = value.get<std::string>();
    return labels;
}

/// The conditions that a rule's own labels leave; nothing when they do not satisfy one.
std::optional<std::vector<Matcher>> left_for(const Labels& labels, const std::vector<Matcher>& matchers) {
    std::vector<Matcher> left;
    for (const auto& matcher : matchers) {
        const auto own = labels.find(matcher.name);
        if (own == labels.end()) left.push_back(matcher);
        else if (!promql::ValueMatcher(matcher, widest_dialect()).matches(own->second)) return std::nullopt;
    }
    return left;
}

std::string quoted(const std::string& metric) { return '\'' + visible(metric) + '\''; }

/// What is wrong with a rule's expression, in one line.
std::string reason_of(const promql::Mistake& mistake, const std::string& query) {
    constexpr std::size_t longest = 160;
    auto shown = one_line(query);
    if (shown.size() > longest) shown = shown.substr(0, valid_utf8_length(shown.substr(0, longest))) + "...";
    return mistake.message + ", in " + visible(shown);
}

/// A rule's expression taken apart; a text that is none has a mistake as well.
Linear read_rule(const std::string& query, Records records, const std::vector<Matcher>& conditions) {
    const auto parsed = promql::parse(query, widest_dialect());
    if (parsed.expr) return read_linear(*parsed.expr, records, conditions);
    Linear wrong;
    wrong.mistakes = {{{}, "its expression is not understood: " + parsed.mistakes.front().message}};
    return wrong;
}

} // namespace

RecordingRules::RecordingRules(const Json& data) {
    try {
        std::map<std::string, std::size_t> known; // rulers that are replicas of each other show the same groups
        for (const auto& item : data.at("groups")) {
            Group group{.id = text_of(item, "file") + ';' + item.at("name").get<std::string>(), .last_evaluation_ms = instant_of(item)};
            if (const auto interval = item.find("interval"); interval != item.end()) group.interval_ms = std::llround(std::clamp(interval->get<double>(), 0.0, 1e9) * 1000);
            const auto [place, is_new] = known.emplace(group.id, groups_.size());
            if (is_new) groups_.push_back(group);
            for (const auto& rule : item.at("rules")) {
                if (rule.at("type") != "recording") continue;
                auto last_error = text_of(rule, "health") == "err" ? text_of(rule, "lastError") : std::string();
                if (last_error.empty() && text_of(rule, "health") == "err") last_error = "the server does not say why";
                const auto& metric = rule.at("name").get_ref<const std::string&>();
                auto labels = labels_of(rule);
                labels["__name__"] = metric;
                rules_[metric].push_back({rule.at("query").get<std::string>(), std::move(labels), place->second, instant_of(rule), std::move(last_error)});
            }
        }
    } catch (const Json::exception&) {
        throw world_failure("cannot read the server's rules: the answer is not the Prometheus API's");
    }
}

std::vector<const RecordingRules::Rule*> RecordingRules::rules_of(const Selector& selector) const {
    std::vector<const Rule*> found;
    const auto rules = rules_.find(selector.metric);
    if (rules == rules_.end()) return found;
    for (const auto& rule : rules->second) {
        if (left_for(rule.labels, selector.matchers)) found.push_back(&rule);
    }
    return found;
}

std::string RecordingRules::taken_by_pattern(const Selector& selector) const {
    if (!selector.metric.empty()) return {};
    Selector names{{}, {}};
    for (const auto& matcher : selector.matchers) {
        if (matcher.name == "__name__") names.matchers.push_back(matcher);
    }
    if (names.matchers.empty()) return {};
    const SelectorMatcher prepared(names);
    for (const auto& [name, rules] : rules_) {
        if (prepared.matches({{"__name__", name}})) return name;
    }
    return {};
}

class RecordingRules::Expansion {
public:
    explicit Expansion(const RecordingRules& rules) : rules_(rules) {}

    EventCount result;
    std::vector<Diagnostic> problems;

    void add(double sign, const Selector& selector, int depth) {
        if (full_) return;
        const auto known = rules_.rules_.find(selector.metric);
        if (known == rules_.rules_.end()) {
            if (const auto taken = rules_.taken_by_pattern(selector); !taken.empty()) return complain(selector, "among others it takes the recorded metric " + quoted(taken), "name the metric");
            if (result.size() >= most_terms) {
                full_ = true;
                return complain(selector, "its rules come to more than " + std::to_string(most_terms) + " selectors");
            }
            result.push_back({sign, selector});
            return;
        }
        if (depth == deepest) return complain(selector, "rules that read other rules' metrics are more than " + std::to_string(deepest) + " deep, or go round in circles");
        const auto rules = distinct(rules_.rules_of(selector), selector);
        if (!rules) return;
        std::set<std::string> lost;
        bool any = false;
        auto growth = Growth::unsaid;
        for (const auto* rule : *rules) {
            const auto linear = read_rule(rule->query, Records::expanded, *left_for(rule->labels, selector.matchers));
            for (const auto& mistake : linear.mistakes) complain(selector, reason_of(mistake, rule->query));
            if (!linear.mistakes.empty()) return;
            if (growth != Growth::unsaid && linear.growth != Growth::unsaid && growth != linear.growth) {
                return complain(selector, "some of its rules record counters and others rates");
            }
            if (linear.growth != Growth::unsaid) growth = linear.growth;
            lost.insert(linear.lost.begin(), linear.lost.end());
            any = any || !linear.terms.empty();
            for (const auto& term : linear.terms) add(sign * term.sign, term.selector, depth + 1);
        }
        if (any) return;
        if (lost.empty()) return complain(selector, "no rule that records it gives series with these labels");
        const auto label = visible(*lost.begin());
        complain(selector, "its rules leave no label '" + label + "' on its series", "keep the label in the rule, such as sum by (" + label + ") (...), or name the counters behind it");
    }

private:
    void complain(const Selector& selector, std::string why, std::string hint = "name the counters behind it") {
        Diagnostic problem{.message = "cannot expand the recorded metric " + visible(to_string(selector)) + ": " + std::move(why), .hint = std::move(hint), .id = "recorded"};
        if (std::find(problems.begin(), problems.end(), problem) == problems.end()) problems.push_back(std::move(problem));
    }

    /// Without those that say the same as another; nothing when two of them may record the same series.
    std::optional<std::vector<const Rule*>> distinct(const std::vector<const Rule*>& rules, const Selector& selector) {
        std::vector<const Rule*> kept;
        std::map<Labels, const Rule*> by_labels;
        for (const auto* rule : rules) {
            const auto [other, is_new] = by_labels.emplace(rule->labels, rule);
            if (is_new) {
                kept.push_back(rule);
            } else if (other->second->query != rule->query) {
                complain(selector, "several rules record it with the same labels, in the groups " + visible(rules_.groups_[other->second->group].id) + " and " +
                                       visible(rules_.groups_[rule->group].id));
                return std::nullopt;
            }
        }
        return kept;
    }

    const RecordingRules& rules_;
    bool full_ = false;
};

EventCount RecordingRules::expand(const EventCount& count) const {
    Expansion expansion(*this);
    for (const auto& term : count) expansion.add(term.sign, term.selector, 0);
    // A rate that nobody records by a rule here comes from somewhere else, and cannot be taken apart.
    for (const auto& term : expansion.result) {
        const auto linear = read_rule(to_string(term.selector), Records::as_counters, {});
        for (const auto& mistake : linear.mistakes) {
            expansion.problems.push_back({.message = mistake.message, .hint = "no rule of this server records it: name the counters behind it", .id = "recorded"});
        }
    }
    if (!expansion.problems.empty()) throw Error(ExitCode::misuse, std::move(expansion.problems));
    auto result = sum(expansion.result, {});
    if (result.empty()) throw misuse("what the recorded metrics are made of counts nothing: " + visible(to_string(count)));
    return result;
}

ObjectiveQueries RecordingRules::expand(const ObjectiveQueries& objective) const {
    auto result = objective;
    std::vector<Diagnostic> problems;
    for (auto* count : {&result.good, &result.bad, &result.total}) {
        if (!*count) continue;
        try {
            **count = expand(**count);
        } catch (const Error& error) {
            for (const auto& problem : error.diagnostics()) {
                if (std::find(problems.begin(), problems.end(), problem) == problems.end()) problems.push_back(problem);
            }
        }
    }
    if (problems.empty()) return result;
    for (auto& problem : problems) problem.place = objective.place;
    throw Error(ExitCode::misuse, std::move(problems));
}

std::optional<RecordingRules::Obstacle> RecordingRules::why_no_counter(const Rule& rule, const Selector& selector, int depth) const {
    constexpr const char* expand_it = "count what it is made of: give --expand-rules";
    if (depth == deepest) return Obstacle{"rules that read other rules' metrics are more than " + std::to_string(deepest) + " deep, or go round in circles", "name the counters behind it"};
    const auto linear = read_rule(rule.query, Records::as_counters, *left_for(rule.labels, selector.matchers));
    if (!linear.mistakes.empty()) return Obstacle{reason_of(linear.mistakes.front(), rule.query), linear.mistakes.front().hint};
    if (linear.growth != Growth::counter) return Obstacle{quoted(selector.metric) + " is a rate and no counter, in " + visible(one_line(rule.query)), expand_it};
    for (const auto& term : linear.terms) {
        for (const auto* inner : rules_of(term.selector)) {
            if (auto obstacle = why_no_counter(*inner, term.selector, depth + 1)) return obstacle;
        }
    }
    return std::nullopt;
}

std::optional<RecordedSelector> RecordingRules::find_group(const Selector& selector, std::optional<Obstacle>& obstacle) const {
    constexpr const char* expand_it = "count what it is made of: give --expand-rules";
    if (const auto taken = taken_by_pattern(selector); !taken.empty()) {
        obstacle = {"by a pattern it takes " + quoted(taken) + " among others", "name the metric"};
        return std::nullopt;
    }
    const auto rules = rules_of(selector);
    if (rules.empty()) return std::nullopt;
    const auto& group = groups_[rules.front()->group];
    for (const auto* rule : rules) {
        if (rule->group == rules.front()->group) continue;
        obstacle = {"the groups " + visible(group.id) + " and " + visible(groups_[rule->group].id) + " record it, each at times of its own", expand_it};
        return std::nullopt;
    }
    RecordedSelector recorded{.selector = selector, .group = group.id, .interval_ms = group.interval_ms, .last_evaluation_ms = group.last_evaluation_ms};
    for (const auto* rule : rules) {
        obstacle = why_no_counter(*rule, selector, 0);
        if (obstacle) return std::nullopt;
        // Servers that do not say it of the group say it of its rules.
        if (!group.last_evaluation_ms && rule->last_evaluation_ms > recorded.last_evaluation_ms) recorded.last_evaluation_ms = rule->last_evaluation_ms;
        if (recorded.last_error.empty()) recorded.last_error = rule->last_error;
    }
    if (group.interval_ms > 0) return recorded;
    obstacle = {"the server does not say how often the group " + visible(group.id) + " is evaluated", expand_it};
    return std::nullopt;
}

std::vector<RecordedSelector> RecordingRules::find_groups(const std::vector<Selector>& selectors) const {
    std::vector<RecordedSelector> found;
    std::vector<Diagnostic> problems;
    for (const auto& selector : selectors) {
        std::optional<Obstacle> obstacle;
        if (auto recorded = find_group(selector, obstacle)) found.push_back(std::move(*recorded));
        if (obstacle) problems.push_back({.message = "cannot count the recorded metric " + visible(to_string(selector)) + ": " + obstacle->why, .hint = obstacle->hint, .id = "recorded"});
    }
    if (!problems.empty()) throw Error(ExitCode::misuse, std::move(problems));
    return found;
}

} // namespace slipway::wait_for_slo
