#include "wait-for-slo/reports/html.hpp"

#include "core/text.hpp"
#include "wait-for-slo/decision/wording.hpp"
#include "wait-for-slo/reports/answers.hpp"
#include "wait-for-slo/reports/charts.hpp"
#include "wait-for-slo/reports/html_tables.hpp"
#include "wait-for-slo/reports/style.hpp"

#include <algorithm>

namespace slipway::wait_for_slo {

namespace {

/// With charts; all others are in the table of objectives.
constexpr std::size_t most_in_full = 5;
constexpr std::size_t most_metrics = 20;
constexpr std::size_t most_probes_in_full = 10;

std::string paragraph(const std::string& markup, std::string_view css = {}) { return markup.empty() ? "" : "<p" + (css.empty() ? std::string() : " class=\"" + std::string(css) + '"') + '>' + markup + "</p>\n"; }

std::string section(std::string_view heading, const std::string& content) { return content.empty() ? "" : "<h2>" + std::string(heading) + "</h2>\n" + content; }

std::string answer(std::string_view question, const std::string& content) { return "<section><h3>" + std::string(question) + "</h3>" + content + "</section>\n"; }

/// Writes one page.
class Page {
public:
    Page(const Result& result, const Redact& redact) : result_(result), outcome_(result.outcome), found_(*result.found), foreign_(redact), order_(by_importance(result)) {}

    std::string html() {
        const auto word = to_string(outcome_.verdict);
        std::string page = "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                           "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
                           "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"color-scheme\" content=\"light dark\">\n"
                           "<meta name=\"robots\" content=\"noindex\">\n<title>wait-for-slo: " + word + "</title>\n<style>" + page_style() + "</style>\n</head>\n<body>\n<main>\n";
        page += "<h1><span class=\"badge is-" + word + "\">" + std::string(sign_of(outcome_.verdict)) + ' ' + word + "</span> wait-for-slo</h1>\n";
        page += paragraph(foreign_(outcome_.reason, 2000), "reason") + paragraph(foreign_(outcome_.hint, 2000), "small") + facts();
        for (std::size_t i = 0; i < std::min(order_.size(), most_in_full); ++i) {
            // Beside those that decided, one alone may as well be shown.
            if (i == 0 || finding_of(result_, order_[i]).verdict == outcome_.verdict) page += objective(order_[i]);
        }
        page += metrics() + probes() + command();
        if (order_.size() > 1) page += section("All objectives", objectives_table(result_, order_, foreign_));
        return page + "</main>\n</body>\n</html>\n";
    }

private:
    std::string facts() const {
        std::string list;
        const auto fact = [&](std::string_view name, const std::string& value) { list += "<dt>" + std::string(name) + "</dt><dd>" + value + "</dd>\n"; };
        if (!outcome_.since) return paragraph("Nothing was watched: there are no numbers.", "small");
        fact("Deploy", format_timestamp(*outcome_.since));
        fact("Verdict", moment(result_, outcome_.watched));
        fact("To be watched for", format_duration(found_.watch));
        return "<dl>" + list + "</dl>\n";
    }

    std::string objective(std::size_t index) {
        const auto& watch = found_.objectives[index];
        const auto& finding = finding_of(result_, index);
        auto html = paragraph(std::string(sign_of(finding.verdict)) + ' ' + to_string(finding.verdict) + (finding.reason == outcome_.reason ? std::string() : ": " + foreign_(finding.reason, 2000)));
        if (watch.ticks().empty()) {
            html += paragraph("No events were counted, so there is nothing to draw.");
            return section(foreign_(watch.objective().name), html);
        }
        const auto change = beginning_of(watch);
        html += answers(index, change);
        const auto axis = time_axis(result_, change);
        const auto all = stretches(watch.ticks(), most_stretches, outcome_.lead);
        html += "<div class=\"charts\">\n";
        for (const auto& chart : charts_of(watch, all, axis)) html += chart.svg(next_id());
        html += "</div>\n";
        html += series(index) + "<details><summary>Numbers of the charts, and the queries</summary>" + stretches_table(all) + queries(watch) + "</details>\n";
        return section(foreign_(watch.objective().name), html);
    }

    std::string answers(std::size_t index, const std::optional<Change>& change) const {
        const auto& watch = found_.objectives[index];
        std::string html;
        if (watch.violated()) html += answer("When did it begin?", paragraph(when_it_began(result_, watch, change)) + first_failure(watch));
        if (const auto worst = worst_series(index); !worst.empty()) html += answer("Which series?", worst);
        html += answer("How sure is it?", paragraph(how_sure(watch, finding_of(result_, index).verdict)));
        if (const auto others = with_other_alphas(watch); !others.empty()) html += answer("With another alpha?", alpha_table(others, outcome_.watched));
        return "<div class=\"answers\">\n" + html + "</div>\n";
    }

    /// The few that most of the bad events are of.
    std::string worst_series(std::size_t index) const {
        if (index >= found_.series.size()) return {};
        constexpr std::size_t most = 3;
        std::string html;
        const auto& series = found_.series[index];
        for (std::size_t i = 0; i < std::min(series.size(), most) && series[i].bad > 0; ++i) {
            html += paragraph("<code>" + foreign_(series[i].name, 120) + "</code>: " + events(series[i].bad) + " bad of " + events(series[i].events));
        }
        return html;
    }

    std::string series(std::size_t index) const { return index < found_.series.size() ? series_table(found_.series[index], foreign_) : ""; }

    std::string queries(const ObjectiveWatch& watch) const {
        const auto& objective = watch.objective();
        const auto query = [&](const std::string& kind, const std::string& text) { return text.empty() ? "" : paragraph(kind + " events: <code>" + foreign_(text, 2000) + "</code>"); };
        return query(foreign_(objective.numerator_kind), objective.numerator) + query("all", objective.total);
    }

    std::string metrics() {
        std::string html;
        std::size_t count = 0;
        for (const auto* one : those_that_decided_first()) {
            const auto& analysis = *one;
            std::string inner = paragraph(std::string(sign_of(analysis.finding.verdict)) + ' ' + to_string(analysis.finding.verdict) + ": " + foreign_(analysis.finding.reason, 2000));
            for (const auto& metric : analysis.metrics) {
                if (++count > most_metrics) continue;
                // A check of one metric has its name.
                if (metric.name != analysis.name) inner += "<h3>" + foreign_(metric.name) + "</h3>";
                inner += paragraph("<code>" + foreign_(metric.query, 2000) + "</code>, wanted <code>" + foreign_(metric.condition, 500) + "</code>" + (metric.dry_run ? "; a dry run, which decides nothing" : ""));
                if (metric.measurements.empty()) {
                    inner += paragraph("It was not measured.");
                    continue;
                }
                inner += "<div class=\"charts\">\n" + values_chart(metric, outcome_.lead, time_axis(result_, std::nullopt), foreign_).svg(next_id()) + "</div>\n" +
                         "<details><summary>" + count_of(metric.measurements.size(), "measurement") + "</summary>" + measurements_table(metric, outcome_.lead, foreign_) + "</details>\n";
            }
            if (count <= most_metrics + analysis.metrics.size()) html += section(foreign_(analysis.name), inner);
        }
        if (count > most_metrics) html += paragraph("and " + count_of(count - most_metrics, "more metric"), "small");
        return html;
    }

    std::vector<const AnalysisRecord*> those_that_decided_first() const {
        std::vector<const AnalysisRecord*> all;
        for (const auto& analysis : found_.analyses) all.push_back(&analysis);
        std::stable_partition(all.begin(), all.end(), [&](const AnalysisRecord* analysis) { return analysis->finding.verdict == outcome_.verdict; });
        return all;
    }

    /// Of an objective that is a probe: looks are a second apart, requests are known one by one.
    std::string first_failure(const ObjectiveWatch& watch) const {
        for (const auto& probe : found_.probes) {
            if (watch.objective().name != "probe " + probe.url || probe.failures.empty()) continue;
            const auto& first = probe.failures.front();
            return paragraph("The first failed request was sent at " + format_timestamp(first.time) + ": " + foreign_(first.reason, 300));
        }
        return {};
    }

    std::string probes() const {
        auto html = probes_table(found_.probes, foreign_);
        for (std::size_t i = 0; i < std::min(found_.probes.size(), most_probes_in_full); ++i) {
            html += versions_table(found_.probes[i], foreign_) + failures_table(result_, found_.probes[i], foreign_);
        }
        return section("Probes", html);
    }

    std::string command() const {
        if (!found_.command) return {};
        const auto& command = *found_.command;
        return section("Command", paragraph("<code>" + foreign_(join(command.argv, " "), 1000) + "</code>") +
                                      paragraph("Begun " + moment(result_, Duration{0}) + ", took " + format_duration(command.took) + ", " + foreign_(command.ended) + '.'));
    }

    std::string next_id() { return 'c' + std::to_string(++ids_); }

    const Result& result_;
    const Outcome& outcome_;
    const Findings& found_;
    ForeignText foreign_;
    std::vector<std::size_t> order_;
    std::size_t ids_ = 0;
};

} // namespace

std::string html_report(const Result& result, const Redact& redact) { return Page(result, redact).html(); }

} // namespace slipway::wait_for_slo
