#pragma once

#include "core/error.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::push_rules {

/// A query of a panel of a Grafana dashboard.
struct PanelQuery {
    std::string panel;      ///< its title
    std::string expr;       ///< as it is written, with variables
    std::size_t offset = 0; ///< in the file, of the JSON text; 0 when it is not found there
};

/// The Prometheus queries of a dashboard, those of collapsed rows and library panels included.
///
/// @throws Error (misuse) with a place for what is no JSON or no dashboard
/// @source Grafana documentation, "Dashboard JSON model"
std::vector<PanelQuery> panel_queries(std::string_view text, const std::string& file);

/// An expression in which Grafana's variables stand for something: durations in brackets, any text in quotes, and names or numbers
/// elsewhere (both are tried).
///
/// @return one or two expressions; the query is right when one of them is
std::vector<std::string> without_variables(const std::string& expr);

} // namespace slipway::push_rules
