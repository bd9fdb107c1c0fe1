#pragma once

#include <string_view>

namespace slipway {

/// Whether a JSON text is nested so deep that it can only be meant to break its readers: libraries follow what they have read by
/// recursion, and the stack ends before a document of megabytes does.
bool is_nested_too_deep(std::string_view json);

} // namespace slipway
