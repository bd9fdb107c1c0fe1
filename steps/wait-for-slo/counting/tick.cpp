#include "wait-for-slo/counting/tick.hpp"

#include "core/text.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <system_error>
#include <utility>

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

Labels read_key(std::string_view key) {
    const auto take = [&key]() -> std::optional<std::string> {
        std::size_t size = 0;
        const auto [end, error] = std::from_chars(key.data(), key.data() + key.size(), size);
        const auto digits = static_cast<std::size_t>(end - key.data());
        if (error != std::errc{} || digits == key.size() || *end != ':' || size > key.size() - digits - 1) return std::nullopt;
        std::string text(key.substr(digits + 1, size));
        key.remove_prefix(digits + 1 + size);
        return text;
    };
    Labels labels;
    while (!key.empty()) {
        auto label = take();
        auto value = take();
        if (!label || !value) return {};
        labels.emplace(std::move(*label), std::move(*value));
    }
    return labels;
}

} // namespace slipway::wait_for_slo
