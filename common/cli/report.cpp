#include "cli/report.hpp"

namespace slipway::cli {

void redact(Json& json, const io::Log& log) {
    if (json.is_string()) {
        json = log.redact(json.get_ref<const std::string&>());
    } else if (json.is_structured()) {
        for (auto& element : json) redact(element, log);
    }
}

} // namespace slipway::cli
