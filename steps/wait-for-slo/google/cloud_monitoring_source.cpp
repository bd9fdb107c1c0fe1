#include "wait-for-slo/google/cloud_monitoring_source.hpp"

#include "core/text.hpp"
#include "wait-for-slo/sources/deploy_instant.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

namespace slipway::wait_for_slo {

namespace {

/// Left out, a number of good events would make all events bad.
void refuse_unreadable(const std::vector<CloudSeries>& series) {
    for (const auto& one : series) {
        const bool readable = std::all_of(one.points.begin(), one.points.end(), [](const CloudPoint& point) { return point.value >= 0 && std::isfinite(point.value); });
        if (!readable) throw world_failure("cannot read the answer of Cloud Monitoring: a number of " + visible(one.event_type) + " events is none");
    }
}

} // namespace

std::string counts_query(const std::string& slo) { return "select_slo_counts(\"" + slo + "\")"; }

std::vector<GoogleObjective> read_google_objectives(const std::vector<std::string>& slos, Monitoring& monitoring) {
    std::vector<GoogleObjective> objectives;
    std::vector<Diagnostic> problems;
    std::map<std::string, int> names;
    for (const auto& slo : slos) {
        const auto found = monitoring.slo(slo);
        if (found.windows_based) {
            problems.push_back({.message = "cannot count " + slo + ": it judges slices of time, not events (windowsBased), of which there are too few in a watch",
                                .hint = "watch its burn rate: --check 'select_slo_burn_rate(\"" + slo + "\",\"300s\") <= 1'"});
        }
        auto name = one_line(trim(found.display_name));
        objectives.push_back({.slo = slo, .name = name.empty() ? slo : visible(name), .goal = found.goal});
        ++names[objectives.back().name];
    }
    if (!problems.empty()) throw Error(ExitCode::misuse, std::move(problems));
    // The console makes display names of goal and period, which many objectives have in common.
    for (auto& objective : objectives) {
        if (names[objective.name] > 1) objective.name += " (" + objective.slo + ')';
    }
    return objectives;
}

CloudMonitoringSource::CloudMonitoringSource(Monitoring& monitoring, std::vector<GoogleObjective> objectives, Settings settings, io::Clock& clock)
    : monitoring_(monitoring), objectives_(std::move(objectives)), settings_(settings), clock_(clock) {}

Beginning CloudMonitoringSource::begin() {
    const auto now = monitoring_.now();
    const auto steady = clock_.steady();
    const auto began = now - std::chrono::duration_cast<Duration>(steady - settings_.began.value_or(steady));
    const auto since = deploy_instant(settings_.since, settings_.ago, began, now);
    return {.since = since, .ago = std::chrono::duration_cast<Duration>(now - since)};
}

void CloudMonitoringSource::count_from(Timestamp since) { counts_.assign(objectives_.size(), PeriodCounts(since)); }

void CloudMonitoringSource::ask(std::size_t objective) {
    const auto now = monitoring_.now();
    auto& counts = counts_[objective];
    const auto interval = counts.to_ask(now);
    if (!interval) return;
    const auto& slo = objectives_[objective].slo;
    const auto series = monitoring_.time_series(project_of(slo), {.filter = counts_query(slo), .after = interval->after, .until = interval->until, .sum_by = "metric.label.event_type"});
    refuse_unreadable(series);
    counts.take(series, now);
}

Reading CloudMonitoringSource::read() {
    for (std::size_t i = 0; i < objectives_.size(); ++i) ask(i);
    for (auto& counts : counts_) counts.count();
    const auto now = monitoring_.now();
    Reading reading;
    for (const auto& counts : counts_) {
        const auto& events = counts.counts();
        // That there is no series means that there were no events: a name that Google does not know is refused before the watch.
        reading.objectives.push_back({.counts = {.bad = events.bad, .total = events.good + events.bad},
                                      .total_matches = true,
                                      .numerator_matches = true,
                                      .interval = PeriodCounts::period,
                                      .alive = true,
                                      .delay = std::max(now - counts.counted_until(), Duration{0}),
                                      .longest_delay = PeriodCounts::ingest_lag + PeriodCounts::period});
    }
    return reading;
}

std::vector<SeriesCount> CloudMonitoringSource::series_of(std::size_t objective) const {
    if (counts_.empty()) return {};
    const auto& events = counts_[objective].counts();
    const auto query = counts_query(objectives_[objective].slo);
    return {{query + "{event_type=\"bad\"}", events.bad, events.bad}, {query + "{event_type=\"good\"}", events.good, 0}};
}

} // namespace slipway::wait_for_slo
