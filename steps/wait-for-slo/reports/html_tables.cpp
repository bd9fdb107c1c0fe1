#include "wait-for-slo/reports/html_tables.hpp"

#include "core/text.hpp"
#include "wait-for-slo/decision/wording.hpp"
#include "wait-for-slo/reports/answers.hpp"

#include <algorithm>
#include <cmath>

namespace slipway::wait_for_slo {

namespace {

/// What a page can hold, and what somebody reads.
constexpr std::size_t most_series = 50;
constexpr std::size_t most_objectives = 1000;
constexpr std::size_t most_measurements = 100;
constexpr std::size_t most_probes = 100;
constexpr std::size_t most_failures = 100;
constexpr std::size_t most_versions = 50;

std::string share_of(double bad, double total) { return total > 0 ? percent(bad / total) : ""; }
std::string time_of(std::optional<Duration> time) { return time ? format_duration(*time) : ""; }
std::string seconds_of(double seconds) { return format_duration(Duration{std::llround(seconds) * 1000}); }
bool is_number(std::string_view column) { return column.starts_with('#'); }

} // namespace

Table::Table(std::string_view caption, std::vector<std::string_view> columns) : columns_(std::move(columns)) {
    head_ = "<div class=\"wide\"><table><caption>" + std::string(caption) + "</caption><thead><tr>";
    for (const auto column : columns_) head_ += std::string("<th scope=\"col\"") + (is_number(column) ? " class=\"n\"" : "") + '>' + std::string(column.substr(is_number(column) ? 1 : 0)) + "</th>";
    head_ += "</tr></thead><tbody>\n";
}

void Table::row(const std::vector<std::string>& cells, std::string_view css) {
    body_ += css.empty() ? "<tr>" : "<tr class=\"" + std::string(css) + "\">";
    for (std::size_t i = 0; i < cells.size(); ++i) body_ += (is_number(columns_[i]) ? "<td class=\"n\">" : "<td>") + cells[i] + "</td>";
    body_ += "</tr>\n";
}

void Table::more(std::size_t count) { more_ += count; }

std::string Table::html() const {
    if (body_.empty()) return {};
    return head_ + body_ + "</tbody></table></div>" + (more_ > 0 ? "<p class=\"small\">and " + std::to_string(more_) + " more</p>" : "") + '\n';
}

std::string series_table(const std::vector<SeriesCount>& series, const ForeignText& foreign) {
    Table table("Series, those with the most bad events first", {"series", "#events", "#bad", "#share"});
    for (std::size_t i = 0; i < std::min(series.size(), most_series); ++i) {
        table.row({"<code>" + foreign(series[i].name) + "</code>", events(series[i].events), events(series[i].bad), share_of(series[i].bad, series[i].events)});
    }
    if (series.size() > most_series) table.more(series.size() - most_series);
    return table.html();
}

std::string alpha_table(const std::vector<OtherAlpha>& alphas, Duration watched) {
    Table table("What another alpha would have said", {"#alpha", "#evidence needed", "verdict"});
    for (const auto& other : alphas) {
        table.row({number(other.alpha), events(std::round(other.needed)), outcome_of(other, watched) + (other.used ? " (this run)" : "")}, other.used ? "used" : "");
    }
    return table.html();
}

std::string objectives_table(const Result& result, std::span<const std::size_t> order, const ForeignText& foreign) {
    Table table("Objectives", {"objective", "verdict", "#events", "#bad", "#error rate", "#allowed", "#burn rate"});
    for (const auto i : order.first(std::min(order.size(), most_objectives))) {
        const auto& watch = result.found->objectives[i];
        const auto& decision = watch.decision();
        const auto& counts = decision.counts();
        const auto verdict = finding_of(result, i).verdict;
        table.row({foreign(watch.objective().name), std::string(sign_of(verdict)) + ' ' + to_string(verdict), events(counts.total()), events(counts.bad()), share_of(counts.bad(), counts.total()),
                   watch.objective().no_bad_event ? "none" : exact_percent(decision.policy().allowed()), counts.total() > 0 && !watch.objective().no_bad_event ? factor(decision.burn_rate()) : ""});
    }
    if (order.size() > most_objectives) table.more(order.size() - most_objectives);
    return table.html();
}

std::string stretches_table(std::span<const Stretch> stretches) {
    Table table("Numbers of the charts", {"#from", "#until", "#events", "#bad", "#error rate so far", "#95 % confidence", "#evidence"});
    for (const auto& stretch : stretches) {
        table.row({seconds_of(stretch.from), seconds_of(stretch.until), events(stretch.counts.total), events(stretch.counts.bad), percent(stretch.rate_so_far()),
                   percent(stretch.range.low) + " to " + percent(stretch.range.high), factor(std::exp(std::min(stretch.log_evidence, 200.0)))});
    }
    return table.html();
}

std::string measurements_table(const MetricRecord& metric, Duration lead, const ForeignText& foreign) {
    Table table("Measurements", {"#after", "result", "value", "why"});
    // When there are too many, those that passed say least.
    std::size_t room = most_measurements;
    for (const bool passed : {false, true}) {
        for (const auto& one : metric.measurements) {
            if ((one.phase == Phase::successful) != passed || room == 0) continue;
            --room;
            table.row({format_duration(one.watched + lead), to_string(one.phase), "<code>" + foreign(one.value, 80) + "</code>", foreign(one.message)});
        }
    }
    if (metric.measurements.size() > most_measurements) table.more(metric.measurements.size() - most_measurements);
    return table.html();
}

std::string probes_table(const std::vector<ProbeRecord>& probes, const ForeignText& foreign) {
    Table table("Requests of our own", {"address", "#requests", "#failed", "#share", "#median", "#slowest", "#not sent"});
    for (std::size_t i = 0; i < std::min(probes.size(), most_probes); ++i) {
        const auto& probe = probes[i];
        table.row({"<code>" + foreign(probe.url) + "</code>", std::to_string(probe.requests), std::to_string(probe.failed), share_of(static_cast<double>(probe.failed), static_cast<double>(probe.requests)),
                   time_of(probe.median), time_of(probe.slowest), std::to_string(probe.not_sent)});
    }
    if (probes.size() > most_probes) table.more(probes.size() - most_probes);
    return table.html();
}

std::string failures_table(const Result& result, const ProbeRecord& probe, const ForeignText& foreign) {
    Table table("Failed requests to " + foreign(probe.url, 100), {"time (UTC)", "#after the deploy", "#took", "reason"});
    for (std::size_t i = 0; i < std::min(probe.failures.size(), most_failures); ++i) {
        const auto& failure = probe.failures[i];
        const auto after = result.outcome.since ? std::chrono::duration_cast<Duration>(failure.time - *result.outcome.since) : Duration{0};
        // A request may be older than the deploy that it was to see through.
        const auto text = !result.outcome.since ? std::string() : after < Duration{0} ? '-' + format_duration(-after) : format_duration(after);
        table.row({format_timestamp(failure.time), text, format_duration(failure.took), foreign(failure.reason)});
    }
    if (probe.failed > most_failures) table.more(probe.failed - most_failures);
    return table.html();
}

std::string versions_table(const ProbeRecord& probe, const ForeignText& foreign) {
    Table table("Versions that answered at " + foreign(probe.url, 100), {"version", "#answers", "#failed", "first (UTC)", "last (UTC)"});
    for (std::size_t i = 0; i < std::min(probe.versions.size(), most_versions); ++i) {
        const auto& version = probe.versions[i];
        table.row({version.version.empty() ? "none named" : "<code>" + foreign(version.version, 100) + "</code>", std::to_string(version.answers), std::to_string(version.failed),
                   format_timestamp(version.first), format_timestamp(version.last)});
    }
    if (probe.versions.size() > most_versions) table.more(probe.versions.size() - most_versions);
    return table.html();
}

} // namespace slipway::wait_for_slo
