#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <random>

// How large and how random the generators of the tests are; tests/run sets both variables.
namespace slipway::sampling {

/// SLIPWAY_SEED, else a new one that is printed, so that a failure can be repeated.
inline std::uint64_t seed() {
    static const std::uint64_t value = [] {
        if (const char* given = std::getenv("SLIPWAY_SEED")) return std::strtoull(given, nullptr, 10);
        const auto fresh = static_cast<unsigned long long>(std::random_device{}());
        std::cerr << "seed of the generated tests: SLIPWAY_SEED=" << fresh << '\n';
        return fresh;
    }();
    return value;
}

/// How many cases to generate: a sample, or all of them under `tests/run --full`.
inline std::size_t cases(std::size_t sampled, std::size_t full) {
    const char* wanted = std::getenv("SLIPWAY_FULL");
    return wanted != nullptr && *wanted == '1' ? full : sampled;
}

} // namespace slipway::sampling
