#pragma once

#include "slo/objective.hpp"
#include "slo/rules.hpp"

#include <nlohmann/json_fwd.hpp>

namespace slipway::slo {

/// An objective as a document of OpenSLO v1; windows within queries are {{.window}}, as this toolkit and Sloth read them.
nlohmann::ordered_json as_openslo(const Objective& objective, const RuleSettings& settings);

} // namespace slipway::slo
