#include "wait-for-slo/decision/acceptance.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace slipway::wait_for_slo {

double best_share(const std::array<double, passing_multipliers.size()>& logarithms) {
    return *std::max_element(logarithms.begin(), logarithms.end()) - std::log(static_cast<double>(logarithms.size()));
}

double log_evidence_below(double rate, double bad, double total, double dispersion) {
    std::array<double, passing_multipliers.size()> logarithms = {};
    for (std::size_t i = 0; i < logarithms.size(); ++i) {
        const double q = passing_multipliers[i];
        // 0 * log(0) is not a number, where the bet on "no bad event" has simply not lost yet.
        const double lost = bad > 0 ? bad * std::log(q) : 0;
        logarithms[i] = (lost + (total - bad) * (std::log1p(-q * rate) - std::log1p(-rate))) / dispersion;
    }
    return best_share(logarithms);
}

double fewest_more(const std::function<bool(double)>& enough) {
    if (enough(0)) return 0;
    double high = 1;
    while (!enough(high) && high < 1e15) high *= 2;
    double low = std::floor(high / 2);
    while (high - low > 1) {
        const double middle = std::floor((low + high) / 2);
        (enough(middle) ? high : low) = middle;
    }
    return high;
}

} // namespace slipway::wait_for_slo
