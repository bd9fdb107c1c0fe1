#pragma once

#include <string>
#include <string_view>

namespace slipway::git {

/// Whether a path holds a character that makes it a pattern: `*`, `?` or `[`.
bool is_pattern(std::string_view path);

/// Why a text is no pattern of paths; empty when it is one: a path by `why_no_path` with `*`, `?`, `[...]` and `**`
/// in it, whose brackets are closed.
std::string why_no_pattern(std::string_view pattern);

/// Whether a pattern stands for a path, from its beginning to its end. `*` and `?` stand for characters of one part
/// of the path (`?` for one code point), `[a-z]` and `[!a-z]` for one of them, and `**`, as a whole part, for any
/// number of parts, none included. None of them stands for a dot at the beginning of a part. A path without these
/// characters matches itself.
/// @source gitignore(5), POSIX.1 2.13, for the dot
bool matches(std::string_view pattern, std::string_view path);

/// The folder that all matches are in, without a slash at its end; empty: the root.
std::string_view folder_of_matches(std::string_view pattern);

} // namespace slipway::git
