#pragma once

#include "io/http.hpp"

namespace slipway::wait_for_slo {

/// Remembers the status of the last answer, which the API's errors do not carry.
class StatusKeeper final : public io::HttpClient {
public:
    explicit StatusKeeper(io::HttpClient& client) : client_(client) {}

    io::Response send(const io::Request& request) override {
        last_status_ = 0;
        auto response = client_.send(request);
        last_status_ = response.status;
        return response;
    }

    /// Of the last answer; 0 when there was none.
    int last_status() const noexcept { return last_status_; }

private:
    io::HttpClient& client_;
    int last_status_ = 0;
};

} // namespace slipway::wait_for_slo
