#include "wait-for-slo/sources/deploy_instant.hpp"

#include "core/error.hpp"

#include <algorithm>

namespace slipway::wait_for_slo {

namespace {

/// A deploy instant this far ahead of the server's clock is read as now; beyond that somebody's clock is wrong.
constexpr Duration tolerated_future{5'000};

} // namespace

Timestamp deploy_instant(std::optional<Timestamp> since, std::optional<Duration> ago, Timestamp began, Timestamp now) {
    const auto instant = since.value_or(began - ago.value_or(Duration{0}));
    if (instant > now + tolerated_future) {
        throw misuse("cannot count from " + format_timestamp(instant) + ": the server's clock says " + format_timestamp(now) + ", so that is in the future",
                     "--since is an instant by the server's clock; a duration such as 2m is as long before now");
    }
    return std::min(instant, now);
}

} // namespace slipway::wait_for_slo
