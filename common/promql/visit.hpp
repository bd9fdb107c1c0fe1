#pragma once

#include "promql/ast.hpp"

#include <functional>
#include <span>

namespace slipway::promql {

/// The nodes around one, the outermost first.
using Path = std::span<const Expr* const>;

using Visitor = std::function<void(const Expr& node, Path around)>;
using SelectorVisitor = std::function<void(const VectorSelector& selector, Path around)>;

/// Calls `see` for each node, in the order of the text; a range vector's own selector is not called again.
void for_each_node(const Expr& expr, const Visitor& see);

/// Calls `see` for each selector of series: vector selectors and those within range vectors, which stand last in `around` then.
/// The labels that info() takes as its second argument are none.
void for_each_selector(const Expr& expr, const SelectorVisitor& see);

} // namespace slipway::promql
