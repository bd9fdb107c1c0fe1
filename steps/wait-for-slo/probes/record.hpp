#pragma once

#include "core/duration.hpp"
#include "core/timestamp.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace slipway::wait_for_slo {

struct FailedRequest {
    Timestamp time;        ///< when it was sent
    Duration took{0};
    int status = 0;        ///< 0: there was no answer
    std::string reason;    ///< "status 502", "connection reset", "no answer within 5s"
};

/// The answers of one version.
struct VersionCount {
    std::string version;   ///< empty: the answer names none
    std::size_t answers = 0;
    std::size_t failed = 0;
    Timestamp first;
    Timestamp last;
};

/// What became of the requests to one address.
struct ProbeRecord {
    std::string url; ///< as it may be shown
    std::size_t requests = 0;
    std::size_t failed = 0;
    std::vector<FailedRequest> failures; ///< the first ones, at most `most_failures`
    std::vector<VersionCount> versions;  ///< by their first answer; none when nobody asked
    std::optional<Duration> median;      ///< of the time to an answer
    std::optional<Duration> slowest;
    std::size_t not_sent = 0;            ///< requests that were due while too many others waited for answers, or that this machine could not send

    static constexpr std::size_t most_failures = 10'000;
};

} // namespace slipway::wait_for_slo
