#include "catch.hpp"

#include "push-rules/waiting.hpp"

#include <poll.h>

using namespace slipway;
using namespace slipway::push_rules;

TEST_CASE("a deadline ends what waits, and is not waited for itself") {
    const Deadline soon(Duration{1});
    ::pollfd wait{.fd = soon.cancellation().fd(), .events = POLLIN, .revents = 0};
    REQUIRE(::poll(&wait, 1, 10'000) == 1);
    CHECK(soon.cancellation().requested());

    // Its end would hang here if it were.
    const Deadline never(Duration{3'600'000});
    CHECK_FALSE(never.cancellation().requested());
}
