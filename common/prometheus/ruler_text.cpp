#include "prometheus/ruler_text.hpp"

#include "core/text.hpp"
#include "prometheus/yaml_fields.hpp"
#include "yaml/scalar.hpp"

#include <algorithm>
#include <optional>

namespace slipway::prometheus {

namespace {

using yaml::NodeId;
using yaml::NodeKind;
using yaml::Tree;

constexpr std::size_t most_bytes = 16 * 1024 * 1024; // servers take far less; a few aliases can stand for far more
constexpr int deepest = 200;

Error beyond_measure(const Tree& tree, NodeId node) {
    return Error(ExitCode::misuse, Diagnostic{.message = "wrong YAML: aliases multiply the group beyond measure", .place = tree.place(node), .id = "yaml"});
}

class Writer {
public:
    explicit Writer(const Tree& tree) : tree_(tree) {}

    std::string write(NodeId root) {
        node(root, 0, false);
        if (text_.empty() || text_.back() != '\n') text_ += '\n';
        return std::move(text_);
    }

private:
    /// @param begun  whether a dash stands in the line already: then the first entry goes beside it
    void node(NodeId id, int depth, bool begun) {
        const auto& meant = tree_.meant(id);
        if (depth > deepest || text_.size() > most_bytes) throw beyond_measure(tree_, id);
        switch (meant.kind) {
        case NodeKind::map: return map(id, depth, begun);
        case NodeKind::sequence: return sequence(id, depth, begun);
        default: text_ += scalar(meant) + '\n';
        }
    }

    void map(NodeId id, int depth, bool begun) {
        std::vector<Diagnostic> ignored; // whoever reads the group tells them
        const auto fields = fields_of(tree_, id, ignored);
        if (fields.empty()) text_ += "{}\n";
        for (const auto& field : fields) {
            if (!begun) indent(depth);
            begun = false;
            text_ += yaml::write_scalar(field.name, yaml::Style::plain) + ':';
            const auto& value = tree_.meant(field.value);
            if (value.first == yaml::no_node) text_ += ' ';
            else text_ += '\n';
            node(field.value, value.first == yaml::no_node ? depth : depth + 1, false);
        }
    }

    void sequence(NodeId id, int depth, bool begun) {
        auto item = tree_.meant(id).first;
        if (item == yaml::no_node) text_ += "[]\n";
        for (; item != yaml::no_node; item = tree_[item].next) {
            if (!begun) indent(depth);
            begun = false;
            text_ += "- ";
            node(item, depth + 1, true);
        }
    }

    static std::string scalar(const yaml::TreeNode& node) {
        if (node.kind == NodeKind::null) return "null";
        // A bare number must stay one: a limit in quotes is refused.
        const bool plain = node.style == yaml::ScalarStyle::plain && !node.has_tag && node.text.find('\n') == std::string::npos;
        return plain ? node.text : yaml::write_scalar(node.text, yaml::Style::double_quoted);
    }

    void indent(int depth) { text_.append(static_cast<std::size_t>(depth) * 2, ' '); }

    const Tree& tree_;
    std::string text_;
};

/// Whether two texts are the same YAML node for node.
class Comparison {
public:
    Comparison(const Tree& a, const Tree& b) : a_(a), b_(b) {}

    bool same(NodeId x, NodeId y) {
        if (++compared_ > most_bytes) throw beyond_measure(a_, x);
        const auto& left = a_.meant(x);
        const auto& right = b_.meant(y);
        const bool alike = left.kind == right.kind && left.has_tag == right.has_tag && left.text == right.text && left.style == right.style;
        if (!alike) return false;
        auto i = left.first;
        auto j = right.first;
        for (; i != yaml::no_node && j != yaml::no_node; i = a_[i].next, j = b_[j].next) {
            if (!same(i, j)) return false;
        }
        return i == j;
    }

private:
    const Tree& a_;
    const Tree& b_;
    std::size_t compared_ = 0;
};

bool is_blank(std::string_view line) { return line.find_first_not_of(" \t") == std::string_view::npos; }

/// The lines of a node of block style, from its first character to where something stands further left.
std::optional<std::string> cut(const std::vector<std::string_view>& lines, int line, int column) {
    if (line < 1 || column < 1 || static_cast<std::size_t>(line) > lines.size()) return std::nullopt;
    const auto indent = static_cast<std::size_t>(column) - 1;
    auto at = static_cast<std::size_t>(line) - 1;
    const auto first = lines[at];
    if (first.size() <= indent || first.substr(0, indent).find_first_not_of(" -") != std::string_view::npos) return std::nullopt;
    std::string text(first.substr(indent));
    text += '\n';
    std::string waiting; // blank lines and comments, which are part of it only when more follows
    for (++at; at < lines.size(); ++at) {
        const auto begin = std::min(lines[at].find_first_not_of(' '), lines[at].size());
        if (begin < indent && !is_blank(lines[at]) && lines[at][begin] != '#') break;
        const auto rest = std::string(lines[at].substr(std::min(begin, indent))) + '\n';
        if (begin < indent || is_blank(lines[at])) {
            waiting += rest;
        } else {
            text += waiting + rest;
            waiting.clear();
        }
    }
    return text;
}

} // namespace

GroupTexts::GroupTexts(std::string_view text, const Tree& tree) : tree_(tree), lines_(lines(text)) {}

std::string GroupTexts::of(NodeId group) const {
    const auto& node = tree_.meant(group);
    if (const auto text = cut(lines_, node.line, node.column)) {
        try {
            const Tree alone(*text, tree_.file());
            if (alone.documents().size() == 1 && Comparison(tree_, alone).same(group, alone.documents().front())) return *text;
        } catch (const Error&) {
            // It does not stand alone, or is too much: writing it anew finds out.
        }
    }
    return write_yaml(tree_, group);
}

std::string write_yaml(const Tree& tree, NodeId node) { return Writer(tree).write(node); }

} // namespace slipway::prometheus
