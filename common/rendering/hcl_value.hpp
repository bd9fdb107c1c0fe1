#pragma once

#include "rendering/expansion.hpp"

#include <string>
#include <string_view>

namespace slipway::rendering {

/// A value in the form in which it stands in HCL, or why it cannot stand there.
struct Fitted {
    std::string text;
    std::string problem = {}; ///< "it is ...", empty when it fits
    std::string hint = {};
};

/// Whether a text holds ${ or %{.
bool holds_sequence(std::string_view text);

/// Problems that a value has anywhere in HCL: NUL, no UTF-8, not NFC, and template sequences unless they are taken.
Fitted check_for_hcl(std::string_view value, bool raw);

/// As an expression: a truth value, null, a number that HCL reads back as the same text; with a type of its own also a
/// list, an object or a string.
Fitted fit_expression(const Expansion& value, bool raw);

} // namespace slipway::rendering
