#pragma once

#include "core/error.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::wait_for_slo::expression {

enum class TokenKind { number, text, word, sign, end };

struct Token {
    TokenKind kind = TokenKind::end;
    std::string text = {}; ///< of a text: what it says
    std::size_t offset = 0;
};

/// The last one is the end.
/// @throws Error (misuse)
std::vector<Token> tokens_of(std::string_view text);

/// "'frobnicate' at character 12: unknown function".
Error mistake_at(std::string_view text, const Token& token, const std::string& why, std::string hint = {});

} // namespace slipway::wait_for_slo::expression
