#include "catch.hpp"

#include "core/error.hpp"
#include "core/text.hpp"
#include "failure.hpp"
#include "http_server.hpp"
#include "io/prober.hpp"

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <thread>

using namespace slipway;
using namespace slipway::io;
using fake::answer;
using fake::Answer;
using fake::HttpServer;
using fake::ServedRequest;

namespace {

struct Probes {
    Cancellation cancellation;
    std::unique_ptr<Prober> prober;
    std::uint64_t number = 0;

    explicit Probes(ProberSettings settings) : prober(make_curl_prober(std::move(settings), cancellation)) {}

    ProbeAnswer one(std::size_t url = 0) {
        prober->send(++number, url);
        return next();
    }
    ProbeAnswer next() {
        for (int i = 0; i < 100; ++i) {
            auto answers = prober->wait(Duration{100});
            if (answers.empty()) continue;
            REQUIRE(answers.size() == 1);
            return answers.front();
        }
        FAIL("no answer");
        throw std::logic_error("unreachable");
    }
};

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

/// A port of this machine at which nobody listens.
int closed_port() { return HttpServer([](const ServedRequest&) { return answer(200, ""); }).port(); }

std::string url_of(int port) { return "http://127.0.0.1:" + std::to_string(port) + '/'; }

} // namespace

TEST_CASE("a probe tells what became of it", "[prober]") {
    HttpServer server([](const ServedRequest& request) -> Answer {
        const auto& target = request.target;
        if (target == "/503") return answer(503, "broken", "X-Version: 7\r\n");
        if (target == "/moved") return answer(301, "", "Location: /good\r\n");
        if (target == "/silent") return {.bytes = "", .then = Answer::Then::close};
        if (target == "/cut") return {.bytes = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf", .then = Answer::Then::close};
        if (target == "/hang") return {.bytes = "", .then = Answer::Then::hang};
        if (target == "/stall") return {.bytes = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf", .then = Answer::Then::hang};
        if (target == "/ssh") return {.bytes = "SSH-2.0-OpenSSH_9.2\r\n\x1b[2J", .then = Answer::Then::close};
        if (target == "/hints") return {.bytes = "HTTP/1.1 103 Early Hints\r\nLink: </style.css>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"};
        if (target == "/large") return answer(200, std::string(5000, 'x'));
        return answer(200, "good");
    });
    const auto probe = [&](const std::string& target) {
        const bool hangs = target == "/hang" || target == "/stall";
        Probes probes({.urls = {server.url(target)}, .timeout = Duration{hangs ? 300 : 30'000}, .most_bytes = 4000});
        return probes.one();
    };
    const auto good = probe("/good");
    CHECK(good.failure == ProbeFailure::none);
    CHECK(good.reason.empty());
    CHECK(good.response.status == 200);
    CHECK(good.response.body == "good");
    CHECK(good.repeated == 0);
    const auto broken = probe("/503");
    CHECK(broken.failure == ProbeFailure::none);
    CHECK(broken.response.status == 503);
    CHECK(broken.response.header("x-version") == "7");
    CHECK(probe("/moved").response.status == 301);
    CHECK(probe("/large").failure == ProbeFailure::none);
    CHECK(probe("/large").response.body.size() == 4000);
    const auto hints = probe("/hints");
    CHECK(hints.response.status == 200);
    CHECK(hints.response.headers.size() == 1);

    const auto fails = [&](const std::string& target, ProbeFailure failure, const std::string& reason, int status) {
        CAPTURE(target);
        const auto answered = probe(target);
        CHECK(answered.failure == failure);
        CHECK(contains(answered.reason, reason));
        CHECK(answered.reason == visible(answered.reason));
        CHECK(answered.response.status == status);
    };
    fails("/silent", ProbeFailure::connection, "closed without an answer", 0);
    fails("/cut", ProbeFailure::connection, "ended too early", 200);
    fails("/hang", ProbeFailure::timeout, "no answer within 300ms", 0);
    fails("/stall", ProbeFailure::timeout, "the answer did not end within 300ms", 200);
    fails("/ssh", ProbeFailure::connection, "HTTP", 0);
    CHECK(Probes({.urls = {url_of(closed_port())}}).one().reason == "connection refused");
    // Longer than a part of a name may be, so that no name server is asked.
    const auto nowhere = Probes({.urls = {"http://" + std::string(70, 'a') + ".invalid/"}}).one();
    CHECK(nowhere.failure == ProbeFailure::name);
    CHECK(contains(nowhere.reason, "the name has no address"));
}

TEST_CASE("each probe has a connection of its own, or a kept one", "[prober]") {
    std::atomic<int> answered{0};
    HttpServer server([&](const ServedRequest&) -> Answer {
        // The third request finds the kept connection closed after it was sent.
        if (++answered == 3) return {.bytes = "", .then = Answer::Then::close};
        return answer(200, "");
    });
    SECTION("new") {
        Probes probes({.urls = {server.url()}});
        CHECK(probes.one().failure == ProbeFailure::none);
        CHECK(probes.one().failure == ProbeFailure::none);
        CHECK(probes.one().failure == ProbeFailure::connection);
        CHECK(server.requests().size() == 3);
        CHECK(server.requests().back().connection == 3);
    }
    SECTION("kept") {
        Probes probes({.urls = {server.url()}, .keep_connections = true});
        CHECK(probes.one().repeated == 0);
        CHECK(probes.one().repeated == 0);
        const auto third = probes.one();
        CHECK(third.failure == ProbeFailure::none);
        CHECK(third.repeated == 1);
        const auto requests = server.requests();
        REQUIRE(requests.size() == 4);
        CHECK(requests[2].connection == 1);
        CHECK(requests[3].connection == 2);
    }
}

TEST_CASE("a probe connects where it is told to, with the headers it is told to", "[prober]") {
    HttpServer server([](const ServedRequest&) { return answer(200, ""); });
    const auto port = std::to_string(server.port());
    ::setenv("http_proxy", url_of(closed_port()).c_str(), 1);
    Probes probes({.urls = {"http://user:word@Shop.Example.com:" + port + "/a?b=c"},
                   .http = {.headers = {{"Host", "other.example.com"}, {"X-Empty", ""}}, .allow_insecure = true},
                   .resolve = {"shop.example.com:" + port + ":127.0.0.1"}});
    const auto answered = probes.one();
    ::unsetenv("http_proxy");
    CHECK(answered.reason.empty());
    const auto requests = server.requests();
    REQUIRE(requests.size() == 1);
    CHECK(requests[0].target == "/a?b=c");
    auto headers = requests[0].headers;
    CHECK(headers["host"] == "other.example.com");
    CHECK(headers["authorization"] == "Basic dXNlcjp3b3Jk");
    CHECK(headers.count("x-empty") == 1);
    CHECK(headers["user-agent"] == "slipway");
    CHECK(contains(failure_of([&] { Probes({.urls = {"http://user:word@shop.example.com/"}}); }).what(), "plain HTTP would show them"));
    CHECK(contains(failure_of([&] { Probes({.urls = {"http://shop.example.com/"}, .http = {.headers = {{"Authorization", "Bearer x"}}}}); }).what(), "plain HTTP would show them"));
}

TEST_CASE("a probe looks at the certificate of each connection", "[prober]") {
    const fake::Authority authority("probed");
    HttpServer server([](const ServedRequest&) { return answer(200, "safe"); }, {.certificate = authority.issue("server", "IP:127.0.0.1"), .client_authority = {}});
    const auto ca_file = std::filesystem::temp_directory_path() / ("prober-ca-" + std::to_string(::getpid()) + ".pem");
    std::ofstream(ca_file) << authority.certificate();
    const auto unknown = Probes({.urls = {server.url()}}).one();
    CHECK(unknown.failure == ProbeFailure::certificate);
    CHECK(contains(unknown.reason, "TLS: "));
    Probes trusting({.urls = {server.url()}, .http = {.ca_file = ca_file}});
    for (int i = 0; i < 3; ++i) CHECK(trusting.one().response.body == "safe");
    const auto port = std::to_string(server.port());
    const auto other_name = Probes({.urls = {"https://shop.example.com:" + port + '/'}, .http = {.ca_file = ca_file}, .resolve = {"shop.example.com:" + port + ":127.0.0.1"}}).one();
    CHECK(other_name.failure == ProbeFailure::certificate);
    CHECK(Probes({.urls = {server.url()}, .http = {.allow_insecure = true}}).one().response.body == "safe");
    CHECK(Probes({.urls = {"https://127.0.0.1:" + std::to_string(closed_port()) + '/'}}).one().reason == "connection refused");
    std::filesystem::remove(ca_file);
    CHECK(contains(failure_of([&] { Probes({.urls = {server.url()}, .http = {.ca_file = ca_file}}); }).what(), "No such file"));
}

TEST_CASE("a slow answer holds up no other probe, and no end", "[prober]") {
    HttpServer server([](const ServedRequest& request) -> Answer {
        if (request.target == "/slow") return {.bytes = "", .then = Answer::Then::hang};
        return answer(200, "");
    });
    Probes probes({.urls = {server.url("/slow"), server.url("/quick")}, .timeout = Duration{60'000}});
    probes.prober->send(1, 0);
    for (std::uint64_t number = 2; number < 20; ++number) {
        probes.prober->send(number, 1);
        CHECK(probes.next().number == number);
    }
    SECTION("woken") {
        std::thread waker([&] { probes.prober->wake(); });
        CHECK(probes.prober->wait(Duration{60'000}).empty());
        waker.join();
    }
    SECTION("cancelled") {
        probes.cancellation.request(SIGTERM);
        CHECK(probes.prober->wait(Duration{60'000}).empty());
    }
}

TEST_CASE("what this machine has no room for is no failure of the server", "[prober]") {
    HttpServer server([](const ServedRequest&) { return answer(200, ""); });
    Probes probes({.urls = {server.url()}});
    CHECK(probes.one().failure == ProbeFailure::none); // loads what is needed
    rlimit limit = {};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    auto none = limit;
    const int lowest = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    none.rlim_cur = static_cast<rlim_t>(lowest);
    ::close(lowest);
    ::setrlimit(RLIMIT_NOFILE, &none);
    const auto answered = probes.one();
    ::setrlimit(RLIMIT_NOFILE, &limit);
    CHECK(answered.failure == ProbeFailure::ours);
    CHECK(contains(answered.reason, "Too many open files"));
    CHECK(probes.one().failure == ProbeFailure::none);
}

TEST_CASE("programs that run meanwhile do not get a probe's connections", "[prober]") {
    HttpServer server([](const ServedRequest&) -> Answer { return {.bytes = "", .then = Answer::Then::hang}; });
    const auto inherited_sockets = [] {
        int count = 0;
        for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
            const int fd = std::stoi(entry.path().filename());
            sockaddr_in peer = {};
            socklen_t size = sizeof peer;
            if (::getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &size) == 0 && peer.sin_family == AF_INET && (::fcntl(fd, F_GETFD) & FD_CLOEXEC) == 0) ++count;
        }
        return count;
    };
    const auto before = inherited_sockets();
    Probes probes({.urls = {server.url()}});
    probes.prober->send(1, 0);
    while (server.requests().empty()) probes.prober->wait(Duration{10});
    CHECK(inherited_sockets() == before);
}
