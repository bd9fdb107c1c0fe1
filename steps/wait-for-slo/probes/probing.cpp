#include "wait-for-slo/probes/probing.hpp"

#include "core/text.hpp"
#include "io/http.hpp"

#include <algorithm>
#include <cmath>

namespace slipway::wait_for_slo {

namespace {

constexpr Duration longest_round{1'000};
constexpr Duration grain{1'000}; ///< of looks: new requests come all the time, and each look weighs the evidence anew

bool is_redirect(int status) { return status >= 300 && status < 400; }

/// Whether a mistyped address fails so.
bool is_of_mistyped_address(const io::ProbeAnswer& answer) {
    switch (answer.failure) {
    case io::ProbeFailure::name:
    case io::ProbeFailure::route:
    case io::ProbeFailure::certificate: return true;
    case io::ProbeFailure::none: return answer.response.status == 404 || is_redirect(answer.response.status);
    default: return false;
    }
}

bool is_of_network(const io::ProbeAnswer& answer) { return answer.failure == io::ProbeFailure::name || answer.failure == io::ProbeFailure::route; }

std::string with_place(std::string reason, const io::Response& response) {
    if (!is_redirect(response.status)) return reason;
    const auto place = response.header("Location");
    return place ? reason + ", redirected to " + visible(io::url_for_people(*place)).substr(0, 200) : reason;
}

} // namespace

Probing::Probing(const ProbeOptions& options, io::Clock& clock, io::Log& log)
    : expectation_(options), timeout_(options.timeout), rate_(options.rate * static_cast<double>(options.urls.size())), clock_(clock), log_(log), failures_(clock, log) {
    for (const auto& url : options.urls) {
        const auto shown = visible(io::url_for_people(url));
        targets_.push_back({.url = shown, .tally = ProbeTally(shown)});
    }
}

Duration Probing::send_due(io::Prober& prober) {
    const auto now = clock_.steady();
    if (!began_) began_ = expected_ = now;
    newest_round_ = now;
    notice_standstill(now);
    const auto due = static_cast<std::uint64_t>(std::chrono::duration<double>(now - *began_).count() * rate_) + 1;
    // After this machine stood still, those of a second are sent at once, and not those of all the time: nobody meant such a load.
    const auto most_at_once = std::max<std::uint64_t>(targets_.size(), static_cast<std::uint64_t>(std::ceil(rate_)));
    for (; planned_ < due; ++planned_) {
        auto& target = target_of(planned_);
        if (due - planned_ > most_at_once) {
            skip(target, "this machine stood still");
        } else if (target.under_way >= std::max<std::size_t>(1, most_under_way / targets_.size())) {
            skip(target, std::to_string(target.under_way) + " others wait for their answers");
        } else {
            sent_.emplace(planned_, Sent{planned_ % targets_.size(), clock_.now(), now});
            ++target.under_way;
            prober.send(planned_, planned_ % targets_.size());
        }
    }
    failures_.move_on();
    const auto next = *began_ + std::chrono::duration_cast<io::Steady::duration>(std::chrono::duration<double>(static_cast<double>(planned_) / rate_));
    const auto pause = std::clamp(std::chrono::ceil<Duration>(next - clock_.steady()), Duration{0}, longest_round);
    expected_ = clock_.steady() + pause;
    return pause;
}

void Probing::skip(Target& target, const std::string& why) {
    if (!first_counted_) return;
    target.tally.take_not_sent();
    if (target.said_not_sent) return;
    target.said_not_sent = true;
    log_.warning("requests to " + target.url + " are left out, and do not count: " + why);
}

void Probing::take(const std::vector<io::ProbeAnswer>& answers) {
    notice_standstill(clock_.steady());
    for (const auto& answer : answers) take_one(answer);
}

/// Answers that came while this machine, or what reads our log, stood still are read too late: they look like timeouts, or the server
/// has given us up meanwhile.
void Probing::notice_standstill(io::Steady now) {
    if (now > expected_ + timeout_ / 4) stood_still_until_ = now;
    expected_ = now;
}

void Probing::take_one(const io::ProbeAnswer& answer) {
    const auto found = sent_.find(answer.number);
    if (found == sent_.end()) return;
    const auto sent = found->second;
    sent_.erase(found);
    auto& target = targets_[sent.target];
    --target.under_way;
    const bool too_late = answer.failure != io::ProbeFailure::none && sent.steady < stood_still_until_;
    if (answer.failure == io::ProbeFailure::ours || too_late) {
        if (counts(answer.number)) skip(target, too_late ? "this machine stood still" : answer.reason);
        return;
    }
    JudgedRequest request{.time = sent.time, .took = answer.took, .status = answer.response.status, .reason = expectation_.fault_of(answer), .version = {}};
    if (request.reason.empty()) {
        target.answered = true;
    } else {
        if (answer.failure == io::ProbeFailure::none) request.reason = with_place(request.reason, answer.response);
        target.may_be_mistyped = target.may_be_mistyped && is_of_mistyped_address(answer);
        target.newest = io::ProbeAnswer{.failure = answer.failure, .response = {.status = answer.response.status, .headers = {}, .body = {}}};
        target.newest_reason = request.reason;
    }
    if (answer.repeated > 0) log_.debug("GET " + target.url + " at " + format_timestamp(request.time) + " was sent again: the server had closed the kept connection");
    if (!counts(answer.number)) return;
    if (expectation_.wants_versions() && answer.response.status != 0) request.version = expectation_.version_in(answer.response);
    target.tally.take(request);
    if (!request.reason.empty()) failures_.take(target.url, request);
}

void Probing::count_from_now() {
    first_counted_ = planned_;
    for (auto& target : targets_) target.tally = ProbeTally(target.url);
}

std::vector<ObjectiveReading> Probing::look() {
    const auto now = clock_.steady();
    const auto since = [&](io::Steady then) { return std::chrono::duration_cast<Duration>(now - then); };
    std::vector<std::optional<io::Steady>> oldest(targets_.size());
    for (const auto& [number, sent] : sent_) {
        if (counts(number) && !oldest[sent.target]) oldest[sent.target] = sent.steady;
    }
    const auto between = Duration{std::llround(1000.0 * static_cast<double>(targets_.size()) / rate_)};
    std::vector<ObjectiveReading> readings;
    for (std::size_t i = 0; i < targets_.size(); ++i) {
        auto& target = targets_[i];
        target.tally.look();
        ObjectiveReading reading{.counts = target.tally.counts()};
        reading.total_matches = true;
        reading.numerator_matches = !mistake_in(i); // so that the watch asks for the mistake
        reading.since_newest = since(newest_round_);
        reading.interval = std::max(grain, between);
        reading.alive = true;
        if (const auto* failure = target.tally.first_failure()) reading.first_bad = failure->reason + " at " + format_timestamp(failure->time);
        if (oldest[i]) reading.delay = since(*oldest[i]);
        reading.longest_delay = timeout_ + longest_round;
        readings.push_back(std::move(reading));
    }
    return readings;
}

bool Probing::answered_once() const {
    return std::all_of(targets_.begin(), targets_.end(), [](const Target& target) { return target.answered; });
}

std::string Probing::missing() const {
    const auto found = std::find_if(targets_.begin(), targets_.end(), [](const Target& target) { return !target.answered; });
    if (found == targets_.end()) return {};
    return found->url + ": " + (found->newest_reason.empty() ? "no answer yet" : found->newest_reason);
}

std::optional<QueryMistake> Probing::mistake_in(std::size_t number) const {
    const auto& target = targets_[number];
    if (target.answered || !target.may_be_mistyped || !target.newest) return std::nullopt;
    QueryMistake mistake{.message = "no request to " + target.url + " was ever answered well: " + target.newest_reason, .hint = {}};
    const bool all_unreachable = std::all_of(targets_.begin(), targets_.end(), [](const Target& one) { return !one.answered && one.newest && is_of_network(*one.newest); });
    if (all_unreachable) mistake.hint = "is the address right, and does this machine reach the network (DNS, proxy)?";
    else if (is_of_network(*target.newest)) mistake.hint = "is the address right?";
    else if (target.newest->failure == io::ProbeFailure::certificate) mistake.hint = "is the host's name right? A private certificate authority is named with --ca-file";
    else if (target.newest->response.status == 404) mistake.hint = "is the path right? If 404 is a good answer, say so with --probe-status";
    else mistake.hint = "redirects are not followed: give the address that they lead to, or allow them with --probe-status 200-399";
    return mistake;
}

std::vector<ProbeRecord> Probing::records() const {
    std::vector<ProbeRecord> records;
    for (const auto& target : targets_) records.push_back(target.tally.record());
    return records;
}

} // namespace slipway::wait_for_slo
