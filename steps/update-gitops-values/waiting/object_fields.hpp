#pragma once

#include <nlohmann/json.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// Reading objects that a server sent, in which anything may be missing or of another type. Paths are "/status/phase".
namespace slipway::update_gitops_values::field {

/// Null when it is not there.
const nlohmann::json& at(const nlohmann::json& object, std::string_view path);

/// Empty when it is not there or no text.
std::string text(const nlohmann::json& object, std::string_view path);

/// A whole number, or a text of digits: some controllers write generations so. Nothing for what is none, and for what is too large.
std::optional<std::int64_t> number(const nlohmann::json& object, std::string_view path);

/// Whether it is `true`.
bool is_set(const nlohmann::json& object, std::string_view path);

/// An empty list when it is not there or no list.
const nlohmann::json& list(const nlohmann::json& object, std::string_view path);

/// The entry of /status/conditions with this type; null when there is none.
const nlohmann::json& condition(const nlohmann::json& object, std::string_view type);

} // namespace slipway::update_gitops_values::field
