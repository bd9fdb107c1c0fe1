#include "catch.hpp"

#include "core/error.hpp"
#include "fakes.hpp"
#include "io/processes.hpp"
#include "wait-for-slo/checks/flagger/canary_commands.hpp"

#include <chrono>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <sys/stat.h>
#include <unistd.h>

using namespace slipway;
using namespace slipway::wait_for_slo;

namespace {

/// Real programs in a folder of their own, and what the log says of them.
struct Ran {
    fake::World world;
    io::DiskFiles files;
    io::TemporaryFolder folder{files};
    io::ChildProcesses processes{world.cancellation, Duration{500}};
    cli::Context context{.environment = world.environment, .files = files, .processes = processes, .clock = world.clock, .log = world.log,
                         .cancellation = world.cancellation, .commands = world.commands, .ci = world.ci, .http_factory = world.http_factory()};

    std::string path(const char* name) const { return (folder.path() / name).string(); }
    bool logged(const std::string& text) const { return world.terminal.err.find(text) != std::string::npos; }

    /// A pipe with a name: opening it waits for the other side, so that tests need no sleep.
    std::string pipe(const char* name) const {
        if (::mkfifo(path(name).c_str(), 0600) != 0) throw std::runtime_error("mkfifo");
        return path(name);
    }
};

CanaryCommand bash(const std::string& command, Duration timeout = Duration{20'000}) { return {.name = "smoke-test", .type = "pre-rollout", .command = command, .timeout = timeout}; }
CanaryCommand cmd(const std::string& command) { return {.name = "load-test", .type = "rollout", .command = command, .timeout = Duration{60'000}, .in_background = true}; }

/// Waits until somebody writes a line.
std::string line_from(const std::string& pipe) {
    std::ifstream in(pipe);
    std::string line;
    std::getline(in, line);
    return line;
}

} // namespace

TEST_CASE("commands of type bash run to their end") {
    Ran ran;
    CanaryCommands commands(ran.context);
    CHECK_FALSE(commands.run({bash("[[ 1 == 1 ]] && echo fine; echo there >&2"), cmd("exit 1")}, "pre-rollout"));
    CHECK(ran.logged("fine"));
    CHECK(ran.logged("there"));
    CHECK(commands.run({bash("echo first; echo 'refused by \x1b[31mit'; exit 7"), bash("touch " + ran.path("second"))}, "pre-rollout") == "webhook 'smoke-test' failed: exit code 7: refused by \\x1b[31mit");
    CHECK_FALSE(std::filesystem::exists(ran.path("second"))); // not run after a failure
    CHECK(commands.run({bash("exec tail -f /dev/null", Duration{100})}, "pre-rollout") == "webhook 'smoke-test' failed: not finished in time");
    CHECK(commands.run({bash("kill -9 $$")}, "pre-rollout") == "webhook 'smoke-test' failed: ended by signal 9");
    CHECK_FALSE(commands.run({bash("exit 1")}, "rollout")); // of another type
    ran.world.cancellation.request(15);
    CHECK_THROWS_AS(commands.run({bash("sleep 20")}, "pre-rollout"), Cancelled);
}

TEST_CASE("commands of type cmd run in the background, once at a time, and end with the watch") {
    Ran ran;
    const auto began = ran.pipe("began");
    const auto go_on = ran.pipe("go-on");
    {
        CanaryCommands commands(ran.context);
        const auto load = cmd("echo $$ > " + began + "; read x < " + go_on + "; echo run >> " + ran.path("runs") + "; echo over > " + began);
        CHECK_FALSE(commands.run({load}, "rollout"));
        const auto first = line_from(began);
        CHECK_FALSE(commands.run({load, cmd("exit 3")}, "rollout")); // still running: not a second time
        std::ofstream(go_on) << "x\n";
        CHECK(line_from(began) == "over");
        // Until the thread has seen its end, the same command counts as running.
        std::string second;
        const int reader = ::open(began.c_str(), O_RDONLY | O_NONBLOCK);
        for (int i = 0; i < 2000 && second.empty(); ++i) {
            commands.run({load}, "rollout");
            char buffer[64];
            const auto got = ::read(reader, buffer, sizeof buffer);
            if (got > 0) second.assign(buffer, static_cast<std::size_t>(got));
            else ::usleep(10'000);
        }
        ::close(reader);
        CHECK_FALSE(second.empty());
        CHECK(second != first);
    }
    // The second one was ended while it waited: nobody let it go on.
    CHECK(ran.logged("webhook 'load-test': its command is ended with the watch"));
    CHECK(ran.logged("webhook 'load-test' failed: exit code 3"));
    std::ifstream runs(ran.path("runs"));
    CHECK(std::string(std::istreambuf_iterator<char>(runs), {}) == "run\n");
}

TEST_CASE("a program that is missing") {
    fake::World world;
    auto context = world.context();
    CanaryCommands commands(context);
    CHECK_THROWS_AS(commands.run({bash("true")}, "pre-rollout"), Error);
    {
        CanaryCommands others(context);
        CHECK_FALSE(others.run({cmd("true")}, "rollout"));
    }
    CHECK(world.terminal.err.find("webhook 'load-test' failed: cannot run sh: it is not installed") != std::string::npos);
}
