#pragma once

#include <optional>
#include <string_view>

namespace slipway::wait_for_slo {

enum class ReportForm { html, svg, json, junit, openmetrics };

/// By the ending of a file's name, in small or large letters; nothing for any other.
std::optional<ReportForm> form_of(std::string_view path);

} // namespace slipway::wait_for_slo
