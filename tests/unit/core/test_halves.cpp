#include "catch.hpp"

#include "core/halves.hpp"

#include <array>
#include <atomic>
#include <numeric>
#include <stdexcept>
#include <vector>

using slipway::in_halves;

TEST_CASE("every entry of a list is worked on once, however long it is") {
    for (const std::size_t size : {0UL, 1UL, 499UL, 500UL, 501UL, 10'000UL}) {
        std::vector<int> touched(size, 0);
        std::array<std::size_t, 2> counts{};
        in_halves(size, [&](std::size_t first, std::size_t last, std::size_t part) {
            for (auto i = first; i < last; ++i) ++touched[i];
            counts[part] += last - first;
        });
        CHECK(std::accumulate(touched.begin(), touched.end(), std::size_t{0}) == size);
        CHECK(counts[0] + counts[1] == size);
        CHECK((counts[1] > 0) == (size >= 500));
    }
}

TEST_CASE("what either half throws arrives") {
    for (const std::size_t thrower : {0UL, 1UL}) {
        CHECK_THROWS_AS(in_halves(1000, [&](std::size_t, std::size_t, std::size_t part) { if (part == thrower) throw std::runtime_error("no"); }), std::runtime_error);
    }
}
