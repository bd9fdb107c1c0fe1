#include "catch.hpp"

#include "failure.hpp"
#include "fakes.hpp"
#include "http_server.hpp"
#include "wait-for-slo/probes/probe_source.hpp"

#include <algorithm>
#include <atomic>
#include <csignal>
#include <map>
#include <mutex>
#include <thread>

using namespace slipway;
using namespace slipway::wait_for_slo;
using fake::answer;
using fake::Answer;
using fake::HttpServer;
using fake::ServedRequest;

namespace {

/// The machine's own clock, or one that goes faster; other than the fake one it may be read by several threads.
class RealClock final : public io::Clock {
public:
    RealClock(const io::Cancellation& cancellation, int speed) : clock_(cancellation), speed_(speed) {}
    Timestamp now() override { return clock_.now(); }
    io::Steady steady() override { return began_ + (clock_.steady() - began_) * speed_; }
    void sleep_for(Duration duration) override { clock_.sleep_for(std::max(duration / speed_, Duration{1})); }

private:
    io::SystemClock clock_;
    int speed_;
    io::Steady began_ = std::chrono::steady_clock::now();
};

struct Real {
    fake::World world;
    RealClock clock;
    io::Log log{world.terminal, clock, {.step = "test", .run_id = "run"}};
    ci::Commands commands{ci::System::none, log, clock};
    cli::Context context{.environment = world.environment, .files = world.files, .processes = world.processes, .clock = clock, .log = log,
                         .cancellation = world.cancellation, .commands = commands, .ci = world.ci, .http_factory = world.http_factory()};
    ProbeOptions options;
    cli::TlsOptions tls;

    explicit Real(const std::string& url, int speed = 1) : clock(world.cancellation, speed) { options.urls = {url}; }

    /// Looks until as many requests are counted.
    Reading read_until(ProbeSource& source, double requests) {
        for (int i = 0; i < 3000; ++i) {
            auto reading = source.read();
            if (reading.objectives.at(0).counts.total >= requests) return reading;
            world.cancellation.check();
            std::this_thread::sleep_for(Duration{10});
        }
        FAIL("requests are not sent");
        throw std::logic_error("unreachable");
    }
};

} // namespace

TEST_CASE("each request that a server saw is counted as what it was", "[probes]") {
    std::mutex mutex;
    int seen = 0;
    std::map<std::string, std::size_t> served;
    HttpServer server([&](const ServedRequest&) -> Answer {
        const std::lock_guard lock(mutex);
        const int number = ++seen;
        const auto serve = [&](const std::string& what, Answer reply) {
            ++served[what];
            return reply;
        };
        const std::string version = number <= 75 ? "X-Version: 1\r\n" : "X-Version: 2\r\n";
        if (number > 150) return answer(200, "ok", version); // what is under way at the end is no failure
        if (number % 7 == 0) return serve("status 502", answer(502, "", version));
        if (number % 11 == 0) return serve("the connection was closed without an answer", {.bytes = "", .then = Answer::Then::close});
        if (number % 13 == 0) return serve("the answer ended too early", {.bytes = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", .then = Answer::Then::close});
        return answer(200, "ok", version);
    });
    Real real(server.url("/health"));
    real.options.rate = 200;
    real.options.version = "^X-Version: (.*)";
    ProbeSource source(real.options, real.tls, real.context);
    source.count_from(*source.begin().since);
    const auto reading = real.read_until(source, 200);
    source.stop();
    std::size_t failed = 0;
    for (const auto& [reason, count] : served) failed += count;
    CHECK(reading.objectives[0].counts.bad == static_cast<double>(failed));
    const auto records = source.records();
    REQUIRE(records.size() == 1);
    CHECK(records[0].failed == failed);
    CHECK(records[0].requests == static_cast<std::size_t>(reading.objectives[0].counts.total));
    CHECK(records[0].not_sent == 0);
    std::map<std::string, std::size_t> told;
    for (const auto& failure : records[0].failures) ++told[failure.reason];
    CHECK(told == served);
    CHECK(server.requests().size() >= records[0].requests);
    REQUIRE(records[0].versions.size() == 3); // cut answers name none
    std::map<std::string, std::size_t> versions;
    for (const auto& version : records[0].versions) versions[version.version] = version.answers;
    CHECK(versions["1"] + versions["2"] + versions[""] + served["the connection was closed without an answer"] == records[0].requests);
    CHECK(versions["1"] <= 75);
}

TEST_CASE("a command may begin when each address gave a good answer", "[probes]") {
    std::atomic<int> seen{0};
    std::atomic<int> seen_without{0};
    HttpServer server([&](const ServedRequest& request) -> Answer {
        if (request.target == "/without") return answer(++seen_without <= 5 ? 503 : 200, "");
        if (request.target == "/missing") return answer(404, "");
        if (request.target == "/down") return answer(503, "");
        return answer(++seen <= 5 ? 503 : 200, "");
    });
    constexpr int fast = 100;
    const auto begin = [&](const std::string& url) {
        Real real(url, fast);
        real.options.command = {"deploy"};
        ProbeSource source(real.options, real.tls, real.context);
        const auto error = failure_of([&] { source.begin(); });
        CHECK_FALSE(source.read().objectives.at(0).counts.total > 0);
        return error;
    };
    const auto down = begin(server.url("/down"));
    CHECK(words_of(down) == "3 the command does not run: no good answer within 10s from " + server.url("/down") +
                                ": status 503 | a service that is down before the command runs cannot show whether the command takes it down");
    CHECK(begin(server.url("/missing")).code() == ExitCode::misuse);

    Real real(server.url("/"), fast);
    real.options.command = {"deploy"};
    ProbeSource source(real.options, real.tls, real.context);
    const auto since = source.begin().since;
    CHECK(seen > 5);
    source.count_from(*since);
    CHECK(real.read_until(source, 3).objectives[0].counts.bad == 0);
    // Without a command a service may be down at first, and that counts.
    Real other(server.url("/without"));
    other.options.rate = 100;
    ProbeSource at_once(other.options, other.tls, other.context);
    at_once.count_from(*at_once.begin().since);
    CHECK(other.read_until(at_once, 6).objectives[0].counts.bad == 5);
}

TEST_CASE("probes end when they are cancelled, and when they fail", "[probes]") {
    HttpServer server([](const ServedRequest&) -> Answer { return {.bytes = "", .then = Answer::Then::hang}; });
    Real real(server.url());
    real.options.timeout = Duration{60'000};
    SECTION("cancelled") {
        ProbeSource source(real.options, real.tls, real.context);
        source.count_from({});
        real.world.cancellation.request(SIGTERM);
        CHECK_THROWS_AS(source.read(), Cancelled);
        source.stop();
        CHECK(source.records().at(0).requests == 0);
    }
    SECTION("cancelled before the command") {
        real.options.command = {"deploy"};
        ProbeSource source(real.options, real.tls, real.context);
        std::thread somebody([&] {
            while (server.requests().empty()) std::this_thread::yield();
            real.world.cancellation.request(SIGINT);
        });
        CHECK_THROWS_AS(source.begin(), Cancelled);
        somebody.join();
    }
    SECTION("failed") {
        class Broken final : public io::Prober {
        public:
            void send(std::uint64_t, std::size_t) override { throw world_failure("broken"); }
            std::vector<io::ProbeAnswer> wait(Duration) override { return {}; }
            void wake() noexcept override {}
        };
        ProbeSource source(real.options, real.tls, real.context, [](auto&&...) { return std::make_unique<Broken>(); });
        source.count_from({});
        CHECK(failure_of([&] { real.read_until(source, 1); }).what() == std::string("broken"));
    }
}

TEST_CASE("secrets of probes are hidden, and protected on their way", "[probes]") {
    HttpServer server([](const ServedRequest&) { return answer(200, ""); });
    Real real(server.url("/"));
    real.options.headers = {"Authorization: Bearer sesame-open", "Host: shop.example.com", "X-Key: keykeykey"};
    real.options.urls.push_back("http://user:pass%2Fword@127.0.0.1:" + std::to_string(server.port()) + "/");
    ProbeSource source(real.options, real.tls, real.context);
    source.count_from({});
    real.read_until(source, 1);
    real.log.info("sesame-open, keykeykey, pass/word at shop.example.com");
    CHECK(real.world.terminal.err.find("***, ***, *** at shop.example.com") != std::string::npos);
    CHECK(server.requests().front().headers.at("authorization") == "Bearer sesame-open");
    real.options.urls = {"http://shop.example.com/"};
    CHECK(failure_of([&] { const ProbeSource refused(real.options, real.tls, real.context); }).code() == ExitCode::misuse);
}
