#include "catch.hpp"

#include "failure.hpp"
#include "fakes.hpp"
#include "prometheus/ruler_apply.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <memory>
#include <mutex>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>

using namespace slipway;
using namespace slipway::prometheus;

namespace {

const io::Response stored{202, {}, R"({"status":"success"})"};

/// A server for several clients, each of which must be used by one thread at a time.
struct Server {
    fake::Http::Handler answer = [](const io::Request&) { return stored; };
    std::mutex mutex = {};
    std::vector<std::string> requests = {};
    int clients = 0;
    int running = 0;
    int most_running = 0;

    ClientFactory factory() {
        return [this]() -> std::unique_ptr<io::HttpClient> {
            ++clients;
            return std::make_unique<fake::Http>([this, busy = std::make_shared<std::atomic<bool>>(false)](const io::Request& request) {
                if (busy->exchange(true)) throw std::logic_error("two threads use one client");
                {
                    const std::lock_guard lock(mutex);
                    requests.push_back(request.method + ' ' + request.url.substr(request.url.find("rules")));
                    most_running = std::max(most_running, ++running);
                }
                std::this_thread::sleep_for(std::chrono::milliseconds(2));
                struct End {
                    Server& server;
                    std::atomic<bool>& busy;
                    ~End() {
                        const std::lock_guard lock(server.mutex);
                        --server.running;
                        busy = false;
                    }
                } const end{*this, *busy};
                return answer(request);
            });
        };
    }
};

RulerChanges many(int count) {
    RulerChanges changes;
    for (int i = 0; i < count; ++i) changes.added.push_back({"app", "g" + std::to_string(i), "name: g" + std::to_string(i) + '\n'});
    return changes;
}

const RulerAddress address("http://ruler", RulerKind::mimir);

std::size_t all_of(const RulerOutcome& outcome) {
    std::set<std::string> names;
    std::size_t count = 0;
    for (const auto* list : {&outcome.sent, &outcome.uncertain, &outcome.left}) {
        for (const auto& change : *list) {
            names.insert(change.group);
            ++count;
        }
    }
    CHECK(names.size() == count);
    return count;
}

} // namespace

TEST_CASE("changes are sent by a few clients at once") {
    Server server;
    const io::Cancellation cancellation;
    const auto outcome = apply(many(50), address, server.factory(), cancellation);
    CHECK(outcome.complete());
    outcome.check();
    CHECK(outcome.sent.size() == 50);
    CHECK(server.requests.size() == 50);
    CHECK(server.most_running <= 4);
    CHECK(server.clients <= 4);
    CHECK(all_of(outcome) == 50);
}

TEST_CASE("nothing is sent for no changes") {
    Server server;
    const io::Cancellation cancellation;
    CHECK(apply({}, address, server.factory(), cancellation).complete());
    CHECK(server.clients == 0);
}

TEST_CASE("groups are deleted when all others are stored") {
    Server server;
    const io::Cancellation cancellation;
    RulerChanges changes = many(3);
    changes.changed.push_back({"app", "c", "name: c\n"});
    changes.removed = {{"app", "old", ""}, {"web", "older", ""}};
    const auto outcome = apply(changes, address, server.factory(), cancellation);
    CHECK(outcome.complete());
    REQUIRE(server.requests.size() == 6);
    std::sort(server.requests.begin() + 4, server.requests.end());
    CHECK(server.requests[4] == "DELETE rules/app/old");
    CHECK(server.requests[5] == "DELETE rules/web/older");
    CHECK(outcome.to_undo().size() == 6);
}

TEST_CASE("the first failure ends it, and nothing is forgotten") {
    Server server;
    server.answer = [](const io::Request& request) {
        if (std::get<std::string>(request.body) == "name: g20\n") return io::Response{400, {}, "rule group limit exceeded\n"};
        return stored;
    };
    const io::Cancellation cancellation;
    auto changes = many(50);
    changes.removed.push_back({"app", "old", ""});
    // How far the others come is up to the scheduler; one alone comes to the failure and no further.
    const std::size_t at_once = GENERATE(1u, 4u);
    const auto outcome = apply(changes, address, server.factory(), cancellation, at_once);
    CHECK_FALSE(outcome.complete());
    CHECK(all_of(outcome) == 51);
    CHECK(outcome.uncertain.empty());
    CHECK(outcome.sent.size() >= (at_once == 1 ? 20u : 17u));
    if (at_once == 1) CHECK(outcome.sent.size() == 20);
    CHECK(std::none_of(server.requests.begin(), server.requests.end(), [](const auto& request) { return request.find("DELETE") == 0; }));
    CHECK(server.requests.size() == outcome.sent.size() + 1);
    REQUIRE(outcome.failures.size() == 1);
    const auto error = failure_of([&] { outcome.check(); });
    CHECK(error.code() == ExitCode::refused);
    CHECK(std::string(error.what()) == "the server refuses group 'g20' of namespace 'app': rule group limit exceeded");
}

TEST_CASE("all failures are told, and what may be stored is known") {
    Server server;
    std::atomic<int> on_their_way{0};
    server.answer = [&](const io::Request& request) {
        const auto& body = std::get<std::string>(request.body);
        ++on_their_way;
        while (on_their_way < 4) std::this_thread::yield();
        if (body == "name: g0\n") throw world_failure("POST http://ruler: connection broken");
        if (body == "name: g1\n") return io::Response{400, {}, "no\n"};
        if (body == "name: g2\n") return io::Response{401, {}, "no org id\n"};
        return io::Response{503, {}, "later\n"};
    };
    const io::Cancellation cancellation;
    const auto outcome = apply(many(9), address, server.factory(), cancellation);
    CHECK(all_of(outcome) == 9);
    CHECK(outcome.sent.empty());
    CHECK(outcome.uncertain.size() == 2);
    CHECK(outcome.left.size() == 7);
    REQUIRE(outcome.failures.size() == 4);
    const auto error = failure_of([&] { outcome.check(); });
    CHECK(error.code() == ExitCode::refused);
    CHECK(error.diagnostics().size() == 4);
    CHECK(outcome.to_undo().size() == 2);
}

TEST_CASE("cancellation ends it at once, and what may be stored is known") {
    Server server;
    io::Cancellation cancellation;
    server.answer = [&](const io::Request& request) {
        if (std::get<std::string>(request.body) == "name: g10\n") {
            cancellation.request(SIGTERM);
            throw Cancelled(SIGTERM);
        }
        return stored;
    };
    const auto outcome = apply(many(50), address, server.factory(), cancellation);
    CHECK(outcome.signal == SIGTERM);
    CHECK(all_of(outcome) == 50);
    CHECK(outcome.uncertain.size() == 1);
    CHECK_THROWS_AS(outcome.check(), Cancelled);

    Server late;
    const auto none = apply(many(5), address, late.factory(), cancellation);
    CHECK(none.left.size() == 5);
    CHECK(late.requests.empty());
    CHECK_THROWS_AS(none.check(), Cancelled);
}

TEST_CASE("a client that cannot be made is a failure with which nothing was sent") {
    const io::Cancellation cancellation;
    const auto outcome = apply(many(5), address, []() -> std::unique_ptr<io::HttpClient> { throw world_failure("no client"); }, cancellation, 2);
    CHECK(outcome.left.size() == 5);
    CHECK(failure_of([&] { outcome.check(); }).diagnostics().size() == 1);
}
