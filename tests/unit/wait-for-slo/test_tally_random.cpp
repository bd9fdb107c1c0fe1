#include "catch.hpp"

#include "sampling.hpp"
#include "tally_world.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <vector>

// Random services, of whose every event it is known when it happened, read in random ticks.

using namespace slipway;
using namespace slipway::tallying;

namespace {

using Random = std::mt19937_64;

int up_to(Random& random, int most) { return std::uniform_int_distribution<int>(0, most)(random); }
bool chance(Random& random, int percent) { return up_to(random, 99) < percent; }

constexpr int scrapes = 60;
const std::vector<std::string> codes = {"200", "404", "500"};

/// One pod: what was true at each scrape, and what the server has of it.
struct Pod {
    World world;
    std::map<std::string, double> truth; ///< of each code: what must be counted
};

/// Plays one pod. The count that is due is a full recount: for each life of the process, the events of the scrapes that were
/// seen, from the last one that was seen at or before the deploy. What a process counted after its last good scrape is lost.
Pod play(Random& random, int number, int since) {
    const Labels own = {{"instance", "pod" + std::to_string(number) + ":80"}};
    const int born = chance(random, 50) ? -1 : up_to(random, scrapes - 1); // -1: long before; else just before this scrape
    const int gone = chance(random, 70) ? scrapes : born + up_to(random, scrapes);
    const int restarts = chance(random, 40) ? 5 : 0; // percent of the scrapes
    const int failures = chance(random, 40) ? 10 : 0;
    const bool was_hidden = born < 0 && chance(random, 20); // an old process, discovered late
    const int discovered = was_hidden ? up_to(random, scrapes - 1) : 0;

    std::vector<double> scraped(scrapes, none);
    std::vector<double> began(scrapes, none);
    std::map<std::string, std::vector<double>> shown;
    std::map<std::string, double> counters;
    std::map<std::string, double> at_last_scrape;
    bool is_baseline_known = false; // a scrape at or before the deploy, or none was there to be
    Pod pod;
    for (const auto& code : codes) {
        shown[code] = std::vector<double>(scrapes, none);
        pod.truth[code] = 0;
    }
    double start = born < 0 ? long_ago : base + step * born - 3;
    if (born < 0) counters["200"] = 1'000 + up_to(random, 1'000);
    for (int i = std::max(born, 0); i < std::min(gone, scrapes); ++i) {
        const bool is_new = i == born;
        if (!is_new && chance(random, restarts)) {
            start = base + step * i - 1 - up_to(random, 5);
            counters.clear();
            at_last_scrape.clear();
        }
        for (const auto& code : codes) {
            const int events = code == "200" ? up_to(random, 20) : (chance(random, 10) ? up_to(random, 3) : 0);
            if (events > 0) counters[code] += events;
        }
        if (i < discovered) continue;
        const auto at = static_cast<std::size_t>(i);
        scraped[at] = chance(random, failures) ? 0 : 1;
        if (scraped[at] != 1) continue;
        began[at] = start;
        const bool counts = i > since && (is_baseline_known || start * 1000 > static_cast<double>(after_scrape(since)));
        for (const auto& [code, value] : counters) {
            shown[code][at] = value;
            if (counts) pod.truth[code] += value - at_last_scrape[code];
            at_last_scrape[code] = value;
        }
        is_baseline_known = true;
    }
    pod.world.up = {up(scraped, own)};
    pod.world.starts = {starts(began, own)};
    for (const auto& code : codes) {
        auto labels = own;
        labels["code"] = code;
        pod.world.counters.push_back(counter(shown[code], labels, code == "500" ? std::vector<SelectorIndex>{0} : std::vector<SelectorIndex>{0, 1}));
    }
    return pod;
}

void append(World& all, const World& part) {
    all.up.insert(all.up.end(), part.up.begin(), part.up.end());
    all.starts.insert(all.starts.end(), part.starts.begin(), part.starts.end());
    all.counters.insert(all.counters.end(), part.counters.begin(), part.counters.end());
}

} // namespace

TEST_CASE("random services, read in random ticks, are counted to the event") {
    const auto seed = sampling::seed();
    for (std::size_t i = 0; i < sampling::cases(300, 5'000); ++i) {
        Random random(seed + i);
        INFO("case " << i);
        const int since = up_to(random, 30);
        World world;
        double total = 0;
        double good = 0;
        for (int pods = 1 + up_to(random, 5), number = 0; number < pods; ++number) {
            auto pod = play(random, number, since);
            append(world, pod.world);
            total += pod.truth["200"] + pod.truth["404"] + pod.truth["500"];
            good += pod.truth["200"] + pod.truth["404"];
        }
        std::shuffle(world.up.begin(), world.up.end(), random);
        std::shuffle(world.counters.begin(), world.counters.end(), random);

        Tally tally(after_scrape(since), 2);
        auto at = after_scrape(since);
        tally.take(world.answers(after_scrape(since) - lookback - scrape_time(scrapes) + scrape_time(0), at));
        auto known_until = at; // by `up`
        double before = 0;
        while (at < scrape_time(scrapes)) {
            const auto last = at;
            at = std::min(at + 500 + up_to(random, chance(random, 20) ? 90'000 : 15'000), scrape_time(scrapes));
            // A server that was wiped has nothing of what was seen before.
            const auto from = chance(random, 10) ? known_until : last - 15'000 - up_to(random, 60'000);
            auto answers = world.answers(from, at);
            known_until = at;
            // The server answers `up` first: other answers may show scrapes that it does not, for up to one interval and a half.
            if (chance(random, 30)) {
                known_until = at - up_to(random, 15'000);
                answers.up = world.answers(from, known_until).up;
            }
            tally.take(answers);
            const auto readings = read(tally);
            CHECK(readings[0].count >= before);
            before = readings[0].count;
        }
        // The last look sees everything.
        tally.take(world.answers(at - 120'000, at));
        const auto readings = read(tally);
        CHECK(readings[0].count == total);
        CHECK(readings[1].count == good);
        CHECK_FALSE(readings[0].doubt);
        // And so does one that is all there is.
        const auto once = read(at_once(world, after_scrape(since), at, 2));
        CHECK(once[0].count == total);
        CHECK(once[1].count == good);
    }
}
