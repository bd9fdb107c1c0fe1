#include "prometheus/loaded_rules.hpp"

#include "core/encoding.hpp"
#include "core/text.hpp"
#include "promql/parser.hpp"
#include "promql/print.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cctype>
#include <cmath>

namespace slipway::prometheus {

namespace {

using Json = nlohmann::json;

constexpr const char* format_path = "/api/v1/format_query";

std::string form_for(const std::string& expression) { return "query=" + percent_encode(expression); }

Duration seconds_of(const Json& json, const char* name) {
    return Duration{std::llround(json.at(name).get<double>() * 1000)};
}

Labels labels_of(const Json& json, const char* name) {
    Labels labels;
    if (!json.contains(name) || json.at(name).is_null()) return labels;
    for (const auto& [label, value] : json.at(name).items()) labels[label] = value.get<std::string>();
    return labels;
}

LoadedRule read_rule(const Json& json) {
    LoadedRule rule;
    const auto& type = json.at("type").get_ref<const std::string&>();
    rule.kind = type == "alerting" ? RuleKind::alerting : RuleKind::recording;
    rule.name = json.at("name").get<std::string>();
    rule.query = json.at("query").get<std::string>();
    rule.labels = labels_of(json, "labels");
    if (rule.kind == RuleKind::alerting) {
        rule.annotations = labels_of(json, "annotations");
        rule.hold = seconds_of(json, "duration");
        if (json.contains("keepFiringFor")) rule.keep_firing = seconds_of(json, "keepFiringFor");
    }
    if (const auto health = json.find("health"); health != json.end()) rule.health = *health == "ok" ? Health::ok : *health == "err" ? Health::err : Health::unknown;
    rule.last_error = json.value("lastError", "");
    // A rule that was never evaluated has the year 1 there.
    if (const auto time = parse_timestamp(json.value("lastEvaluation", "")); time && *time > Timestamp{}) rule.last_evaluation = *time;
    return rule;
}

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == ':'; }
bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

/// Without the blanks that mean nothing: those within strings and between two words stay.
std::string without_blanks(std::string_view expression) {
    std::string text;
    char quote = '\0';
    for (std::size_t i = 0; i < expression.size(); ++i) {
        const char c = expression[i];
        if (quote != '\0') {
            text += c;
            if (c == '\\' && quote != '`' && i + 1 < expression.size()) text += expression[++i];
            else if (c == quote) quote = '\0';
        } else if (is_blank(c)) {
            const auto next = expression.find_first_not_of(" \t\r\n", i);
            if (next == std::string_view::npos) break;
            if (!text.empty() && is_word(text.back()) && is_word(expression[next])) text += ' ';
            i = next - 1;
        } else {
            if (c == '"' || c == '\'' || c == '`') quote = c;
            text += c;
        }
    }
    return text;
}

/// YAML readers differ in how they fold blanks, and an empty label is the same as none.
Labels comparable(const Labels& labels) {
    Labels result;
    for (const auto& [name, value] : labels) {
        std::string folded;
        for (const char c : trim(value)) {
            if (!is_blank(c)) folded += c;
            else if (folded.back() != ' ') folded += ' ';
        }
        if (!folded.empty()) result[name] = folded;
    }
    return result;
}

/// A server may have enabled any of them.
promql::Dialect with_all_features() {
    promql::Dialect dialect;
    for (const auto& feature : promql::Features::names()) dialect.features.enable(feature);
    return dialect;
}

} // namespace

bool LoadedRule::operator==(const LoadedRule& other) const {
    return kind == other.kind && name == other.name && query == other.query && labels == other.labels && annotations == other.annotations && hold == other.hold && keep_firing == other.keep_firing;
}

std::vector<LoadedGroup> loaded_groups(Api& api) {
    const auto data = api.get("/api/v1/rules");
    try {
        std::vector<LoadedGroup> groups;
        for (const auto& item : data.at("groups")) {
            LoadedGroup group{.name = item.at("name").get<std::string>(), .file = item.at("file").get<std::string>(), .interval = seconds_of(item, "interval")};
            for (const auto& rule : item.at("rules")) group.rules.push_back(read_rule(rule));
            groups.push_back(std::move(group));
        }
        return groups;
    } catch (const Json::exception&) {
        throw world_failure("GET " + io::url_for_people(api.base_url()) + "/api/v1/rules: the answer is not the Prometheus API's: " + one_line(data.dump(-1, ' ', false, Json::error_handler_t::replace).substr(0, 160)));
    }
}

Evaluation evaluation_of(const LoadedGroup& group, Timestamp since) {
    Evaluation pending;
    for (const auto& rule : group.rules) {
        if (rule.health == Health::unsaid) continue;
        const auto what = std::string(rule.kind == RuleKind::alerting ? "alert '" : "record '") + visible(rule.name) + "' of group '" + visible(group.name) + '\'';
        const bool evaluated = rule.last_evaluation > since && rule.health != Health::unknown;
        if (evaluated && rule.health == Health::err) return {Evaluation::State::failed, what + " fails: " + one_line(rule.last_error.empty() ? "the server does not say why" : rule.last_error)};
        if (!evaluated && pending.why.empty()) pending = {Evaluation::State::pending, what + " has not been evaluated yet"};
    }
    return pending;
}

Timestamp last_evaluation(const std::vector<LoadedGroup>& groups) {
    Timestamp last{};
    for (const auto& group : groups) {
        for (const auto& rule : group.rules) last = std::max(last, rule.last_evaluation);
    }
    return last;
}

std::string RuleComparison::difference(const Group& ours, const LoadedGroup& theirs) {
    if (ours.interval && *ours.interval != Duration{0} && *ours.interval != theirs.interval) {
        return "its interval is " + format_duration(theirs.interval) + " there";
    }
    if (ours.rules.size() != theirs.rules.size()) return "it has " + count_of(theirs.rules.size(), "rule") + " there";
    for (std::size_t i = 0; i < ours.rules.size(); ++i) {
        const auto& mine = ours.rules[i];
        const auto& loaded = theirs.rules[i];
        auto labels = ours.labels;
        for (const auto& [name, value] : mine.labels) labels[name] = value;
        std::string what;
        if (mine.kind != loaded.kind || mine.name != loaded.name) what = "name";
        else if (mine.hold != loaded.hold) what = "'for'";
        else if (loaded.keep_firing && mine.keep_firing != *loaded.keep_firing) what = "'keep_firing_for'";
        else if (comparable(labels) != comparable(loaded.labels)) what = "labels";
        else if (comparable(mine.annotations) != comparable(loaded.annotations)) what = "annotations";
        else if (!same_expression(mine, loaded.query)) what = "expression";
        if (!what.empty()) return "rule " + std::to_string(i + 1) + ", " + describe(mine) + ", has other " + what + " there";
    }
    return {};
}

bool RuleComparison::same_expression(const Rule& ours, const std::string& theirs) {
    if (without_blanks(ours.expr) == without_blanks(theirs)) return true;
    if (ours.parsed) {
        const auto parsed = promql::parse(theirs, with_all_features());
        if (parsed.expr) return promql::print(*ours.parsed) == promql::print(*parsed.expr);
    }
    const auto& form = form_of(ours.expr);
    if (!form.empty()) return form == form_of(theirs);
    return left_out_; // else the server cannot parse ours, so it cannot have loaded it
}

const std::string& RuleComparison::form_of(const std::string& expression) {
    const auto [form, fresh] = forms_.emplace(expression, "");
    if (!fresh) return form->second;
    try {
        const auto answer = api_.get_if_known(format_path, form_for(expression));
        if (!answer) left_out_ = true;
        else if (answer->is_string()) form->second = answer->get<std::string>();
    } catch (const Error& error) {
        if (error.code() != ExitCode::misuse) {
            forms_.erase(form);
            throw;
        }
    }
    return form->second;
}

std::optional<std::string> why_refused(Api& api, const std::string& expression) {
    try {
        api.get_if_known(format_path, form_for(expression));
        return std::nullopt;
    } catch (const Error& error) {
        if (error.code() != ExitCode::misuse) throw;
        std::string words = error.diagnostics().front().message;
        // "the server refuses the query: invalid parameter "query": 1:5: parse error: ..."
        for (const std::string_view before : {"the server refuses the query: ", "invalid parameter \"query\": ", "invalid parameter 'query': "}) {
            if (words.rfind(before, 0) == 0) words.erase(0, before.size());
        }
        return words;
    }
}

} // namespace slipway::prometheus
