#pragma once

#include "wait-for-slo/probes/record.hpp"
#include "wait-for-slo/source.hpp"

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace slipway::wait_for_slo {

/// A request that is over, as it is counted.
struct JudgedRequest {
    Timestamp time;        ///< when it was sent
    Duration took{0};
    int status = 0;        ///< 0: there was no answer
    std::string reason;    ///< why it failed; empty: it did not
    std::optional<std::string> version; ///< of the answer; nothing when nobody asks, or there is none
};

/// What became of the requests to one address. Small, however long it is probed.
class ProbeTally {
public:
    /// @param url  as it may be shown
    explicit ProbeTally(std::string url) : url_(std::move(url)) {}

    void take(const JudgedRequest& request);
    void take_not_sent() { ++now_.not_sent; }

    /// All that was taken so far.
    Counts counts() const { return {static_cast<double>(now_.failed), static_cast<double>(now_.requests)}; }

    /// A look: what is reported is what the newest look showed, so that a report never knows more than its verdict.
    void look();
    ProbeRecord record() const;
    /// The good ones, and the failed ones by reason.
    std::vector<SeriesCount> by_reason() const;

    /// Null when none failed.
    const FailedRequest* first_failure() const { return failures_.empty() ? nullptr : &failures_.front(); }

private:
    struct Numbers {
        std::size_t requests = 0;
        std::size_t failed = 0;
        std::size_t not_sent = 0;
        std::size_t kept_failures = 0;
        std::vector<VersionCount> versions = {};
        std::map<Duration, std::size_t> times = {}; ///< of answers, to three digits
        std::map<std::string, std::size_t> reasons = {};
    };

    VersionCount& version(const JudgedRequest& request);

    std::string url_;
    Numbers now_;
    Numbers seen_;
    std::vector<FailedRequest> failures_;
};

} // namespace slipway::wait_for_slo
