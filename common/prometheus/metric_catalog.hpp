#pragma once

#include "prometheus/exposition.hpp"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace slipway::prometheus {

/// What a series is to its family: http_request_duration_seconds_bucket is the `bucket` of a histogram.
enum class SeriesRole { plain, bucket, sum, count, created };

/// The values that a label was seen with.
struct LabelValues {
    std::set<std::string, std::less<>> values = {};
    bool more = false; ///< there are others, which were not kept
};

/// All series of one name.
struct Metric {
    std::string name;
    std::string family;
    MetricType type = MetricType::untyped; ///< the family's
    SeriesRole role = SeriesRole::plain;
    bool seen = false; ///< false: only the family's TYPE line is known, so nothing of labels and buckets
    std::map<std::string, LabelValues, std::less<>> labels = {};

    bool is_gauge() const { return type == MetricType::gauge && role == SeriesRole::plain; }
};

/// What services expose, put together from one or several expositions.
class MetricCatalog {
public:
    /// @return why Prometheus would refuse the text, with its place; nothing when it is right
    std::optional<Diagnostic> add(std::string_view text, ExpositionFormat format, const std::string& source);

    /// Null for a series' name that nothing exposes.
    const Metric* find(std::string_view series) const;
    /// All names of series, sorted.
    const std::map<std::string, Metric, std::less<>>& metrics() const noexcept { return metrics_; }

private:
    std::map<std::string, Metric, std::less<>> metrics_;
};

} // namespace slipway::prometheus
