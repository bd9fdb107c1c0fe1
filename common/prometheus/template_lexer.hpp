#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::prometheus {

enum class TemplateTokenKind {
    text,
    left,  ///< {{
    right, ///< }}
    space,
    identifier, ///< also keywords, true, false and nil
    field,      ///< .name
    dot,
    variable, ///< $ or $name
    number,
    character,
    string, ///< with its quotes
    pipe,
    declare, ///< :=
    assign,  ///< =
    left_parenthesis,
    right_parenthesis,
    other, ///< a single character, such as a comma
    end,
};

struct TemplateToken {
    TemplateTokenKind kind = TemplateTokenKind::end;
    std::size_t offset = 0;
    std::string_view text = {};
};

/// Thrown where a template is none.
struct TemplateMistake {
    std::size_t offset = 0;
    std::string message;
    std::string hint = {};
};

/// The tokens of a Go template; comments are left out.
/// @throws TemplateMistake
/// @source Go documentation, package text/template
std::vector<TemplateToken> read_template_tokens(std::string_view text);

} // namespace slipway::prometheus
