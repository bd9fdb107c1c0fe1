#pragma once

#include <string>
#include <string_view>

// Foreign text within the Markdown of a summary page.
namespace slipway::ci {

/// Text inside a cell of a Markdown table.
std::string cell(std::string text);

/// A name within a line of Markdown: nothing in it shall start a link or formatting.
std::string code(std::string_view name);

/// A fenced block whose fence no line of the text can end; what is longer than a page can hold is cut at a line, and that is said.
/// @param language  "diff", or empty
std::string fenced(std::string text, std::string_view language = {});

} // namespace slipway::ci
