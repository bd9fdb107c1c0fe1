#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

// Text of others, such as the values of labels, in what people open with a browser.
namespace slipway::wait_for_slo {

/// Takes secrets out of a text.
using Redact = std::function<std::string(std::string_view)>;

/// Characters of a foreign text that are shown.
inline constexpr std::size_t longest_text = 300;

/// A text in which every character shows as what it is: controls, and characters that turn the direction of writing or take no room, become
/// `\u{202e}`; bytes that are no UTF-8 `\xff`, blanks of any kind a blank. What is longer than `most` characters is cut, and ends in "...".
std::string shown(std::string_view text, std::size_t most = longest_text);

/// A text between tags of HTML or XML, or in an attribute's double quotes.
std::string escaped(std::string_view text);

/// Text of others as markup: without secrets, shown, escaped. In this order, so that no half of a secret is left at a cut.
class ForeignText {
public:
    explicit ForeignText(Redact redact) : redact_(std::move(redact)) {}

    /// Not yet escaped.
    std::string plain(std::string_view text, std::size_t most = longest_text) const { return shown(redact_(text), most); }
    std::string operator()(std::string_view text, std::size_t most = longest_text) const { return escaped(plain(text, most)); }

private:
    Redact redact_;
};

} // namespace slipway::wait_for_slo
