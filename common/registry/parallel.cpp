#include "registry/parallel.hpp"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>

namespace slipway::registry {

void run_parallel(const std::vector<std::function<void()>>& jobs, std::size_t most_at_once) {
    std::atomic<std::size_t> next{0};
    std::atomic<bool> stop{false};
    std::mutex mutex;
    std::exception_ptr first;
    const auto work = [&] {
        while (!stop) {
            const auto index = next++;
            if (index >= jobs.size()) return;
            try {
                jobs[index]();
            } catch (...) {
                const std::lock_guard lock(mutex);
                if (!first) first = std::current_exception();
                stop = true;
            }
        }
    };
    std::vector<std::jthread> threads;
    for (std::size_t i = 1; i < std::min(most_at_once, jobs.size()); ++i) threads.emplace_back(work);
    work();
    threads.clear(); // waits
    if (first) std::rethrow_exception(first);
}

} // namespace slipway::registry
