#pragma once

#include "core/duration.hpp"
#include "io/http.hpp"

namespace slipway::wait_for_slo {

/// Sends each request once and with our own timeout: looking again is this step's business, which counts how often it failed.
class SingleTry final : public io::HttpClient {
public:
    SingleTry(io::HttpClient& client, Duration timeout) : client_(client), timeout_(timeout) {}

    io::Response send(const io::Request& request) override {
        auto once = request;
        once.timeout = timeout_;
        once.retry.attempts = 1;
        last_status_ = 0;
        auto response = client_.send(once);
        last_status_ = response.status;
        return response;
    }

    /// Of the last answer; 0 when there was none.
    int last_status() const noexcept { return last_status_; }

private:
    io::HttpClient& client_;
    Duration timeout_;
    int last_status_ = 0;
};

} // namespace slipway::wait_for_slo
