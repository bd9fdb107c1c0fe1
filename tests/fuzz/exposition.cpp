// What a service exposes, in both formats; the first byte says which.

#include "prometheus/metric_catalog.hpp"

#include <cstdint>

using namespace slipway::prometheus;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
    MetricCatalog catalog;
    catalog.add(text, data[0] % 2 == 0 ? ExpositionFormat::text : ExpositionFormat::open_metrics, "fuzz");
    return 0;
}
