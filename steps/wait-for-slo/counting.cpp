#include "counting.hpp"

#include "core/error.hpp"

#include <algorithm>
#include <cmath>

namespace slipway::wait_for_slo {

namespace {

/// Start times are computed from the machine's own clock and may tremble.
constexpr double same_start_seconds = 1;
/// A scrape that fails now and then is no gap.
constexpr Milliseconds scrapes_of_a_gap = 3;
/// A counter may fall when its process starts anew. This often, and nobody saw the process start: it is no counter.
constexpr int most_falls = 2;

double seconds(Milliseconds time) { return static_cast<double>(time) / 1000; }

bool contains(const std::map<std::string, std::string>& all, const std::map<std::string, std::string>& some) {
    return std::all_of(some.begin(), some.end(), [&](const auto& label) {
        const auto found = all.find(label.first);
        return found != all.end() && found->second == label.second;
    });
}

/// Adds up one series.
class Counter {
public:
    Counter(const prometheus::Series& series, const Target& target, Milliseconds start)
        : series_(series), target_(target), start_(start), interval_(target.interval()) {}

    double count() {
        for (const auto& sample : series_.samples) {
            const auto time = milliseconds(sample.time);
            if (time > target_.newest()) break;
            check(sample, time);
            if (time > start_) total_ += growth(time, sample.value);
            previous_ = {time, sample.value};
        }
        return total_;
    }

private:
    struct Seen {
        Milliseconds time;
        double value;
    };

    [[noreturn]] void fail(const std::string& why, const std::string& hint = {}) const {
        throw world_failure("cannot count " + name_of(series_) + ": " + why, hint);
    }

    void check(const prometheus::Sample& sample, Milliseconds time) const {
        if (!std::isfinite(sample.value)) fail("it has a value that is no number");
        if (sample.value < 0 || sample.value != std::floor(sample.value)) {
            fail("its value " + std::to_string(sample.value) + " is no number of events",
                 "good and total are counters of events, such as requests_total or latency_seconds_count");
        }
        if (!target_.was_scraped_at(time)) {
            fail("its samples have times at which " + target_.name() + " was not scraped",
                 "metrics with times of their own and deduplicated replicas cannot be judged yet");
        }
    }

    /// Whether the process that answered at `time` began after the start, or after a scrape before.
    bool is_new(Milliseconds time, std::optional<Milliseconds> before) const {
        const auto began = target_.start_at(time);
        return began && (*began > seconds(start_) || (before && *began > seconds(*before)));
    }

    /// What the sample at `time`, which is after the start, adds.
    double growth(Milliseconds time, double value) {
        const auto before = target_.success_before(time);
        if (!before) return is_new(time, before) ? value : 0;
        const auto began = target_.start_at(time);
        const auto began_before = target_.start_at(*before);
        if (began && began_before && std::abs(*began - *began_before) > same_start_seconds) return is_new(time, before) ? value : 0;
        if (*before <= start_ && interval_ && time - *before > scrapes_of_a_gap * *interval_) return is_new(time, std::nullopt) ? value : 0;
        if (!previous_ || previous_->time < *before) return value;
        if (value >= previous_->value) return value - previous_->value;
        if (++falls_ > most_falls) {
            fail("it falls again and again, which a counter does not",
                 "when several processes answer at one address, let each be scraped by itself; a gauge cannot be judged");
        }
        return value;
    }

    const prometheus::Series& series_;
    const Target& target_;
    Milliseconds start_;
    std::optional<Milliseconds> interval_;
    std::optional<Seen> previous_;
    double total_ = 0;
    int falls_ = 0;
};

} // namespace

Milliseconds milliseconds(double seconds) { return std::llround(seconds * 1000); }

std::string name_of(const prometheus::Series& series) {
    std::string name;
    std::string labels;
    for (const auto& [label, value] : series.labels) {
        if (label == "__name__") {
            name = value;
        } else {
            labels += (labels.empty() ? "" : ",") + label + "=\"" + value + '"';
        }
    }
    return labels.empty() ? name : name + '{' + labels + '}';
}

Target::Target(const prometheus::Series& up) : labels_(up.labels) {
    labels_.erase("__name__");
    for (const auto& sample : up.samples) scrapes_[milliseconds(sample.time)] = sample.value == 1;
}

std::string Target::name() const {
    std::string text;
    for (const char* label : {"job", "instance"}) {
        const auto found = labels_.find(label);
        if (found != labels_.end()) text += (text.empty() ? "" : ", ") + found->first + '=' + found->second;
    }
    return text;
}

void Target::learn_starts(const prometheus::Series& starts) {
    if (++start_series_ > 1) {
        starts_.clear();
        return;
    }
    for (const auto& sample : starts.samples) starts_[milliseconds(sample.time)] = sample.value;
}

std::optional<double> Target::start_at(Milliseconds scrape) const {
    const auto found = starts_.find(scrape);
    return found == starts_.end() ? std::nullopt : std::optional(found->second);
}

std::optional<Milliseconds> Target::success_before(Milliseconds time) const {
    for (auto scrape = scrapes_.lower_bound(time); scrape != scrapes_.begin();) {
        if ((--scrape)->second) return scrape->first;
    }
    return std::nullopt;
}

std::optional<Milliseconds> Target::interval() const {
    if (scrapes_.size() < 2) return std::nullopt;
    std::vector<Milliseconds> spacings;
    for (auto scrape = std::next(scrapes_.begin()); scrape != scrapes_.end(); ++scrape) {
        spacings.push_back(scrape->first - std::prev(scrape)->first);
    }
    const auto middle = spacings.begin() + static_cast<std::ptrdiff_t>(spacings.size() / 2);
    std::nth_element(spacings.begin(), middle, spacings.end());
    return *middle;
}

bool Target::has_several_processes() const {
    double newest = 0;
    for (const auto& [time, start] : starts_) {
        if (start < newest - same_start_seconds) return true;
        newest = std::max(newest, start);
    }
    return false;
}

Targets::Targets(const std::vector<prometheus::Series>& up, const std::vector<prometheus::Series>& starts) {
    for (const auto& series : up) {
        if (!series.samples.empty()) targets_.emplace_back(series);
    }
    for (const auto& series : starts) {
        if (const auto target = find(series)) targets_[*target].learn_starts(series);
    }
}

const Target* Targets::of(const prometheus::Series& series) const {
    const auto index = find(series);
    return index ? &targets_[*index] : nullptr;
}

std::optional<std::size_t> Targets::find(const prometheus::Series& series) const {
    std::optional<std::size_t> best;
    for (std::size_t i = 0; i < targets_.size(); ++i) {
        const auto& labels = targets_[i].labels();
        if (contains(series.labels, labels) && (!best || labels.size() > targets_[*best].labels().size())) best = i;
    }
    return best;
}

double increase(const prometheus::Series& series, const Target& target, Milliseconds start) {
    return Counter(series, target, start).count();
}

} // namespace slipway::wait_for_slo
