#pragma once

#include "wait-for-slo/checks/argo/expression/tree.hpp"

#include <stdexcept>
#include <string>

namespace slipway::wait_for_slo::expression {

/// Why an expression has no value.
class NoValue : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

enum class TypeKind { nil, boolean, integer, number, text, list, any };

struct Type {
    TypeKind kind = TypeKind::any;
    TypeKind element = TypeKind::any; ///< of a list
};

/// What is known of an expression's type before it is evaluated.
/// @param result  the type of `result`
/// @throws NoValue when types do not go together
/// @source the checker of expr-lang/expr
Type type_of(const Node& node, Type result);

} // namespace slipway::wait_for_slo::expression
