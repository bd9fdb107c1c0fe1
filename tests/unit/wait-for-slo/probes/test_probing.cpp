#include "catch.hpp"

#include "fakes.hpp"
#include "wait-for-slo/probes/probing.hpp"

#include <deque>

using namespace slipway;
using namespace slipway::wait_for_slo;
using io::ProbeAnswer;
using io::ProbeFailure;

namespace {

constexpr Duration second{1'000};

/// Remembers what is sent; answers when a test says so.
class FakeProber final : public io::Prober {
public:
    std::deque<std::pair<std::uint64_t, std::size_t>> under_way; ///< number, URL
    std::size_t sent = 0;

    void send(std::uint64_t number, std::size_t url) override {
        ++sent;
        under_way.emplace_back(number, url);
    }
    std::vector<ProbeAnswer> wait(Duration) override { return {}; }
    void wake() noexcept override {}
};

ProbeAnswer with_status(int status) { return {.response = {.status = status, .headers = {}, .body = {}}}; }
ProbeAnswer without(ProbeFailure failure, std::string reason) { return {.failure = failure, .reason = std::move(reason), .response = {}}; }

struct Probed {
    fake::World world;
    ProbeOptions options;
    FakeProber prober;
    std::unique_ptr<Probing> probing;

    explicit Probed(std::vector<std::string> urls = {"http://shop/"}) { options.urls = std::move(urls); }

    Probing& begin() {
        probing = std::make_unique<Probing>(options, world.clock, world.log);
        probing->count_from_now();
        return *probing;
    }
    /// Sends and answers for so long, each after `delay`.
    void pass(Duration time, const std::function<ProbeAnswer(std::size_t url)>& answer, Duration delay = Duration{0}) {
        const auto end = world.clock.time + time;
        while (world.clock.time < end) {
            const auto pause = probing->send_due(prober);
            world.clock.time += std::max(std::min(pause, Duration{end - world.clock.time}), Duration{1});
            std::vector<ProbeAnswer> answers;
            while (!prober.under_way.empty()) {
                auto one = answer(prober.under_way.front().second);
                one.number = prober.under_way.front().first;
                one.took = delay;
                answers.push_back(one);
                prober.under_way.pop_front();
            }
            probing->take(answers);
        }
    }
    ObjectiveReading look(std::size_t url = 0) { return probing->look().at(url); }
    ProbeRecord record(std::size_t url = 0) {
        probing->look();
        return probing->records().at(url);
    }
    std::size_t lines(const std::string& part) const {
        std::size_t count = 0;
        for (auto at = world.terminal.err.find(part); at != std::string::npos; at = world.terminal.err.find(part, at + 1)) ++count;
        return count;
    }
};

ProbeAnswer good(std::size_t) { return with_status(200); }

} // namespace

TEST_CASE("requests are due at a steady rate, of each address", "[probes]") {
    Probed probed({"http://a/", "http://b/"});
    probed.options.rate = 40;
    probed.begin();
    probed.pass(10 * second, good, Duration{12});
    CHECK(probed.prober.sent == 800);
    for (const std::size_t url : {0U, 1U}) {
        const auto reading = probed.look(url);
        CHECK(reading.counts.total == 400);
        CHECK(reading.counts.bad == 0);
        CHECK(reading.alive);
        CHECK(reading.total_matches);
        CHECK(reading.numerator_matches);
        CHECK(reading.interval == second);
        CHECK(probed.record(url).median == Duration{12});
    }
    Probed slow;
    slow.options.rate = 0.1;
    slow.begin();
    slow.pass(60 * second, good);
    CHECK(slow.record().requests == 6);
    CHECK(slow.look().interval == 10 * second);
}

TEST_CASE("a server that does not answer is asked as often as one that does, up to a bound", "[probes]") {
    Probed probed;
    probed.options.rate = 100;
    probed.begin();
    for (int i = 0; i < 800; ++i) {
        probed.probing->send_due(probed.prober);
        probed.probing->take({});
        probed.world.clock.time += Duration{10};
    }
    CHECK(probed.prober.sent == 600);
    const auto reading = probed.look();
    CHECK(reading.counts.total == 0);
    CHECK(reading.delay == 8 * second);
    CHECK(reading.longest_delay >= probed.options.timeout);
    CHECK(probed.record().not_sent == 200);
    CHECK(probed.lines("are left out, and do not count: 600 others wait for their answers") == 1);
}

TEST_CASE("what this machine could not do is no failed request", "[probes]") {
    Probed probed;
    probed.begin();
    SECTION("it has no room") {
        probed.pass(second, [](std::size_t) { return without(ProbeFailure::ours, "this machine cannot connect: Too many open files"); });
        CHECK(probed.record().not_sent == 10);
        CHECK(probed.lines("Too many open files") == 1);
    }
    SECTION("it stood still, so that answers were read too late") {
        probed.probing->send_due(probed.prober);
        probed.world.clock.time += 8 * second;
        auto late = GENERATE(without(ProbeFailure::timeout, "no answer within 5s"), without(ProbeFailure::connection, "connection reset"));
        late.number = probed.prober.under_way.front().first;
        probed.probing->take({late});
        CHECK(probed.record().not_sent == 1);
        CHECK(probed.lines("this machine stood still") == 1);
        // Of 80 requests that were due meanwhile those of one second are sent.
        probed.prober.under_way.clear();
        probed.probing->send_due(probed.prober);
        CHECK(probed.prober.sent == 1 + 10);
        CHECK(probed.record().not_sent == 1 + 70);
        // The next ones are sent after it, and a timeout of theirs is the server's.
        probed.world.clock.time += Duration{100};
        late.number = probed.prober.under_way.back().first;
        probed.probing->take({late});
        CHECK(probed.record().failed == 1);
        return;
    }
    CHECK(probed.look().counts.total == 0);
    CHECK(probed.look().numerator_matches);
}

TEST_CASE("each failed request is known with its time and reason", "[probes]") {
    Probed probed;
    auto& clock = probed.world.clock;
    probed.begin();
    clock.time += Duration{250};
    const auto began = clock.time;
    int number = 0;
    probed.pass(second, [&](std::size_t) {
        ++number;
        if (number == 3) return with_status(502);
        if (number == 5) return without(ProbeFailure::connection, "connection refused");
        return with_status(200);
    }, Duration{7});
    const auto record = probed.record();
    CHECK(record.url == "http://shop/");
    CHECK(record.requests == 10);
    CHECK(record.failed == 2);
    REQUIRE(record.failures.size() == 2);
    CHECK(record.failures[0].reason == "status 502");
    CHECK(record.failures[0].status == 502);
    CHECK(record.failures[0].took == Duration{7});
    CHECK(record.failures[0].time == began + Duration{200});
    CHECK(record.failures[1].reason == "connection refused");
    CHECK(record.failures[1].status == 0);
    CHECK(probed.lines("warning: GET http://shop/ at 2026-11-24T12:00:00.450Z failed after 7ms: status 502\n") == 1);
    const auto series = probed.probing->series_of(0);
    REQUIRE(series.size() == 3);
    CHECK(series[0].events == 1);
    CHECK(series[2].name == "good answers");
    CHECK(series[2].events == 8);
}

TEST_CASE("a flood of failed requests is summed up in the log, and bounded in memory", "[probes]") {
    Probed probed({"http://user:word@shop/?key=secret"});
    probed.options.rate = 1000;
    probed.begin();
    probed.pass(25 * second, [](std::size_t) { return with_status(503); });
    probed.probing->finish();
    const auto record = probed.record();
    CHECK(record.failed == 25'000);
    CHECK(record.failures.size() == ProbeRecord::most_failures);
    CHECK(probed.lines("warning: GET http://shop/?... at ") == 20);
    CHECK(probed.lines("more failed requests; the newest: GET") == 3);
    CHECK(probed.lines("word") + probed.lines("secret") == 0);
    std::size_t different = 0;
    probed.pass(second, [&](std::size_t) { return without(ProbeFailure::connection, "strange " + std::to_string(++different)); });
    probed.probing->look();
    CHECK(probed.probing->series_of(0).size() == 51);
}

TEST_CASE("only requests that were sent since the beginning count", "[probes]") {
    Probed probed;
    probed.begin();
    probed.pass(second, [](std::size_t) { return with_status(503); });
    probed.probing->send_due(probed.prober);
    REQUIRE(probed.prober.under_way.size() == 1);
    probed.probing->count_from_now(); // one is still under way
    probed.pass(Duration{100}, [](std::size_t) { return with_status(503); });
    CHECK(probed.look().counts.total == 0);
    probed.pass(Duration{100}, good);
    CHECK(probed.look().counts.total == 1);
    CHECK(probed.record().failures.empty());
}

TEST_CASE("a report knows what the newest look knew", "[probes]") {
    Probed probed;
    probed.options.version = "x";
    probed.begin();
    probed.pass(second, good);
    probed.probing->look();
    probed.pass(second, [](std::size_t) { return with_status(503); });
    const auto record = probed.probing->records().at(0);
    CHECK(record.requests == 10);
    CHECK(record.failed == 0);
    CHECK(record.failures.empty());
    CHECK(record.versions.at(0).answers == 10);
    CHECK(probed.record().failed == 10);
}

TEST_CASE("answers are counted by version", "[probes]") {
    Probed probed;
    probed.options.version = "^X-Version: (.*)";
    probed.begin();
    const auto of = [](const std::string& version, int status = 200) {
        return [=](std::size_t) { return ProbeAnswer{.response = {.status = status, .headers = {{"X-Version", version}}, .body = {}}}; };
    };
    const auto began = probed.world.clock.time;
    probed.pass(second, of("1"));
    probed.pass(second, of("2", 500));
    probed.pass(second, of("2"));
    probed.pass(second, good);
    probed.pass(second, [](std::size_t) { return without(ProbeFailure::connection, "connection refused"); });
    const auto versions = probed.record().versions;
    REQUIRE(versions.size() == 3);
    CHECK(versions[0].version == "1");
    CHECK(versions[0].answers == 10);
    CHECK(versions[0].failed == 0);
    CHECK(versions[0].first == began);
    CHECK(versions[0].last == began + Duration{900});
    CHECK(versions[1].version == "2");
    CHECK(versions[1].answers == 20);
    CHECK(versions[1].failed == 10);
    CHECK(versions[2].version.empty());
    CHECK(versions[2].answers == 10);
    int number = 0;
    probed.pass(20 * second, [&](std::size_t url) { return of("many " + std::to_string(++number))(url); });
    const auto many = probed.record().versions;
    CHECK(many.size() == 101);
    CHECK(many.back().version == "others");
    CHECK(many.back().answers == 200 - 97);
}

TEST_CASE("an address that never answered well may be mistyped", "[probes]") {
    Probed probed({"http://a/", "http://b/"});
    probed.begin();
    const auto mistake = [&](const ProbeAnswer& of_a, const ProbeAnswer& of_b = with_status(200)) {
        probed.begin();
        probed.prober.under_way.clear();
        probed.pass(second, [&](std::size_t url) { return url == 0 ? of_a : of_b; });
        const auto found = probed.probing->mistake_in(0);
        CHECK(probed.look().numerator_matches == !found);
        return found ? found->message + " | " + found->hint : std::string();
    };
    const auto nameless = without(ProbeFailure::name, "the name has no address: Could not resolve host: a");
    CHECK(mistake(nameless) == "no request to http://a/ was ever answered well: the name has no address: Could not resolve host: a | is the address right?");
    CHECK(mistake(nameless, nameless) == "no request to http://a/ was ever answered well: the name has no address: Could not resolve host: a | is the address right, and does this machine reach the network (DNS, proxy)?");
    CHECK(mistake(without(ProbeFailure::route, "no route to the host")) == "no request to http://a/ was ever answered well: no route to the host | is the address right?");
    CHECK(mistake(without(ProbeFailure::certificate, "TLS: unknown")) == "no request to http://a/ was ever answered well: TLS: unknown | is the host's name right? A private certificate authority is named with --ca-file");
    CHECK(mistake(with_status(404)) == "no request to http://a/ was ever answered well: status 404 | is the path right? If 404 is a good answer, say so with --probe-status");
    const ProbeAnswer moved{.response = {.status = 301, .headers = {{"Location", "https://user:word@a/\x1b?key=secret"}}, .body = {}}};
    CHECK(mistake(moved) == "no request to http://a/ was ever answered well: status 301, redirected to https://a/\\x1b?... | redirects are not followed: give the address that they lead to, or allow them with --probe-status 200-399");
    // A service that is down is no mistake, nor is one that answered before.
    CHECK(mistake(without(ProbeFailure::connection, "connection refused")).empty());
    CHECK(mistake(without(ProbeFailure::timeout, "no answer within 5s")).empty());
    CHECK(mistake(with_status(500)).empty());
    CHECK(mistake(with_status(200)).empty());
    probed.pass(second, [&](std::size_t) { return nameless; });
    CHECK_FALSE(probed.probing->mistake_in(0));
    CHECK(mistake(nameless) != "");
    CHECK_FALSE(probed.probing->answered_once());
    CHECK(probed.probing->missing() == "http://a/: the name has no address: Could not resolve host: a");
    probed.pass(second, good);
    CHECK(probed.probing->answered_once());
}
