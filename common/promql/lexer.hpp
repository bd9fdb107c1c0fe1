#pragma once

#include "promql/dialect.hpp"
#include "promql/mistake.hpp"
#include "promql/token.hpp"

#include <optional>
#include <string_view>
#include <vector>

namespace slipway::promql {

/// An expression's tokens without comments. The last one is `end`, or `error` where the text is none of the language.
struct Tokens {
    std::vector<Token> tokens;
    std::optional<Mistake> mistake = {};
};

/// @param text  must outlive the tokens
Tokens read_tokens(std::string_view text, const Dialect& dialect);

/// The value of a string token: quotes and escapes resolved. Escapes may make bytes that are no UTF-8.
std::string unquote(std::string_view token);

} // namespace slipway::promql
