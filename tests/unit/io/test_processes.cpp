#include "catch.hpp"
#include "failure.hpp"

#include "core/error.hpp"
#include "core/text.hpp"
#include "io/processes.hpp"

#include <fcntl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <thread>

using namespace slipway;
using namespace slipway::io;

// With real programs. A shell appears as the program under test only: Command itself has none in between.
namespace {

struct Runner {
    Cancellation cancellation;
    ChildProcesses processes{cancellation, Duration{400}};
    DiskFiles files;
    TemporaryFolder folder{files};

    Runner() { std::signal(SIGPIPE, SIG_IGN); } // as handle_signals does

    ProcessResult shell(const std::string& script, Command command = {}) {
        command.argv = {"sh", "-c", script};
        command.environment.set("DIR", folder.path().string());
        return processes.run(command);
    }
    std::string written(const std::string& name) {
        const auto path = folder.path() / name;
        return files.kind(path) == FileKind::file ? std::string(trim(files.read(path))) : "";
    }
    /// Waits until a child has written a file.
    std::string wait_for(const std::string& name) {
        for (int i = 0; i < 2000; ++i) {
            if (auto text = written(name); !text.empty()) return text;
            ::usleep(5000);
        }
        FAIL("no file " << name);
        return {};
    }
};

/// Whether the process is gone; one that was reparented may take its new parent a moment to collect.
bool is_gone(const std::string& pid) {
    for (int i = 0; i < 1000; ++i) {
        std::ifstream status("/proc/" + pid + "/stat");
        std::string text;
        if (!std::getline(status, text)) return true;
        if (text.find(") Z ") != std::string::npos) return true; // dead, not collected yet
        ::usleep(5000);
    }
    return false;
}

} // namespace

TEST_CASE("arguments arrive untouched: no shell is in between") {
    Runner runner;
    const std::vector<std::string> arguments = {"printf", "%s\\n", "$HOME `id` $(id)", "a  b", "", "'\"\\", "*", "a\nb", "-x; rm", "\xC3\xA4", "\xFF"};
    const auto result = runner.processes.run({.argv = arguments});
    CHECK(result.ok());
    CHECK(result.out == "$HOME `id` $(id)\na  b\n\n'\"\\\n*\na\nb\n-x; rm\n\xC3\xA4\n\xFF\n");
}

TEST_CASE("an argument with a zero byte is refused, not cut") {
    Runner runner;
    const auto error = failure_of([&] { runner.processes.run({.argv = {"echo", std::string("a\0b", 3)}}); });
    CHECK(error.code() == ExitCode::misuse);
    Command command{.argv = {"env"}};
    command.environment.set("NAME", std::string("a\0b", 3));
    CHECK(failure_of([&] { runner.processes.run(command); }).code() == ExitCode::misuse);
}

TEST_CASE("both streams are kept apart, and handed on line by line as they come") {
    Runner runner;
    std::vector<std::string> seen;
    Command command;
    command.on_line = [&](Stream stream, std::string_view line) { seen.push_back((stream == Stream::out ? "out:" : "err:") + std::string(line)); };
    const auto result = runner.shell("printf 'one\\ntwo\\r\\n\\nrest'; printf 'warn\\n' >&2; exit 7", command);
    CHECK(result.exit_code == 7);
    CHECK(result.out == "one\ntwo\r\n\nrest");
    CHECK(result.err == "warn\n");
    std::vector<std::string> out;
    for (const auto& line : seen) {
        if (line[0] == 'o') out.push_back(line);
    }
    CHECK(out == std::vector<std::string>{"out:one", "out:two", "out:", "out:rest"});
    CHECK(std::count(seen.begin(), seen.end(), "err:warn") == 1);
}

TEST_CASE("a line is handed on while the program still runs") {
    Runner runner;
    Command command;
    bool before_its_end = false;
    command.on_line = [&](Stream, std::string_view line) {
        if (line != "ready") return;
        before_its_end = runner.written("done").empty();
        std::ofstream(runner.folder.path() / "go") << "go\n";
    };
    CHECK(runner.shell("echo ready; while [ ! -s $DIR/go ]; do sleep 0.01; done; echo yes > $DIR/done", command).ok());
    CHECK(before_its_end);
}

TEST_CASE("a line longer than 64 KiB arrives in pieces") {
    Runner runner;
    Command command;
    std::string all;
    std::size_t longest = 0;
    command.on_line = [&](Stream, std::string_view line) {
        all += line;
        longest = std::max(longest, line.size());
    };
    CHECK(runner.shell("head -c 300000 /dev/zero | tr '\\0' x; echo", command).ok());
    CHECK(all == std::string(300'000, 'x'));
    CHECK(longest <= 2 * 64 * 1024);
}

TEST_CASE("much output on both streams blocks nobody, and of too much the end is kept") {
    Runner runner;
    const auto both = runner.shell("head -c 3000000 /dev/zero | tr '\\0' o & head -c 3000000 /dev/zero | tr '\\0' e >&2; wait");
    CHECK(both.out == std::string(3'000'000, 'o'));
    CHECK(both.err == std::string(3'000'000, 'e'));
    const auto huge = runner.shell("head -c 100000000 /dev/zero; echo the end");
    CHECK(huge.out.size() <= 64 * 1024 * 1024);
    CHECK(huge.out.substr(huge.out.size() - 8) == "the end\n");
}

TEST_CASE("all output of a program that is gone arrives, however slow its reader is") {
    Runner runner;
    Command command;
    std::size_t count = 0;
    command.on_line = [&](Stream, std::string_view) {
        if (count++ == 0) ::usleep(700'000); // longer than the patience with descendants that keep the pipes open
    };
    CHECK(runner.shell("seq 1 12000; exit 0", command).ok()); // less than a pipe holds
    CHECK(count == 12'000);
}

TEST_CASE("input reaches the program, also more than a pipe holds") {
    Runner runner;
    std::string input;
    for (int i = 0; i < 500'000; ++i) input += static_cast<char>(i * 31);
    CHECK(runner.processes.run({.argv = {"cat"}, .input = input}).out == input);
    CHECK(runner.processes.run({.argv = {"cat"}}).out == "");
}

TEST_CASE("a program that does not read its input ends as it likes") {
    Runner runner;
    CHECK(runner.processes.run({.argv = {"true"}, .input = std::string(5'000'000, 'x')}).ok());
    CHECK(runner.shell("exec 0<&-; sleep 0.1; exit 3", {.input = std::string(5'000'000, 'x')}).exit_code == 3);
}

TEST_CASE("the environment is ours, with the changes") {
    Runner runner;
    ::setenv("SLIPWAY_UNIT_TEST", "inherited", 1);
    Command command;
    command.environment.set("ADDED", "a b\nc");
    command.environment.set("TOKEN", Secret("hunter2"));
    CHECK(runner.shell("printf '%s|' \"$SLIPWAY_UNIT_TEST\" \"$ADDED\" \"$TOKEN\"", command).out == "inherited|a b\nc|hunter2|");
    command.environment.remove("SLIPWAY_UNIT_TEST");
    CHECK(runner.shell("printf '%s' \"${SLIPWAY_UNIT_TEST-removed}\"", command).out == "removed");
    ::unsetenv("SLIPWAY_UNIT_TEST");
}

TEST_CASE("a program runs in the folder that is asked for") {
    Runner runner;
    CHECK(runner.processes.run({.argv = {"pwd"}, .directory = runner.folder.path()}).out == std::filesystem::canonical(runner.folder.path()).string() + "\n");
}

TEST_CASE("descriptors of ours do not leak into a program") {
    std::vector<std::string> inherited; // from whoever runs the tests
    DiskFiles files;
    for (const auto& name : files.list("/proc/self/fd")) {
        if (const int flags = ::fcntl(std::stoi(name), F_GETFD); flags >= 0 && (flags & FD_CLOEXEC) == 0) inherited.push_back(name);
    }
    Runner runner;
    CHECK(runner.shell("ls /proc/$$/fd").out == join(inherited, "\n") + "\n");
}

TEST_CASE("a program starts with ordinary signals, whatever we do with ours") {
    Runner runner; // ignores SIGPIPE
    CHECK(runner.shell("kill -PIPE $$; echo survived").signal == SIGPIPE);
}

TEST_CASE("how a program ended") {
    Runner runner;
    CHECK(how_it_ended(runner.shell("exit 3")) == "exit code 3");
    const auto killed = runner.shell("kill -KILL $$");
    CHECK(killed.signal == SIGKILL);
    CHECK(killed.exit_code == -1);
    CHECK_FALSE(killed.ok());
    CHECK(how_it_ended(killed) == "ended by signal 9");
}

TEST_CASE("a program that cannot be started is a broken world") {
    Runner runner;
    const auto missing = failure_of([&] { runner.processes.run({.argv = {"no-such-program-here"}}); });
    CHECK(missing.code() == ExitCode::world);
    CHECK(std::string(missing.what()) == "cannot run no-such-program-here: it is not installed or not on the PATH");
    const auto elsewhere = failure_of([&] { runner.processes.run({.argv = {"no-such-program-here"}, .directory = "/"}); });
    CHECK(std::string(elsewhere.what()) == "cannot run no-such-program-here: it is not installed or not on the PATH");
    const auto nowhere = failure_of([&] { runner.processes.run({.argv = {"true"}, .directory = "/no/such/folder"}); });
    CHECK(std::string(nowhere.what()) == "cannot run true in /no/such/folder: No such file or directory");
    std::ofstream(runner.folder.path() / "plain") << "text";
    const auto plain = failure_of([&] { runner.processes.run({.argv = {(runner.folder.path() / "plain").string()}}); });
    CHECK(std::string(plain.what()).find("Permission denied") != std::string::npos);
}

TEST_CASE("programs are found on the PATH") {
    Runner runner;
    CHECK(runner.processes.has("sh"));
    CHECK(runner.processes.has("/bin/sh"));
    CHECK_FALSE(runner.processes.has("no-such-program-here"));
    CHECK_FALSE(runner.processes.has("/no/such/program"));
}

TEST_CASE("a program that takes too long is ended with all that it started") {
    Runner runner;
    const auto result = runner.shell("sleep 1000 & echo $! > $DIR/grandchild; wait", {.timeout = Duration{200}});
    CHECK(result.timed_out);
    CHECK_FALSE(result.ok());
    CHECK(how_it_ended(result) == "not finished in time");
    CHECK(is_gone(runner.written("grandchild")));
}

TEST_CASE("a program that is needed no more is ended with all that it started") {
    Runner runner;
    Command command;
    command.should_end = [&] { return !runner.written("grandchild").empty(); };
    SECTION("an obedient one") {
        const auto result = runner.shell("sleep 1000 & echo $! > $DIR/grandchild; wait", command);
        CHECK(result.ended_early);
        CHECK_FALSE(result.timed_out);
        CHECK_FALSE(result.ok());
        CHECK(how_it_ended(result) == "ended early");
    }
    SECTION("one that ignores SIGTERM and has closed its pipes") {
        const auto result = runner.shell("trap '' TERM; exec > /dev/null 2>&1; echo $$ > $DIR/grandchild; while :; do sleep 0.05; done", command);
        CHECK(result.ended_early);
        CHECK(result.signal == SIGKILL);
    }
    SECTION("when we are asked to end as well, that counts") {
        command.should_end = [&] {
            if (runner.written("grandchild").empty()) return false;
            runner.cancellation.request(SIGTERM);
            return true;
        };
        CHECK_THROWS_AS(runner.shell("sleep 1000 & echo $! > $DIR/grandchild; wait", command), Cancelled);
    }
    CHECK(is_gone(runner.written("grandchild")));
}

TEST_CASE("a program that ended by itself was not ended early") {
    Runner runner;
    Command command;
    command.should_end = [] { return false; };
    const auto result = runner.shell("exit 143", command);
    CHECK_FALSE(result.ended_early);
    CHECK(result.exit_code == 143);
}

TEST_CASE("cancellation ends the whole group") {
    Runner runner;
    const auto cancelled_while = [&](const std::string& script) {
        std::thread canceller([&] {
            runner.wait_for("ready");
            runner.cancellation.request(SIGTERM);
        });
        const auto before = std::chrono::steady_clock::now();
        CHECK_THROWS_AS(runner.shell(script), Cancelled);
        canceller.join();
        CHECK(std::chrono::steady_clock::now() - before < std::chrono::seconds(5));
    };
    SECTION("obedient processes") {
        cancelled_while("sleep 1000 & echo $! > $DIR/grandchild; echo $$ > $DIR/ready; wait");
    }
    SECTION("processes that ignore SIGTERM") {
        cancelled_while("trap '' TERM; sh -c 'trap \"\" TERM; echo $$ > $DIR/grandchild; while :; do sleep 0.05; done' & "
                        "while [ ! -s $DIR/grandchild ]; do sleep 0.01; done; echo $$ > $DIR/ready; while :; do sleep 0.05; done");
    }
    SECTION("a grandchild that ignores SIGTERM after its parent is gone, and holds the pipes") {
        cancelled_while("(trap '' TERM; sh -c 'echo $$ > $DIR/grandchild; while :; do sleep 0.05; done') & "
                        "while [ ! -s $DIR/grandchild ]; do sleep 0.01; done; echo $$ > $DIR/ready; wait");
    }
    SECTION("a child that has closed its pipes") {
        cancelled_while("sleep 1000 > /dev/null 2>&1 & echo $! > $DIR/grandchild; echo $$ > $DIR/ready; exec > /dev/null 2>&1; wait");
    }
    CHECK(is_gone(runner.written("ready")));
    CHECK(is_gone(runner.written("grandchild")));
    CHECK_THROWS_AS(runner.shell("true"), Cancelled);
}

TEST_CASE("a program that closes its output and lives on is waited for") {
    Runner runner;
    CHECK(runner.shell("exec > /dev/null 2>&1; sleep 0.2; echo yes > $DIR/done; exit 5").exit_code == 5);
    CHECK(runner.written("done") == "yes");
}

TEST_CASE("the kernel tells of a program's end: nobody has to look again and again") {
    const auto told = static_cast<int>(::syscall(SYS_pidfd_open, ::getpid(), 0));
    if (told < 0) {
        WARN("this kernel does not tell of a program's end");
        return;
    }
    ::close(told);
    Runner runner;
    int looks = 0;
    Command command;
    command.on_wait = [&] { ++looks; };
    CHECK(runner.shell("exec > /dev/null 2>&1; sleep 1; exit 5", command).exit_code == 5);
    CHECK(looks < 50); // 20 of 50 ms each, and not 200 of 5 ms
}

TEST_CASE("what a program leaves behind in its group ends with it") {
    Runner runner;
    CHECK(runner.shell("sleep 1000 & echo $! > $DIR/left").ok());
    CHECK(is_gone(runner.written("left")));
}

TEST_CASE("what a program leaves behind lives on where that is wanted, unless it is ended") {
    Runner runner;
    Command command{.leaves_others = true};
    CHECK(runner.shell("sleep 1000 > /dev/null 2>&1 & echo $! > $DIR/left", command).ok());
    CHECK(::kill(std::stoi(runner.written("left")), SIGKILL) == 0);
    command.timeout = Duration{300};
    CHECK(runner.shell("sleep 1000 & echo $! > $DIR/left; sleep 1000", command).timed_out);
    CHECK(is_gone(runner.written("left")));
}

TEST_CASE("a descendant that left the group and keeps the pipes open does not hold us up") {
    Runner runner;
    CHECK(runner.shell("setsid sh -c 'echo $$ > $DIR/left; exec sleep 5' & while [ ! -s $DIR/left ]; do sleep 0.01; done; echo said").out == "said\n");
    ::kill(std::stoi(runner.written("left")), SIGKILL);
}

TEST_CASE("a callback that throws takes the program with it") {
    Runner runner;
    Command command;
    command.on_line = [](Stream, std::string_view) { throw std::runtime_error("enough"); };
    CHECK_THROWS_AS(runner.shell("echo $$ > $DIR/child; echo line; sleep 1000", command), std::runtime_error);
    CHECK(is_gone(runner.written("child")));
}

TEST_CASE("a child that was asked to end before we are is our cancellation, not its failure") {
    // GitLab ends a job's processes one by one, children first.
    for (const char* way : {"kill -TERM $$", "exit 143"}) {
        INFO(way);
        Runner runner;
        std::thread canceller([&] {
            runner.wait_for("ready");
            runner.cancellation.request(SIGTERM);
        });
        CHECK_THROWS_AS(runner.shell(std::string("echo yes > $DIR/ready; ") + way), Cancelled);
        canceller.join();
    }
    Runner runner;
    CHECK(runner.shell("kill -TERM $$").signal == SIGTERM); // nobody asked us
}

TEST_CASE("what tidies up runs after cancellation") {
    Runner runner;
    runner.cancellation.request(SIGTERM);
    CHECK_THROWS_AS(runner.processes.run({.argv = {"true"}}), Cancelled);
    CHECK(runner.processes.run({.argv = {"echo", "tidy"}, .timeout = Duration{5000}, .tidies_up = true}).out == "tidy\n");
}

TEST_CASE("no zombie remains of a program") {
    Runner runner;
    CHECK(runner.shell("exit 0").ok());
    CHECK(runner.shell("sleep 1000", {.timeout = Duration{50}}).timed_out);
    CHECK(::waitpid(-1, nullptr, WNOHANG) == -1);
    CHECK(errno == ECHILD);
}
