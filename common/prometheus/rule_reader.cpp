// read_rule_file: from YAML to groups and rules, all mistakes collected.

#include "core/halves.hpp"
#include "core/text.hpp"
#include "prometheus/document_kind.hpp"
#include "prometheus/expression_place.hpp"
#include "prometheus/rule_check.hpp"
#include "prometheus/rule_file.hpp"
#include "prometheus/yaml_fields.hpp"
#include "promql/duration.hpp"
#include "promql/names.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <iterator>
#include <unordered_map>
#include <utility>

namespace slipway::prometheus {

namespace {

using yaml::NodeKind;

/// A key, and where it is known.
struct Key {
    std::string_view name;
    promql::Version since = promql::oldest_version;
    std::optional<RuleTarget> only_for = {};
};

const std::vector<Key> file_keys = {{"groups"}};
const std::vector<Key> group_keys = {{"name"}, {"interval"}, {"query_offset", {2, 53}}, {"limit"}, {"labels", {3, 0}}, {"rules"},
                                     {"partial_response_strategy", {}, RuleTarget::thanos}, {"source_tenants", {}, RuleTarget::mimir}, {"evaluation_delay", {}, RuleTarget::mimir},
                                     {"align_evaluation_time_on_interval", {}, RuleTarget::mimir}};
const std::vector<Key> rule_keys = {{"record"}, {"alert"}, {"expr"}, {"for"}, {"keep_firing_for"}, {"labels"}, {"annotations"}};

const char* name_of(RuleTarget target) { 
    switch (target) {
    case RuleTarget::thanos: return "Thanos";
    case RuleTarget::mimir: return "Mimir";
    case RuleTarget::loki: return "Loki";
    case RuleTarget::prometheus: break;
    }
    return "Prometheus";
}

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

private:
    std::vector<YamlField> fields_;
};

class Reader {
public:
    Reader(std::string_view text, const std::string& file, const RuleLanguage& language) : text_(text), file_(file), language_(language) { result_.file = file; }

    RuleFile read(KeepTree keep) {
        try {
            const auto tree = std::make_shared<const yaml::Tree>(text_, file_);
            tree_ = tree.get();
            if (keep == KeepTree::yes) result_.tree = tree;
            read_documents();
        } catch (const Error& error) {
            result_.unreadable = true;
            result_.problems.insert(result_.problems.end(), error.diagnostics().begin(), error.diagnostics().end());
        }
        std::stable_sort(result_.problems.begin(), result_.problems.end(), [](const auto& a, const auto& b) { return a.place.line < b.place.line; });
        return std::move(result_);
    }

    std::vector<Group> read_these(const yaml::Tree& tree, const std::vector<yaml::NodeId>& groups) {
        tree_ = &tree;
        for (const auto group : groups) read_group(group, {});
        check_rules();
        return std::move(result_.groups);
    }

private:
    const yaml::TreeNode& node(yaml::NodeId id) const { return tree_->meant(id); }
    bool is_null(yaml::NodeId id) const { return node(id).kind == NodeKind::null; }
    bool is_empty_list(yaml::NodeId id) const { return is_null(id) || (node(id).kind == NodeKind::sequence && node(id).first == yaml::no_node); }

    void read_documents() {
        const auto& documents = tree_->documents();
        std::vector<yaml::NodeId> plain;
        std::vector<yaml::NodeId> manifests;
        if (documents.size() == 1 && document_kind(*tree_, documents.front()).kind == DocumentKind::rule_tests) {
            result_.is_test = true;
            return;
        }
        if (read_objectives(documents)) return;
        for (const auto root : documents) collect(root, plain, manifests);
        if (result_.unreadable) return;
        result_.is_manifest = !manifests.empty();
        if (!manifests.empty() && !plain.empty()) {
            complain(tree_->place(plain.front()), "second-document", "a rule file and manifests stand in one file", "put each into a file of its own");
        }
        if (!manifests.empty()) {
            for (const auto manifest : manifests) read_manifest(manifest);
        } else {
            read_plain(plain);
        }
        find_duplicate_rules();
        check_rules();
    }

    /// Objectives have a reader of their own. @return whether the file holds any
    bool read_objectives(const std::vector<yaml::NodeId>& documents) {
        std::vector<yaml::NodeId> others;
        for (const auto root : documents) {
            if (holds_objectives(root)) result_.is_slo = true;
            else if (!is_null(root)) others.push_back(root);
        }
        if (!result_.is_slo || others.empty()) return result_.is_slo;
        result_.unreadable = true;
        complain(tree_->place(others.front()), "document-kind", "objectives and something else stand in one file", "put each into a file of its own");
        return true;
    }

    bool holds_objectives(yaml::NodeId root) const {
        const auto kind = document_kind(*tree_, root).kind;
        if (kind != DocumentKind::list) return kind == DocumentKind::slo;
        const auto items = tree_->find(root, "items");
        return items != yaml::no_node && node(items).kind == NodeKind::sequence && node(items).first != yaml::no_node && document_kind(*tree_, node(items).first).kind == DocumentKind::slo;
    }

    /// Reading expressions and templates takes most of the time, and no rule needs another for it: a large file is shared out.
    void check_rules() {
        std::vector<Rule*> rules;
        for (auto& group : result_.groups) {
            for (auto& rule : group.rules) rules.push_back(&rule);
        }
        std::array<std::vector<Diagnostic>, 2> found;
        in_halves(rules.size(), [&](std::size_t first, std::size_t last, std::size_t part) {
            RuleChecks checks;
            for (auto i = first; i < last; ++i) check_rule(*rules[i], language_, checks, found[part]);
        });
        for (auto& problems : found) result_.problems.insert(result_.problems.end(), std::make_move_iterator(problems.begin()), std::make_move_iterator(problems.end()));
    }

    void collect(yaml::NodeId root, std::vector<yaml::NodeId>& plain, std::vector<yaml::NodeId>& manifests) {
        const auto document = document_kind(*tree_, root);
        switch (document.kind) {
        case DocumentKind::rule_file:
            if (!is_null(root)) plain.push_back(root);
            break;
        case DocumentKind::prometheus_rule:
            if (!document.message.empty()) complain(tree_->place(root), "structure", document.message, document.hint);
            manifests.push_back(root);
            break;
        case DocumentKind::list: collect_items(root, plain, manifests); break;
        case DocumentKind::slo: return complain(tree_->place(root), "document-kind", "objectives stand among manifests of rules", "put them into a file of their own");
        case DocumentKind::rule_tests: return complain(tree_->place(root), "document-kind", "tests for promtool and rules stand in one file", "put the tests into a file of their own");
        case DocumentKind::other:
            result_.unreadable = true;
            result_.problems.push_back({.message = document.message, .place = tree_->place(root), .hint = document.hint, .id = "document-kind"});
        }
    }

    void collect_items(yaml::NodeId list, std::vector<yaml::NodeId>& plain, std::vector<yaml::NodeId>& manifests) {
        const auto items = tree_->find(list, "items");
        if (items == yaml::no_node || node(items).kind != NodeKind::sequence) return complain(tree_->place(list), "structure", "the list has no items");
        for (auto item = node(items).first; item != yaml::no_node; item = (*tree_)[item].next) {
            if (document_kind(*tree_, item).kind == DocumentKind::list) complain(tree_->place(item), "structure", "a list stands in a list");
            else collect(item, plain, manifests);
        }
    }

    void read_plain(const std::vector<yaml::NodeId>& roots) {
        if (roots.empty()) return complain({file_, 0, 0}, "no-groups", "the file is empty: it holds no rules");
        // An empty document in front is the one that Prometheus reads.
        const bool first_is_empty = is_null(tree_->documents().front());
        for (std::size_t i = first_is_empty ? 0 : 1; i < roots.size(); ++i) {
            complain(tree_->place(roots[i]), "second-document", "Prometheus reads only the first YAML document of a file: the groups of this one would never work",
                     "move them into the first document or into a file of their own");
        }
        if (!first_is_empty) read_file(roots.front(), "a rule file", {});
    }

    void read_manifest(yaml::NodeId root) {
        fields_of(*tree_, root, result_.problems); // keys that stand there twice
        const auto metadata = tree_->find(root, "metadata");
        const auto part = [&](const char* key) { return metadata == yaml::no_node || tree_->find(metadata, key) == yaml::no_node ? std::string() : node(tree_->find(metadata, key)).text; };
        if (part("name").empty() && part("generateName").empty()) complain(tree_->place(root), "structure", "the manifest has no metadata.name");
        const auto spec = tree_->find(root, "spec");
        if (spec == yaml::no_node) return complain(tree_->place(root), "no-groups", "the manifest has no spec, so it holds no rules");
        read_file(spec, "the spec of a PrometheusRule", part("namespace") + '/' + part("name"));
    }

    void read_file(yaml::NodeId root, const std::string& what, const std::string& manifest) {
        if (node(root).kind != NodeKind::map) {
            return complain(tree_->place(root), "structure", manifest.empty() ? "the file is no map: a rule file begins with 'groups:'" : "the spec is no map: it takes 'groups'");
        }
        const auto fields = known_fields(root, file_keys, what);
        const auto* groups = fields.find("groups");
        if (groups == nullptr || is_empty_list(groups->value)) {
            return complain(groups != nullptr ? tree_->place(groups->key) : manifest.empty() ? Place{file_, 0, 0} : tree_->place(root), "no-groups", "the file has no groups, so it holds no rules");
        }
        if (node(groups->value).kind != NodeKind::sequence) return complain(tree_->place(groups->value), "structure", "'groups' takes a list");
        const auto first = result_.groups.size();
        for (auto group = node(groups->value).first; group != yaml::no_node; group = (*tree_)[group].next) read_group(group, manifest);
        find_duplicate_groups(first);
    }

    void read_group(yaml::NodeId id, const std::string& manifest) {
        if (node(id).kind != NodeKind::map) return complain(tree_->place(id), "structure", "a group is no map: it takes a name and rules");
        const auto fields = known_fields(id, group_keys, "a group");
        Group group{.name = text_of(fields, "name"), .manifest = manifest, .place = tree_->place(id)};
        if (group.name.empty()) complain(group.place, "group-name", "the group has no name");
        group.interval = duration_of(fields, "interval");
        group.query_offset = duration_of(fields, "query_offset");
        group.limit = limit_of(fields);
        group.labels = labels_of(fields, "labels", nullptr);
        for (const auto& key : group_keys) {
            if (const auto* field = key.only_for ? fields.find(key.name) : nullptr) group.extras.emplace(key.name, as_json(field->value));
        }
        const auto* rules = fields.find("rules");
        if (rules == nullptr || is_empty_list(rules->value)) {
            complain(group.place, "no-rules", "group '" + visible(group.name) + "' has no rules", {}, Severity::warning);
        } else if (node(rules->value).kind != NodeKind::sequence) {
            complain(tree_->place(rules->value), "structure", "'rules' takes a list");
        } else {
            for (auto rule = node(rules->value).first; rule != yaml::no_node; rule = (*tree_)[rule].next) {
                count(rule);
                read_rule(rule, group);
            }
        }
        result_.groups.push_back(std::move(group));
    }

    /// Aliases can make a small file stand for very much; every rule or value that is written out takes a byte at least.
    void count(yaml::NodeId id) {
        if (++counted_ > text_.size()) throw Error(ExitCode::misuse, Diagnostic{.message = "wrong YAML: aliases multiply the rules beyond measure", .place = tree_->place(id), .id = "yaml"});
    }

    void read_rule(yaml::NodeId id, Group& group) {
        if (node(id).kind != NodeKind::map) return complain(tree_->place(id), "structure", "a rule is no map: it takes record or alert, and expr");
        const auto fields = known_fields(id, rule_keys, "a rule");
        const auto record = name_of_rule(fields, "record");
        auto alert = name_of_rule(fields, "alert");
        Rule rule{.kind = alert.empty() ? RuleKind::recording : RuleKind::alerting, .name = alert.empty() ? record : std::move(alert)};
        rule.place = tree_->place(id);
        if (record.empty() && rule.name.empty()) complain(rule.place, "record-or-alert", "the rule has neither record nor alert");
        if (!record.empty() && rule.kind == RuleKind::alerting) complain(rule.place, "record-or-alert", "the rule has both record and alert: only one of them is possible");
        read_expr(fields, rule);
        rule.labels = labels_of(fields, "labels", &rule);
        rule.annotations = labels_of(fields, "annotations", &rule);
        rule.hold = duration_of(fields, "for").value_or(Duration{0});
        rule.keep_firing = duration_of(fields, "keep_firing_for").value_or(Duration{0});
        if (!record.empty() && rule.kind == RuleKind::recording) check_record(fields, rule);
        group.rules.push_back(std::move(rule));
    }

    void read_expr(const Fields& fields, Rule& rule) {
        rule.expr = trim(name_of_rule(fields, "expr"));
        const auto* field = fields.find("expr");
        if (!rule.expr.empty()) {
            rule.expr_place = expression_place(*tree_, field->value, rule.expr, lines());
            return;
        }
        const bool said = field != nullptr && node(field->value).kind != NodeKind::scalar && !is_null(field->value);
        if (!said) complain(rule.place, "expr", rule.name.empty() ? "the rule has no expr" : describe(rule) + " has no expr");
        rule.expr_place.value = rule.place;
    }

    const std::vector<std::string_view>& lines() {
        if (lines_.empty()) lines_ = slipway::lines(text_);
        return lines_;
    }

    void check_record(const Fields& fields, const Rule& rule) {
        const auto& dialect = language_.dialect;
        const auto place = tree_->place(fields.find("record")->value);
        if (rule.name.find_first_of("{}") != std::string::npos) {
            complain(place, "record-name", "'" + visible(rule.name) + "' is no metric name", "a name holds no braces; labels of the new series stand below 'labels'");
        } else if (!dialect.has_utf8_names() && !promql::is_metric_name(rule.name)) {
            complain(place, "record-name", "'" + visible(rule.name) + "' is no metric name", "a name is made of letters, digits, _ and :, and begins with no digit");
        }
        const auto misplaced = [&](const char* name, bool wrong) {
            if (wrong) complain(tree_->place(fields.find(name)->key), "record-field", std::string("'") + name + "' belongs to alerts: " + describe(rule) + " cannot have it");
        };
        misplaced("for", rule.hold != Duration{0});
        misplaced("keep_firing_for", rule.keep_firing != Duration{0});
        misplaced("annotations", !rule.annotations.empty());
    }

    /// The entries of a map; keys that are not known there become problems.
    Fields known_fields(yaml::NodeId map, const std::vector<Key>& known, const std::string& what) {
        auto fields = fields_of(*tree_, map, result_.problems);
        for (const auto& field : fields) {
            const auto key = std::find_if(known.begin(), known.end(), [&](const auto& candidate) { return candidate.name == field.name; });
            const auto shown = "'" + visible(field.name) + '\'';
            if (key == known.end()) {
                complain(tree_->place(field.key), "unknown-key", shown + " is no key of " + what, hint_for(std::string(field.name), known));
            } else if (key->only_for && key->only_for != language_.target && !(result_.is_manifest && *key->only_for == RuleTarget::thanos)) {
                complain(tree_->place(field.key), "unknown-key", shown + " is no key of " + what, std::string(name_of(*key->only_for)) + " has it, " + name_of(language_.target) + " refuses the whole file for it");
            } else if (language_.dialect.version < key->since) {
                complain(tree_->place(field.key), "unknown-key", shown + " is no key of " + what + " before Prometheus " + to_string(key->since), "the rules are checked for " + to_string(language_.dialect.version));
            }
        }
        return Fields(std::move(fields));
    }

    static std::string hint_for(const std::string& name, const std::vector<Key>& known) {
        std::vector<std::string> names;
        for (const auto& key : known) {
            if (!key.only_for) names.emplace_back(key.name);
        }
        const auto meant = closest(name, names);
        return meant ? "did you mean '" + *meant + "'?" : "known are " + join(names, ", ");
    }

    /// Empty when there is none; a null is none, too.
    std::string text_of(const Fields& fields, const char* name) {
        const auto* field = fields.find(name);
        if (field == nullptr || is_null(field->value)) return {};
        if (node(field->value).kind == NodeKind::scalar) return node(field->value).text;
        complain(tree_->place(field->key), "structure", std::string("'") + name + "' takes a text");
        return {};
    }

    /// The same for a value in which versions before 3.3 take the word null for a text.
    std::string name_of_rule(const Fields& fields, const char* name) {
        const auto* field = fields.find(name);
        if (field != nullptr && is_null(field->value) && !language_.dialect.at_least(3, 3)) return node(field->value).text;
        return text_of(fields, name);
    }

    std::optional<Duration> duration_of(const Fields& fields, const char* name) {
        const auto* field = fields.find(name);
        if (field == nullptr || is_null(field->value)) return std::nullopt;
        const auto text = node(field->value).kind == NodeKind::scalar ? node(field->value).text : std::string("a list or map");
        const auto duration = promql::read_duration(text);
        if (!duration) {
            complain(tree_->place(field->key), "duration", std::string("'") + name + "': '" + visible(text) + "' is no duration",
                     "whole numbers with their units, largest first, such as 90s, 5m or 1h30m");
        }
        return duration;
    }

    /// A text, a truth value, or a list of them.
    std::string as_json(yaml::NodeId id) {
        count(id);
        const auto& value = node(id);
        if (value.kind == NodeKind::null) return "null";
        if (value.kind == NodeKind::sequence) {
            std::string list;
            for (auto item = value.first; item != yaml::no_node; item = (*tree_)[item].next) list += (list.empty() ? "" : ",") + as_json(item);
            return '[' + list + ']';
        }
        const bool is_truth = value.style == yaml::ScalarStyle::plain && (value.text == "true" || value.text == "false");
        return is_truth ? value.text : '"' + json_escape(value.text) + '"';
    }

    std::optional<long> limit_of(const Fields& fields) {
        const auto* field = fields.find("limit");
        if (field == nullptr || is_null(field->value)) return std::nullopt;
        const auto text = node(field->value).kind == NodeKind::scalar ? node(field->value).text : std::string("a list or map");
        long limit = 0;
        const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), limit);
        if (problem == std::errc{} && end == text.data() + text.size()) return limit;
        complain(tree_->place(field->key), "limit", "'limit': '" + visible(text) + "' is no whole number");
        return std::nullopt;
    }

    /// @param rule  remembers where they stand; null for a group
    Labels labels_of(const Fields& fields, const char* name, Rule* rule) {
        Labels labels;
        const auto* field = fields.find(name);
        if (field == nullptr || is_null(field->value)) return labels;
        if (node(field->value).kind != NodeKind::map) {
            complain(tree_->place(field->key), "structure", std::string("'") + name + "' takes a map of names to texts");
            return labels;
        }
        const bool annotation = std::string_view(name) == "annotations";
        for (const auto& label : fields_of(*tree_, field->value, result_.problems)) {
            check_label_name(label, annotation);
            const auto& value = node(label.value);
            if (value.kind == NodeKind::scalar || value.kind == NodeKind::null) {
                labels.emplace(label.name, value.kind == NodeKind::scalar ? value.text : std::string());
            } else {
                complain(tree_->place(label.key), "structure", "'" + visible(label.name) + "' takes a text");
            }
            const auto& key = (*tree_)[label.key];
            if (rule != nullptr) rule->key_places.push_back({std::string(label.name), annotation, key.line, key.column});
        }
        return labels;
    }

    void check_label_name(const YamlField& label, bool annotation) {
        if (!annotation && label.name == "__name__") {
            complain(tree_->place(label.key), "label-name", "'__name__' cannot be set as a label", "the name of the metric is what 'record' says");
        } else if (language_.dialect.has_utf8_names() ? label.name.empty() : !promql::is_label_name(label.name)) {
            complain(tree_->place(label.key), "label-name", "'" + visible(label.name) + "' is no label name", "a name is made of letters, digits and _, and begins with no digit");
        }
    }

    void find_duplicate_groups(std::size_t first) {
        std::map<std::string_view, const Place*> seen;
        for (auto i = first; i < result_.groups.size(); ++i) {
            const auto& group = result_.groups[i];
            const auto [before, fresh] = seen.emplace(group.name, &group.place);
            if (fresh || group.name.empty()) continue;
            complain(group.place, "duplicate-group", "group '" + visible(group.name) + "' stands there twice, first in line " + std::to_string(before->second->line));
        }
    }

    /// Same name and labels: both write the same series. promtool calls it a lint error, Prometheus takes it.
    void find_duplicate_rules() {
        struct SameName {
            const Group* group; ///< of the first one
            const Rule* first;
            std::map<std::pair<RuleKind, Labels>, const Rule*> by_labels = {}; ///< filled when there is a second one: most names are alone
        };
        const auto identity = [](const Group& group, const Rule& rule) {
            auto labels = group.labels;
            for (const auto& [name, value] : rule.labels) labels[name] = value;
            return std::pair(rule.kind, std::move(labels));
        };
        std::unordered_map<std::string_view, SameName> by_name;
        for (const auto& group : result_.groups) {
            for (const auto& rule : group.rules) {
                if (rule.name.empty()) continue;
                const auto [named, alone] = by_name.try_emplace(rule.name, SameName{&group, &rule});
                if (alone) continue;
                auto& same = named->second;
                if (same.by_labels.empty()) same.by_labels.emplace(identity(*same.group, *same.first), same.first);
                const auto [first, fresh] = same.by_labels.emplace(identity(group, rule), &rule);
                if (fresh) continue;
                complain(rule.place, "duplicate-rule", describe(rule) + " with the same labels stands in line " + std::to_string(first->second->place.line) + " already",
                         "give one of them another name or another label", Severity::warning);
            }
        }
    }

    void complain(Place place, std::string id, std::string message, std::string hint = {}, Severity severity = Severity::error) {
        result_.problems.push_back({severity, std::move(message), std::move(place), std::move(hint), std::move(id)});
    }

    std::string_view text_;
    const std::string& file_;
    const RuleLanguage& language_;
    const yaml::Tree* tree_ = nullptr;
    std::vector<std::string_view> lines_; ///< filled when somebody asks
    std::size_t counted_ = 0;
    RuleFile result_;
};

} // namespace

RuleFile read_rule_file(std::string_view text, const std::string& file, const RuleLanguage& language, KeepTree keep) { return Reader(text, file, language).read(keep); }

std::vector<Group> read_groups(const yaml::Tree& tree, std::string_view text, const std::vector<yaml::NodeId>& groups, const RuleLanguage& language) {
    return Reader(text, tree.file(), language).read_these(tree, groups);
}

} // namespace slipway::prometheus
