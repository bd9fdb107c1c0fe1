#include "catch.hpp"

#include "core/error.hpp"
#include "wait-for-slo/counting.hpp"

#include <cmath>
#include <limits>
#include <optional>
#include <string>
#include <vector>

using namespace slipway;
using namespace slipway::wait_for_slo;

namespace {

constexpr double none = -1;       ///< no sample at this scrape
constexpr double base = 1'000'000; ///< time of the first scrape; the others follow every ten seconds

/// One value for each scrape.
prometheus::Series series(const std::string& name, const std::vector<double>& values) {
    prometheus::Series result{.labels = {{"__name__", name}, {"job", "app"}, {"instance", "a:80"}}};
    double time = base;
    for (const double value : values) {
        if (value != none) result.samples.push_back({time, value});
        time += 10;
    }
    return result;
}

/// When the watch begins: just after the scrape of this number.
Milliseconds after_scrape(int number) { return milliseconds(base + 10 * number + 5); }

/// What a counter has grown by when it showed `values`, its target was scraped with `up`, and its process began at `starts`.
double grown(const std::vector<double>& values, const std::vector<double>& up, const std::vector<double>& starts, int start) {
    Target target(series("up", up));
    if (!starts.empty()) target.learn_starts(series("process_start_time_seconds", starts));
    return increase(series("requests_total", values), target, after_scrape(start));
}

std::string refusal(const std::vector<double>& values, const std::vector<double>& up, const std::vector<double>& starts = {}) {
    try {
        grown(values, up, starts, 0);
    } catch (const Error& error) {
        CHECK(error.code() == ExitCode::world);
        return error.what();
    }
    return "counted";
}

const std::vector<double> all_up(12, 1);
const double long_ago = base - 86'400;

} // namespace

TEST_CASE("a counter that goes on grows from the last sample before the start") {
    CHECK(grown({100, 107, 110, 120}, {1, 1, 1, 1}, {}, 1) == 13);
    CHECK(grown({100, 107, 110, 120}, {1, 1, 1, 1}, {}, 3) == 0);
    CHECK(grown({5, 5, 5}, {1, 1, 1}, {}, 0) == 0);
    CHECK(grown({}, {1, 1, 1}, {}, 0) == 0);
}

TEST_CASE("a counter that falls began anew") {
    CHECK(grown({100, 110, 3, 8}, all_up, {}, 0) == 10 + 3 + 5);
    CHECK(grown({100, 110, 0, 8}, all_up, {}, 0) == 10 + 0 + 8);
}

TEST_CASE("a new process behind the same address began anew, though its counter is higher") {
    const double later = base + 15;
    CHECK(grown({10, 11, 50, 60}, all_up, {long_ago, long_ago, later, later}, 0) == 1 + 50 + 10);
    // Prometheus saw its first errors as 1, and after the crash again as 1.
    CHECK(grown({none, 1, 1, 1}, all_up, {base - 1, base - 1, base + 11, base + 21}, 0) == 3);
}

TEST_CASE("a series that a successful scrape did not show began anew") {
    CHECK(grown({1, none, 1, none, 1}, {1, 1, 1, 1, 1}, {}, 0) == 2);
    // A failed scrape shows nothing about the counter.
    CHECK(grown({10, none, 15}, {1, 0, 1}, {}, 0) == 5);
}

TEST_CASE("a series that is new on a known target counts in full") {
    CHECK(grown({none, none, 4, 6}, all_up, {}, 0) == 6);
    CHECK(grown({none, none, 4, 6}, all_up, {long_ago, long_ago, long_ago, long_ago}, 0) == 6);
    // Also when the target was missed in between.
    CHECK(grown({none, none, 4, 6}, {1, 0, 1, 1}, {}, 0) == 6);
}

TEST_CASE("the first scrape of a target counts in full only when its process is new") {
    const std::vector<double> not_yet = {none, none, 1, 1};
    CHECK(grown({none, none, 40, 50}, not_yet, {none, none, base + 12, base + 12}, 0) == 50);
    CHECK(grown({none, none, 40, 50}, not_yet, {none, none, long_ago, long_ago}, 0) == 10);
    // Nobody knows how old it is.
    CHECK(grown({none, none, 40, 50}, not_yet, {}, 0) == 10);
    // Its first scrapes failed.
    CHECK(grown({none, none, 40, 50}, {none, 0, 1, 1}, {none, none, long_ago, long_ago}, 0) == 10);
}

TEST_CASE("an older process that takes over an address does not count its past") {
    CHECK(grown({10, 11, 9'000'000, 9'000'005}, all_up, {base - 9000, base - 9000, base - 5000, base - 5000}, 0) == 1 + 5);
}

TEST_CASE("what happened in a long gap around the start is not counted") {
    // Six scrapes failed; the start lies among them, so nobody knows which of the 500 events came after it.
    const std::vector<double> up = {1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 1, 1};
    CHECK(grown({1, 2, 3, 4, none, none, none, none, none, none, 504, 505}, up, {}, 6) == 1);
    // A process that was born after the start counts in full.
    std::vector<double> starts(12, long_ago);
    starts[10] = starts[11] = base + 80;
    CHECK(grown({1, 2, 3, 4, none, none, none, none, none, none, 504, 505}, up, starts, 6) == 505);
    // A gap that begins after the start is counted when it is over.
    CHECK(grown({1, 2, 3, 4, none, none, none, none, none, none, 504, 505}, up, {}, 1) == 503);
}

TEST_CASE("a vanished series keeps what it counted") {
    CHECK(grown({100, 110, 120, none, none, none}, {1, 1, 1, 0, 0, 0}, {}, 0) == 20);
    CHECK(grown({100, 110, 120}, {1, 1, 1}, {}, 0) == 20);
}

TEST_CASE("samples beyond the newest known scrape do not count yet") {
    CHECK(grown({100, 110, 120, 130}, {1, 1, 1}, {}, 0) == 20);
}

TEST_CASE("what is no counter of events is refused") {
    CHECK(refusal({1, std::numeric_limits<double>::quiet_NaN()}, {1, 1}).find("a value that is no number") != std::string::npos);
    CHECK(refusal({1, std::numeric_limits<double>::infinity()}, {1, 1}).find("a value that is no number") != std::string::npos);
    CHECK(refusal({1, 2.5}, {1, 1}).find("2.500000 is no number of events") != std::string::npos);
    CHECK(refusal({1, -2}, {1, 1}).find("is no number of events") != std::string::npos);
    CHECK(refusal({5, 1, 5, 1, 5, 1}, all_up).find("it falls again and again") != std::string::npos);
    // Three falls that new processes explain are three restarts.
    CHECK(refusal({5, 1, 5, 1, 5, 1}, all_up, {base, base + 10, base + 10, base + 30, base + 30, base + 50}) == "counted");
    CHECK(refusal({1, 2, 3}, {1, none, 1}).find("at which job=app, instance=a:80 was not scraped") != std::string::npos);
}

TEST_CASE("processes that answer in turn are noticed by their start times") {
    Target target(series("up", all_up));
    target.learn_starts(series("process_start_time_seconds", {base, base + 5, base}));
    CHECK(target.has_several_processes());
    Target restarted(series("up", all_up));
    restarted.learn_starts(series("process_start_time_seconds", {base, base, base + 15, base + 15.4, base + 14.6}));
    CHECK_FALSE(restarted.has_several_processes());
}

TEST_CASE("a series belongs to the target whose labels it carries") {
    auto up = series("up", {1});
    auto other = up;
    other.labels["instance"] = "b:80";
    auto replica = up;
    replica.labels["replica"] = "2";
    const Targets targets({up, other, replica}, {});
    auto one = series("requests_total", {1});
    one.labels["code"] = "200";
    CHECK(targets.of(one)->labels().at("instance") == "a:80");
    CHECK(targets.of(one)->labels().count("replica") == 0);
    one.labels["replica"] = "2";
    CHECK(targets.of(one)->labels().count("replica") == 1);
    one.labels["instance"] = "c:80";
    CHECK(targets.of(one) == nullptr);
}

TEST_CASE("two start times for one target are none") {
    const auto starts = series("process_start_time_seconds", {base, base});
    const Targets targets({series("up", {1, 1})}, {starts, starts});
    CHECK_FALSE(targets.of(series("x", {1}))->start_at(milliseconds(base)));
}

TEST_CASE("the scrape interval is the median") {
    CHECK(Target(series("up", {1, 1, none, none, 1, 1, 1})).interval() == 10'000);
    CHECK_FALSE(Target(series("up", {1})).interval());
}

TEST_CASE("names of series") {
    auto one = series("requests_total", {1});
    CHECK(name_of(one) == "requests_total{instance=\"a:80\",job=\"app\"}");
    one.labels = {{"__name__", "x"}};
    CHECK(name_of(one) == "x");
}
