// read_rule_file: from YAML nodes to groups and rules, all mistakes collected.

#include "core/text.hpp"
#include "prometheus/document_kind.hpp"
#include "prometheus/rule_file.hpp"
#include "prometheus/rule_syntax.hpp"
#include "prometheus/yaml_source.hpp"

#include <algorithm>
#include <charconv>
#include <tuple>

namespace slipway::prometheus {

namespace {

const std::vector<std::string> file_keys = {"groups"};
const std::vector<std::string> group_keys = {"name", "interval", "query_offset", "limit", "labels", "rules"};
const std::vector<std::string> rule_keys = {"record", "alert", "expr", "for", "keep_firing_for", "labels", "annotations"};

/// The entries of one map with known keys, looked up by name.
class Fields {
public:
    explicit Fields(std::vector<YamlField> fields) : fields_(std::move(fields)) {}

    /// The entry of that name; null when there is none.
    const YamlField* find(std::string_view name) const {
        for (const auto& field : fields_) {
            if (field.name == name) return &field;
        }
        return nullptr;
    }
    const std::vector<YamlField>& all() const noexcept { return fields_; }

private:
    std::vector<YamlField> fields_;
};

/// Where an expression's characters stand; checked against the text, since YAML has more ways to write one than this knows.
ExpressionPlace expression_place(const YAML::Node& node, const std::string& expr, const YamlSource& source) {
    ExpressionPlace result{.value = source.place(node)};
    const auto mark = node.Mark();
    if (mark.is_null()) return result;
    const auto line = source.line(mark.line + 1);
    const auto offset = std::min(static_cast<std::size_t>(mark.column), line.size());
    const auto first = std::string_view(expr).substr(0, expr.find('\n'));
    const char style = offset < line.size() ? line[offset] : '\0';
    const auto stands_at = [&](std::string_view text, std::size_t at) { return !first.empty() && text.substr(std::min(at, text.size()), first.size()) == first; };
    if (style == '|') {
        const auto content = source.line(mark.line + 2);
        const auto indent = std::min(content.find_first_not_of(' '), content.size());
        if (content.substr(indent) != first) return result;
        result.first_line = mark.line + 2;
        result.first_column = result.next_column = static_cast<int>(indent) + 1;
    } else if (style != '>') {
        const std::size_t quote = style == '"' || style == '\'' ? 1 : 0;
        if (expr.find('\n') != std::string::npos || !stands_at(line, offset + quote)) return result;
        result.first_line = mark.line + 1;
        result.first_column = result.value.column + static_cast<int>(quote);
    }
    return result;
}

class Reader {
public:
    Reader(std::string_view text, const std::string& file) : source_(text, file), size_(text.size()) { result_.file = file; }

    RuleFile read(std::string_view text) {
        try {
            read_documents(load_documents(text, source_));
        } catch (const Error& error) {
            result_.unreadable = true;
            result_.problems.insert(result_.problems.end(), error.diagnostics().begin(), error.diagnostics().end());
        }
        std::stable_sort(result_.problems.begin(), result_.problems.end(),
                         [](const auto& a, const auto& b) { return a.place.line < b.place.line; });
        return std::move(result_);
    }

private:
    void read_documents(const std::vector<YAML::Node>& documents) {
        for (const auto& document : documents) {
            if (auto other = other_kind(document)) {
                result_.unreadable = true;
                result_.problems.push_back({.message = other->message, .place = source_.place(document), .hint = other->hint, .id = "document-kind"});
            }
        }
        if (result_.unreadable) return;
        for (std::size_t i = 1; i < documents.size(); ++i) {
            if (documents[i].IsNull()) continue;
            complain(source_.place(documents[i]), "second-document", "Prometheus reads only the first YAML document of a file: the groups of this one would never work",
                     "move them into the first document or into a file of their own");
        }
        if (documents.empty() || documents.front().IsNull()) {
            complain({result_.file, 0, 0}, "no-groups", "the file is empty: it holds no rules");
            return;
        }
        read_file(documents.front());
    }

    void read_file(const YAML::Node& root) {
        if (!root.IsMap()) {
            complain(source_.place(root), "structure", "the file is no map: a rule file begins with 'groups:'");
            return;
        }
        const auto fields = known_fields(root, file_keys, "a rule file");
        const auto* groups = fields.find("groups");
        if (groups == nullptr || groups->value.IsNull() || (groups->value.IsSequence() && groups->value.size() == 0)) {
            complain(groups != nullptr ? source_.place(groups->key) : Place{result_.file, 0, 0}, "no-groups", "the file has no groups, so it holds no rules");
        } else if (!groups->value.IsSequence()) {
            complain(source_.place(groups->value), "structure", "'groups' takes a list");
        } else {
            for (const auto& group : groups->value) read_group(group);
            find_duplicate_groups();
            find_duplicate_rules();
        }
    }

    void read_group(const YAML::Node& node) {
        if (!node.IsMap()) {
            complain(source_.place(node), "structure", "a group is no map: it takes a name and rules");
            return;
        }
        const auto fields = known_fields(node, group_keys, "a group");
        Group group{.name = text_of(fields, "name"), .place = source_.place(node)};
        if (group.name.empty()) complain(group.place, "group-name", "the group has no name");
        group.interval = duration_of(fields, "interval");
        group.query_offset = duration_of(fields, "query_offset");
        group.limit = limit_of(fields);
        group.labels = labels_of(fields, "labels");
        const auto* rules = fields.find("rules");
        if (rules == nullptr || rules->value.IsNull() || (rules->value.IsSequence() && rules->value.size() == 0)) {
            complain(group.place, "no-rules", "group '" + visible(group.name) + "' has no rules", {}, Severity::warning);
        } else if (!rules->value.IsSequence()) {
            complain(source_.place(rules->value), "structure", "'rules' takes a list");
        } else {
            for (const auto& rule : rules->value) {
                // Aliases can make a small file stand for very much; every rule that is written out takes more than a byte.
                if (++rules_ > size_) throw Error(ExitCode::misuse, Diagnostic{.message = "wrong YAML: aliases multiply the rules beyond measure", .place = source_.place(rule), .id = "yaml"});
                read_rule(rule, group);
            }
        }
        result_.groups.push_back(std::move(group));
    }

    void read_rule(const YAML::Node& node, Group& group) {
        if (!node.IsMap()) {
            complain(source_.place(node), "structure", "a rule is no map: it takes record or alert, and expr");
            return;
        }
        const auto fields = known_fields(node, rule_keys, "a rule");
        const auto record = text_of(fields, "record");
        const auto alert = text_of(fields, "alert");
        Rule rule{.kind = alert.empty() ? RuleKind::recording : RuleKind::alerting, .name = alert.empty() ? record : alert};
        rule.place = source_.place(node);
        if (record.empty() && alert.empty()) complain(rule.place, "record-or-alert", "the rule has neither record nor alert");
        if (!record.empty() && !alert.empty()) complain(rule.place, "record-or-alert", "the rule has both record and alert: only one of them is possible");
        read_expr(fields, rule);
        rule.labels = labels_of(fields, "labels");
        rule.annotations = labels_of(fields, "annotations");
        rule.hold = duration_of(fields, "for").value_or(Duration{0});
        rule.keep_firing = duration_of(fields, "keep_firing_for").value_or(Duration{0});
        if (!record.empty() && alert.empty()) check_record(fields, rule);
        group.rules.push_back(std::move(rule));
    }

    void read_expr(const Fields& fields, Rule& rule) {
        const auto written = text_of(fields, "expr");
        rule.expr = trim(written);
        if (rule.expr.empty()) {
            const auto* field = fields.find("expr");
            const bool said = field != nullptr && !field->value.IsScalar() && !field->value.IsNull();
            if (!said) complain(rule.place, "expr", rule.name.empty() ? "the rule has no expr" : describe(rule) + " has no expr");
            rule.expr_place.value = rule.place;
        } else {
            rule.expr_place = expression_place(fields.find("expr")->value, rule.expr, source_);
        }
    }

    void check_record(const Fields& fields, const Rule& rule) {
        const auto* record = fields.find("record");
        if (!is_metric_name(rule.name)) {
            complain(source_.place(record->value), "record-name", "'" + visible(rule.name) + "' is no metric name", "a name is made of letters, digits, _ and :, and begins with no digit");
        }
        const auto misplaced = [&](const char* name, bool wrong) {
            if (wrong) complain(source_.place(fields.find(name)->key), "record-field", std::string("'") + name + "' belongs to alerts: " + describe(rule) + " cannot have it");
        };
        misplaced("for", rule.hold != Duration{0});
        misplaced("keep_firing_for", rule.keep_firing != Duration{0});
        misplaced("annotations", !rule.annotations.empty());
    }

    /// The entries of a map; keys that are not known there become problems.
    Fields known_fields(const YAML::Node& map, const std::vector<std::string>& known, const std::string& what) {
        auto fields = fields_of(map, source_, result_.problems);
        for (const auto& field : fields) {
            if (std::find(known.begin(), known.end(), field.name) != known.end()) continue;
            complain(source_.place(field.key), "unknown-key", "'" + visible(field.name) + "' is no key of " + what, hint_for(field.name, known));
        }
        return Fields(std::move(fields));
    }

    static std::string hint_for(const std::string& name, const std::vector<std::string>& known) {
        if (name == "partial_response_strategy") return "Thanos has it, Prometheus refuses the whole file for it";
        if (name == "source_tenants") return "Mimir has it, Prometheus refuses the whole file for it";
        const auto meant = closest(name, known);
        return meant ? "did you mean '" + *meant + "'?" : "known are " + join(known, ", ");
    }

    /// Empty when there is none; a null is none, too.
    std::string text_of(const Fields& fields, const char* name) {
        const auto* field = fields.find(name);
        if (field == nullptr || field->value.IsNull()) return {};
        if (field->value.IsScalar()) return field->value.Scalar();
        complain(source_.place(field->key), "structure", std::string("'") + name + "' takes a text");
        return {};
    }

    std::optional<Duration> duration_of(const Fields& fields, const char* name) {
        const auto* field = fields.find(name);
        if (field == nullptr || field->value.IsNull()) return std::nullopt;
        const auto text = field->value.IsScalar() ? field->value.Scalar() : std::string("a list or map");
        const auto duration = parse_rule_duration(text);
        if (!duration) {
            complain(source_.place(field->key), "duration", std::string("'") + name + "': '" + visible(text) + "' is no duration",
                     "whole numbers with their units, largest first, such as 90s, 5m or 1h30m");
        }
        return duration;
    }

    std::optional<long> limit_of(const Fields& fields) {
        const auto* field = fields.find("limit");
        if (field == nullptr || field->value.IsNull()) return std::nullopt;
        const auto text = field->value.IsScalar() ? field->value.Scalar() : std::string("a list or map");
        long limit = 0;
        const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), limit);
        if (problem == std::errc{} && end == text.data() + text.size() && limit >= 0) return limit;
        complain(source_.place(field->key), "limit", "'limit': '" + visible(text) + "' is no whole number");
        return std::nullopt;
    }

    Labels labels_of(const Fields& fields, const char* name) {
        Labels labels;
        const auto* field = fields.find(name);
        if (field == nullptr || field->value.IsNull()) return labels;
        if (!field->value.IsMap()) {
            complain(source_.place(field->key), "structure", std::string("'") + name + "' takes a map of names to texts");
            return labels;
        }
        for (const auto& label : fields_of(field->value, source_, result_.problems)) {
            if (!is_label_name(label.name) || (label.name == "__name__" && std::string_view(name) == "labels")) {
                const bool reserved = label.name == "__name__";
                complain(source_.place(label.key), "label-name", "'" + visible(label.name) + (reserved ? "' cannot be set as a label" : "' is no label name"),
                         reserved ? "the name of the metric is what 'record' says" : "a name is made of letters, digits and _, and begins with no digit");
            }
            if (label.value.IsScalar()) labels[label.name] = label.value.Scalar();
            else if (label.value.IsNull()) labels[label.name] = "";
            else complain(source_.place(label.key), "structure", "'" + visible(label.name) + "' takes a text");
        }
        return labels;
    }

    void find_duplicate_groups() {
        std::map<std::string, Place> seen;
        for (const auto& group : result_.groups) {
            const auto [first, fresh] = seen.emplace(group.name, group.place);
            if (fresh || group.name.empty()) continue;
            complain(group.place, "duplicate-group", "group '" + visible(group.name) + "' stands there twice, first in line " + std::to_string(first->second.line));
        }
    }

    /// Same name and labels: both write the same series. promtool calls it a lint error, Prometheus takes it.
    void find_duplicate_rules() {
        std::map<std::tuple<RuleKind, std::string, Labels>, Place> seen;
        for (const auto& group : result_.groups) {
            for (const auto& rule : group.rules) {
                if (rule.name.empty()) continue;
                auto labels = group.labels;
                for (const auto& [name, value] : rule.labels) labels[name] = value;
                const auto [first, fresh] = seen.emplace(std::tuple(rule.kind, rule.name, std::move(labels)), rule.place);
                if (fresh) continue;
                complain(rule.place, "duplicate-rule", describe(rule) + " with the same labels stands in line " + std::to_string(first->second.line) + " already",
                         "give one of them another name or another label", Severity::warning);
            }
        }
    }

    void complain(Place place, std::string id, std::string message, std::string hint = {}, Severity severity = Severity::error) {
        result_.problems.push_back({severity, std::move(message), std::move(place), std::move(hint), std::move(id)});
    }

    YamlSource source_;
    std::size_t size_;
    std::size_t rules_ = 0;
    RuleFile result_;
};

} // namespace

RuleFile read_rule_file(std::string_view text, const std::string& file) { return Reader(text, file).read(text); }

} // namespace slipway::prometheus
