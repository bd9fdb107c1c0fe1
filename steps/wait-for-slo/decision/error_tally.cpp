#include "wait-for-slo/decision/error_tally.hpp"

#include <algorithm>
#include <cmath>

namespace slipway::wait_for_slo {

void ErrorTally::observe(double bad, double total) {
    if (!(total > 0)) return;
    bad_ += bad;
    total_ += total;
    squares_ += bad / total * bad;
    ++observations_;
}

double ErrorTally::dispersion() const {
    const double rate = error_rate();
    if (rate <= 0 || rate >= 1 || observations_ < 2) return 1;
    const double chi_square = (squares_ - bad_ * rate) / (rate * (1 - rate));
    return std::max(1.0, chi_square / static_cast<double>(observations_ - 1));
}

double ErrorTally::cautious_dispersion() const {
    const double measured = dispersion();
    const double clumps = std::max(1.0, bad_ / measured);
    return 1 + (measured - 1) * (clumps + 2) / clumps;
}

Interval confidence_interval(double bad, double total, double dispersion) {
    if (!(total > 0)) return {};
    const double z = 1.959963984540054;
    const double n = total / dispersion;
    const double rate = bad / total;
    const double middle = (rate + z * z / (2 * n)) / (1 + z * z / n);
    const double half = z / (1 + z * z / n) * std::sqrt(rate * (1 - rate) / n + z * z / (4 * n * n));
    // The ends are exactly 0 and 1 where no event, or each one, is bad; what is left of them in binary would be shown.
    return {bad <= 0 ? 0 : std::max(0.0, middle - half), bad >= total ? 1 : std::min(1.0, middle + half)};
}

} // namespace slipway::wait_for_slo
