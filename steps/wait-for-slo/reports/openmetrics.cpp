#include "wait-for-slo/reports/openmetrics.hpp"

#include "core/text.hpp"
#include "wait-for-slo/reports/answers.hpp"

#include <cmath>
#include <cstdio>
#include <map>
#include <set>
#include <utility>
#include <vector>

namespace slipway::wait_for_slo {

namespace {

constexpr Verdict verdicts[] = {Verdict::holds, Verdict::violated, Verdict::inconclusive, Verdict::error};
constexpr Phase phases[] = {Phase::successful, Phase::failed, Phase::inconclusive, Phase::error};
constexpr std::size_t longest_value = 200;

std::string number_text(double value) {
    if (std::isnan(value)) return "NaN";
    if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
    char buffer[32];
    std::snprintf(buffer, sizeof buffer, "%.10g", value);
    return buffer;
}

using Labels = std::vector<std::pair<std::string, std::string>>;

/// One metric with all of its series. Without any it is empty.
class Family {
public:
    Family(std::string name, std::string help, std::string unit = {}) : name_(std::move(name)), help_(std::move(help)), unit_(std::move(unit)) {}

    void add(const Labels& labels, double value) {
        std::string line = name_;
        for (std::size_t i = 0; i < labels.size(); ++i) {
            auto text = labels[i].second;
            replace_all(text, "\\", "\\\\");
            replace_all(text, "\"", "\\\"");
            line += (i == 0 ? "{" : ",") + labels[i].first + "=\"" + text + '"';
        }
        if (!labels.empty()) line += '}';
        lines_ += line + ' ' + number_text(value) + '\n';
    }
    std::string text() const {
        if (lines_.empty()) return {};
        return "# HELP " + name_ + ' ' + help_ + "\n# TYPE " + name_ + " gauge\n" + (unit_.empty() ? "" : "# UNIT " + name_ + ' ' + unit_ + '\n') + lines_;
    }

private:
    std::string name_;
    std::string help_;
    std::string unit_;
    std::string lines_;
};

/// Names that several may have, made different: a series must not be there twice.
class UniqueNames {
public:
    explicit UniqueNames(const ForeignText& foreign) : foreign_(foreign) {}

    std::string operator()(const std::string& name) {
        const auto text = foreign_.plain(name, longest_value);
        auto unique = text;
        for (std::size_t count = 2; !taken_.insert(unique).second; ++count) unique = text + " (" + std::to_string(count) + ')';
        return unique;
    }

private:
    const ForeignText& foreign_;
    std::set<std::string> taken_;
};

std::string of_outcome(const Result& result) {
    const auto& outcome = result.outcome;
    Family verdict("slipway_verdict", "Whether the watch ended with this verdict.");
    for (const auto one : verdicts) verdict.add({{"verdict", to_string(one)}}, one == outcome.verdict ? 1 : 0);
    Family duration("slipway_watch_duration_seconds", "How long was watched.", "seconds");
    duration.add({}, static_cast<double>(outcome.watched.count()) / 1000);
    Family deploy("slipway_deploy_timestamp_seconds", "When the counting began, in Unix time.", "seconds");
    if (outcome.since) deploy.add({}, static_cast<double>(outcome.since->time_since_epoch().count()) / 1000);
    return verdict.text() + duration.text() + deploy.text();
}

std::string of_objectives(const Result& result, const ForeignText& foreign) {
    Family verdict("slipway_slo_verdict", "Whether this is the verdict on the objective.");
    Family total("slipway_slo_events", "Events that were counted.");
    Family bad("slipway_slo_bad_events", "Those of them that were bad.");
    Family rate("slipway_slo_error_ratio", "Share of the events that were bad.", "ratio");
    Family low("slipway_slo_error_low_ratio", "Lower end of its 95 % confidence interval.", "ratio");
    Family high("slipway_slo_error_high_ratio", "Upper end of its 95 % confidence interval.", "ratio");
    Family allowed("slipway_slo_allowed_error_ratio", "Share of bad events above which the objective is violated.", "ratio");
    Family burn_rate("slipway_slo_burn_rate", "Share of bad events in error budgets.");
    Family evidence("slipway_slo_evidence", "What a stake of 1 against the release is worth.");
    Family needed("slipway_slo_evidence_needed", "Evidence that proves a violation.");
    UniqueNames unique(foreign);
    for (std::size_t i = 0; i < result.found->objectives.size(); ++i) {
        const auto& watch = result.found->objectives[i];
        const auto& decision = watch.decision();
        const Labels labels = {{"objective", unique(watch.objective().name)}};
        for (const auto one : verdicts) verdict.add({labels[0], {"verdict", to_string(one)}}, one == finding_of(result, i).verdict ? 1 : 0);
        total.add(labels, decision.counts().total());
        bad.add(labels, decision.counts().bad());
        const bool tested = !watch.objective().no_bad_event;
        allowed.add(labels, tested ? decision.policy().allowed() : 0);
        if (tested) {
            evidence.add(labels, decision.evidence());
            needed.add(labels, decision.needed());
        }
        if (decision.counts().total() <= 0) continue;
        rate.add(labels, decision.error_rate());
        low.add(labels, decision.interval().low);
        high.add(labels, decision.interval().high);
        if (tested) burn_rate.add(labels, decision.burn_rate());
    }
    std::string text;
    for (const auto* family : {&verdict, &total, &bad, &rate, &low, &high, &allowed, &burn_rate, &evidence, &needed}) text += family->text();
    return text;
}

std::string of_checks(const std::vector<AnalysisRecord>& analyses, const ForeignText& foreign) {
    Family verdict("slipway_check_verdict", "Whether this is the verdict of the check.");
    Family value("slipway_check_value", "The newest value that was measured.");
    Family measurements("slipway_check_measurements", "Measurements by what came of them.");
    UniqueNames unique(foreign);
    for (const auto& analysis : analyses) {
        const auto name = unique(analysis.name);
        for (const auto one : verdicts) verdict.add({{"check", name}, {"verdict", to_string(one)}}, one == analysis.finding.verdict ? 1 : 0);
        UniqueNames unique_metric(foreign);
        for (const auto& metric : analysis.metrics) {
            const Labels labels = {{"check", name}, {"metric", unique_metric(metric.name)}};
            std::map<Phase, std::size_t> counts;
            std::optional<double> newest;
            for (const auto& one : metric.measurements) {
                ++counts[one.phase];
                if (one.number) newest = one.number;
            }
            if (newest) value.add(labels, *newest);
            for (const auto phase : phases) measurements.add({labels[0], labels[1], {"phase", lower(to_string(phase))}}, static_cast<double>(counts[phase]));
        }
    }
    return verdict.text() + value.text() + measurements.text();
}

std::string of_probes(const std::vector<ProbeRecord>& probes, const ForeignText& foreign) {
    Family requests("slipway_probe_requests", "Requests that were sent.");
    Family failed("slipway_probe_failed_requests", "Those of them that failed.");
    Family answers("slipway_probe_answers", "Answers by the version that they name.");
    Family median("slipway_probe_median_seconds", "Median time to an answer.", "seconds");
    Family slowest("slipway_probe_slowest_seconds", "Longest time to an answer.", "seconds");
    UniqueNames unique(foreign);
    for (const auto& probe : probes) {
        const Labels labels = {{"url", unique(probe.url)}};
        requests.add(labels, static_cast<double>(probe.requests));
        failed.add(labels, static_cast<double>(probe.failed));
        if (probe.median) median.add(labels, static_cast<double>(probe.median->count()) / 1000);
        if (probe.slowest) slowest.add(labels, static_cast<double>(probe.slowest->count()) / 1000);
        UniqueNames unique_version(foreign);
        for (const auto& version : probe.versions) answers.add({labels[0], {"version", unique_version(version.version)}}, static_cast<double>(version.answers));
    }
    return requests.text() + failed.text() + answers.text() + median.text() + slowest.text();
}

} // namespace

std::string openmetrics_report(const Result& result, const Redact& redact) {
    const ForeignText foreign(redact);
    return of_outcome(result) + of_objectives(result, foreign) + of_checks(result.found->analyses, foreign) + of_probes(result.found->probes, foreign) + "# EOF\n";
}

} // namespace slipway::wait_for_slo
