#include "wait-for-slo/counting/counter.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

namespace slipway::wait_for_slo {

namespace {

/// A process that crashes may come back and reach its old height, once or twice.
constexpr int climbs_of_several_processes = 3;

std::string number(double value) {
    char text[32];
    std::snprintf(text, sizeof text, "%.15g", value);
    return text;
}

Doubt doubt_of(const prometheus::Series& series, const std::string& why, std::string hint = {}, bool lasting = false) {
    return {"cannot count " + series_name(series.labels) + ": " + why, std::move(hint), lasting};
}

std::optional<Doubt> doubt_of_value(const prometheus::Series& series, double value) {
    if (!std::isfinite(value)) return doubt_of(series, "it has a value that is no number");
    if (value < 0 || value != std::floor(value)) {
        return doubt_of(series, "its value " + number(value) + " is no number of events",
                        "good and total are counters of events, such as requests_total or latency_seconds_count");
    }
    return std::nullopt;
}

Doubt histogram_doubt(const prometheus::Series& series) { return doubt_of(series, "native histograms are not understood yet"); }

/// The samples oldest first, though servers that merge those of others may not send them so.
class InOrder {
public:
    explicit InOrder(const std::vector<prometheus::Sample>& samples) : samples_(samples) {
        const auto earlier = [](const prometheus::Sample& a, const prometheus::Sample& b) { return a.time < b.time; };
        if (std::is_sorted(samples.begin(), samples.end(), earlier)) return;
        sorted_ = samples;
        std::stable_sort(sorted_.begin(), sorted_.end(), earlier);
    }
    const std::vector<prometheus::Sample>& get() const { return sorted_.empty() ? samples_ : sorted_; }

private:
    const std::vector<prometheus::Sample>& samples_;
    std::vector<prometheus::Sample> sorted_;
};

} // namespace

std::optional<Doubt> Counter::take_scraped(const prometheus::Series& series, Timeline& target, Milliseconds since) {
    if (series.samples.empty()) return histogram_doubt(series);
    if (target.empty()) return std::nullopt;
    std::optional<Doubt> doubt;
    const InOrder samples(series.samples);
    for (const auto& sample : samples.get()) {
        const auto time = unix_milliseconds(sample.time);
        if (was_seen() && time <= last_seen_) continue;
        if (time > target.newest()) break;
        const auto* scrape = target.at(time);
        const bool is_forgotten = !scrape && target.forgotten_until() && time <= *target.forgotten_until();
        if (!scrape && !is_forgotten) {
            return doubt_of(series, "it has samples of times at which " + target.name() + " was not scraped",
                            "metrics with times of their own cannot be judged; of deduplicated replicas ask for one");
        }
        if (is_forgotten) {
            if (!was_seen()) begin_ = Begin::as_baseline;
        } else if (const auto begin = begin_of(*scrape, target, since); begin != Begin::nothing) {
            begin_ = begin;
        }
        last_seen_ = time;
        start_ = scrape ? scrape->start : std::numeric_limits<double>::quiet_NaN();
        if (auto bad = doubt_of_value(series, sample.value)) {
            doubt = std::move(bad);
            continue;
        }
        const bool is_held = begin_ == Begin::held_back;
        const bool was_explained = begin_ != Begin::nothing;
        if (was_explained) is_below_ = false;
        if (!was_explained && sample.value < value_) note_fall();
        if (!was_explained && note_climb(sample.value)) target.set_several_processes();
        const double growth = growth_to(sample.value);
        if (time <= since) continue;
        count_ += growth;
        target.add_growth(time, growth);
        if (is_held) {
            held_ = sample.value;
            target.hold(held_);
        }
    }
    return doubt;
}

Counter::Begin Counter::begin_of(const Scrape& scrape, const Timeline& target, Milliseconds since) const {
    const auto* before = target.success_before(scrape.time);
    const bool knows_start = !std::isnan(scrape.start);
    const auto in_full_if_new = [&] {
        const double began = scrape.start * 1000;
        const bool is_new = began > static_cast<double>(since) || (before && began > static_cast<double>(before->time));
        return is_new ? Begin::in_full : Begin::as_baseline;
    };
    const auto is_changed = [&](double start_before) { return knows_start && !std::isnan(start_before) && is_other_process(scrape.start, start_before); };
    const bool is_known = was_seen() && (!before || before->time <= last_seen_);
    if (is_known) return is_changed(start_) ? in_full_if_new() : Begin::nothing;
    if (scrape.time <= since) return Begin::as_baseline;
    // Its target was scraped without it: whatever it had before is over, and only the process of that scrape matters.
    if (before) return is_changed(before->start) ? in_full_if_new() : Begin::in_full;
    if (target.continues()) return Begin::as_baseline;
    if (knows_start) return in_full_if_new();
    return target.may_be_new(since) ? Begin::held_back : Begin::as_baseline;
}

double Counter::growth_to(double value) {
    const auto before = std::exchange(value_, value);
    const bool had_value = std::exchange(has_value_, true);
    switch (std::exchange(begin_, Begin::nothing)) {
    case Begin::in_full: return value;
    case Begin::as_baseline:
    case Begin::held_back: return 0;
    case Begin::nothing: break;
    }
    if (!had_value) return 0;
    return value < before ? value : value - before;
}

void Counter::note_fall() {
    height_ = is_below_ ? std::max(height_, value_) : value_;
    is_below_ = true;
}

bool Counter::note_climb(double value) {
    if (!is_below_ || value < height_) return false;
    // Exactly the old height is that of an idle process. A new one that begins at 0 may make as many errors as the one before.
    if (value == height_ && value_ == 0) return false;
    is_below_ = false;
    return ++climbs_ >= climbs_of_several_processes;
}

std::optional<Doubt> Counter::take_recorded(const prometheus::Series& series, const Evaluations& group, Milliseconds since) {
    if (series.samples.empty()) return histogram_doubt(series);
    std::optional<Doubt> doubt;
    const InOrder samples(series.samples);
    for (const auto& sample : samples.get()) {
        const auto time = unix_milliseconds(sample.time);
        if (was_seen() && time <= last_seen_) continue;
        if (time > group.newest) break;
        auto bad = doubt_of_value(series, sample.value);
        if (!bad && has_value_ && begin_ == Begin::nothing && sample.value < value_) {
            return doubt_of(series, "it is recorded and falls from " + number(value_) + " to " + number(sample.value) + ", so one of its sources is lost",
                            "count the sources themselves: --expand-rules", true);
        }
        if (!was_seen()) begin_ = time > since && group.earliest && *group.earliest < time ? Begin::in_full : Begin::as_baseline;
        last_seen_ = time;
        if (bad) {
            doubt = std::move(bad);
            continue;
        }
        const double growth = growth_to(sample.value);
        if (time > since) count_ += growth;
    }
    return doubt;
}

} // namespace slipway::wait_for_slo
