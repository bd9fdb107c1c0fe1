#include "io/waiting.hpp"

#include <poll.h>

#include <array>

namespace slipway::io {

namespace {

/// What was said last, such as "cancelled", should still reach somebody who reads.
constexpr int milliseconds_after_cancellation = 300;

} // namespace

bool wait_until_ready(int fd, short events, const Cancellation* cancellation) noexcept {
    for (;;) {
        const bool cancelled = cancellation != nullptr && cancellation->requested();
        std::array<pollfd, 2> waiting = {{{fd, events, 0}, {cancellation != nullptr && !cancelled ? cancellation->fd() : -1, POLLIN, 0}}};
        const int count = ::poll(waiting.data(), waiting.size(), cancelled ? milliseconds_after_cancellation : -1);
        if (count > 0 && waiting[0].revents != 0) return true;
        if (count == 0) return false;
    }
}

} // namespace slipway::io
