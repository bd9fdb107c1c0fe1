#pragma once

#include <string>
#include <vector>

namespace slipway::wait_for_slo {

/// What a query gives at one moment.
struct QueryValue {
    bool is_scalar = false;     ///< one number; else one for each series
    std::vector<double> values; ///< in the order of the answer; empty: no series
};

/// Where the values of threshold checks come from.
class ValueSource {
public:
    virtual ~ValueSource() = default;

    /// The newest value.
    /// @throws Error misuse when the query itself is refused, world failure when there is no answer that could be trusted
    virtual QueryValue ask(const std::string& query) = 0;
};

} // namespace slipway::wait_for_slo
