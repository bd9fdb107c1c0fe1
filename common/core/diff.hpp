#pragma once

#include <string>
#include <string_view>

namespace slipway {

/// The difference between two texts in unified form with three lines of context, as `diff -u` and Git print it and
/// `patch` takes it; empty when there is none.
///
/// @param name  the file's, shown as "a/name" and "b/name"
std::string unified_diff(std::string_view before, std::string_view after, std::string_view name);

} // namespace slipway
