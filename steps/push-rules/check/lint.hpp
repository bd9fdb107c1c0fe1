#pragma once

#include "core/duration.hpp"
#include "prometheus/recorded_metrics.hpp"
#include "prometheus/rule_file.hpp"

#include <functional>
#include <set>
#include <string>

namespace slipway::push_rules {

/// A finding of a check: its id, where, what, and what to do about it.
using Finding = std::function<void(const char* id, Place place, std::string message, std::string hint)>;

struct LintSettings {
    Duration scrape_interval{30'000};
    bool has_utf8_names = true;
    /// Whether the type of a metric is known, so that its name says nothing.
    std::function<bool(const std::string&)> type_is_known = [](const std::string&) { return false; };
};

/// What Prometheus takes and what still is no good rule. See checks() for the list.
void lint(const prometheus::Rule& rule, const prometheus::RecordedMetrics& recorded, const LintSettings& settings, const Finding& found);

} // namespace slipway::push_rules
