#include "core/halves.hpp"

#include <array>
#include <exception>
#include <thread>

namespace slipway {

namespace {

/// Below that, starting a thread takes longer than it saves.
constexpr std::size_t worth_a_thread = 500;

} // namespace

void in_halves(std::size_t size, const std::function<void(std::size_t, std::size_t, std::size_t)>& work) {
    if (size < worth_a_thread) return work(0, size, 0);
    std::array<std::exception_ptr, 2> failures;
    const auto part = [&](std::size_t first, std::size_t last, std::size_t number) {
        try {
            work(first, last, number);
        } catch (...) {
            failures[number] = std::current_exception();
        }
    };
    std::thread other(part, size / 2, size, 1);
    part(0, size / 2, 0);
    other.join();
    for (const auto& failure : failures) {
        if (failure) std::rethrow_exception(failure);
    }
}

} // namespace slipway
