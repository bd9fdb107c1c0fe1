#pragma once

#include <cstddef>
#include <limits>
#include <string_view>
#include <vector>

namespace slipway::prometheus {

constexpr std::size_t any_number = std::numeric_limits<std::size_t>::max();

/// A function of Prometheus' templates, Go's own included, and how many arguments it takes, what is piped in included.
struct TemplateFunction {
    std::string_view name;
    std::size_t fewest = 1;
    std::size_t most = 1;
};

/// @source Prometheus documentation, "Template reference"; Go documentation, package text/template
const std::vector<TemplateFunction>& template_functions();

/// Null for a name that is none.
const TemplateFunction* find_template_function(std::string_view name);

} // namespace slipway::prometheus
