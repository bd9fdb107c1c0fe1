#include "io/cancellation.hpp"

#include "core/error.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdint>

namespace slipway::io {

namespace {

/// A signal handler takes no argument of ours, so this is the one global of the library.
std::atomic<Cancellation*> for_signals{nullptr};

void on_signal(int signal) {
    const int saved = errno;
    if (auto* cancellation = for_signals.load()) cancellation->request(signal);
    errno = saved;
}

} // namespace

Cancellation::Cancellation() : fd_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    if (fd_ < 0) throw world_failure("cannot watch for signals: no event descriptor to be had");
}

Cancellation::~Cancellation() {
    // A signal that comes later finds nobody.
    auto* self = this;
    for_signals.compare_exchange_strong(self, nullptr);
    close(fd_);
}

void Cancellation::request(int signal) noexcept {
    int none = 0;
    if (!signal_.compare_exchange_strong(none, signal)) return;
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = write(fd_, &one, sizeof one);
}

void Cancellation::check() const {
    if (requested()) throw Cancelled(signal());
}

void handle_signals(Cancellation& cancellation) {
    for_signals = &cancellation;
    struct sigaction action = {};
    action.sa_handler = on_signal;
    sigemptyset(&action.sa_mask);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaction(signal, &action, nullptr);
    action.sa_handler = SIG_IGN;
    sigaction(SIGPIPE, &action, nullptr);
}

} // namespace slipway::io
