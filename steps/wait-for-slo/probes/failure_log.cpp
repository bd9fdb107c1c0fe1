#include "wait-for-slo/probes/failure_log.hpp"

#include "core/text.hpp"

namespace slipway::wait_for_slo {

void FailureLog::take(const std::string& url, const JudgedRequest& request) {
    const auto line = "GET " + url + " at " + format_timestamp(request.time) + " failed after " + format_duration(request.took) + ": " + request.reason;
    if (lines_ < most_lines) {
        log_.warning(line);
        if (++lines_ == most_lines) log_.info("further failed requests are summed up every " + format_duration(time_of_a_sum));
        summed_up_ = clock_.steady();
        return;
    }
    ++not_said_;
    newest_ = line;
}

void FailureLog::move_on() {
    if (not_said_ > 0 && clock_.steady() - summed_up_ >= time_of_a_sum) finish();
}

void FailureLog::finish() {
    if (not_said_ == 0) return;
    log_.warning(count_of(not_said_, "more failed request") + "; the newest: " + newest_);
    not_said_ = 0;
    summed_up_ = clock_.steady();
}

} // namespace slipway::wait_for_slo
