#include "prometheus/ruler_group.hpp"

#include "core/text.hpp"
#include "prometheus/ruler_text.hpp"
#include "prometheus/yaml_fields.hpp"
#include "promql/duration.hpp"
#include "promql/print.hpp"

#include <algorithm>
#include <array>

namespace slipway::prometheus {

struct RulerText::Source {
    Source(std::string_view document, const std::string& file) : text(document), kept(std::make_shared<const yaml::Tree>(text, file)), tree(*kept), texts(text, tree) {}
    /// @param read  the same document, read before
    Source(std::string_view document, std::shared_ptr<const yaml::Tree> read) : text(document), kept(std::move(read)), tree(*kept), texts(text, tree) {}

    std::string text;
    std::shared_ptr<const yaml::Tree> kept;
    const yaml::Tree& tree;
    GroupTexts texts;
};

std::string RulerText::operator()() const { return source_ ? source_->texts.of(node_) : text_; }

namespace {

using Source = std::shared_ptr<const RulerText::Source>;
using yaml::NodeId;
using yaml::NodeKind;
using yaml::Tree;

Error wrong(const Tree& tree, NodeId node, std::string message) {
    return Error(ExitCode::misuse, Diagnostic{.message = std::move(message), .place = tree.place(node), .id = "structure"});
}

/// The only document of a text; no_node when it is empty.
NodeId root_of(const Tree& tree) {
    const auto& documents = tree.documents();
    if (documents.empty()) return yaml::no_node;
    if (documents.size() > 1) throw wrong(tree, documents[1], "a second YAML document stands there");
    return tree.meant(documents.front()).kind == NodeKind::null ? yaml::no_node : tree.resolved(documents.front());
}

/// Everything that some server may know: what it has stored is to be understood as far as possible.
const RuleLanguage& widest_language() {
    static const RuleLanguage language = [] {
        RuleLanguage made{.target = RuleTarget::mimir};
        for (const auto& feature : promql::Features::names()) made.dialect.features.enable(feature);
        return made;
    }();
    return language;
}

/// The rule file that holds this group alone.
std::string as_rule_file(std::string_view group) {
    std::string text = "groups:\n";
    const char* before = "- ";
    for (const auto line : split(group, '\n')) {
        if (!line.empty()) text += before;
        text += line;
        text += '\n';
        before = "  ";
    }
    return text;
}

bool means_nothing(std::string_view text) { return text.empty() || text == "false" || text == "0" || text == "0s"; }

/// A field's value as a text that is the same whenever it means the same.
std::string meaning_of(const Tree& tree, NodeId id, bool ordered) {
    const auto& node = tree.meant(id);
    if (node.kind == NodeKind::null) return {};
    if (node.kind == NodeKind::scalar) return node.text;
    if (node.first == yaml::no_node) return {};
    if (node.kind == NodeKind::map || ordered) return write_yaml(tree, id);
    std::vector<std::string> items;
    for (auto item = node.first; item != yaml::no_node; item = tree[item].next) items.push_back('-' + json_escape(meaning_of(tree, item, true)));
    std::sort(items.begin(), items.end());
    return join(items, "\n");
}

void read_more(const Tree& tree, NodeId root, RulerGroup& group) {
    constexpr std::array<std::string_view, 6> known = {"name", "interval", "query_offset", "limit", "labels", "rules"};
    std::vector<Diagnostic> ignored;
    for (const auto& field : fields_of(tree, root, ignored)) {
        if (std::find(known.begin(), known.end(), field.name) != known.end()) continue;
        // The order of tenants says nothing.
        auto meaning = meaning_of(tree, field.value, field.name != "source_tenants");
        if (!means_nothing(meaning)) group.more.emplace(field.name, std::move(meaning));
    }
    // Mimir's older name of the same.
    const auto delay = group.more.find("evaluation_delay");
    if (delay == group.more.end()) return;
    const auto duration = promql::read_duration(delay->second);
    if (!duration) return;
    if (!group.group.query_offset) group.group.query_offset = *duration;
    group.more.erase(delay);
}

Duration or_zero(const std::optional<Duration>& duration) { return duration.value_or(Duration{0}); }

bool same_rule(const Rule& a, const Rule& b) {
    return a.kind == b.kind && a.name == b.name && a.labels == b.labels && a.annotations == b.annotations && a.hold == b.hold &&
           a.keep_firing == b.keep_firing && same_expression(a, b);
}

/// The groups of a document: of a rule file, of a manifest's spec, of each item of a list.
void collect_groups(const Tree& tree, NodeId root, int depth, std::vector<NodeId>& found) {
    if (tree.meant(root).kind != NodeKind::map) return;
    const auto part = [&](NodeId map, const char* key) { return map != yaml::no_node && tree[map].kind == NodeKind::map ? tree.find(map, key) : yaml::no_node; };
    const auto map = tree.resolved(root);
    const auto items = part(map, "items");
    if (items != yaml::no_node && tree[items].kind == NodeKind::sequence && depth == 0) {
        for (auto item = tree[items].first; item != yaml::no_node; item = tree[item].next) collect_groups(tree, item, depth + 1, found);
    }
    for (const auto groups : {part(map, "groups"), part(part(map, "spec"), "groups")}) {
        if (groups == yaml::no_node || tree[groups].kind != NodeKind::sequence) continue;
        for (auto group = tree[groups].first; group != yaml::no_node; group = tree[group].next) found.push_back(group);
    }
}

void take_group(Group group, RulerKind kind, const Tree& tree, NodeId root, RulerGroup& result) {
    result.group = std::move(group);
    if (kind == RulerKind::loki) {
        for (auto& rule : result.group.rules) rule.parsed.reset();
    }
    read_more(tree, root, result);
}

/// All at once: to read each text alone takes five times as long.
std::vector<RulerGroup> read_nodes(const Source& source, const std::vector<NodeId>& nodes, RulerKind kind, const std::vector<Group>& known = {}) {
    const auto& tree = source->tree;
    bool is_known = known.size() == nodes.size();
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        const auto node = nodes[i];
        if (tree.meant(node).kind != NodeKind::map) throw wrong(tree, node, "a group is no map: it takes a name and rules");
        const auto name = tree.find(tree.resolved(node), "name");
        if (name == yaml::no_node || tree[name].text.empty()) throw wrong(tree, node, "the group has no name");
        is_known = is_known && known[i].name == tree[name].text;
    }
    auto read = is_known ? known : read_groups(tree, source->text, nodes, widest_language());
    std::vector<RulerGroup> groups;
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        groups.push_back({.text = RulerText(source, nodes[i]), .group = {}});
        take_group(std::move(read.at(i)), kind, tree, tree.resolved(nodes[i]), groups.back());
    }
    return groups;
}

} // namespace

RulerGroup read_ruler_group(std::string text, RulerKind kind, const std::string& file) {
    const Tree tree(text, file);
    const auto root = root_of(tree);
    if (root == yaml::no_node || tree[root].kind != NodeKind::map) throw misuse(file + ": a group is no map: it takes a name and rules");
    auto read = read_rule_file(as_rule_file(text), file, widest_language());
    // Texts with document marks, for example, do not fit into a list.
    if (read.unreadable || read.groups.size() != 1) read = read_rule_file(as_rule_file(write_yaml(tree, root)), file, widest_language());
    if (read.groups.size() != 1 || read.groups.front().name.empty()) throw wrong(tree, root, "the group has no name");
    RulerGroup result{.text = std::move(text), .group = {}};
    take_group(std::move(read.groups.front()), kind, tree, root, result);
    return result;
}

std::vector<RulerGroup> ruler_groups_of_file(std::string_view text, RulerKind kind, const std::string& file, const std::vector<Group>& known, const std::shared_ptr<const yaml::Tree>& tree_of_file) {
    const auto source = tree_of_file ? std::make_shared<const RulerText::Source>(text, tree_of_file) : std::make_shared<const RulerText::Source>(text, file);
    const auto& tree = source->tree;
    std::vector<NodeId> found;
    for (const auto document : tree.documents()) collect_groups(tree, document, 0, found);
    return read_nodes(source, found, kind, known);
}

RulerState read_ruler_state(std::string_view text, RulerKind kind, const std::string& source) {
    const auto document = std::make_shared<const RulerText::Source>(text, source);
    const auto& tree = document->tree;
    const auto root = root_of(tree);
    RulerState state;
    if (root == yaml::no_node) return state;
    if (tree[root].kind != NodeKind::map) throw wrong(tree, root, "no map of namespaces");
    for (auto key = tree[root].first; key != yaml::no_node; key = tree[tree[key].next].next) {
        const auto& list = tree.meant(tree[key].next);
        const bool is_list = list.kind == NodeKind::sequence || list.kind == NodeKind::null;
        if (tree.meant(key).kind != NodeKind::scalar || !is_list) throw wrong(tree, key, "a namespace has no list of groups");
        std::vector<NodeId> items;
        for (auto item = list.first; item != yaml::no_node; item = tree[item].next) items.push_back(item);
        state[tree.meant(key).text] = read_nodes(document, items, kind);
    }
    return state;
}

bool same_expression(const Rule& a, const Rule& b) {
    if (a.expr == b.expr) return true;
    return a.parsed && b.parsed && promql::print(*a.parsed) == promql::print(*b.parsed);
}

bool same_group(const RulerGroup& a, const RulerGroup& b) {
    const auto& x = a.group;
    const auto& y = b.group;
    return x.name == y.name && or_zero(x.interval) == or_zero(y.interval) && x.query_offset == y.query_offset &&
           x.limit.value_or(0) == y.limit.value_or(0) && x.labels == y.labels && a.more == b.more &&
           std::equal(x.rules.begin(), x.rules.end(), y.rules.begin(), y.rules.end(), same_rule);
}

} // namespace slipway::prometheus
