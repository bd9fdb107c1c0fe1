// Edits of anything: refused with words, or the value reads as it was set and all else as before. The proof is not the editor's own: both
// texts are read by yaml-cpp and by libyaml, which share nothing, and compared as trees with what was to become of the first.
//
// Requests: (s)et, (j)son, (a)ppend, (r)emove, (c)reate a key "new" in the map there, or (w)ithin the text there; in upper case with aliases
// broken apart. Places are counted over all values of all documents.

#include "fuzz.hpp"
#include "requests.hpp"

#include "core/error.hpp"
#include "core/text.hpp"
#include "yaml/edit.hpp"
#include "yaml/events.hpp"
#include "yaml/scalar.hpp"
#include "yaml/tree.hpp"

#include <nlohmann/json.hpp>

#include <cctype>
#include <optional>
#include <string>
#include <vector>

using namespace slipway;
using namespace slipway::yaml;
using nlohmann::ordered_json;

namespace {

// Trees of both readers in one form: ["map", [key, value]...], ["list", value...], and for scalars a text that begins with
// p (plain), q (quoted), t (with a tag), 0 (null) or * (an alias, with the number of the anchor, counted over those that are referred to).
// Nothing is resolved, so nothing grows.

ordered_json scalar(char kind, std::string_view value) { return kind + std::string(value); }

struct Unfit {}; ///< a map with keys that are no texts, or the same twice

void add_member(ordered_json& map, const ordered_json& key, ordered_json value) {
    if (!key.is_string() || key.get_ref<const std::string&>()[0] == '*' || key.get_ref<const std::string&>()[0] == '0') throw Unfit{};
    const auto name = key.get_ref<const std::string&>().substr(1);
    for (std::size_t i = 1; i < map.size(); ++i) {
        if (map[i][0] == name) throw Unfit{};
    }
    map.push_back(ordered_json::array({name, std::move(value)}));
}

class ByEvents {
public:
    explicit ByEvents(const Events& events) : events_(events) {}

    ordered_json all() {
        auto documents = ordered_json::array({"list"});
        while (at_ < events_.size()) {
            anchors_.clear();
            ++at_;
            documents.push_back(node());
            ++at_;
        }
        return documents;
    }

private:
    ordered_json node() {
        const auto& event = events_[at_++];
        switch (event.kind) {
        case EventKind::null: return scalar('0', "");
        case EventKind::alias: return scalar('*', number_of(event.anchor));
        case EventKind::scalar: return scalar(event.tag == "?" ? 'p' : event.tag == "!" ? 'q' : 't', event.value);
        case EventKind::sequence_start: {
            auto list = ordered_json::array({"list"});
            while (!events_[at_].is_end())
                list.push_back(node());
            ++at_;
            return list;
        }
        case EventKind::map_start: {
            auto map = ordered_json::array({"map"});
            while (!events_[at_].is_end()) {
                const auto key = node();
                add_member(map, key, node());
            }
            ++at_;
            return map;
        }
        default: break;
        }
        throw Unfit{};
    }

    std::string number_of(std::size_t anchor) {
        for (std::size_t i = 0; i < anchors_.size(); ++i) {
            if (anchors_[i] == anchor) return std::to_string(i);
        }
        anchors_.push_back(anchor);
        return std::to_string(anchors_.size() - 1);
    }

    const Events& events_;
    std::size_t at_ = 0;
    std::vector<std::size_t> anchors_;
};

class ByTree {
public:
    explicit ByTree(const Tree& tree) : tree_(tree) {}

    ordered_json all() {
        auto documents = ordered_json::array({"list"});
        for (const auto root : tree_.documents()) {
            anchors_.clear();
            documents.push_back(node(root));
        }
        return documents;
    }

private:
    ordered_json node(NodeId id) {
        const auto& node_there = tree_[id];
        switch (node_there.kind) {
        case NodeKind::null: return scalar('0', "");
        case NodeKind::alias: return scalar('*', number_of(node_there.first));
        case NodeKind::scalar: return scalar(node_there.has_tag ? 't' : node_there.style == ScalarStyle::plain ? 'p' : 'q', node_there.text);
        case NodeKind::sequence: {
            auto list = ordered_json::array({"list"});
            for (auto entry = node_there.first; entry != no_node; entry = tree_[entry].next)
                list.push_back(node(entry));
            return list;
        }
        case NodeKind::map: {
            auto map = ordered_json::array({"map"});
            for (auto key = node_there.first; key != no_node; key = tree_[tree_[key].next].next) {
                const auto name = node(key);
                add_member(map, name, node(tree_[key].next));
            }
            return map;
        }
        }
        throw Unfit{};
    }

    std::string number_of(NodeId anchor) {
        for (std::size_t i = 0; i < anchors_.size(); ++i) {
            if (anchors_[i] == anchor) return std::to_string(i);
        }
        anchors_.push_back(anchor);
        return std::to_string(anchors_.size() - 1);
    }

    const Tree& tree_;
    std::vector<NodeId> anchors_;
};

std::optional<ordered_json> by_events(const Events& events) {
    try {
        return ByEvents(events).all();
    } catch (const Unfit&) {
        return std::nullopt;
    }
}

std::optional<ordered_json> by_tree(std::string_view text) {
    try {
        return ByTree(Tree(text, "f.yaml")).all();
    } catch (const Error&) {
        return std::nullopt;
    } catch (const Unfit&) {
        return std::nullopt;
    }
}

bool is_map(const ordered_json& node) { return node.is_array() && node[0] == "map"; }
bool is_list(const ordered_json& node) { return node.is_array() && node[0] == "list"; }
bool has_alias(const ordered_json& node) {
    if (node.is_string()) return node.get_ref<const std::string&>()[0] == '*';
    for (std::size_t i = 1; i < node.size(); ++i) {
        if (has_alias(node[i].is_array() && node[i].size() == 2 && node[0] == "map" ? node[i][1] : node[i])) return true;
    }
    return false;
}

/// A value of a tree, and the way to it: numbers of children, the document's first.
struct Target {
    KeyPath path;
    std::vector<std::size_t> way;
};

void collect(const ordered_json& node, const Target& here, std::vector<Target>& targets) {
    if (targets.size() > 2000) return;
    targets.push_back(here);
    if (!is_map(node) && !is_list(node)) return;
    for (std::size_t i = 1; i < node.size(); ++i) {
        auto child = here;
        child.way.push_back(i);
        if (is_map(node))
            child.path.emplace_back(node[i][0].get<std::string>());
        else
            child.path.emplace_back(static_cast<Index>(i - 1));
        collect(is_map(node) ? node[i][1] : node[i], child, targets);
    }
}

ordered_json& node_at(ordered_json& tree, const std::vector<std::size_t>& way, std::size_t count) {
    auto* node = &tree;
    for (std::size_t i = 0; i < count; ++i)
        node = is_map(*node) ? &(*node)[way[i]][1] : &(*node)[way[i]];
    return *node;
}

bool as_string(const ordered_json& node, std::string_view value) {
    if (!node.is_string()) return false;
    const auto& text = node.get_ref<const std::string&>();
    return std::string_view(text).substr(1) == value && (text[0] == 'q' || text[0] == 't' || (text[0] == 'p' && is_safe_plain(value)));
}

/// Whether a tree is what a JSON text says.
bool as_json(const ordered_json& node, const ordered_json& json) {
    if (json.is_string()) return as_string(node, json.get_ref<const std::string&>());
    if (json.is_array()) {
        if (!is_list(node) || node.size() != json.size() + 1) return false;
        for (std::size_t i = 0; i < json.size(); ++i) {
            if (!as_json(node[i + 1], json[i])) return false;
        }
        return true;
    }
    if (json.is_object()) {
        if (!is_map(node) || node.size() != json.size() + 1) return false;
        std::size_t i = 1;
        for (const auto& [key, value] : json.items()) {
            if (node[i][0] != key || !as_json(node[i][1], value)) return false;
            ++i;
        }
        return true;
    }
    const auto& text = node.is_string() ? node.get_ref<const std::string&>() : std::string();
    if (json.is_null()) return text == "0";
    const auto parsed = ordered_json::parse(text.empty() ? text : text.substr(1), nullptr, false);
    return !text.empty() && text[0] == 'p' && parsed == json;
}

std::optional<Operation> operation_of(const fuzz::Request& request, const Target& target) {
    Operation operation{.path = target.path, .value = request.value, .document = target.way[0] - 1};
    switch (std::tolower(static_cast<unsigned char>(request.kind))) {
    case 's': operation.kind = Operation::Kind::set; break;
    case 'j': operation.kind = Operation::Kind::set_json; break;
    case 'a': operation.kind = Operation::Kind::append; break;
    case 'r':
        operation.kind = Operation::Kind::remove;
        operation.value.clear();
        break;
    case 'w': operation.path.emplace_back(Within{}); [[fallthrough]];
    case 'c':
        operation.path.emplace_back("new");
        operation.create = true;
        break;
    default: return std::nullopt;
    }
    if (operation.path.empty() || !is_valid_utf8(operation.value)) return std::nullopt;
    return operation;
}

/// Holds the tree of the edited text to the tree of the text before and the operation.
void compare(ordered_json before, ordered_json after, const Operation& operation, const std::vector<std::size_t>& way) {
    const auto value = operation.kind == Operation::Kind::set ? ordered_json() : ordered_json::parse(operation.value, nullptr, false);
    const auto fits = [&](const ordered_json& node) { return operation.kind == Operation::Kind::set ? as_string(node, operation.value) : as_json(node, value); };
    const auto* what = "everything else reads as before";
    if (operation.kind == Operation::Kind::remove) {
        auto& collection = node_at(before, way, way.size() - 1);
        if (has_alias(node_at(before, way, way.size()))) return; // the others are counted anew
        collection.erase(way.back());
    } else if (operation.create || operation.kind == Operation::Kind::append) {
        auto& old = node_at(before, way, way.size());
        auto& now = node_at(after, way, way.size());
        if (operation.create && is_map(old)) {
            for (std::size_t i = 1; i < old.size(); ++i) {
                if (old[i][0] != "new") continue;
                if (has_alias(old[i][1])) return;
                fuzz::expect(i < now.size() && fits(now[i][1]), "a key that was there is set");
                old[i][1] = now[i][1] = ordered_json();
                fuzz::expect(before == after, what);
                return;
            }
        }
        if (old == "0") old = ordered_json::array({operation.create ? "map" : "list"});
        fuzz::expect(now.is_array() && now.size() == old.size() + 1, "one member more");
        fuzz::expect(operation.create ? now.back()[0] == "new" && fits(now.back()[1]) : fits(now.back()), "the last one is the new one");
        now.erase(now.size() - 1);
    } else {
        auto& old = node_at(before, way, way.size());
        auto& now = node_at(after, way, way.size());
        if (has_alias(old)) return;
        fuzz::expect(old == now || fits(now), "the value is what was set");
        if (old == now) fuzz::expect(as_string(now, operation.value) || fits(now) || now == scalar('p', operation.value), "what stays is what was set");
        old = now = ordered_json();
    }
    fuzz::expect(before == after, what);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto input = fuzz::divide(fuzz::text_of(data, size));
    std::optional<ordered_json> before;
    try {
        before = by_events(read_events(input.file, "f.yaml"));
    } catch (const Error& error) {
        fuzz::expect_words(error, "f.yaml");
        return 0;
    }
    std::vector<Target> targets;
    if (before) collect(*before, {}, targets);
    if (targets.size() < 2) return 0; // the first is the stream itself
    std::vector<Operation> operations;
    std::vector<std::vector<std::size_t>> ways;
    EditSettings settings;
    bool repeatable = true;
    for (const auto& request : input.requests) {
        const auto& target = targets[1 + request.place % (targets.size() - 1)];
        auto whole = target;
        whole.path.erase(whole.path.begin()); // the document
        const auto operation = operation_of(request, whole);
        if (!operation) continue;
        if (std::isupper(static_cast<unsigned char>(request.kind)) != 0) settings.aliases = OnAlias::break_apart;
        const bool moves = operation->kind == Operation::Kind::append || (operation->kind == Operation::Kind::remove && std::holds_alternative<Index>(operation->path.back()));
        repeatable = repeatable && !moves;
        operations.push_back(*operation);
        ways.push_back(target.way);
    }
    if (operations.empty()) return 0;
    Edited edited;
    try {
        edited = edit(input.file, "f.yaml", operations, settings);
    } catch (const Error& error) {
        fuzz::expect_words(error, "f.yaml");
        return 0;
    }
    fuzz::expect(edited.changes.size() == operations.size(), "a change for each operation");
    fuzz::expect(edited.changed() || edited.text == input.file, "nothing changed, no byte changed");
    for (const auto& change : edited.changes) {
        fuzz::expect(change.old_json.empty() || nlohmann::json::accept(change.old_json), "the old value is JSON");
        fuzz::expect(change.new_json.empty() || nlohmann::json::accept(change.new_json), "the new value is JSON");
    }
    try {
        if (repeatable) {
            const auto again = edit(edited.text, "f.yaml", operations, settings);
            fuzz::expect(operations.size() > 1 || (!again.changed() && again.text == edited.text), "the second time there is nothing to do");
        }
    } catch (const Error&) {
        fuzz::expect(operations.size() > 1, "what was written can be edited again");
    }
    if (operations.size() != 1 || operations[0].path.size() > ways[0].size()) return 0;
    const auto by_us = by_events(read_events(edited.text, "f.yaml"));
    fuzz::expect(by_us.has_value(), "no key is there twice");
    compare(*before, *by_us, operations[0], ways[0]);
    // libyaml and yaml-cpp do not agree on everything; where they did, they must go on to.
    if (by_tree(input.file) != before) return 0;
    const auto by_libyaml = by_tree(edited.text);
    fuzz::expect(by_libyaml.has_value(), "libyaml reads what was written");
    compare(*before, *by_libyaml, operations[0], ways[0]);
    return 0;
}
