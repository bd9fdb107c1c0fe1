#pragma once

#include "wait-for-slo/reports/history.hpp"
#include "wait-for-slo/reports/markup.hpp"
#include "wait-for-slo/result.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

// The tables of the page. Those of nothing are empty.
namespace slipway::wait_for_slo {

/// Grows row by row; cells are markup.
class Table {
public:
    /// @param columns  names; one that begins with '#' is of numbers
    Table(std::string_view caption, std::vector<std::string_view> columns);

    /// @param css  of the row
    void row(const std::vector<std::string>& cells, std::string_view css = {});
    /// Rows that are not shown.
    void more(std::size_t count);
    std::string html() const;

private:
    std::string head_;
    std::vector<std::string_view> columns_;
    std::string body_;
    std::size_t more_ = 0;
};

/// @param series  as a source gives them, those with the most bad events first
std::string series_table(const std::vector<SeriesCount>& series, const ForeignText& foreign);
std::string alpha_table(const std::vector<OtherAlpha>& alphas, Duration watched);
std::string objectives_table(const Result& result, std::span<const std::size_t> order, const ForeignText& foreign);
/// The numbers that the charts show.
std::string stretches_table(std::span<const Stretch> stretches);
std::string measurements_table(const MetricRecord& metric, Duration lead, const ForeignText& foreign);
std::string probes_table(const std::vector<ProbeRecord>& probes, const ForeignText& foreign);
std::string failures_table(const Result& result, const ProbeRecord& probe, const ForeignText& foreign);
std::string versions_table(const ProbeRecord& probe, const ForeignText& foreign);

} // namespace slipway::wait_for_slo
