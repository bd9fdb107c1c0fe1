#pragma once

#include "core/duration.hpp"
#include "core/timestamp.hpp"
#include "io/cancellation.hpp"

#include <chrono>

namespace slipway::io {

using Steady = std::chrono::steady_clock::time_point;

class Clock {
public:
    virtual ~Clock() = default;
    /// The time of day; may jump.
    virtual Timestamp now() = 0;
    /// For measuring; never jumps.
    virtual Steady steady() = 0;
    /// @throws Cancelled as soon as cancellation is requested
    virtual void sleep_for(Duration duration) = 0;
};

class SystemClock final : public Clock {
public:
    explicit SystemClock(const Cancellation& cancellation) : cancellation_(cancellation) {}
    Timestamp now() override;
    Steady steady() override;
    void sleep_for(Duration duration) override;

private:
    const Cancellation& cancellation_;
};

} // namespace slipway::io
