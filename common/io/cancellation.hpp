#pragma once

#include <atomic>

namespace slipway::io {

/// Whether somebody asked this process to end. Everything that waits, waits on `fd()` as well.
class Cancellation {
public:
    Cancellation();
    ~Cancellation();
    Cancellation(const Cancellation&) = delete;
    Cancellation& operator=(const Cancellation&) = delete;

    /// Safe inside a signal handler. The first request wins.
    void request(int signal) noexcept;

    bool requested() const noexcept { return signal_ != 0; }
    int signal() const noexcept { return signal_; }
    /// Readable from the first request on, for poll(2).
    int fd() const noexcept { return fd_; }
    /// @throws Cancelled once it was requested
    void check() const;

private:
    std::atomic<int> signal_{0};
    int fd_ = -1;
};

/// From now on SIGINT, SIGTERM and SIGHUP request cancellation instead of ending the process, also as PID 1,
/// where the default is to ignore them. SIGPIPE is ignored: a closed pipe is a write error like others.
void handle_signals(Cancellation& cancellation);

} // namespace slipway::io
