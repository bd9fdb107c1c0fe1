#include "wait-for-slo/reports/analysis_report.hpp"

#include "ci/markdown.hpp"
#include "core/text.hpp"
#include "wait-for-slo/checks/bounds.hpp"
#include "wait-for-slo/checks/metric_analysis.hpp"
#include "wait-for-slo/reports/mermaid.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace slipway::wait_for_slo {

namespace {

/// What a page can hold.
constexpr std::size_t most_rows = 50;
constexpr std::size_t most_charts = 3;

long count_of_phase(const MetricRecord& metric, Phase phase) {
    return std::count_if(metric.measurements.begin(), metric.measurements.end(), [phase](const Measurement& measurement) { return measurement.phase == phase; });
}

/// How many of the newest measurements came out so.
long newest_in_row(const MetricRecord& metric, Phase phase) {
    const auto end = std::find_if(metric.measurements.rbegin(), metric.measurements.rend(), [phase](const Measurement& measurement) { return measurement.phase != phase; });
    return end - metric.measurements.rbegin();
}

/// A field that says nothing is left out, as the controller leaves it out.
cli::Json to_json(const Measurement& measurement) {
    cli::Json json = {{"phase", to_string(measurement.phase)}, {"startedAt", format_timestamp(measurement.started)}, {"finishedAt", format_timestamp(measurement.finished)}};
    if (!measurement.value.empty()) json["value"] = measurement.value;
    if (!measurement.message.empty()) json["message"] = measurement.message;
    return json;
}

cli::Json to_json(const MetricRecord& metric) {
    const auto errors = count_of_phase(metric, Phase::error);
    cli::Json json = {{"name", metric.name},
                      {"query", metric.query},
                      {"condition", metric.condition},
                      {"dryRun", metric.dry_run},
                      {"count", static_cast<long>(metric.measurements.size()) - errors},
                      {"successful", count_of_phase(metric, Phase::successful)},
                      {"failed", count_of_phase(metric, Phase::failed)},
                      {"inconclusive", count_of_phase(metric, Phase::inconclusive)},
                      {"error", errors},
                      {"consecutiveError", newest_in_row(metric, Phase::error)},
                      {"consecutiveSuccess", newest_in_row(metric, Phase::successful)}};
    json["measurements"] = cli::Json::array();
    for (const auto& measurement : metric.measurements) json["measurements"].push_back(to_json(measurement));
    return json;
}

std::string row_of(const AnalysisRecord& analysis, const MetricRecord& metric) {
    const auto successful = count_of_phase(metric, Phase::successful);
    const auto failed = count_of_phase(metric, Phase::failed);
    const auto name = metric.name == analysis.name ? metric.name : analysis.name + ": " + metric.name;
    return "| " + ci::cell(name) + (metric.dry_run ? " (dry run)" : "") + " | " + to_string(analysis.finding.verdict) + " | " + std::to_string(successful) + " | " + std::to_string(failed) + " | " +
           std::to_string(static_cast<long>(metric.measurements.size()) - successful - failed) + " | " + ci::cell(metric.measurements.empty() ? "" : in_words(metric, metric.measurements.back())) + " |\n";
}

} // namespace

cli::Json to_json(const AnalysisRecord& analysis) {
    cli::Json json = {{"name", analysis.name}, {"verdict", to_string(analysis.finding.verdict)}, {"reason", analysis.finding.reason}};
    json["metrics"] = cli::Json::array();
    for (const auto& metric : analysis.metrics) json["metrics"].push_back(to_json(metric));
    return json;
}

std::string mermaid_chart(const MetricRecord& metric) {
    std::vector<const Measurement*> measured;
    for (const auto& measurement : metric.measurements) {
        if (measurement.number && std::isfinite(*measurement.number)) measured.push_back(&measurement);
    }
    if (measured.size() < 2) return {};
    const auto together = (measured.size() + mermaid::most_points - 1) / mermaid::most_points;
    std::vector<double> values;
    for (std::size_t i = 0; i < measured.size(); i += together) {
        std::vector<double> group;
        for (std::size_t k = i; k < std::min(i + together, measured.size()); ++k) group.push_back(*measured[k]->number);
        values.push_back(*worst_of(group, metric.min, metric.max));
    }
    double low = *std::min_element(values.begin(), values.end());
    double high = *std::max_element(values.begin(), values.end());
    std::string limits;
    for (const auto& limit : {metric.min, metric.max}) {
        if (!limit || !std::isfinite(*limit)) continue;
        low = std::min(low, *limit);
        high = std::max(high, *limit);
        // `==` has both in one.
        const auto line = "    line " + mermaid::list_of(std::vector<double>(values.size(), *limit)) + '\n';
        if (limits != line) limits += line;
    }
    // Some space around; where all values are the same, there would be no axis.
    const double margin = high > low ? (high - low) / 10 : std::max(std::abs(high) / 10, 1.0);
    low = low >= 0 ? std::max(0.0, low - margin) : low - margin;
    auto text = mermaid::beginning(metric.name, static_cast<double>(measured.front()->watched.count()) / 1000, static_cast<double>(measured.back()->watched.count()) / 1000, "value", low, high + margin);
    return text + "    line " + mermaid::list_of(values) + '\n' + limits + mermaid::end;
}

std::string summary_of(const std::vector<AnalysisRecord>& analyses) {
    if (analyses.empty()) return {};
    std::string text = "| check | verdict | passed | failed | no value | newest |\n|---|---|--:|--:|--:|---|\n";
    std::string charts;
    std::size_t rows = 0;
    std::size_t drawn = 0;
    for (const auto& analysis : analyses) {
        for (const auto& metric : analysis.metrics) {
            if (rows++ < most_rows) text += row_of(analysis, metric);
            if (drawn >= most_charts) continue;
            const auto chart = mermaid_chart(metric);
            drawn += chart.empty() ? 0 : 1;
            charts += chart;
        }
    }
    if (rows > most_rows) text += "\nand " + std::to_string(rows - most_rows) + " more\n";
    return text + charts;
}

} // namespace slipway::wait_for_slo
