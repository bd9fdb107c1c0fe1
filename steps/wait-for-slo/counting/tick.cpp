#include "wait-for-slo/counting/tick.hpp"

#include "core/text.hpp"

#include <algorithm>
#include <cmath>

namespace slipway::wait_for_slo {

Milliseconds unix_milliseconds(double seconds) {
    constexpr double furthest = 1e15; // ms; the year 33,658
    if (std::isnan(seconds)) return 0;
    return std::llround(std::clamp(seconds * 1000, -furthest, furthest));
}

std::string series_name(const Labels& labels) {
    std::string name;
    std::string conditions;
    for (const auto& [label, value] : labels) {
        if (label == "__name__") {
            name = value;
        } else {
            conditions += (conditions.empty() ? "" : ",") + label + "=\"" + json_escape(value) + '"';
        }
    }
    return conditions.empty() ? name : name + '{' + conditions + '}';
}

void write_key(const Labels& labels, std::string& key) {
    key.clear();
    for (const auto& [label, value] : labels) {
        // Lengths instead of separators: values may hold any character.
        key += std::to_string(label.size());
        key += ':';
        key += label;
        key += std::to_string(value.size());
        key += ':';
        key += value;
    }
}

} // namespace slipway::wait_for_slo
