#include "build-image/sbom/os_release.hpp"

#include "core/text.hpp"

namespace slipway::build_image {

namespace {

/// The value of an assignment without its quotes; a backslash stands for the character after it, except in single quotes.
std::string unquoted(std::string_view text) {
    text = trim(text);
    const char quote = !text.empty() && (text.front() == '"' || text.front() == '\'') ? text.front() : '\0';
    if (quote != '\0') text.remove_prefix(1);
    std::string value;
    for (std::size_t i = 0; i < text.size() && (quote == '\0' || text[i] != quote); ++i) {
        if (text[i] == '\\' && quote != '\'' && i + 1 < text.size()) ++i;
        value += text[i];
    }
    return value;
}

} // namespace

Distribution read_os_release(std::string_view text) {
    Distribution distribution;
    std::string name;
    for (const auto line : lines(text)) {
        const auto equals = line.find('=');
        if (equals == std::string_view::npos || !is_valid_utf8(line)) continue;
        const auto key = trim(line.substr(0, equals));
        const auto value = unquoted(line.substr(equals + 1));
        if (key == "ID") distribution.id = value;
        if (key == "VERSION_ID") distribution.version_id = value;
        if (key == "PRETTY_NAME") distribution.name = value;
        if (key == "NAME") name = value;
    }
    if (distribution.name.empty()) distribution.name = name;
    return distribution;
}

} // namespace slipway::build_image
