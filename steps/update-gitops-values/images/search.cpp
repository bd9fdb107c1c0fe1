#include "update-gitops-values/images/search.hpp"

#include "core/text.hpp"

#include <set>

namespace slipway::update_gitops_values {

namespace {

/// More maps than this behind one merge key are no configuration.
constexpr int most_merged_maps = 100;

Member own_member(const yaml::Tree& tree, yaml::NodeId map, std::string_view key) {
    if (tree.meant(map).kind != yaml::NodeKind::map) return {};
    for (auto at = tree.meant(map).first; at != yaml::no_node; at = tree[tree[at].next].next) {
        if (tree[at].kind == yaml::NodeKind::scalar && tree[at].text == key) return {tree[at].next};
    }
    return {};
}

Member merged_member(const yaml::Tree& tree, yaml::NodeId map, std::string_view key, int& left) {
    if (const auto own = own_member(tree, map, key)) return own;
    const auto merge = own_member(tree, map, "<<");
    if (!merge) return {};
    const bool is_list = tree.meant(merge.node).kind == yaml::NodeKind::sequence;
    // An entry's `next` is the list's next entry; a single value has no others.
    for (auto at = is_list ? tree.meant(merge.node).first : merge.node; at != yaml::no_node; at = is_list ? tree[at].next : yaml::no_node) {
        if (--left < 0) return {};
        if (auto found = merged_member(tree, at, key, left)) return {found.node, true};
    }
    return {};
}

} // namespace

Member member(const yaml::Tree& tree, yaml::NodeId map, std::string_view key) {
    if (map == yaml::no_node) return {};
    int left = most_merged_maps;
    return merged_member(tree, map, key, left);
}

yaml::NodeId entry_at(const yaml::Tree& tree, yaml::NodeId list, const yaml::PathPart& part) {
    if (tree.meant(list).kind != yaml::NodeKind::sequence) return yaml::no_node;
    std::vector<yaml::NodeId> fitting;
    const auto* index = std::get_if<yaml::Index>(&part);
    for (auto at = tree.meant(list).first; at != yaml::no_node; at = tree[at].next) {
        if (index == nullptr) {
            const auto& selector = std::get<yaml::Selector>(part);
            if (text_of(tree, member(tree, at, selector.key)) != selector.value) continue;
        }
        fitting.push_back(at);
    }
    if (index == nullptr) return fitting.empty() ? yaml::no_node : fitting.front();
    const auto number = *index < 0 ? *index + static_cast<yaml::Index>(fitting.size()) : *index;
    return number < 0 || number >= static_cast<yaml::Index>(fitting.size()) ? yaml::no_node : fitting[static_cast<std::size_t>(number)];
}

std::optional<std::string> text_of(const yaml::Tree& tree, Member value) {
    if (!value) return std::nullopt;
    const auto& node = tree.meant(value.node);
    if (node.kind == yaml::NodeKind::null) return std::string();
    if (node.kind == yaml::NodeKind::scalar) return node.text;
    return std::nullopt;
}

std::optional<yaml::Tree> tree_within(Search& search, yaml::NodeId node) {
    const auto text = text_of(search.tree, {node});
    if (!text) return std::nullopt;
    try {
        yaml::Tree tree(*text, search.tree.file());
        return tree.documents().empty() ? std::nullopt : std::optional(std::move(tree));
    } catch (const Error& error) {
        const auto holds = [&](const std::string& name) { return !name.empty() && text->find(name) != std::string::npos; };
        const auto& image = search.image;
        if (holds(image.name) || (image.new_name.kind == NewPart::Kind::given && holds(image.new_name.value))) {
            search.refuse(node,
                          {.message = "cannot look for the image in this text: it is no YAML: " + error.diagnostics().front().message});
        }
        return std::nullopt;
    }
}

std::vector<yaml::PathPart> entry_parts(const yaml::Tree& tree, yaml::NodeId list) {
    std::vector<yaml::PathPart> by_name;
    std::vector<yaml::PathPart> by_number;
    std::set<std::string_view> names;
    for (auto at = tree.meant(list).first; at != yaml::no_node; at = tree[at].next) {
        by_number.emplace_back(static_cast<yaml::Index>(by_number.size()));
        const auto name = tree[at].kind == yaml::NodeKind::map ? own_member(tree, at, "name") : Member();
        if (!name || tree[name.node].kind != yaml::NodeKind::scalar || tree[name.node].text.empty()) continue;
        if (names.insert(tree[name.node].text).second) by_name.emplace_back(yaml::Selector{"name", tree[name.node].text});
    }
    return by_name.size() == by_number.size() ? by_name : by_number;
}

Search::Search(const Search& outer, const yaml::Tree& inner, yaml::NodeId text)
    : tree(inner), image(outer.image), settings(outer.settings), document_(outer.document_), findings_(outer.findings_),
      problems_(outer.problems_), path_(outer.path_), outer_(outer.place(text)),
      lines_fit_(outer.tree.meant(text).style == yaml::ScalarStyle::literal) {
    path_.emplace_back(yaml::Within{});
}

void Search::found_other(std::string_view name) {
    if (!name.empty() && !has_template(name) && name.find("://") == std::string_view::npos) findings_.names.emplace_back(name);
}

void Search::stands(StandingImage standing, yaml::NodeId at, const std::vector<std::string>& parts) {
    for (const auto& part : parts) {
        const Deeper deeper(*this, part);
        standing.paths.push_back(to_string(path_));
    }
    if (parts.empty()) standing.paths.push_back(to_string(path_));
    standing.document = document_;
    standing.place = place(at);
    findings_.images.push_back(std::move(standing));
}

void Search::reference(Member value) {
    const auto text = text_of(tree, value);
    if (!text || text->empty()) return;
    stands(standing(*text), value.node);
    if (!is_image(*text, image)) return found_other(split_image(*text).name);
    found();
    attempt(value.node, [&] { set(value, renamed(*text, image)); });
}

void Search::set(Member old, std::string value) {
    if (old) {
        // A value with an anchor changes for all who refer to it. One that is only referred to here has a place of its own elsewhere, or is
        // left to what the caller wants done with aliases.
        const auto node = tree.resolved(old.node);
        const bool is_alias = tree[old.node].kind == yaml::NodeKind::alias;
        if (done_.contains(node)) return;
        if ((is_alias || old.merged) && text_of(tree, old) == value) return;
        if (!old.merged && (!is_alias || settings.aliases == yaml::OnAlias::follow)) done_.insert(node);
    }
    findings_.operations.push_back(
        {.kind = yaml::Operation::Kind::set, .path = path_, .value = std::move(value), .document = document_, .create = !old});
}

void Search::add(yaml::Operation::Kind kind, std::string json, bool create) {
    findings_.operations.push_back({.kind = kind, .path = path_, .value = std::move(json), .document = document_, .create = create});
}

void Search::refuse(yaml::NodeId at, Diagnostic problem) {
    if (problem.place.file.empty()) problem.place = place(at);
    problems_.push_back(std::move(problem));
}

Place Search::place(yaml::NodeId node) const {
    const auto own = tree.place(tree.resolved(node));
    if (!outer_) return own;
    // The first line of a literal text is the one below its `|`; how far it is indented is not known.
    return lines_fit_ && outer_->line > 0 ? Place{outer_->file, outer_->line + own.line, 0} : *outer_;
}

} // namespace slipway::update_gitops_values
