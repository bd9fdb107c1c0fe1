#pragma once

#include "slo/fields.hpp"
#include "slo/windowed_query.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::slo {

/// What the actions of a query's Go template may name, such as ".Service.Name"; nothing stands for the window.
using TemplateValues = std::map<std::string, std::optional<std::string>, std::less<>>;

/// Reads the query at `key`: PromQL with actions such as `{{ .window }}`. Only fields are known, no functions and no control
/// structures.
///
/// @param lines  of the file
/// @return an empty query when there is none, or a problem in it
WindowedQuery read_query(const Fields& fields, std::string_view key, Need need, const TemplateValues& values, const std::vector<std::string_view>& lines);

} // namespace slipway::slo
