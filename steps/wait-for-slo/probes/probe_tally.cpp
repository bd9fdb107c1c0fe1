#include "wait-for-slo/probes/probe_tally.hpp"

#include <algorithm>
#include <utility>

namespace slipway::wait_for_slo {

namespace {

constexpr std::size_t most_versions = 100;
constexpr std::size_t most_reasons = 50;
const std::string others = "others";

/// To three digits, so that there are never many different ones.
Duration rounded(Duration time) {
    Duration::rep unit = 1;
    while (time.count() / unit >= 1000) unit *= 10;
    return Duration{(time.count() + unit / 2) / unit * unit};
}

Duration median(const std::map<Duration, std::size_t>& times) {
    std::size_t all = 0;
    for (const auto& [time, count] : times) all += count;
    std::size_t passed = 0;
    for (const auto& [time, count] : times) {
        passed += count;
        if (2 * passed >= all) return time;
    }
    return Duration{0};
}

} // namespace

VersionCount& ProbeTally::version(const JudgedRequest& request) {
    auto& versions = now_.versions;
    const auto find = [&](const std::string& name) { return std::find_if(versions.begin(), versions.end(), [&](const VersionCount& one) { return one.version == name; }); };
    auto found = find(*request.version);
    if (found != versions.end()) return *found;
    const auto& name = versions.size() < most_versions ? *request.version : others;
    found = find(name);
    if (found != versions.end()) return *found;
    return versions.emplace_back(VersionCount{.version = name, .first = request.time, .last = request.time});
}

void ProbeTally::take(const JudgedRequest& request) {
    const bool failed = !request.reason.empty();
    ++now_.requests;
    if (request.status != 0) ++now_.times[rounded(request.took)];
    if (request.version) {
        auto& counted = version(request);
        ++counted.answers;
        counted.failed += failed ? 1 : 0;
        counted.first = std::min(counted.first, request.time); // answers come in another order
        counted.last = std::max(counted.last, request.time);
    }
    if (!failed) return;
    ++now_.failed;
    ++now_.reasons[now_.reasons.size() < most_reasons || now_.reasons.count(request.reason) != 0 ? request.reason : others];
    if (failures_.size() < ProbeRecord::most_failures) failures_.push_back({.time = request.time, .took = request.took, .status = request.status, .reason = request.reason});
    now_.kept_failures = failures_.size();
}

void ProbeTally::look() { seen_ = now_; }

ProbeRecord ProbeTally::record() const {
    ProbeRecord record{.url = url_, .requests = seen_.requests, .failed = seen_.failed, .failures = {}, .versions = seen_.versions, .median = {}, .slowest = {}, .not_sent = seen_.not_sent};
    record.failures.assign(failures_.begin(), failures_.begin() + static_cast<std::ptrdiff_t>(seen_.kept_failures));
    std::stable_sort(record.failures.begin(), record.failures.end(), [](const FailedRequest& a, const FailedRequest& b) { return a.time < b.time; });
    std::stable_sort(record.versions.begin(), record.versions.end(), [](const VersionCount& a, const VersionCount& b) { return a.first < b.first; });
    if (!seen_.times.empty()) {
        record.median = median(seen_.times);
        record.slowest = seen_.times.rbegin()->first;
    }
    return record;
}

std::vector<SeriesCount> ProbeTally::by_reason() const {
    std::vector<SeriesCount> all;
    for (const auto& [reason, count] : seen_.reasons) all.push_back({.name = reason, .events = static_cast<double>(count), .bad = static_cast<double>(count)});
    std::stable_sort(all.begin(), all.end(), [](const SeriesCount& a, const SeriesCount& b) { return a.bad > b.bad; });
    if (seen_.requests > seen_.failed) all.push_back({.name = "good answers", .events = static_cast<double>(seen_.requests - seen_.failed), .bad = 0});
    return all;
}

} // namespace slipway::wait_for_slo
