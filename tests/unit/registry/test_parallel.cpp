#include "catch.hpp"

#include "core/error.hpp"
#include "registry/parallel.hpp"

#include <atomic>
#include <barrier>
#include <thread>

using namespace slipway;
using namespace slipway::registry;

TEST_CASE("jobs run side by side, as many as may") {
    std::barrier meeting(3); // nobody passes before three are there
    std::atomic<int> now{0};
    std::atomic<int> most{0};
    std::atomic<int> done{0};
    std::vector<std::function<void()>> jobs(9, [&] {
        const int count = ++now;
        for (int seen = most; seen < count && !most.compare_exchange_weak(seen, count);) {}
        meeting.arrive_and_wait();
        --now;
        ++done;
    });
    run_parallel(jobs, 3);
    CHECK(done == 9);
    CHECK(most <= 3);
    run_parallel({}, 3);
}

TEST_CASE("the first failure of several jobs is thrown, and no further one begins") {
    std::atomic<int> begun{0};
    std::vector<std::function<void()>> jobs = {[&] { ++begun; throw world_failure("it broke"); }, [&] { ++begun; }, [&] { ++begun; }};
    CHECK_THROWS_AS(run_parallel(jobs, 1), Error);
    CHECK(begun == 1);
    jobs[0] = [] { throw Cancelled(15); };
    CHECK_THROWS_AS(run_parallel(jobs, 2), Cancelled);
}
