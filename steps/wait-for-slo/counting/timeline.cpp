#include "wait-for-slo/counting/timeline.hpp"

#include <algorithm>
#include <utility>

namespace slipway::wait_for_slo {

namespace {

/// Enough for a median that single late scrapes do not move.
constexpr std::size_t kept_scrapes = 12;

bool is_earlier(const Scrape& scrape, Milliseconds time) { return scrape.time < time; }

} // namespace

Timeline::Timeline(Labels labels) : labels_(std::move(labels)) {
    labels_.erase("__name__");
    for (const char* label : {"job", "instance"}) {
        const auto found = labels_.find(label);
        if (found != labels_.end()) name_ += (name_.empty() ? "" : ", ") + found->first + '=' + found->second;
    }
}

void Timeline::add_scrapes(const std::vector<prometheus::Sample>& up) {
    // No more room than that, as there are thousands of timelines.
    constexpr std::size_t room = 4;
    if (scrapes_.empty()) scrapes_.reserve(up.size());
    for (const auto& sample : up) {
        const auto time = unix_milliseconds(sample.time);
        if (forgotten_until_ && time <= *forgotten_until_) continue;
        auto place = scrapes_.end();
        if (!scrapes_.empty() && scrapes_.back().time >= time) {
            place = std::lower_bound(scrapes_.begin(), scrapes_.end(), time, is_earlier);
            if (place->time == time) continue;
        }
        Scrape scrape;
        scrape.time = time;
        scrape.succeeded = sample.value == 1;
        const auto index = place - scrapes_.begin();
        if (scrapes_.size() == scrapes_.capacity()) scrapes_.reserve(scrapes_.size() + room);
        scrapes_.insert(scrapes_.begin() + index, scrape);
    }
}

void Timeline::add_starts(const std::vector<prometheus::Sample>& starts) {
    if (starts_are_useless_) return;
    for (const auto& sample : starts) {
        if (!std::isfinite(sample.value)) continue;
        const auto time = unix_milliseconds(sample.time);
        const auto scrape = std::lower_bound(scrapes_.begin(), scrapes_.end(), time, is_earlier);
        if (scrape == scrapes_.end() || scrape->time != time) continue;
        if (!std::isnan(scrape->start) && is_other_process(scrape->start, sample.value)) {
            starts_are_useless_ = true;
            first_start_.reset();
            last_start_.reset();
            for (auto& one : scrapes_) one.start = std::numeric_limits<double>::quiet_NaN();
            return;
        }
        scrape->start = sample.value;
    }
}

void Timeline::settle(Milliseconds since, std::optional<Milliseconds> edge) {
    if (scrapes_.empty()) return;
    learn_interval();
    if (!is_settled_) {
        is_settled_ = true;
        first_scrape_ = scrapes_.front().time;
        // A target whose first scrape is where the answers begin was most likely scraped before them as well.
        was_there_before_ = edge && 2 * (first_scrape_ - *edge) <= 3 * interval_.value_or(assumed_interval);
    }
    learn_first_successes();
    learn_processes();
    learn_gaps(since);
    examined_until_ = scrapes_.back().time;
}

void Timeline::learn_interval() {
    if (scrapes_.size() < 2) return;
    const auto count = std::min(scrapes_.size(), kept_scrapes) - 1;
    Milliseconds spacings[kept_scrapes];
    for (std::size_t i = 0; i < count; ++i) {
        const auto later = scrapes_.size() - 1 - i;
        spacings[i] = scrapes_[later].time - scrapes_[later - 1].time;
    }
    std::nth_element(spacings, spacings + count / 2, spacings + count);
    interval_ = spacings[count / 2];
}

void Timeline::learn_processes() {
    for (const auto& scrape : scrapes_) {
        if ((examined_until_ && scrape.time <= *examined_until_) || std::isnan(scrape.start)) continue;
        if (last_start_ && scrape.start < *last_start_ && is_other_process(scrape.start, *last_start_)) several_processes_ = true;
        if (!first_start_) first_start_ = scrape.start;
        last_start_ = scrape.start;
    }
}

void Timeline::learn_gaps(Milliseconds since) {
    if (!interval_) return;
    const Scrape* before = nullptr;
    for (const auto& scrape : scrapes_) {
        if (!scrape.succeeded) continue;
        const bool is_examined = examined_until_ && scrape.time <= *examined_until_;
        if (before && !is_examined && scrape.time > since && 2 * (scrape.time - before->time) > 5 * *interval_) ++gaps_;
        before = &scrape;
    }
}

void Timeline::finish(Milliseconds since) {
    judge_birth(since);
    forget();
}

void Timeline::learn_first_successes() {
    if (success_count_ == scrapes_of_a_birth) return;
    for (const auto& scrape : scrapes_) {
        if (!scrape.succeeded || (success_count_ > 0 && scrape.time <= successes_[success_count_ - 1])) continue;
        successes_[success_count_] = scrape.time;
        if (++success_count_ == scrapes_of_a_birth) return;
    }
}

void Timeline::add_growth(Milliseconds time, double events) {
    if (birth_ != Birth::open) return;
    for (std::size_t i = 1; i < success_count_; ++i) {
        if (time <= successes_[i]) growth_[i] += events;
    }
}

void Timeline::judge_birth(Milliseconds since) {
    if (birth_ != Birth::open || held_ <= 0) return;
    const auto age = static_cast<double>(successes_[0] - since);
    for (std::size_t i = 1; i < success_count_; ++i) {
        const double rate = growth_[i] / static_cast<double>(successes_[i] - successes_[0]);
        if (held_ <= 2 * rate * age + 5) {
            birth_ = Birth::credible;
            return;
        }
    }
    if (success_count_ == scrapes_of_a_birth) birth_ = Birth::rejected;
}

void Timeline::forget() {
    if (scrapes_.size() <= kept_scrapes) return;
    const auto first_kept = scrapes_.end() - static_cast<std::ptrdiff_t>(kept_scrapes);
    const auto is_success = [](const Scrape& scrape) { return scrape.succeeded; };
    std::optional<Scrape> last_success;
    if (std::none_of(first_kept, scrapes_.end(), is_success)) {
        if (const auto* success = success_before(first_kept->time)) last_success = *success;
    }
    // The success that was kept above may stand there a second time.
    forgotten_until_ = std::max(forgotten_until_.value_or(0), std::prev(first_kept)->time);
    scrapes_.erase(scrapes_.begin(), first_kept);
    if (last_success) scrapes_.insert(scrapes_.begin(), *last_success);
    // There are thousands of timelines, and room for one tick's scrapes is enough.
    constexpr std::size_t room = kept_scrapes + kept_scrapes / 4;
    if (scrapes_.capacity() <= room) return;
    std::vector<Scrape> smaller;
    smaller.reserve(room);
    smaller.assign(scrapes_.begin(), scrapes_.end());
    scrapes_ = std::move(smaller);
}

const Scrape* Timeline::at(Milliseconds time) const {
    const auto found = std::lower_bound(scrapes_.begin(), scrapes_.end(), time, is_earlier);
    return found == scrapes_.end() || found->time != time ? nullptr : &*found;
}

const Scrape* Timeline::success_before(Milliseconds time) const {
    for (auto scrape = std::lower_bound(scrapes_.begin(), scrapes_.end(), time, is_earlier); scrape != scrapes_.begin();) {
        if ((--scrape)->succeeded) return &*scrape;
    }
    return nullptr;
}

std::optional<Milliseconds> Timeline::newest_success() const {
    for (auto scrape = scrapes_.rbegin(); scrape != scrapes_.rend(); ++scrape) {
        if (scrape->succeeded) return scrape->time;
    }
    return std::nullopt;
}

} // namespace slipway::wait_for_slo
