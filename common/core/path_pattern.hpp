#pragma once

#include <string_view>

namespace slipway {

/// Whether a text means other paths than itself: it holds `*`, `?` or `[`.
bool is_pattern(std::string_view text);

/// Whether a path matches a pattern: `*` and `?` within a component, `**` over several, `[a-z]`.
bool matches_pattern(std::string_view pattern, std::string_view path);

} // namespace slipway
