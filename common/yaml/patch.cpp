#include "yaml/patch.hpp"

#include "core/error.hpp"
#include "yaml/tree.hpp"

#include <algorithm>
#include <limits>
#include <optional>
#include <unordered_map>

namespace slipway::yaml {

namespace {

constexpr auto nowhere = std::numeric_limits<std::size_t>::max();

/// What a reader sees at one event. Texts belong to whatever was read.
struct Seen {
    EventKind kind = EventKind::null;
    char tag = '?'; ///< '?' for none, '!' for quotes or a tag of its own
    std::string_view value = {};
    std::size_t alias_of = nowhere; ///< of an alias: which of the seen events it means

    bool operator==(const Seen&) const = default;
};

/// Turns events into what is seen, anchors by what they mean.
class View {
public:
    explicit View(std::size_t size) { seen_.reserve(size); }

    void add(const Event& event) {
        if (event.kind == EventKind::document_start) anchors_.clear();
        Seen seen{.kind = event.kind, .tag = event.tag.empty() || event.tag == "?" ? '?' : '!', .value = event.value};
        if (event.kind == EventKind::alias) {
            const auto found = anchors_.find(event.anchor);
            if (found != anchors_.end()) seen.alias_of = found->second;
        } else if (event.anchor != 0) {
            anchors_[event.anchor] = seen_.size();
        }
        seen_.push_back(seen);
    }

    std::vector<Seen> take() { return std::move(seen_); }

private:
    std::vector<Seen> seen_;
    std::unordered_map<std::size_t, std::size_t> anchors_;
};

std::vector<Seen> view_of(const Events& events) {
    View view(events.size());
    for (const auto& event : events)
        view.add(event);
    return view.take();
}

/// What must be seen after the patches.
std::vector<Seen> expected_view(const Events& events, const std::vector<Patch>& patches) {
    View view(events.size());
    std::size_t at = 0;
    for (const auto& patch : patches) {
        for (; at < patch.first; ++at)
            view.add(events[at]);
        for (const auto& event : patch.expected)
            view.add(event);
        at = std::max(at, patch.behind);
    }
    for (; at < events.size(); ++at)
        view.add(events[at]);
    return view.take();
}

/// The same for libyaml's tree, whose nodes stand in the order of their events.
class TreeView {
public:
    /// @param size  how much is expected
    TreeView(const Tree& tree, std::size_t size) : tree_(tree) { seen_.reserve(size); }

    std::vector<Seen> read() {
        for (const auto root : tree_.documents()) {
            places_.clear();
            seen_.push_back({.kind = EventKind::document_start});
            node(root);
            seen_.push_back({.kind = EventKind::document_end});
        }
        return std::move(seen_);
    }

private:
    /// As deep as the tree, which has a limit.
    void node(NodeId id) {
        const auto& node = tree_[id];
        if (node.kind != NodeKind::alias) places_[id] = seen_.size();
        Seen seen{.kind = EventKind::scalar};
        switch (node.kind) {
        case NodeKind::null: seen.kind = EventKind::null; break;
        case NodeKind::alias:
            seen.kind = EventKind::alias;
            seen.alias_of = places_[node.first];
            break;
        case NodeKind::scalar:
            seen.value = node.text;
            seen.tag = node.has_tag || node.style != ScalarStyle::plain ? '!' : '?';
            break;
        case NodeKind::sequence:
        case NodeKind::map: return children(id);
        }
        seen_.push_back(seen);
    }

    void children(NodeId id) {
        const bool is_map = tree_[id].kind == NodeKind::map;
        const char tag = tree_[id].has_tag ? '!' : '?';
        seen_.push_back({.kind = is_map ? EventKind::map_start : EventKind::sequence_start, .tag = tag});
        for (auto at = tree_[id].first; at != no_node; at = tree_[at].next)
            node(at);
        seen_.push_back({.kind = is_map ? EventKind::map_end : EventKind::sequence_end});
    }

    const Tree& tree_;
    std::vector<Seen> seen_;
    std::unordered_map<NodeId, std::size_t> places_;
};

/// What libyaml sees; nothing when it does not read the text.
std::optional<Tree> tree_of(std::string_view text, const std::string& file) {
    try {
        return Tree(text, file);
    } catch (const Error&) {
        return std::nullopt;
    }
}

/// libyaml is asked first: it is an independent reader, the one that most others descend from, and seven times as fast. What it does not
/// read as expected, such as the few things that YAML 1.2 allows and 1.1 does not, yaml-cpp may, unless libyaml read the old text as
/// yaml-cpp does: then it has to go on to.
bool reads_as(const std::vector<Seen>& expected, const std::string& text, const Document& before) {
    const auto now = tree_of(text, before.file);
    if (now && TreeView(*now, expected.size()).read() == expected) return true;
    try {
        const auto events = read_events(text, before.file);
        if (view_of(events) != expected) return false;
    } catch (const Error&) {
        return false;
    }
    const auto then = tree_of(before.text, before.file);
    return !then || TreeView(*then, before.events.size()).read() != view_of(before.events);
}

std::string spliced(std::string_view text, const std::vector<Patch>& patches) {
    std::string result;
    result.reserve(text.size() + 256);
    std::size_t copied = 0;
    for (const auto& patch : patches) {
        result += text.substr(copied, patch.begin - copied);
        result += patch.text;
        copied = patch.end;
    }
    return result += text.substr(copied);
}

} // namespace

std::string apply(const Document& document, std::vector<Patch> patches) {
    const auto doubt = [&] {
        return Error(ExitCode::refused, Diagnostic{.message = "cannot edit the file: it would read differently in other places as well",
                                                   .place = {document.file},
                                                   .hint = "nothing was written; simplify the lines around the value"});
    };
    std::stable_sort(patches.begin(), patches.end(), [](const Patch& a, const Patch& b) { return a.begin < b.begin; });
    for (std::size_t i = 1; i < patches.size(); ++i) {
        if (patches[i].begin < patches[i - 1].end || patches[i].first < patches[i - 1].behind) throw doubt();
    }
    auto result = spliced(document.text, patches);
    if (!reads_as(expected_view(document.events, patches), result, document)) throw doubt();
    return result;
}

} // namespace slipway::yaml
