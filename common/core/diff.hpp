#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace slipway {

/// The difference between two texts in unified form with three lines of context, as `diff -u` and Git print it and
/// `patch` takes it; empty when there is none.
///
/// @param name  the file's, shown as "a/name" and "b/name"
std::string unified_diff(std::string_view before, std::string_view after, std::string_view name);

/// The same for a file that may be new or deleted, which "/dev/null" says in place of its name; of binary files only that they differ.
std::string file_diff(const std::optional<std::string>& before, const std::optional<std::string>& after, std::string_view name);

} // namespace slipway
