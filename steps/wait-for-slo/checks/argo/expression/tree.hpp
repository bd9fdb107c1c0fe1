#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

// What a condition of Argo Rollouts is made of.
namespace slipway::wait_for_slo::expression {

enum class NodeKind {
    nil,
    boolean,
    integer,
    number,
    text,
    list,
    result,    ///< the value that was measured
    element,   ///< "#" in a predicate
    unary,     ///< `name` is its sign
    binary,
    ternary,
    index,     ///< parts: what, which
    call,      ///< `name` is the function
    predicate, ///< parts: the list, and what is asked of each element
};

struct Node {
    NodeKind kind;
    std::string name = {}; ///< of an operator or a function; the characters of a text
    std::int64_t integer = 0;
    double number = 0;
    bool truth = false;
    std::vector<std::unique_ptr<Node>> parts = {};
    int depth = 1; ///< of the tree below, this node included
};

using NodePtr = std::unique_ptr<Node>;

/// @throws Error (misuse) that names the word and where it stands, for what is no expression or knows more than conditions over `result` need
/// @source expr-lang/expr, "Language definition", and its parser of version 1.15, the one of Argo Rollouts 1.7 and 1.8
NodePtr parse(std::string_view text);

/// A function that takes no predicate.
struct Function {
    std::string_view name;
    std::size_t least; ///< arguments
    std::size_t most;
};

/// Null when there is none of that name.
const Function* find_function(std::string_view name);

} // namespace slipway::wait_for_slo::expression
