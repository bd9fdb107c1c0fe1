#include "catch.hpp"

#include "built.hpp"
#include "core/text.hpp"
#include "prometheus/exposition.hpp"
#include "wait-for-slo/reports/answers.hpp"
#include "wait-for-slo/reports/html.hpp"
#include "wait-for-slo/reports/openmetrics.hpp"
#include "wait-for-slo/reports/svg.hpp"

#include <map>

using namespace slipway;
using namespace slipway::wait_for_slo;
using namespace slipway::wait_for_slo::built;

namespace {

const Policy three_nines{.objective = 0.999, .min_events = 20};

/// Good for ten looks, then 2 % of 500 fail.
TickCounts goes_wrong(std::size_t i) { return {.bad = i < 10 ? 0.0 : 10.0, .total = 500}; }

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

std::size_t count_in(const std::string& text, const std::string& part) {
    std::size_t count = 0;
    for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
    return count;
}

/// The text of a page: without tags, and with what was escaped as it was.
std::string words_of(const std::string& page) {
    std::string words;
    bool in_tag = false;
    for (const char c : page.substr(page.find("<main>"))) {
        if (c == '<') in_tag = true;
        else if (c == '>') in_tag = false;
        else if (!in_tag) words += c;
    }
    replace_all(words, "&lt;", "<");
    replace_all(words, "&gt;", ">");
    replace_all(words, "&quot;", "\"");
    replace_all(words, "&#39;", "'");
    replace_all(words, "&amp;", "&");
    return words;
}

/// Samples by their series: `name{label="value",...}`.
std::map<std::string, double> samples_of(const std::string& text) {
    struct Listener : prometheus::ExpositionListener {
        std::map<std::string, double> samples;
        void type(std::string_view, prometheus::MetricType type) override { CHECK(type == prometheus::MetricType::gauge); }
        void sample(std::string_view name, std::span<const prometheus::ExposedLabel> labels, double value) override {
            std::string series(name);
            for (const auto& label : labels) series += '|' + std::string(label.name) + '=' + std::string(label.value);
            CHECK(samples.emplace(series, value).second);
        }
    };
    Listener both;
    for (const auto format : {prometheus::ExpositionFormat::open_metrics, prometheus::ExpositionFormat::text}) {
        Listener listener;
        const auto mistake = prometheus::read_exposition(text, format, "report", listener);
        INFO((mistake ? to_line(*mistake) : ""));
        CHECK_FALSE(mistake);
        both.samples = listener.samples;
    }
    return both.samples;
}

} // namespace

TEST_CASE("a page of a violated release answers what is asked") {
    Findings found;
    found.series = {{{"bad{pod=\"b\"}", 500, 20}, {"good{pod=\"a\"}", 7000, 0}}};
    const auto result = result_of(watch_of(three_nines, 60, goes_wrong), std::move(found));
    REQUIRE(result.outcome.verdict == Verdict::violated);
    const auto page = html_report(result, as_it_is);
    const auto words = words_of(page);
    CHECK(has(words, "✕ violated"));
    CHECK(has(words, result.outcome.reason));
    CHECK(has(words, "Between 50s and 55s after the deploy (14:03:06 UTC). Before, 0 of 5000 events were bad (0 %); since then 50 of 2500 events were bad (2 %)."));
    CHECK(has(words, "bad{pod=\"b\"}: 20 bad of 500"));
    CHECK(has(words, "The probability that a release which keeps to what is allowed ever looks like this is below 1 in "));
    CHECK(has(words, ", if its errors come one by one. 1 in 100 was asked for."));
    CHECK(has(words, "violated after 1m15s (this run)"));
    CHECK(count_in(page, "<svg") == 3);
    CHECK(has(page, "it began"));
    CHECK(has(words, "good{pod=\"a\"}70000"));
    CHECK(has(page, "default-src 'none'"));
    CHECK_FALSE(has(page, "<script"));
    for (const std::string outside : {"src=", "href=", "http:", "https:"}) CHECK_FALSE(has(page, outside));
}

TEST_CASE("a page of a release that holds, and of one that nobody used") {
    const auto held = result_of(watch_of(three_nines, 60, [](std::size_t) { return TickCounts{.bad = 0, .total = 500}; }));
    REQUIRE(held.outcome.verdict == Verdict::holds);
    const auto page = html_report(held, as_it_is);
    CHECK(has(page, "✓ holds"));
    CHECK(count_in(page, "<svg") == 3);
    CHECK_FALSE(has(page, "When did it begin?"));
    CHECK_FALSE(has(page, "it began"));
    CHECK(has(words_of(page), "not violated within 5m (this run)"));
    CHECK(has(words_of(page), "It is ruled out that more than 1 % of the events are bad. Evidence of a violation: none, where 1 in 100 is needed."));
    const auto unused = html_report(result_of(watch_of(three_nines, 0, goes_wrong)), as_it_is);
    CHECK(has(unused, "No events were counted"));
    CHECK(count_in(unused, "<svg") == 0);
    const Result unbegun{.outcome = {.verdict = Verdict::error, .reason = "could not tell"}, .found = std::make_shared<const Findings>()};
    CHECK(has(html_report(unbegun, as_it_is), "Nothing was watched"));
    CHECK(has(svg_report(unbegun, as_it_is), "Nothing was counted"));
}

TEST_CASE("times count from the deploy, also when the watch begins later") {
    auto result = result_of(watch_of(three_nines, 60, goes_wrong));
    result.outcome.lead = Duration{300'000};
    CHECK(has(html_report(result, as_it_is), "Between 5m50s and 5m55s after the deploy (14:08:06 UTC)"));
    CHECK(time_axis(result, std::nullopt).until == 375);
}

TEST_CASE("where no bad event is allowed nothing is tested, and nothing said of evidence") {
    ObjectiveWatch watch({.name = "probe http://a/", .policy = {.objective = 0.5}, .no_bad_event = true}, 5);
    ObjectiveReading reading{.counts = {0, 50}, .total_matches = true, .numerator_matches = true};
    watch.take(reading, spacing, 0.1);
    reading.counts = {2, 100};
    watch.take(reading, spacing * 2, 0.2);
    REQUIRE(watch.violated());
    reading.counts = {2, 200}; // a command is not ended
    watch.take(reading, spacing * 3, 0.3);
    Findings found;
    found.probes = {{.url = "http://b/", .failures = {{.reason = "of another"}}}, {.url = "http://a/", .failures = {{.time = *parse_timestamp("2026-11-24T14:02:18.250Z"), .reason = "status 502"}, {.reason = "later"}}}};
    const auto result = result_of(watch, std::move(found));
    const auto page = html_report(result, as_it_is);
    CHECK(has(words_of(page), "Between 5s and 10s after the deploy (14:02:21 UTC). Before, 0 of 50 events were bad (0 %); since then 2 of 150 events were bad (1.33 %).\nThe first failed request was sent at 2026-11-24T14:02:18.250Z: status 502"));
    CHECK(count_in(page, "<svg") == 2);
    CHECK_FALSE(has(page, "another alpha"));
    CHECK_FALSE(has(svg_report(result, as_it_is), "another alpha"));
    const auto samples = samples_of(openmetrics_report(result, as_it_is));
    CHECK(samples.at("slipway_slo_allowed_error_ratio|objective=probe http://a/") == 0);
    CHECK(samples.count("slipway_slo_evidence|objective=probe http://a/") == 0);
}

TEST_CASE("reports stay small whatever was watched") {
    for (const std::size_t ticks : {1U, 100U, 10'000U}) {
        Findings found;
        MetricRecord metric{.name = "latency", .query = "q", .condition = "<= 1", .max = 1, .measurements = {}};
        for (std::size_t i = 0; i < ticks; ++i) metric.measurements.push_back({.phase = i % 100 == 7 ? Phase::failed : Phase::successful, .watched = spacing * static_cast<long>(i), .value = "0.5", .number = 0.5});
        found.analyses = {{"analysis", {Verdict::holds, "kept"}, std::vector<MetricRecord>(30, metric)}};
        ProbeRecord probe{.url = "http://a/", .requests = ticks, .failed = ticks, .failures = std::vector<FailedRequest>(ticks, {.reason = "status 502"})};
        found.probes = {probe, probe, probe};
        found.series = {std::vector<SeriesCount>(ticks, {std::string(1000, 's'), 1, 1})};
        const auto result = result_of(watch_of(three_nines, ticks, [](std::size_t i) { return TickCounts{.bad = i % 200 == 0 ? 1.0 : 0.0, .total = 500}; }), std::move(found));
        const auto page = html_report(result, as_it_is);
        INFO(ticks);
        CHECK(page.size() < 1'000'000);
        CHECK(svg_report(result, as_it_is).size() < 300'000);
        CHECK(count_in(page, "<svg") == 3 + 20);
        // What failed is seen, however many passed.
        if (ticks >= 100) CHECK(has(page, "<td>Failed</td>"));
    }
}

TEST_CASE("of a thousand objectives those that decided are shown in full") {
    Findings found;
    for (int i = 0; i < 999; ++i) found.objectives.push_back(watch_of(three_nines, 20, [](std::size_t) { return TickCounts{.bad = 0, .total = 50}; }, "good " + std::to_string(i)));
    auto result = result_of(watch_of(three_nines, 60, goes_wrong, "the bad one"), std::move(found));
    result.outcome.objectives.insert(result.outcome.objectives.begin(), 999, {Verdict::inconclusive, "not decided when another objective was violated"});
    CHECK(by_importance(result).front() == 999);
    const auto page = html_report(result, as_it_is);
    CHECK(page.size() < 1'000'000);
    CHECK(count_in(page, "<svg") == 3);
    CHECK(has(page, "<h2>the bad one</h2>"));
    CHECK(has(page, ">good 998<"));
}

TEST_CASE("hostile names stay text, in all forms") {
    const std::string hostile = "<script>alert(1)</script>\"'><img src=x>]]>--><!--\x1b\xff\xe2\x80\xae\nname_total 1\n# EOF\n" + std::string(100'000, 'x') + "hunter22";
    Findings found;
    found.series = {{{hostile, 500, 20}}};
    MetricRecord metric{.name = hostile, .query = hostile, .condition = hostile, .measurements = {{.phase = Phase::failed, .value = hostile, .number = -1e308, .message = hostile}, {.phase = Phase::successful, .number = 1e308}}};
    found.analyses = {{hostile, {Verdict::violated, hostile}, {metric, metric}}};
    found.probes = {{.url = hostile, .requests = 3, .failed = 1, .failures = {{.reason = hostile}}, .versions = {{.version = hostile}, {.version = hostile}}}};
    found.command = CommandRecord{.argv = {hostile}, .exit_code = 1, .ended = hostile};
    auto result = result_of(watch_of(three_nines, 60, goes_wrong, hostile), std::move(found));
    result.outcome.reason = result.outcome.hint = "hunter22 " + hostile;
    const auto redact = [](std::string_view text) {
        std::string redacted(text);
        replace_all(redacted, "hunter22", "***");
        return redacted;
    };
    for (const auto& text : {html_report(result, redact), svg_report(result, redact)}) {
        CHECK(is_valid_utf8(text));
        CHECK(text.size() < 200'000);
        for (const std::string bad : {"<script", "<img", "]]>", "--><", "\x1b", "\xe2\x80\xae", "hunter22"}) CHECK_FALSE(has(text, bad));
        CHECK(has(text, "&lt;script&gt;alert(1)&lt;/script&gt;"));
        CHECK(has(text, "*** "));
    }
    const auto metrics = openmetrics_report(result, redact);
    CHECK_FALSE(has(metrics, "hunter22"));
    CHECK(samples_of(metrics).size() > 20);
    CHECK(count_in(metrics, "\n# EOF\n") == 1);
}

TEST_CASE("metrics of a watch") {
    Findings found;
    found.analyses = {{"canary", {Verdict::violated, "failed"}, {{.name = "latency", .measurements = {{.phase = Phase::successful, .number = 0.25}, {.phase = Phase::failed, .number = 0.75}, {.phase = Phase::error}}}}}};
    found.probes = {{.url = "http://a/\"\\", .requests = 100, .failed = 2, .versions = {{.version = "v1", .answers = 98}}, .median = Duration{12}}};
    const auto result = result_of(watch_of(three_nines, 60, goes_wrong, "orders"), std::move(found));
    const auto text = openmetrics_report(result, as_it_is);
    CHECK(text.ends_with("\n# EOF\n"));
    const auto samples = samples_of(text);
    CHECK(samples.at("slipway_verdict|verdict=violated") == 1);
    CHECK(samples.at("slipway_verdict|verdict=holds") == 0);
    CHECK(samples.at("slipway_watch_duration_seconds") == 75);
    CHECK(samples.at("slipway_deploy_timestamp_seconds") == 1795528931);
    CHECK(samples.at("slipway_slo_verdict|objective=orders|verdict=violated") == 1);
    CHECK(samples.at("slipway_slo_events|objective=orders") == 7500);
    CHECK(samples.at("slipway_slo_bad_events|objective=orders") == 50);
    CHECK(samples.at("slipway_slo_error_ratio|objective=orders") == Approx(50 / 7500.0));
    CHECK(samples.at("slipway_slo_allowed_error_ratio|objective=orders") == 0.001);
    CHECK(samples.at("slipway_slo_burn_rate|objective=orders") == Approx(50 / 7.5));
    CHECK(samples.at("slipway_slo_evidence|objective=orders") >= samples.at("slipway_slo_evidence_needed|objective=orders"));
    CHECK(samples.at("slipway_check_value|check=canary|metric=latency") == 0.75);
    CHECK(samples.at("slipway_check_measurements|check=canary|metric=latency|phase=failed") == 1);
    CHECK(samples.at("slipway_check_measurements|check=canary|metric=latency|phase=inconclusive") == 0);
    CHECK(samples.at("slipway_probe_requests|url=http://a/\"\\") == 100);
    CHECK(samples.at("slipway_probe_answers|url=http://a/\"\\|version=v1") == 98);
    CHECK(samples.at("slipway_probe_median_seconds|url=http://a/\"\\") == Approx(0.012));
    // Without events there is no rate.
    CHECK(samples_of(openmetrics_report(result_of(watch_of(three_nines, 0, goes_wrong)), as_it_is)).count("slipway_slo_error_ratio|objective=orders") == 0);
}

TEST_CASE("objectives of the same name are told apart in metrics") {
    Findings found;
    found.objectives.push_back(watch_of(three_nines, 60, goes_wrong, "orders"));
    auto result = result_of(watch_of(three_nines, 60, goes_wrong, "orders"), std::move(found));
    result.outcome.objectives.push_back(result.outcome.objectives.front());
    CHECK(samples_of(openmetrics_report(result, as_it_is)).count("slipway_slo_events|objective=orders (2)") == 1);
}
