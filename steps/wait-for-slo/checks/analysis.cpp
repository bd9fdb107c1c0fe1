#include "wait-for-slo/checks/analysis.hpp"

namespace slipway::wait_for_slo {

std::string to_string(Phase phase) {
    switch (phase) {
    case Phase::successful: return "Successful";
    case Phase::failed: return "Failed";
    case Phase::inconclusive: return "Inconclusive";
    case Phase::error: break;
    }
    return "Error";
}

} // namespace slipway::wait_for_slo
