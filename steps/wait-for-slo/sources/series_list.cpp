#include "wait-for-slo/sources/series_list.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace slipway::wait_for_slo {

namespace {

/// A series, or a target, and what is known of it. Names are written for those only that are shown.
struct Row {
    std::string_view series; ///< empty: what the target counted in any
    std::string_view part;
    double events = 0;
    double good = 0;
    double bad = 0;
    bool paired = false;

    std::string_view key() const { return series.empty() ? part : series; }
};

/// A key without what differs between the counters of one thing.
std::string common_key(std::string_view series) {
    auto labels = read_key(series);
    labels.erase("__name__");
    labels.erase("le");
    std::string key;
    write_key(labels, key);
    return key;
}

class Rows {
public:
    Rows(const NumberedCounts& counts, const std::vector<SeriesShare>& shares) : shares_(shares) {
        if (!counts.total) {
            add(counts.good, [this](const SeriesShare& share, double count) { row_of(share).events += count; });
            add(counts.bad, [this](const SeriesShare& share, double count) { as_it_is(share, count); });
            return;
        }
        add(counts.total, [this](const SeriesShare& share, double count) { row_of(share).events += count; });
        totals_ = rows_.size();
        if (counts.bad) {
            pair(counts.bad, &Row::bad);
            for (const auto& [share, count] : left_over_) as_it_is(share, count);
            return;
        }
        pair(counts.good, &Row::good);
        if (!left_over_.empty()) put_by_target();
        for (auto& row : rows_) row.bad = std::clamp(row.events - row.good, std::min(row.events, 0.0), std::max(row.events, 0.0));
    }

    std::vector<Row> take() {
        std::erase_if(rows_, [](const Row& row) { return row.events == 0 && row.bad == 0; });
        return std::move(rows_);
    }

private:
    template <class Take> void add(const std::optional<NumberedCount>& count, Take take) {
        if (!count) return;
        std::unordered_map<SelectorIndex, double> factors;
        for (const auto& term : *count) factors[term.selector] += term.sign;
        for (const auto& share : shares_) {
            const auto factor = factors.find(share.selector);
            if (factor != factors.end()) take(share, factor->second * share.count);
        }
    }

    Row& row_of(const SeriesShare& share) {
        const Row fresh{.series = share.series, .part = share.part};
        const auto [known, is_new] = by_key_.emplace(fresh.key(), rows_.size());
        if (is_new) rows_.push_back(fresh);
        return rows_[known->second];
    }

    void as_it_is(const SeriesShare& share, double count) {
        auto& row = row_of(share);
        row.events += count;
        row.bad += count;
    }

    /// Adds good or bad events to the rows of all events.
    void pair(const std::optional<NumberedCount>& count, double Row::*of) {
        std::vector<std::pair<SeriesShare, double>> others;
        add(count, [&](const SeriesShare& share, double events) {
            const auto known = by_key_.find(Row{.series = share.series, .part = share.part}.key());
            if (known == by_key_.end()) {
                others.emplace_back(share, events);
                return;
            }
            rows_[known->second].*of += events;
            rows_[known->second].paired = true;
        });
        if (others.empty()) return;
        std::unordered_map<std::string, std::vector<std::size_t>> alike;
        for (std::size_t i = 0; i < totals_; ++i) {
            if (!rows_[i].paired && !rows_[i].series.empty()) alike[common_key(rows_[i].series)].push_back(i);
        }
        for (const auto& [share, events] : others) {
            const auto known = share.series.empty() ? alike.end() : alike.find(common_key(share.series));
            if (known == alike.end()) {
                left_over_.emplace_back(share, events);
                continue;
            }
            // Of several metrics that make up the total nobody knows which one these events are of.
            auto& row = rows_[known->second.front()];
            for (std::size_t i = 1; i < known->second.size(); ++i) row.events += std::exchange(rows_[known->second[i]].events, 0);
            row.*of += events;
            row.paired = true;
        }
    }

    void put_by_target() {
        std::unordered_map<std::string_view, Row> targets;
        for (const auto& [share, count] : left_over_) {
            auto& target = targets[share.part];
            target.part = share.part;
            target.good += count;
        }
        for (auto& row : rows_) {
            const auto target = targets.find(row.part);
            if (!row.paired && target != targets.end()) target->second.events += std::exchange(row.events, 0);
        }
        for (const auto& [part, row] : targets) rows_.push_back(row);
    }

    const std::vector<SeriesShare>& shares_;
    std::vector<Row> rows_;
    std::size_t totals_ = 0; ///< of them that are of all events
    std::unordered_map<std::string_view, std::size_t> by_key_;
    std::vector<std::pair<SeriesShare, double>> left_over_; ///< good or bad ones without partner
};

std::string name_of(const Row& row) {
    auto labels = read_key(row.key());
    if (row.series.empty()) labels.erase("__name__");
    auto name = series_name(labels);
    if (!name.empty()) return name;
    // A rule group, or nothing but its name.
    name = row.part;
    std::replace(name.begin(), name.end(), '\n', ' ');
    return name;
}

} // namespace

std::vector<SelectorIndex> selectors_of(const NumberedCounts& counts) {
    std::vector<SelectorIndex> all;
    for (const auto* count : {&counts.good, &counts.bad, &counts.total}) {
        if (!*count) continue;
        for (const auto& term : **count) all.push_back(term.selector);
    }
    std::sort(all.begin(), all.end());
    all.erase(std::unique(all.begin(), all.end()), all.end());
    return all;
}

std::vector<SeriesCount> list_series(const NumberedCounts& counts, const std::vector<SeriesShare>& shares) {
    auto rows = Rows(counts, shares).take();
    const auto comes_first = [](const Row& a, const Row& b) {
        if (a.bad != b.bad) return a.bad > b.bad;
        return a.events != b.events ? a.events > b.events : a.key() < b.key();
    };
    const auto shown = std::min(rows.size(), most_series);
    std::partial_sort(rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(shown), rows.end(), comes_first);
    std::vector<SeriesCount> all;
    for (std::size_t i = 0; i < shown; ++i) all.push_back({name_of(rows[i]), rows[i].events, rows[i].bad});
    if (shown == rows.size()) return all;
    SeriesCount rest{.name = "and " + std::to_string(rows.size() - shown) + " more"};
    for (std::size_t i = shown; i < rows.size(); ++i) {
        rest.events += rows[i].events;
        rest.bad += rows[i].bad;
    }
    all.push_back(std::move(rest));
    return all;
}

} // namespace slipway::wait_for_slo
