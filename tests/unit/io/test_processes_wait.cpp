#include "catch.hpp"

#include "io/processes.hpp"

#include <stdexcept>

using namespace slipway;

TEST_CASE("whoever waits for a silent program hears of it") {
    const io::Cancellation cancellation;
    io::ChildProcesses processes(cancellation);
    int calls = 0;
    io::Command command{.argv = {"cat"}};
    command.on_wait = [&] { ++calls; };
    CHECK(processes.run(command).ok());
    CHECK(calls > 0);
}

TEST_CASE("an exception while waiting ends the program") {
    const io::Cancellation cancellation;
    io::ChildProcesses processes(cancellation);
    io::Command command{.argv = {"sleep", "600"}};
    command.on_wait = [] { throw std::runtime_error("enough"); };
    CHECK_THROWS_AS(processes.run(command), std::runtime_error);
}
