// Which series counted what: the rows that a report shows beside the counts of an objective.
#include "catch.hpp"

#include "played_prometheus.hpp"
#include "tally_world.hpp"
#include "wait-for-slo/counting/replicas.hpp"
#include "wait-for-slo/sources/prometheus_source.hpp"
#include "wait-for-slo/sources/series_list.hpp"

#include <cmath>
#include <map>
#include <memory>
#include <numeric>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

using namespace slipway;
using namespace slipway::tallying;

namespace {

/// Keys of series, which must stay where they are.
class Shares {
public:
    Shares& add(SelectorIndex selector, const std::string& metric, const Labels& labels, double count, const std::string& instance = "a:80") {
        auto all = labels;
        if (!metric.empty()) all["__name__"] = metric;
        all["instance"] = instance;
        const auto part = key_of({{"instance", instance}});
        shares_.push_back({metric.empty() ? std::string_view() : key_of(all), part, selector, count});
        return *this;
    }
    std::vector<SeriesCount> list(const NumberedCounts& counts) const { return list_series(counts, shares_); }

private:
    std::string_view key_of(const Labels& labels) {
        write_key(labels, *keys_.emplace_back(std::make_unique<std::string>()));
        return *keys_.back();
    }

    std::vector<std::unique_ptr<std::string>> keys_;
    std::vector<SeriesShare> shares_;
};

using Rows = std::vector<std::tuple<std::string, double, double>>;

Rows rows(const std::vector<SeriesCount>& list) {
    Rows all;
    for (const auto& row : list) all.emplace_back(row.name, row.events, row.bad);
    return all;
}

Counts sum(const std::vector<SeriesCount>& list) {
    Counts all;
    for (const auto& row : list) {
        all.total += row.events;
        all.bad += row.bad;
    }
    return all;
}

NumberedCount only(SelectorIndex selector) { return {{1, selector}}; }
const NumberedCounts good_of_total{.good = only(1), .total = only(0)};
const NumberedCounts bad_of_total{.bad = only(1), .total = only(0)};

} // namespace

TEST_CASE("good events are a part of all by their labels: a series without good ones is bad in full") {
    Shares shares;
    shares.add(0, "requests_total", {{"code", "200"}}, 90).add(0, "requests_total", {{"code", "500"}}, 7).add(0, "requests_total", {{"code", "503"}}, 3).add(0, "requests_total", {{"code", "404"}}, 0);
    shares.add(1, "requests_total", {{"code", "200"}}, 90);
    CHECK(rows(shares.list(good_of_total)) == Rows{{R"(requests_total{code="500",instance="a:80"})", 7, 7}, {R"(requests_total{code="503",instance="a:80"})", 3, 3}, {R"(requests_total{code="200",instance="a:80"})", 90, 0}});
}

TEST_CASE("the same with the bad ones, and good and bad without a total") {
    Shares shares;
    shares.add(0, "requests_total", {{"code", "200"}}, 90).add(0, "requests_total", {{"code", "500"}}, 10).add(1, "requests_total", {{"code", "500"}}, 10);
    const Rows expected{{R"(requests_total{code="500",instance="a:80"})", 10, 10}, {R"(requests_total{code="200",instance="a:80"})", 90, 0}};
    CHECK(rows(shares.list(bad_of_total)) == expected);
    Shares parts;
    parts.add(0, "requests_total", {{"code", "200"}}, 90).add(1, "requests_total", {{"code", "500"}}, 10);
    CHECK(rows(parts.list({.good = only(0), .bad = only(1)})) == expected);
}

TEST_CASE("the bucket of a histogram pairs with its counter, and with its last bucket") {
    const std::string all = GENERATE(as<std::string>{}, "latency_count", "latency_bucket");
    const auto whole = all == "latency_bucket" ? Labels{{"le", "+Inf"}} : Labels{};
    const auto with = [](Labels labels, const std::string& handler) {
        labels["handler"] = handler;
        return labels;
    };
    Shares shares;
    shares.add(0, all, with(whole, "/"), 100).add(0, all, with(whole, "/slow"), 50);
    shares.add(1, "latency_bucket", {{"le", "0.5"}, {"handler", "/"}}, 99).add(1, "latency_bucket", {{"le", "0.5"}, {"handler", "/slow"}}, 10);
    const auto list = shares.list(good_of_total);
    REQUIRE(list.size() == 2);
    CHECK(list[0].name.find("/slow") != std::string::npos);
    CHECK(list[0].bad == 40);
    CHECK(list[1].bad == 1);
    CHECK(sum(list).total == 150);
}

TEST_CASE("good ones of several metrics of which the total is made up go to all of them together") {
    Shares shares;
    shares.add(0, "http_total", {}, 60).add(2, "grpc_total", {}, 40).add(1, "ok_total", {}, 70);
    CHECK(rows(shares.list({.good = only(1), .total = NumberedCount{{1, 0}, {1, 2}}})) == Rows{{R"(http_total{instance="a:80"})", 100, 30}});
}

TEST_CASE("bad ones of other labels are rows of their own") {
    Shares shares;
    shares.add(0, "requests_total", {{"handler", "/"}}, 100).add(1, "errors_total", {{"reason", "db"}}, 4);
    CHECK(rows(shares.list(bad_of_total)) == Rows{{R"(errors_total{instance="a:80",reason="db"})", 4, 4}, {R"(requests_total{handler="/",instance="a:80"})", 100, 0}});
}

TEST_CASE("good ones of other labels: which of a target's series are bad is not known, that of the target's is") {
    Shares shares;
    shares.add(0, "requests_total", {{"handler", "/"}}, 60).add(0, "requests_total", {{"handler", "/x"}}, 40).add(0, "requests_total", {{"handler", "/"}}, 5, "b:80");
    shares.add(1, "ok_total", {{"kind", "fast"}}, 50).add(1, "ok_total", {{"kind", "slow"}}, 30);
    // Of b:80 no good event was ever seen.
    CHECK(rows(shares.list(good_of_total)) == Rows{{R"({instance="a:80"})", 100, 20}, {R"(requests_total{handler="/",instance="b:80"})", 5, 5}});
}

TEST_CASE("what is subtracted comes off its own series") {
    // total - health checks, good = total - health checks - 5xx
    Shares shares;
    shares.add(0, "requests_total", {{"code", "200"}, {"handler", "/"}}, 90).add(0, "requests_total", {{"code", "200"}, {"handler", "/health"}}, 500).add(0, "requests_total", {{"code", "500"}, {"handler", "/"}}, 10);
    shares.add(1, "requests_total", {{"code", "200"}, {"handler", "/health"}}, 500).add(2, "requests_total", {{"code", "500"}, {"handler", "/"}}, 10);
    const auto list = shares.list({.good = NumberedCount{{1, 0}, {-1, 1}, {-1, 2}}, .total = NumberedCount{{1, 0}, {-1, 1}}});
    CHECK(rows(list) == Rows{{R"(requests_total{code="500",handler="/",instance="a:80"})", 10, 10}, {R"(requests_total{code="200",handler="/",instance="a:80"})", 90, 0}});
}

TEST_CASE("a scrape between two counters makes no negative failures, and a metric that is subtracted stays visible") {
    Shares shares;
    shares.add(0, "requests_total", {}, 10).add(1, "requests_total", {}, 11);
    CHECK(rows(shares.list(good_of_total)) == Rows{{R"(requests_total{instance="a:80"})", 10, 0}});
    shares.add(2, "health_total", {}, 4);
    const auto list = shares.list({.good = only(1), .total = NumberedCount{{1, 0}, {-1, 2}}});
    CHECK(rows(list) == Rows{{R"(requests_total{instance="a:80"})", 10, 0}, {R"(health_total{instance="a:80"})", -4, -4}});
}

TEST_CASE("a hundred rows, the worst first, and the rest in one") {
    Shares shares;
    for (int i = 1; i <= 250; ++i) shares.add(0, "requests_total", {{"path", std::to_string(i)}}, 1000 + i).add(1, "requests_total", {{"path", std::to_string(i)}}, 1000 + i - i % 7);
    const auto list = shares.list(good_of_total);
    REQUIRE(list.size() == most_series + 1);
    CHECK(list.back().name == "and 150 more");
    CHECK(std::is_sorted(list.begin(), list.end() - 1, [](const SeriesCount& a, const SeriesCount& b) { return std::pair(a.bad, a.events) > std::pair(b.bad, b.events); }));
    CHECK(list.front().bad == 6);
    double bad = 0;
    double total = 0;
    for (int i = 1; i <= 250; ++i) {
        bad += i % 7;
        total += 1000 + i;
    }
    CHECK(sum(list).bad == bad);
    CHECK(sum(list).total == total);
    CHECK(shares.list({.good = only(7), .total = only(8)}).empty());
}

TEST_CASE("labels are read back from a key whatever they hold") {
    const Labels labels = {{"__name__", "x"}, {"a", ""}, {"b", "3:x\n5:\"{}"}, {"ü", std::string("\0\xff", 2)}};
    std::string key;
    write_key(labels, key);
    CHECK(read_key(key) == labels);
    for (const char* wrong : {"", "x", "3", "3:", "1:a", "1:a99999999999999999999:b", "1:a18446744073709551615:b", "-1:a1:b", "rule group\nx", "1:a2:b"}) CHECK(read_key(wrong).empty());
}

TEST_CASE("what a tally counted adds up, series by series, whatever happens to processes and series") {
    // A restart, a series that appears, one that ends, a target of which nothing counts.
    const Labels b = {{"instance", "b:80"}};
    const auto coded = [](const std::string& code, Labels labels = {}) {
        labels["code"] = code;
        return labels;
    };
    World world{{up({1, 1, 1, 1, 1, 1, 1, 1}), up({1, 1, 1, 1, 1, 1, 1, 1}, b)},
                {starts(std::vector<double>(8, long_ago)), starts({long_ago, long_ago, long_ago, base + 25, base + 25, base + 25, base + 25, base + 25}, b)},
                {counter({100, 110, 120, 130, 140, 150, 160, 170}, coded("200"), {0, 1}), counter({none, none, none, 1, 2, 3, 5, 8}, coded("500"), {0}),
                 counter({50, 60, 70, 4, 8, 12, 16, 20}, coded("200", b), {0, 1}), counter({7, 9, 11, none, none, 2, 2, 2}, coded("500", b), {0})}};
    const auto tally = by_steps(world, after_scrape(0), scrape_time(7), 2);
    const auto readings = read(tally);
    const auto list = list_series(good_of_total, tally.series_of({0, 1}));
    CHECK(sum(list).total == readings[0].count);
    CHECK(sum(list).bad == readings[0].count - readings[1].count);
    REQUIRE(list.size() == 4);
    CHECK(rows(list)[0] == std::tuple(std::string(R"(requests_total{code="500",instance="a:80",job="app"})"), 8.0, 8.0));
    CHECK(rows(list)[1] == std::tuple(std::string(R"(requests_total{code="500",instance="b:80",job="app"})"), 6.0, 6.0));
    CHECK(tally.series_of({}).empty());

    // Several processes answer in turn at b: nothing of it counts.
    world.starts = {};
    world.counters[2] = counter({50, 60, 5, 70, 6, 80, 7, 90}, coded("200", b), {0, 1});
    const auto doubtful = by_steps(world, after_scrape(0), scrape_time(7), 2);
    const auto left = list_series(good_of_total, doubtful.series_of({0, 1}));
    CHECK(read(doubtful)[0].doubt);
    CHECK(sum(left).total == read(doubtful)[0].count);
}

TEST_CASE("recorded series are those of their rule group") {
    World world{{}, {}, {counter({10, 20, 30, 45}, {{"code", "500"}}, {0})}, {{"slo", 10'000, scrape_time(9)}}};
    world.counters[0].group = "slo";
    const auto tally = by_steps(world, after_scrape(0), scrape_time(3), 2);
    const auto list = list_series(good_of_total, tally.series_of({0, 1}));
    REQUIRE(list.size() == 1);
    CHECK(list[0].events == read(tally)[0].count);
    CHECK(list[0].events == 35);
}

TEST_CASE("the series of replicas are those of the one that is read, also when it changes") {
    const std::vector<double> ones(12, 1);
    const auto grows = [](double by) {
        std::vector<double> values(12);
        for (std::size_t i = 0; i < values.size(); ++i) values[i] = by * static_cast<double>(i);
        return values;
    };
    const World one{{up(ones)}, {}, {counter(grows(10), {{"code", "200"}}, {0, 1}), counter(grows(2), {{"code", "500"}}, {0})}};
    auto other = one;
    const auto later = [](prometheus::Series& series) {
        for (auto& sample : series.samples) sample.time += 3;
    };
    later(other.up[0]);
    for (auto& fetched : other.counters) later(fetched.series);
    Tally first(after_scrape(0), 2);
    Tally second(after_scrape(0), 2);
    Replicas replicas;
    const auto look = [&](bool first_answers, bool second_answers, int scrape, Milliseconds from) {
        const auto time = scrape_time(scrape) + 4'000;
        if (first_answers) first.take(one.answers(from, time));
        if (second_answers) second.take(other.answers(from, time));
        const std::vector<Replica> both = {{&first, first_answers}, {&second, second_answers}};
        const auto readings = replicas.read(both);
        const auto list = list_series(good_of_total, replicas.series_of(both, {0, 1}));
        CHECK(sum(list).total == readings[0].count);
        CHECK(sum(list).bad == readings[0].count - readings[1].count);
        return list;
    };
    CHECK(look(true, true, 3, scrape_time(-30)).size() == 2);
    CHECK(sum(look(true, false, 5, scrape_time(0))).total == 60);
    // The first is gone; the second has not seen what came before its own restart, so that counting goes on from what the first one had.
    second = Tally(after_scrape(0), 2);
    for (int scrape = 6; scrape < 12; ++scrape) {
        const auto list = look(false, true, scrape, scrape_time(scrape - 2));
        if (scrape == 11) {
            REQUIRE(list.size() == 3);
            CHECK(rows(list)[1] == std::tuple(std::string(R"({instance="a:80",job="app"})"), 24.0, 4.0));
        }
    }
}

TEST_CASE("a source tells the series of each objective, of replicas and of shards") {
    const auto servers = GENERATE(wait_for_slo::Servers::replicas, wait_for_slo::Servers::shards);
    fake::World world;
    auto context = world.context();
    std::vector<std::unique_ptr<fake::PlayedPrometheus>> played;
    std::vector<std::unique_ptr<ServerView>> views;
    for (const char* instance : {"a:80", "b:80"}) {
        auto& server = *played.emplace_back(std::make_unique<fake::PlayedPrometheus>(world.clock));
        const auto grows = [](double rate) { return [rate](double t) -> std::optional<double> { return std::floor((t + 600) * rate); }; };
        const bool is_shard = servers == wait_for_slo::Servers::shards;
        server.targets = {{.instance = is_shard ? instance : "a:80", .series = {{"requests_total", {{"code", "200"}}, grows(10)}, {"requests_total", {{"code", "500"}}, grows(1)}, {"other_total", {}, grows(3)}}}};
        views.push_back(std::make_unique<ServerView>(std::make_unique<fake::Http>([&server](const io::Request& request) { return server.answer(request); }), ServerView::Settings{.url = "http://p:9090"}));
    }
    const auto first = objective_of({.good = "requests_total{code=\"200\"}", .total = "requests_total", .objective_percent = 99}, Records::as_counters);
    const auto second = objective_of({.bad = "requests_total{code=\"500\"}", .total = "other_total", .objective_percent = 99}, Records::as_counters);
    PrometheusSource source(std::move(views), nullptr, {.objectives = std::make_shared<const std::vector<ObjectiveQueries>>(std::vector{first, second}), .servers = servers}, context);
    CHECK(source.series_of(0).empty());
    source.count_from(*source.begin().since);
    CHECK(source.series_of(0).empty());
    for (int i = 0; i < 6; ++i) {
        world.clock.time += Duration{5'000};
        const auto reading = source.read();
        const auto list = source.series_of(0);
        CHECK(sum(list).total == reading.objectives[0].counts.total);
        CHECK(sum(list).bad == reading.objectives[0].counts.bad);
    }
    const auto list = source.series_of(0);
    const bool is_shard = servers == wait_for_slo::Servers::shards;
    REQUIRE(list.size() == (is_shard ? 4 : 2));
    CHECK(list[0].name == R"(requests_total{code="500",instance="a:80",job="app"})");
    CHECK(list[0].bad == list[0].events);
    CHECK(source.series_of(1).size() == list.size());
    CHECK(source.series_of(99).empty());
}
