#include "wait-for-slo/sources/several_sources.hpp"

#include "io/http.hpp"

#include <algorithm>
#include <stdexcept>

namespace slipway::wait_for_slo {

namespace {

/// Only so many looks may fail, and a server that starts anew needs some seconds. For the other sources the looks go on meanwhile.
constexpr Duration shortest_between_failures{5'000};
constexpr Duration longest_between_failures{15'000};

} // namespace

void SeveralSources::add(std::unique_ptr<Source> source, std::size_t objectives) { parts_.push_back({std::move(source), objectives}); }

Beginning SeveralSources::begin() {
    for (auto& part : parts_) {
        if (part.beginning.since) continue;
        part.beginning = part.source->begin();
        if (!part.beginning.since) return part.beginning;
        part.began = clock_.steady();
    }
    if (parts_.empty()) return {.since = clock_.now()};
    auto first = parts_.front().beginning;
    first.ago += std::chrono::duration_cast<Duration>(clock_.steady() - parts_.front().began); // while the others were asked
    return first;
}

void SeveralSources::count_from(Timestamp since) {
    for (auto& part : parts_) part.source->count_from(part.beginning.since.value_or(since));
}

Reading SeveralSources::read() {
    Reading reading;
    for (auto& part : parts_) {
        Reading one;
        try {
            one = part.source->read();
            for (const auto& objective : one.objectives) part.interval = std::max(part.interval, objective.interval);
        } catch (const Error& error) {
            if (error.code() != ExitCode::world || parts_.size() == 1) throw;
            const bool lasting = dynamic_cast<const io::LastingError*>(&error) != nullptr;
            const bool waits = dynamic_cast<const NotReady*>(&error) != nullptr;
            one.objectives.assign(part.objectives, {.doubt = Doubt{error.what(), error.diagnostics().front().hint, lasting, waits}, .interval = std::clamp(part.interval, shortest_between_failures, longest_between_failures)});
        }
        reading.objectives.insert(reading.objectives.end(), std::make_move_iterator(one.objectives.begin()), std::make_move_iterator(one.objectives.end()));
        reading.new_version = reading.new_version && one.new_version;
    }
    return reading;
}

std::pair<Source*, std::size_t> SeveralSources::find(std::size_t objective) const {
    for (const auto& part : parts_) {
        if (objective < part.objectives) return {part.source.get(), objective};
        objective -= part.objectives;
    }
    throw std::out_of_range("no source has this objective");
}

std::optional<QueryMistake> SeveralSources::mistake_in(std::size_t objective) {
    const auto [source, number] = find(objective);
    return source->mistake_in(number);
}

std::vector<SeriesCount> SeveralSources::series_of(std::size_t objective) const {
    const auto [source, number] = find(objective);
    return source->series_of(number);
}

} // namespace slipway::wait_for_slo
