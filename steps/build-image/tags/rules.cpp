#include "build-image/tags/rules.hpp"

#include "core/text.hpp"

#include <re2/re2.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace slipway::build_image {

namespace {

struct TypeInfo {
    std::string_view name;
    RuleType type;
    int priority;
};
constexpr std::array types = {
    TypeInfo{"schedule", RuleType::schedule, 1000}, TypeInfo{"semver", RuleType::semver, 900}, TypeInfo{"pep440", RuleType::pep440, 900},
    TypeInfo{"match", RuleType::match, 800},        TypeInfo{"edge", RuleType::edge, 700},     TypeInfo{"ref", RuleType::ref, 600},
    TypeInfo{"raw", RuleType::raw, 200},            TypeInfo{"sha", RuleType::sha, 100},
};

struct Field {
    std::string key;
    std::string value;
};

/// Without "=", the whole field is the value of `bare`.
Field field_of(const std::string& text, const char* bare) {
    const auto equals = text.find('=');
    if (equals == std::string::npos || equals == 0) return {bare, text};
    return {lower(trim(std::string_view(text).substr(0, equals))), std::string(trim(std::string_view(text).substr(equals + 1)))};
}

/// JavaScript's `/expression/flags`, or the expression alone.
///
/// @throws Error (misuse) for what RE2 cannot do
std::shared_ptr<const re2::RE2> compile(const std::string& text) {
    auto pattern = text;
    std::string flags;
    if (const auto end = text.rfind('/'); text.size() > 2 && text[0] == '/' && end > 0) {
        pattern = text.substr(1, end - 1);
        for (const char flag : text.substr(end + 1)) {
            if (flag == 'i' || flag == 'm' || flag == 's') flags += flag;
            else if (flag == 'y') pattern.insert(0, "\\A");
            // Only the first match counts, and everything is UTF-8.
            else if (flag != 'g' && flag != 'u') throw misuse("the flag '" + visible(std::string(1, flag)) + "' of a regular expression is none of g, i, m, s, u and y");
        }
    }
    // RE2 spells named groups as Python does.
    for (auto at = pattern.find("(?<"); at != std::string::npos; at = pattern.find("(?<", at + 4)) {
        if (at + 3 < pattern.size() && pattern[at + 3] != '=' && pattern[at + 3] != '!') pattern.insert(at + 2, "P");
    }
    if (!flags.empty()) pattern = "(?" + flags + ')' + pattern;
    re2::RE2::Options options;
    options.set_log_errors(false);
    auto expression = std::make_shared<const re2::RE2>(pattern, options);
    if (!expression->ok()) {
        throw misuse("the regular expression '" + visible(text) + "' cannot be used: " + visible(expression->error()), "look-around and back-references are not possible (RE2)");
    }
    return expression;
}

int number_in(const std::string& name, const std::string& value) {
    int number = 0;
    const auto [end, problem] = std::from_chars(value.data(), value.data() + value.size(), number);
    if (problem != std::errc{} || end != value.data() + value.size()) throw misuse(name + '=' + visible(value) + " is no number");
    return number;
}

void require(const Rule& rule, const char* attribute) {
    if (rule.get(attribute).empty()) throw misuse(std::string("it needs ") + attribute + "=");
}

void require_one_of(const Rule& rule, const char* attribute, const std::vector<std::string>& values) {
    require(rule, attribute);
    const auto& value = rule.get(attribute);
    if (std::find(values.begin(), values.end(), value) == values.end()) throw misuse(std::string(attribute) + '=' + visible(value) + " is none of " + join(values, ", "));
}

void complete(Rule& rule) {
    const auto fall_back = [&](const char* attribute, const char* value) {
        if (rule.get(attribute).empty()) rule.attributes[attribute] = value;
    };
    switch (rule.type) {
    case RuleType::schedule: fall_back("pattern", "nightly"); break;
    case RuleType::semver:
    case RuleType::pep440:
        require(rule, "pattern");
        if (!rule.get("match").empty()) rule.expression = compile(rule.get("match"));
        break;
    case RuleType::match: {
        require(rule, "pattern");
        rule.expression = compile(rule.get("pattern"));
        const auto group = rule.get("group").empty() ? 0 : number_in("group", rule.get("group"));
        if (group < 0 || group > rule.expression->NumberOfCapturingGroups()) {
            throw misuse("group=" + std::to_string(group) + ", and the expression has " + count_of(static_cast<std::size_t>(rule.expression->NumberOfCapturingGroups()), "group"));
        }
        rule.group = static_cast<std::size_t>(group);
        break;
    }
    case RuleType::edge: break;
    case RuleType::ref:
        require_one_of(rule, "event", {"branch", "tag", "pr"});
        if (rule.get("event") == "pr" && !rule.prefix) rule.prefix = "pr-";
        break;
    case RuleType::raw: require(rule, "value"); break;
    case RuleType::sha:
        fall_back("format", "short");
        require_one_of(rule, "format", {"short", "long"});
        if (!rule.prefix) rule.prefix = "sha-";
        break;
    }
    fall_back("enable", "true");
    const auto& enable = rule.get("enable");
    if (enable.find("{{") == std::string::npos) require_one_of(rule, "enable", {"true", "false"});
}

Rule read_rule(const std::string& line) {
    Rule rule{.text = line};
    std::string type = "raw";
    for (const auto& text : csv_fields(line)) {
        const auto field = field_of(text, "value");
        if (field.key == "type") type = field.value;
        else if (field.key == "prefix") rule.prefix = field.value;
        else if (field.key == "suffix") rule.suffix = field.value;
        else rule.attributes[field.key] = field.value;
    }
    const auto* const info = std::find_if(types.begin(), types.end(), [&](const TypeInfo& one) { return one.name == type; });
    if (info == types.end()) {
        std::vector<std::string> names;
        for (const auto& one : types) names.emplace_back(one.name);
        const auto meant = closest(type, names);
        throw misuse("there is no type '" + visible(type) + "'", meant ? "did you mean type=" + *meant + "?" : "the types are " + join(names, ", "));
    }
    rule.type = info->type;
    rule.priority = rule.get("priority").empty() ? info->priority : number_in("priority", rule.get("priority"));
    complete(rule);
    return rule;
}

void read_flavor(const std::string& line, Flavor& flavor) {
    std::string* affix = nullptr;
    bool* for_latest = nullptr;
    for (const auto& text : csv_fields(line)) {
        const auto field = field_of(text, "");
        if (field.key == "latest") {
            if (field.value == "auto") flavor.latest = Flavor::Latest::automatic;
            else if (field.value == "true") flavor.latest = Flavor::Latest::yes;
            else if (field.value == "false") flavor.latest = Flavor::Latest::no;
            else throw misuse("latest=" + visible(field.value) + " is none of auto, true, false");
        } else if (field.key == "prefix" || field.key == "suffix") {
            affix = field.key == "prefix" ? &flavor.prefix : &flavor.suffix;
            for_latest = field.key == "prefix" ? &flavor.prefix_for_latest : &flavor.suffix_for_latest;
            *affix = field.value;
        } else if (field.key == "onlatest") {
            if (for_latest == nullptr) throw misuse("onlatest= belongs behind prefix= or suffix=");
            if (field.value != "true" && field.value != "false") throw misuse("onlatest=" + visible(field.value) + " is neither true nor false");
            *for_latest = field.value == "true";
        } else {
            throw misuse("there is no '" + visible(field.key.empty() ? field.value : field.key) + "'", "a flavor has latest=, prefix=, suffix= and onlatest=");
        }
    }
}

/// Says in which rule it is.
void add_problem(const char* option, const std::string& line, const Error& error, std::vector<Diagnostic>& problems) {
    const auto& cause = error.diagnostics().front();
    problems.push_back({.message = std::string("cannot use ") + option + " '" + visible(line) + "': " + cause.message, .hint = cause.hint});
}

} // namespace

const std::string& Rule::get(const char* attribute) const {
    static const std::string none;
    const auto found = attributes.find(attribute);
    return found == attributes.end() ? none : found->second;
}

TagRules read_tag_rules(const std::vector<std::string>& tags, const std::vector<std::string>& flavor, std::vector<Diagnostic>& problems) {
    TagRules result;
    for (const auto& line : meaningful_lines(tags)) {
        try {
            result.rules.push_back(read_rule(line));
        } catch (const Error& error) {
            add_problem("--tags", line, error, problems);
        }
    }
    std::stable_sort(result.rules.begin(), result.rules.end(), [](const Rule& one, const Rule& other) { return one.priority > other.priority; });
    for (const auto& line : meaningful_lines(flavor)) {
        try {
            read_flavor(line, result.flavor);
        } catch (const Error& error) {
            add_problem("--flavor", line, error, problems);
        }
    }
    return result;
}

std::vector<std::string> csv_fields(std::string_view line) {
    std::vector<std::string> fields;
    for (line = trim(line);; line = trim(line)) {
        std::string field;
        if (!line.empty() && line[0] == '"') {
            std::size_t at = 1;
            for (; at < line.size(); ++at) {
                if (line[at] == '"' && at + 1 < line.size() && line[at + 1] == '"') ++at;
                else if (line[at] == '"') break;
                field += line[at];
            }
            line.remove_prefix(std::min(at + 1, line.size()));
        }
        // A quote inside a field is a character like others, and so is what follows a closing one.
        const auto comma = std::min(line.find(','), line.size());
        field += line.substr(0, comma);
        fields.emplace_back(trim(field));
        if (comma == line.size()) return fields;
        line.remove_prefix(comma + 1);
    }
}

} // namespace slipway::build_image
