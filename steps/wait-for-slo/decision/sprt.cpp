#include "wait-for-slo/decision/sprt.hpp"

#include <algorithm>
#include <cmath>

namespace slipway::wait_for_slo {

Sprt::Sprt(const Policy& policy)
    : log_bad_(std::log(policy.detectable() / policy.allowed())), log_good_(std::log1p(-policy.detectable()) - std::log1p(-policy.allowed())),
      log_needed_(std::log((1 - policy.alpha) / policy.violation_alpha())), log_pass_(std::log(policy.alpha / (1 - policy.alpha))) {}

void Sprt::observe(double bad, double total) { log_ratio_ += std::min(log_of(bad, total), std::log(10.0)); }

bool Sprt::passes(double bad, double total, double dispersion) const {
    const double log_ratio = log_of(bad, total) / dispersion;
    return log_ratio <= log_pass_ && log_ratio < 0;
}

} // namespace slipway::wait_for_slo
