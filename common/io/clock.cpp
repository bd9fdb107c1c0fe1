#include "io/clock.hpp"

#include <poll.h>

#include <algorithm>

namespace slipway::io {

Timestamp SystemClock::now() {
    return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

Steady SystemClock::steady() { return std::chrono::steady_clock::now(); }

void SystemClock::sleep_for(Duration duration) {
    const auto end = steady() + duration;
    for (;;) {
        cancellation_.check();
        const auto rest = std::chrono::ceil<Duration>(end - steady());
        if (rest.count() <= 0) return;
        pollfd waiting = {.fd = cancellation_.fd(), .events = POLLIN, .revents = 0};
        poll(&waiting, 1, static_cast<int>(std::min<Duration::rep>(rest.count(), 60'000)));
    }
}

} // namespace slipway::io
