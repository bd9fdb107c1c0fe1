#include "wait-for-slo/counting/tally.hpp"

#include <algorithm>
#include <cstdlib>
#include <utility>

namespace slipway::wait_for_slo {

namespace {

bool contains(const Labels& all, const Labels& some) {
    return std::all_of(some.begin(), some.end(), [&](const auto& label) {
        const auto found = all.find(label.first);
        return found != all.end() && found->second == label.second;
    });
}

std::string_view value_of(const Labels& labels, const char* label) {
    const auto found = labels.find(label);
    return found == labels.end() ? std::string_view() : std::string_view(found->second);
}

/// What most targets differ in; `\n` is possible in values, and only makes more candidates.
void write_address(std::string_view job, std::string_view instance, std::string& key) {
    key.assign(job);
    key += '\n';
    key += instance;
}

/// "1" and "1.0" are one bucket, written by different versions of Prometheus.
bool is_same_bucket(const std::string& one, const std::string& other) {
    if (one == other) return true;
    char* end = nullptr;
    const double a = std::strtod(one.c_str(), &end);
    if (one.empty() || *end != '\0') return false;
    const double b = std::strtod(other.c_str(), &end);
    return !other.empty() && *end == '\0' && a == b;
}

} // namespace

struct Tally::Target {
    explicit Target(const Labels& labels) : timeline(labels) {}

    std::string_view key; ///< that of target_by_key_
    Timeline timeline;
    std::vector<std::uint32_t> counters;
    std::optional<Doubt> doubt;
};

struct Tally::Group {
    std::string name;
    std::string key;
    Evaluations evaluations;
    Milliseconds interval = 0;
    std::vector<std::uint32_t> counters;
    bool is_known = false; ///< in this tick
};

struct Tally::Counted {
    const std::string* key = nullptr; ///< that of counter_by_key_
    std::uint32_t target = none;
    std::uint32_t group = none;
    std::vector<SelectorIndex> selectors; ///< sorted
    Counter counter;
    std::unique_ptr<Doubt> doubt;   ///< a pointer, as hardly any has one
    std::unique_ptr<Doubt> earlier; ///< of the tick before
};

Tally::Tally(Milliseconds since, std::size_t selectors) : since_(since), selectors_(selectors) {}
Tally::Tally(Tally&&) noexcept = default;
Tally& Tally::operator=(Tally&&) noexcept = default;
Tally::~Tally() = default;

void Tally::take(TickAnswers answers) {
    for (auto& selector : selectors_) selector.this_tick.reset();
    for (auto& counted : counters_) {
        counted.earlier.reset();
        if (counted.doubt && !counted.doubt->lasting) counted.earlier = std::move(counted.doubt);
    }
    orphans_before_ = std::exchange(orphans_, {});
    take_scrapes(answers);
    take_evaluations(answers);
    for (auto& fetched : answers.counters) {
        take_counter(fetched);
        fetched = {};
    }
    for (auto& target : targets_) {
        target->timeline.finish(since_);
        if (target->timeline.has_several_processes() && !target->doubt) {
            target->doubt = {"cannot count " + target->timeline.name() + ": several processes answer in turn at this address, or its counters are none",
                             "scrape each process by itself; what goes down, such as a gauge, cannot be counted", true};
        }
    }
    time_ = answers.time;
}

void Tally::take_scrapes(TickAnswers& answers) {
    for (auto& up : answers.up) {
        if (up.samples.empty()) continue;
        write_key(up.labels, key_);
        auto found = target_by_key_.find(std::string_view(key_));
        if (found == target_by_key_.end()) {
            const auto index = static_cast<std::uint32_t>(targets_.size());
            targets_.push_back(std::make_unique<Target>(up.labels));
            found = target_by_key_.emplace(key_, index).first;
            targets_.back()->key = found->first;
            write_address(value_of(up.labels, "job"), value_of(up.labels, "instance"), key_);
            targets_by_address_[key_].push_back(index);
            unborn_.push_back(index);
        }
        targets_[found->second]->timeline.add_scrapes(up.samples);
        up = {};
    }
    for (auto& starts : answers.starts) {
        if (const auto target = target_of(starts.labels); target != none) targets_[target]->timeline.add_starts(starts.samples);
        starts = {};
    }
    const bool continues = time_ && answers.from <= *time_;
    const auto edge = continues ? std::nullopt : std::optional(answers.from);
    for (auto& target : targets_) target->timeline.settle(since_, edge);
    find_renamed();
}

/// A target whose labels change, after a reload of the configuration say, is a new one with new series, and their process is
/// the old one: counted in full, what it has counted so far would count twice.
void Tally::find_renamed() {
    std::erase_if(unborn_, [&](std::uint32_t index) {
        auto& target = targets_[index]->timeline;
        if (!target.newest_success()) return false;
        if (target.name().empty()) return true;
        write_address(value_of(target.labels(), "job"), value_of(target.labels(), "instance"), key_);
        for (const auto other : targets_by_address_.find(std::string_view(key_))->second) {
            const auto& before = targets_[other]->timeline;
            if (other == index || before.first_scrape() >= target.first_scrape() || !before.newest_success()) continue;
            const bool knows_starts = before.newest_start() && target.first_start();
            if (!knows_starts || !is_other_process(*before.newest_start(), *target.first_start())) target.set_continues();
        }
        return true;
    });
}

void Tally::take_evaluations(const TickAnswers& answers) {
    for (auto& group : groups_) group->is_known = false;
    for (const auto& timeline : answers.groups) {
        auto found = group_by_name_.find(timeline.name);
        if (found == group_by_name_.end()) {
            found = group_by_name_.emplace(timeline.name, static_cast<std::uint32_t>(groups_.size())).first;
            groups_.push_back(std::make_unique<Group>());
            groups_.back()->name = "rule group " + timeline.name;
            groups_.back()->key = "rule group\n" + timeline.name;
        }
        auto& group = *groups_[found->second];
        group.is_known = true;
        group.interval = timeline.interval;
        auto& evaluations = group.evaluations;
        // Later samples than this may appear in this tick for the first time, so it is an evaluation before them.
        if (evaluations.newest > 0) evaluations.earliest = std::min(evaluations.earliest.value_or(evaluations.newest), evaluations.newest);
        evaluations.newest = std::max(evaluations.newest, timeline.last_evaluation);
    }
    for (const auto& fetched : answers.counters) {
        if (fetched.group.empty() || fetched.series.samples.empty()) continue;
        const auto found = group_by_name_.find(fetched.group);
        if (found == group_by_name_.end()) continue;
        auto& earliest = groups_[found->second]->evaluations.earliest;
        for (const auto& sample : fetched.series.samples) {
            const auto time = unix_milliseconds(sample.time);
            earliest = std::min(earliest.value_or(time), time);
        }
    }
}

void Tally::take_counter(const FetchedSeries& fetched) {
    auto* counted = this->counted(fetched);
    if (counted == nullptr) return;
    assign(*counted, fetched);
    auto& counter = counted->counter;
    const auto seen_before = counter.last_seen();
    auto doubt = counted->group == none ? counter.take_scraped(fetched.series, targets_[counted->target]->timeline, since_)
                                        : counter.take_recorded(fetched.series, groups_[counted->group]->evaluations, since_);
    if (counted->doubt) return;
    if (doubt) counted->doubt = std::make_unique<Doubt>(std::move(*doubt));
    // A tick without a new sample makes nothing better.
    else if (counter.last_seen() == seen_before) counted->doubt = std::move(counted->earlier);
}

/// Null when it cannot be counted in this tick.
Tally::Counted* Tally::counted(const FetchedSeries& fetched) {
    for (const auto selector : fetched.selectors) selectors_.at(selector).matches = true;
    write_key(fetched.series.labels, key_);
    if (const auto found = counter_by_key_.find(std::string_view(key_)); found != counter_by_key_.end()) {
        auto& known = counters_[found->second];
        if (known.group != none && !groups_[known.group]->is_known) doubt_group(fetched);
        return &known;
    }
    auto key = key_; // target_of writes another
    Counted fresh;
    std::vector<std::uint32_t>* list = nullptr;
    if (fetched.group.empty()) {
        fresh.target = target_of(fetched.series.labels);
        if (fresh.target == none) {
            doubt_orphan(fetched, key);
            orphans_.insert(std::move(key));
            return nullptr;
        }
        list = &targets_[fresh.target]->counters;
    } else {
        const auto group = group_by_name_.find(fetched.group);
        if (group == group_by_name_.end()) {
            doubt_group(fetched);
            return nullptr;
        }
        fresh.group = group->second;
        list = &groups_[fresh.group]->counters;
    }
    const auto index = static_cast<std::uint32_t>(counters_.size());
    counters_.push_back(std::move(fresh));
    list->push_back(index);
    counters_.back().key = &counter_by_key_.emplace(std::move(key), index).first->first;
    return &counters_.back();
}

void Tally::assign(Counted& counted, const FetchedSeries& fetched) {
    if (counted.selectors == fetched.selectors) return;
    for (const auto selector : fetched.selectors) {
        if (std::find(counted.selectors.begin(), counted.selectors.end(), selector) != counted.selectors.end()) continue;
        counted.selectors.push_back(selector);
        note_bucket(selector, fetched.series.labels);
    }
    std::sort(counted.selectors.begin(), counted.selectors.end());
    counted.selectors.shrink_to_fit();
}

void Tally::note_bucket(SelectorIndex selector, const Labels& labels) {
    const auto le = labels.find("le");
    if (le == labels.end()) return;
    auto& selected = selectors_[selector];
    if (selected.bucket.empty()) {
        selected.bucket = le->second;
    } else if (!selected.lasting && !is_same_bucket(selected.bucket, le->second)) {
        selected.lasting = Doubt{"cannot count " + series_name(labels) + ": each event counts in several buckets of a histogram",
                                 "name one bucket, such as le=\"0.5\"", true};
    }
}

/// At first it is only that of a new target, whose first scrape came between two queries.
void Tally::doubt_orphan(const FetchedSeries& fetched, const std::string& key) {
    if (orphans_before_.find(std::string_view(key)) == orphans_before_.end()) return;
    for (const auto selector : fetched.selectors) {
        selectors_[selector].this_tick = Doubt{"cannot count " + series_name(fetched.series.labels) + ": no series of up says when it was scraped",
                                               "pushed and federated metrics cannot be judged; count at the service itself"};
    }
}

void Tally::doubt_group(const FetchedSeries& fetched) {
    for (const auto selector : fetched.selectors) {
        selectors_[selector].this_tick =
            Doubt{"cannot count " + series_name(fetched.series.labels) + ": the server does not know its rule group " + fetched.group,
                  "count the sources themselves: --expand-rules"};
    }
}

/// The target whose labels, all of them, the series carries as well; the one with most labels when there are several.
std::uint32_t Tally::target_of(const Labels& labels) const {
    auto best = none;
    const auto job = value_of(labels, "job");
    const auto instance = value_of(labels, "instance");
    const auto look_at = [&](std::string_view its_job, std::string_view its_instance) {
        write_address(its_job, its_instance, key_);
        const auto found = targets_by_address_.find(std::string_view(key_));
        if (found == targets_by_address_.end()) return;
        for (const auto index : found->second) {
            const auto& own = targets_[index]->timeline.labels();
            if (contains(labels, own) && (best == none || own.size() > targets_[best]->timeline.labels().size())) best = index;
        }
    };
    look_at(job, instance);
    if (!instance.empty()) look_at(job, {});
    if (!job.empty()) look_at({}, instance);
    if (!job.empty() && !instance.empty()) look_at({}, {});
    return best;
}

const Doubt* Tally::doubt_of(SelectorIndex selector) const {
    const auto& selected = selectors_.at(selector);
    if (selected.lasting) return &*selected.lasting;
    return selected.this_tick ? &*selected.this_tick : nullptr;
}

std::vector<Share> Tally::shares(const std::vector<std::uint32_t>& counters, const Timeline* timeline) const {
    std::vector<Share> all;
    for (const auto index : counters) {
        const auto& counted = counters_[index];
        const double count = counted.counter.count(timeline);
        for (const auto selector : counted.selectors) all.push_back({selector, count, counted.doubt.get()});
    }
    std::stable_sort(all.begin(), all.end(), [](const Share& a, const Share& b) { return a.selector < b.selector; });
    std::size_t used = 0;
    for (const auto& share : all) {
        if (used == 0 || all[used - 1].selector != share.selector) {
            all[used++] = share;
            continue;
        }
        auto& sum = all[used - 1];
        sum.count += share.count;
        if (share.doubt && (!sum.doubt || (share.doubt->lasting && !sum.doubt->lasting))) sum.doubt = share.doubt;
    }
    all.resize(used);
    return all;
}

std::vector<Part> Tally::parts() const {
    std::vector<Part> all;
    for (const auto& target : targets_) {
        if (target->counters.empty()) continue;
        const auto& timeline = target->timeline;
        Part part;
        part.key = target->key;
        part.name = timeline.name();
        part.labels = &timeline.labels();
        part.first = timeline.first_scrape();
        part.newest = timeline.newest();
        part.newest_success = timeline.newest_success();
        part.interval = timeline.interval().value_or(0);
        part.start = timeline.newest_start();
        part.gaps = timeline.gaps();
        part.is_up = timeline.newest_succeeded();
        part.doubt = target->doubt ? &*target->doubt : nullptr;
        part.shares = shares(target->counters, &timeline);
        all.push_back(std::move(part));
    }
    for (const auto& group : groups_) {
        if (group->counters.empty()) continue;
        Part part;
        part.key = group->key;
        part.name = group->name;
        part.first = group->evaluations.earliest.value_or(group->evaluations.newest);
        part.newest = group->evaluations.newest;
        for (const auto index : group->counters) {
            const auto& counter = counters_[index].counter;
            if (counter.was_seen()) part.newest_success = std::max(part.newest_success.value_or(counter.last_seen()), counter.last_seen());
        }
        part.interval = group->interval;
        part.shares = shares(group->counters, nullptr);
        all.push_back(std::move(part));
    }
    return all;
}

std::vector<SeriesShare> Tally::series_of(const std::vector<SelectorIndex>& selectors) const {
    std::vector<SeriesShare> all;
    const auto add = [&](const std::vector<std::uint32_t>& counters, std::string_view part, const Timeline* timeline) {
        for (const auto index : counters) {
            const auto& counted = counters_[index];
            for (const auto selector : selectors) {
                if (std::binary_search(counted.selectors.begin(), counted.selectors.end(), selector)) all.push_back({*counted.key, part, selector, counted.counter.count(timeline)});
            }
        }
    };
    for (const auto& target : targets_) {
        if (!target->doubt) add(target->counters, target->key, &target->timeline);
    }
    for (const auto& group : groups_) add(group->counters, group->key, nullptr);
    return all;
}

} // namespace slipway::wait_for_slo
