#include "catch.hpp"

#include "wait-for-slo/watch/progress.hpp"

#include <string>
#include <utility>
#include <vector>

using namespace slipway;
using namespace slipway::wait_for_slo;

namespace {

/// An objective of 95 % that has seen so many ticks of a hundred events, with so many bad ones each.
ObjectiveWatch watched(const std::string& name, int ticks, double bad) {
    ObjectiveWatch watch({.name = name, .policy = {.objective = 0.95}}, 5);
    ObjectiveReading reading{.total_matches = true, .numerator_matches = true};
    for (int i = 1; i <= ticks; ++i) {
        reading.counts.total += 100;
        reading.counts.bad += bad;
        watch.take(reading, Duration{5'000} * i, 0.01 * i);
    }
    return watch;
}

template <class... Watches> std::vector<ObjectiveWatch> all(Watches... watches) {
    std::vector<ObjectiveWatch> list;
    (list.push_back(std::move(watches)), ...);
    return list;
}

} // namespace

TEST_CASE("the line that shows a watch") {
    struct Row {
        std::vector<ObjectiveWatch> objectives;
        Duration watched;
        std::string line;
    };
    for (auto& row : std::vector<Row>{
             {all(watched("a", 0, 0)), Duration{0}, "watching, 10m left: no events yet"},
             {all(watched("a", 1, 0)), Duration{61'500}, "watching, 8m58s left: evidence [..........] 0.5 of 100, 100 events, 0 % bad (0 % to 3.7 %), burn rate 0.0"},
             {all(watched("a", 5, 100)), Duration{25'000}, "watching, 9m35s left: evidence [##########] "},
             {all(watched("fine", 3, 1), watched("worst", 3, 9), watched("none", 0, 0)), Duration{700'000}, "waiting for what is counted late: of 3 objectives worst is the worst: evidence ["},
         }) {
        const auto line = progress_line(row.objectives, row.watched, Duration{600'000});
        CHECK(line.substr(0, row.line.size()) == row.line);
    }
}

TEST_CASE("the bar is full exactly when the violation is proven") {
    for (int ticks = 1; ticks < 8; ++ticks) {
        const auto objectives = all(watched("a", ticks, 12));
        const bool is_full = progress_line(objectives, Duration{0}, Duration{600'000}).find("[##########]") != std::string::npos;
        INFO(ticks);
        CHECK(is_full == (objectives[0].decision().evidence() >= objectives[0].decision().needed()));
    }
}
