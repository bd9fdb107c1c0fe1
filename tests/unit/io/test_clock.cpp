#include "catch.hpp"

#include "core/error.hpp"
#include "io/clock.hpp"

#include <poll.h>

#include <csignal>
#include <thread>

using namespace slipway;
using namespace slipway::io;

namespace {

bool is_readable(int fd) {
    pollfd waiting = {.fd = fd, .events = POLLIN, .revents = 0};
    return ::poll(&waiting, 1, 0) == 1;
}

} // namespace

TEST_CASE("the first request for cancellation wins, and stays") {
    Cancellation cancellation;
    CHECK_FALSE(cancellation.requested());
    CHECK_FALSE(is_readable(cancellation.fd()));
    cancellation.check();
    cancellation.request(SIGINT);
    cancellation.request(SIGTERM);
    CHECK(cancellation.signal() == SIGINT);
    CHECK(is_readable(cancellation.fd()));
    CHECK(is_readable(cancellation.fd()));
    CHECK_THROWS_AS(cancellation.check(), Cancelled);
}

TEST_CASE("signals request cancellation while the object lives") {
    struct Saved {
        struct sigaction term, interrupt, hangup, pipe;
        Saved() {
            ::sigaction(SIGTERM, nullptr, &term);
            ::sigaction(SIGINT, nullptr, &interrupt);
            ::sigaction(SIGHUP, nullptr, &hangup);
            ::sigaction(SIGPIPE, nullptr, &pipe);
        }
        ~Saved() {
            ::sigaction(SIGTERM, &term, nullptr);
            ::sigaction(SIGINT, &interrupt, nullptr);
            ::sigaction(SIGHUP, &hangup, nullptr);
            ::sigaction(SIGPIPE, &pipe, nullptr);
        }
    } const saved;
    for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
        Cancellation cancellation;
        handle_signals(cancellation);
        ::raise(signal);
        CHECK(cancellation.signal() == signal);
    }
    // One that arrives after the last object is gone must not touch it.
    ::raise(SIGTERM);
    ::raise(SIGPIPE);
}

TEST_CASE("a sleep takes its time, and ends with cancellation") {
    Cancellation cancellation;
    SystemClock clock(cancellation);
    const auto before = clock.steady();
    clock.sleep_for(Duration{20});
    CHECK(clock.steady() - before >= Duration{20});
    clock.sleep_for(Duration{0});
    clock.sleep_for(Duration{-5});
    std::thread canceller([&] { cancellation.request(SIGTERM); });
    CHECK_THROWS_AS(clock.sleep_for(std::chrono::hours(24 * 365)), Cancelled);
    canceller.join();
    CHECK_THROWS_AS(clock.sleep_for(Duration{0}), Cancelled);
}

TEST_CASE("the time of day is ours") {
    Cancellation cancellation;
    SystemClock clock(cancellation);
    CHECK(clock.now() > *parse_timestamp("2024-01-01T00:00:00Z"));
    CHECK(clock.now() < *parse_timestamp("2200-01-01T00:00:00Z"));
}
