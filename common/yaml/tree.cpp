#include "yaml/tree.hpp"

#include "core/places.hpp"
#include "core/text.hpp"

#include <yaml.h>

#include <algorithm>
#include <unordered_map>

namespace slipway::yaml {

namespace {

constexpr std::size_t deepest_nesting = 200;

Error unreadable(const std::string& message, Place place) { return {ExitCode::misuse, Diagnostic{.message = "wrong YAML: " + message, .place = std::move(place), .id = "yaml"}}; }

bool is_null_word(std::string_view text) { return text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL"; }

ScalarStyle style_of(yaml_scalar_style_t style) {
    switch (style) {
    case YAML_SINGLE_QUOTED_SCALAR_STYLE: return ScalarStyle::single_quoted;
    case YAML_DOUBLE_QUOTED_SCALAR_STYLE: return ScalarStyle::double_quoted;
    case YAML_LITERAL_SCALAR_STYLE: return ScalarStyle::literal;
    case YAML_FOLDED_SCALAR_STYLE: return ScalarStyle::folded;
    default: return ScalarStyle::plain;
    }
}

/// libyaml's parser, freed in the end.
class Parser {
public:
    explicit Parser(std::string_view text) {
        if (yaml_parser_initialize(&parser_) == 0) throw std::bad_alloc();
        yaml_parser_set_input_string(&parser_, reinterpret_cast<const unsigned char*>(text.data()), text.size());
        yaml_parser_set_encoding(&parser_, YAML_UTF8_ENCODING);
    }
    ~Parser() { yaml_parser_delete(&parser_); }
    Parser(const Parser&) = delete;
    Parser& operator=(const Parser&) = delete;
    yaml_parser_t* get() { return &parser_; }

private:
    yaml_parser_t parser_{};
};

class Event {
public:
    Event(Parser& parser, std::string_view text, const std::string& file) {
        if (yaml_parser_parse(parser.get(), &event_) != 0) return;
        const auto& state = *parser.get();
        // libyaml finds it, too, in words of its own.
        if (const auto valid = valid_utf8_length(text); state.error == YAML_READER_ERROR && valid < text.size()) throw unreadable("the text is no UTF-8", place_of(text, file, valid));
        const auto& mark = state.problem_mark;
        const auto place = state.error == YAML_READER_ERROR ? place_of(text, file, state.problem_offset) : Place{file, static_cast<int>(mark.line) + 1, static_cast<int>(mark.column) + 1};
        std::string message = state.problem != nullptr ? state.problem : "it cannot be read";
        if (state.context != nullptr) message = std::string(state.context) + ": " + message;
        throw unreadable(message, place);
    }
    ~Event() { yaml_event_delete(&event_); }
    Event(const Event&) = delete;
    Event& operator=(const Event&) = delete;
    const yaml_event_t& get() const { return event_; }

private:
    yaml_event_t event_{};
};

std::string_view text_of(const yaml_char_t* text) { return text == nullptr ? std::string_view() : reinterpret_cast<const char*>(text); }

class Builder {
public:
    Builder(std::vector<TreeNode>& nodes, std::vector<NodeId>& documents, const std::string& file) : nodes_(nodes), documents_(documents), file_(file) {}

    /// @return false at the end
    bool take(const yaml_event_t& event) {
        switch (event.type) {
        case YAML_STREAM_END_EVENT: return false;
        case YAML_DOCUMENT_START_EVENT: anchors_.clear(); break;
        case YAML_SCALAR_EVENT: scalar(event); break;
        case YAML_ALIAS_EVENT: alias(event); break;
        case YAML_SEQUENCE_START_EVENT: open(event, NodeKind::sequence, event.data.sequence_start.anchor, event.data.sequence_start.tag); break;
        case YAML_MAPPING_START_EVENT: open(event, NodeKind::map, event.data.mapping_start.anchor, event.data.mapping_start.tag); break;
        case YAML_SEQUENCE_END_EVENT:
        case YAML_MAPPING_END_EVENT: open_.pop_back(); break;
        default: break;
        }
        return true;
    }

private:
    struct Open {
        NodeId node;
        NodeId last = no_node;
    };

    NodeId add(const yaml_event_t& event, NodeKind kind) {
        if (nodes_.size() >= no_node) throw unreadable("it is too large", {file_, 0, 0});
        const auto id = static_cast<NodeId>(nodes_.size());
        auto& node = nodes_.emplace_back();
        node.kind = kind;
        node.line = static_cast<int>(event.start_mark.line) + 1;
        node.column = static_cast<int>(event.start_mark.column) + 1;
        if (open_.empty()) {
            documents_.push_back(id);
        } else {
            auto& parent = open_.back();
            (parent.last == no_node ? nodes_[parent.node].first : nodes_[parent.last].next) = id;
            parent.last = id;
        }
        return id;
    }

    void scalar(const yaml_event_t& event) {
        const auto& data = event.data.scalar;
        const std::string_view text(reinterpret_cast<const char*>(data.value), data.length);
        const bool plain = data.style == YAML_PLAIN_SCALAR_STYLE;
        const auto tag = text_of(data.tag);
        const bool is_null = tag == "tag:yaml.org,2002:null" || (tag.empty() && plain && is_null_word(text));
        const auto id = add(event, is_null ? NodeKind::null : NodeKind::scalar);
        nodes_[id].style = style_of(data.style);
        nodes_[id].has_tag = !tag.empty();
        nodes_[id].text = text;
        remember(data.anchor, id);
    }

    void open(const yaml_event_t& event, NodeKind kind, const yaml_char_t* anchor, const yaml_char_t* tag) {
        const auto id = add(event, kind);
        nodes_[id].has_tag = tag != nullptr;
        remember(anchor, id);
        open_.push_back({id});
        if (open_.size() > deepest_nesting) throw unreadable("it is nested too deeply", {file_, nodes_[id].line, nodes_[id].column});
    }

    void alias(const yaml_event_t& event) {
        const auto name = text_of(event.data.alias.anchor);
        const auto id = add(event, NodeKind::alias);
        const Place place{file_, nodes_[id].line, nodes_[id].column};
        const auto found = anchors_.find(std::string(name));
        if (found == anchors_.end()) throw unreadable("the anchor '" + visible(name) + "' is not known here", place);
        const auto inside = std::any_of(open_.begin(), open_.end(), [&](const auto& open) { return open.node == found->second; });
        if (inside) throw unreadable("the alias '" + visible(name) + "' stands in what it means", place);
        nodes_[id].first = found->second;
    }

    void remember(const yaml_char_t* anchor, NodeId id) {
        if (anchor != nullptr) anchors_[std::string(text_of(anchor))] = id;
    }

    std::vector<TreeNode>& nodes_;
    std::vector<NodeId>& documents_;
    const std::string& file_;
    std::vector<Open> open_;
    std::unordered_map<std::string, NodeId> anchors_;
};

} // namespace

Tree::Tree(std::string_view text, const std::string& file) : file_(file) {
    if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3); // libyaml skips a byte order mark only when it guesses the encoding
    nodes_.reserve(text.size() / 32 + 8);
    Parser parser(text);
    Builder builder(nodes_, documents_, file_);
    while (builder.take(Event(parser, text, file_).get())) {}
}

NodeId Tree::find(NodeId map, std::string_view key) const {
    const auto& node = meant(map);
    if (node.kind != NodeKind::map) return no_node;
    for (auto at = node.first; at != no_node; at = nodes_[nodes_[at].next].next) {
        if (meant(at).text == key && meant(at).kind == NodeKind::scalar) return resolved(nodes_[at].next);
    }
    return no_node;
}

} // namespace slipway::yaml
