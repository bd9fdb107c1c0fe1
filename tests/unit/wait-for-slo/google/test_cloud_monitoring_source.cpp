// Counting minute by minute, from points that arrive late.
#include "failure.hpp"
#include "played_google.hpp"

#include "wait-for-slo/google/cloud_monitoring_source.hpp"
#include "wait-for-slo/wait_for_slo.hpp"

#include <map>
#include <random>

using namespace slipway;
using namespace slipway::wait_for_slo;
using played::PlayedGoogle;

namespace {

constexpr std::chrono::seconds second{1};

struct Watched : PlayedGoogle {
    std::unique_ptr<Monitoring> monitoring = std::make_unique<Monitoring>(options, cli::TlsOptions{}, context);
    std::unique_ptr<CloudMonitoringSource> source;
    Timestamp since;

    Watched() { begin({}); }

    void begin(CloudMonitoringSource::Settings settings) {
        auto objectives = read_google_objectives({played::slo}, *monitoring);
        if (!settings.began && !settings.since && !settings.ago) settings.began = world.clock.steady();
        source = std::make_unique<CloudMonitoringSource>(*monitoring, std::move(objectives), settings, world.clock);
        since = source->begin().since.value();
        source->count_from(since);
        queries.clear();
    }

    /// Events that ended so long after the deploy, and can be seen after `delay` more.
    void happen(const std::string& type, int seconds, long count, int delay) { samples.push_back({type, since + seconds * second, count, since + (seconds + delay) * second}); }

    /// What a look so long after the deploy says: "bad/total, delay".
    std::string look_at(int seconds) {
        world.clock.time = since - skew + seconds * second;
        const auto reading = source->read().objectives.at(0);
        return std::to_string(static_cast<long>(reading.counts.bad)) + '/' + std::to_string(static_cast<long>(reading.counts.total)) + ", " + format_duration(reading.delay);
    }

    /// The same when all that has settled is counted.
    std::string at(int seconds) {
        for (int look = 1; look < 20; ++look) look_at(seconds);
        return look_at(seconds);
    }
};

} // namespace

TEST_CASE("minutes are asked for by Google's clock, from the deploy on and not beyond what is over") {
    Watched google;
    CHECK(google.since == google.now());
    CHECK(google.at(59) == "0/0, 59s");
    CHECK(google.queries.empty());
    google.look_at(130);
    REQUIRE(google.queries.size() == 1);
    CHECK(google.asked.back() == "projects/team/timeSeries");
    CHECK(google.queries[0] == std::map<std::string, std::string>{{"filter", "select_slo_counts(\"" + played::slo + "\")"},
                                                                 {"view", "FULL"},
                                                                 {"interval.startTime", format_timestamp(google.since)},
                                                                 {"interval.endTime", format_timestamp(google.since + 120 * second)},
                                                                 {"aggregation.alignmentPeriod", "60s"},
                                                                 {"aggregation.perSeriesAligner", "ALIGN_DELTA"},
                                                                 {"aggregation.crossSeriesReducer", "REDUCE_SUM"},
                                                                 {"aggregation.groupByFields", "metric.label.event_type"}});
    // What is old enough is not asked for again.
    google.look_at(500);
    google.look_at(515);
    CHECK(google.queries.back().at("interval.startTime") == format_timestamp(google.since + 180 * second));
    CHECK(google.queries.back().at("interval.endTime") == format_timestamp(google.since + 480 * second));
}

TEST_CASE("a minute counts when both good and bad events of a later one can be seen") {
    Watched google;
    for (const int minute : {1, 2, 3}) {
        google.happen("good", minute * 60, 90, 30);
        google.happen("bad", minute * 60, 10, 75); // in the next look but three
    }
    CHECK(google.at(95) == "0/0, 1m35s");
    // Good of the first and second minute, bad of the first.
    CHECK(google.at(150) == "0/0, 2m30s");
    CHECK(google.at(200) == "10/100, 2m20s");
    CHECK(google.at(256) == "20/200, 2m16s");
}

TEST_CASE("bad events that arrive before the good ones of the same minute are no evidence yet") {
    Watched google;
    google.happen("bad", 60, 5, 0);
    google.happen("bad", 120, 5, 0);
    google.happen("good", 60, 95, 120);
    google.happen("good", 120, 95, 120);
    CHECK(google.at(135) == "0/0, 2m15s");
    CHECK(google.at(190) == "0/0, 3m10s");
    CHECK(google.at(241) == "5/100, 3m1s");
}

TEST_CASE("a service without errors has no series of bad events, and counts after the lag") {
    Watched google;
    for (int minute = 1; minute <= 5; ++minute) google.happen("good", minute * 60, 100, 90);
    CHECK(google.at(359) == "0/0, 5m59s");
    CHECK(google.at(375) == "0/100, 5m15s");
    CHECK(google.at(425) == "0/200, 5m5s");
    // The same of one that fails altogether.
    Watched failing;
    failing.happen("bad", 60, 100, 90);
    CHECK(failing.at(359) == "0/0, 5m59s");
    CHECK(failing.at(375) == "100/100, 5m15s");
    // And where nothing happens, nothing is missing.
    Watched idle;
    CHECK(idle.at(600) == "0/0, 5m");
    const auto reading = idle.source->read().objectives[0];
    CHECK(reading.total_matches);
    CHECK(reading.numerator_matches);
    CHECK(reading.alive);
    CHECK_FALSE(reading.doubt);
    CHECK(reading.interval == Duration{60'000});
    CHECK(reading.longest_delay == Duration{360'000});
    CHECK(idle.source->mistake_in(0) == std::nullopt);
}

TEST_CASE("what arrives later still is counted once, when the minute is old enough") {
    Watched google;
    for (const int minute : {1, 2}) {
        google.happen("good", minute * 60, 90, 30);
        google.happen("bad", minute * 60, 10, 30);
    }
    google.happen("good", 60, 40, 200); // of a pod whose points are late
    google.happen("bad", 60, 4, 230);
    google.happen("bad", 60, 1000, 400); // too late altogether
    CHECK(google.at(155) == "10/100, 1m35s");
    CHECK(google.at(275) == "10/100, 3m35s");
    CHECK(google.at(359) == "10/100, 4m59s");
    CHECK(google.at(375) == "14/144, 5m15s");
    CHECK(google.at(600) == "24/244, 5m");
    const auto series = google.source->series_of(0);
    REQUIRE(series.size() == 2);
    CHECK(series[0].name == "select_slo_counts(\"" + played::slo + "\"){event_type=\"bad\"}");
    CHECK(series[0].events == 24);
    CHECK(series[0].bad == 24);
    CHECK(series[1].name == "select_slo_counts(\"" + played::slo + "\"){event_type=\"good\"}");
    CHECK(series[1].events == 220);
    CHECK(series[1].bad == 0);
}

TEST_CASE("a look counts one minute after the other, and several of a deploy long ago") {
    Watched google;
    for (int minute = 1; minute <= 40; ++minute) {
        google.happen("good", minute * 60, 9, 60);
        google.happen("bad", minute * 60, 1, 60);
    }
    std::vector<std::string> looks;
    for (int i = 0; i < 3; ++i) looks.push_back(google.look_at(1000));
    // 14 of 16 minutes have settled.
    CHECK(looks == std::vector<std::string>{"2/20, 14m40s", "4/40, 12m40s", "6/60, 10m40s"});
    for (int i = 0; i < 7; ++i) google.look_at(1001);
    CHECK(google.look_at(1002) == "14/140, 2m42s");
    CHECK(google.look_at(1003) == "14/140, 2m43s");
    CHECK(google.look_at(1025) == "15/150, 2m5s");
    // Of years only what happened is kept.
    google.begin({.since = google.now() - std::chrono::hours{24 * 3000}});
    google.samples.clear();
    google.instead = [] { return PlayedGoogle::json(200, nlohmann::json::object()); };
    for (int i = 0; i < 150; ++i) google.source->read();
    CHECK(google.source->read().objectives[0].delay < Duration{360'000});
}

TEST_CASE("a look that fails changes nothing, and the next one counts all") {
    Watched google;
    google.happen("good", 60, 90, 30);
    google.happen("bad", 60, 10, 30);
    google.instead = [] { return PlayedGoogle::refusal(429, "RESOURCE_EXHAUSTED", "Quota exceeded."); };
    CHECK(words_of(failure_of([&] { google.at(400); })).substr(0, 1) == "3");
    google.instead = [] { return std::nullopt; };
    CHECK(google.at(401) == "10/100, 5m41s");
    // A small page of points is followed by others.
    google.happen("good", 420, 1, 30);
    google.happen("bad", 420, 1, 30);
    google.page_size = 1;
    google.queries.clear();
    google.look_at(1000);
    REQUIRE(google.queries.size() == 2);
    CHECK(google.queries[1].at("pageToken") == "1");
    CHECK(google.at(1000) == "11/102, 5m40s");
}

TEST_CASE("points that began before the deploy, or of other events, are left out; a look with a number that is none does not count") {
    Watched google;
    std::string more;
    const auto answer = [&](const std::string& type, int start, int end, const std::string& value) {
        return R"({"metric":{"labels":{"event_type":")" + type + R"("}},"points":[{"interval":{"startTime":")" + format_timestamp(google.since + start * second) + R"(","endTime":")" + format_timestamp(google.since + end * second) + R"("},"value":{"doubleValue":)" + value + "}}]}";
    };
    google.instead = [&] {
        return io::Response{.status = 200, .headers = {}, .body = R"({"timeSeries":[)" + answer("bad", -20, 40, "1000") + ',' + answer("bad", 40, 100, "3") + ',' + answer("good", 40, 100, "7") + ',' + answer("odd", 40, 100, "50") + more + "]}"};
    };
    CHECK(google.at(600) == "3/10, 5m");
    // Without the good events of a minute all of its events would be bad.
    for (const char* value : {"\"NaN\"", "-5", "\"many\""}) {
        more = ',' + answer("good", 100, 160, value);
        CHECK(words_of(failure_of([&] { google.at(700); })) == "3 cannot read the answer of Cloud Monitoring: a number of good events is none");
    }
}

TEST_CASE("the deploy instant is --since, a time ago, or the start of the step, by Google's clock") {
    Watched google;
    const auto began = google.world.clock.steady();
    google.world.clock.time += 90 * second;
    google.begin({.began = began});
    CHECK(google.since == google.now() - 90 * second);
    google.begin({.ago = Duration{600'000}, .began = began});
    CHECK(google.since == google.now() - 690 * second);
    const auto instant = google.now() - std::chrono::milliseconds{30'250};
    google.begin({.since = instant});
    CHECK(google.since == instant);
    // The API knows whole seconds.
    google.look_at(60);
    CHECK(google.queries.empty());
    google.look_at(62);
    REQUIRE(google.queries.size() == 1);
    CHECK(parse_timestamp(google.queries[0].at("interval.startTime")) == std::chrono::ceil<std::chrono::seconds>(instant));
    CHECK(words_of(failure_of([&] { google.begin({.since = google.now() + 60 * second}); })).find("so that is in the future") != std::string::npos);
}

TEST_CASE("whatever arrives when, within the lag, all is counted in the end, and never more than happened") {
    std::mt19937 random(7);
    for (int run = 0; run < 20; ++run) {
        Watched google;
        long bad = 0;
        long total = 0;
        for (int minute = 1; minute <= 10; ++minute) {
            for (const char* type : {"good", "bad"}) {
                const auto count = static_cast<long>(random() % 100);
                google.happen(type, minute * 60 - static_cast<int>(random() % 60), count, static_cast<int>(random() % 240));
                total += count;
                if (*type == 'b') bad += count;
            }
        }
        long seen_before = 0;
        for (int seconds = 0; seconds < 1000; seconds += 5 + static_cast<int>(random() % 20)) {
            google.look_at(seconds);
            const auto counts = google.source->read().objectives[0].counts;
            CHECK(counts.total >= static_cast<double>(seen_before));
            CHECK(counts.bad <= static_cast<double>(bad));
            seen_before = static_cast<long>(counts.total);
        }
        google.at(1060);
        const auto counts = google.source->read().objectives[0].counts;
        CHECK(counts.bad == static_cast<double>(bad));
        CHECK(counts.total == static_cast<double>(total));
    }
}

TEST_CASE("with a start sign Google's events count from when it shows") {
    PlayedGoogle google;
    const auto appears = google.world.clock.time + 90 * second;
    google.world.on_request = [&, of_google = google.world.on_request](const io::Request& request) {
        if (request.url == "http://shop/version") return io::Response{.status = google.world.clock.time < appears ? 503 : 200, .headers = {}, .body = {}};
        return of_google(request);
    };
    cli::Step<WaitForSlo> step;
    CHECK(google.world.run(step, {"--google-slo", played::slo, "--start-when", "http://shop/version", "--watch", "60s"}) == 4);
    REQUIRE(!google.queries.empty());
    CHECK(parse_timestamp(google.queries.back().at("interval.startTime")).value() >= appears + google.skew);
}
