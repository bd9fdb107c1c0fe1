#pragma once

#include "core/error.hpp"

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::yaml {

enum class NodeKind : std::uint8_t { null, scalar, sequence, map, alias };
enum class ScalarStyle : std::uint8_t { plain, single_quoted, double_quoted, literal, folded };

/// Number of a node within its tree.
using NodeId = std::uint32_t;
constexpr NodeId no_node = std::numeric_limits<NodeId>::max();

struct TreeNode {
    NodeKind kind = NodeKind::null;
    ScalarStyle style = ScalarStyle::plain;
    bool has_tag = false;
    int line = 0;   ///< from 1
    int column = 0; ///< from 1, in characters
    NodeId first = no_node;  ///< of a collection: its first entry; of a map, keys and values take turns. Of an alias: what it means
    NodeId next = no_node;   ///< the entry behind this one
    std::string text = {};   ///< of a scalar: what a reader sees; of null: as written, empty, "~" or "null"
};

/// YAML as the programs around Prometheus and Kubernetes read it: by libyaml, whose grammar their readers are made from.
/// Much faster than the events of yaml-cpp, and without byte offsets: for reading, not for editing.
class Tree {
public:
    /// @param file  for the places in errors
    /// @throws Error (misuse) with a place for what is no YAML or no UTF-8, for aliases of nothing or of what they stand in, and for
    ///         nesting of more than 200 levels
    Tree(std::string_view text, const std::string& file);

    /// The root of each document.
    const std::vector<NodeId>& documents() const noexcept { return documents_; }
    const TreeNode& operator[](NodeId id) const { return nodes_[id]; }

    /// The node itself, or what an alias means.
    NodeId resolved(NodeId id) const { return nodes_[id].kind == NodeKind::alias ? nodes_[id].first : id; }
    const TreeNode& meant(NodeId id) const { return nodes_[resolved(id)]; }

    Place place(NodeId id) const { return {file_, nodes_[id].line, nodes_[id].column}; }
    const std::string& file() const noexcept { return file_; }

    /// The value of a map's key, aliases resolved; no_node when it has none. Merge keys are not followed.
    NodeId find(NodeId map, std::string_view key) const;

private:
    std::string file_;
    std::vector<TreeNode> nodes_;
    std::vector<NodeId> documents_;
};

} // namespace slipway::yaml
