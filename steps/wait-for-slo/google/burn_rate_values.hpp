#pragma once

#include "core/duration.hpp"
#include "wait-for-slo/checks/value_source.hpp"
#include "wait-for-slo/google/monitoring.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace slipway::wait_for_slo {

/// select_slo_burn_rate("projects/PROJECT/services/SERVICE/serviceLevelObjectives/ID", "300s")
struct BurnRateQuery {
    std::string slo;
    std::string lookback; ///< as it was written
    Duration window{0};   ///< the same
};

/// @throws Error (misuse) for a text that is not such a query
BurnRateQuery parse_burn_rate_query(std::string_view text);

/// The burn rate at the newest point that ends within the window and the lag of ingestion before now; nothing when there is none.
/// @param project  whose metrics are read
std::optional<double> newest_burn_rate(Monitoring& monitoring, const std::string& project, const BurnRateQuery& query);

/// Burn rates for threshold checks: one value, or none.
class BurnRateValues final : public ValueSource {
public:
    explicit BurnRateValues(Monitoring& monitoring) : monitoring_(monitoring) {}

    QueryValue ask(const std::string& query) override;

private:
    Monitoring& monitoring_;
};

} // namespace slipway::wait_for_slo
