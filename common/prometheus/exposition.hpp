#pragma once

#include "core/error.hpp"

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace slipway::prometheus {

enum class MetricType { untyped, counter, gauge, histogram, summary, gauge_histogram, info, state_set };

/// "counter", "gauge histogram", "untyped"
std::string_view to_string(MetricType type);

enum class ExpositionFormat { text, open_metrics };

/// Which format a text is: by its Content-Type where there is one, else by the "# EOF" at its end.
ExpositionFormat exposition_format(std::string_view content_type, std::string_view text);

struct ExposedLabel {
    std::string_view name;
    std::string_view value; ///< escapes resolved; when it is empty, Prometheus stores no such label
};

/// Is told what stands in an exposition; the texts live until the function returns.
class ExpositionListener {
public:
    virtual ~ExpositionListener() = default;
    virtual void type(std::string_view family, MetricType type) = 0;
    /// @param name    the series' own, such as x_bucket
    /// @param labels  without the name
    virtual void sample(std::string_view name, std::span<const ExposedLabel> labels, double value) = 0;
};

/// Reads what a service exposes as a scrape of Prometheus 3.16 does: the text format 0.0.4 and 1.0.0 (names in quotes), or
/// OpenMetrics 1.0. Time is proportional to the text.
///
/// @param source  for the place
/// @return the first mistake that makes Prometheus refuse the scrape; what stands before it was told
/// @source Prometheus documentation, "Exposition formats"; OpenMetrics specification 1.0; where they leave a choice, the
///     packages model/textparse and scrape of Prometheus 3.16
std::optional<Diagnostic> read_exposition(std::string_view text, ExpositionFormat format, const std::string& source, ExpositionListener& listener);

} // namespace slipway::prometheus
