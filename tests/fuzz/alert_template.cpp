// A template of an alert: any text gives problems whose places lie in it.

#include "prometheus/alert_template.hpp"

#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto check = slipway::prometheus::check_template(text);
    for (const auto& problem : check.problems) {
        if (problem.offset > size || problem.message.empty()) std::abort();
    }
    for (const auto& use : check.labels) {
        if (use.offset > size) std::abort();
    }
    return 0;
}
