#include "catch.hpp"

#include "core/error.hpp"
#include "fakes.hpp"
#include "io/descriptor.hpp"
#include "io/terminal.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <csignal>
#include <thread>

using namespace slipway;
using namespace slipway::io;

namespace {

/// Standard output leads elsewhere while this object lives.
class Redirected {
public:
    explicit Redirected(int to) : before_(::dup(STDOUT_FILENO)) { ::dup2(to, STDOUT_FILENO); }
    ~Redirected() { ::dup2(before_.get(), STDOUT_FILENO); }

private:
    Descriptor before_;
};

} // namespace

TEST_CASE("colour is decided by the option, then the variables in their order, then the terminal") {
    struct Row {
        ColourChoice choice;
        std::map<std::string, std::string> variables;
        bool terminal;
        bool colour;
    };
    using enum ColourChoice;
    const std::vector<Row> rows = {
        {automatic, {}, true, true},
        {automatic, {}, false, false},
        {always, {{"NO_COLOR", "1"}, {"TERM", "dumb"}}, false, true},
        {never, {{"FORCE_COLOR", "1"}}, true, false},
        {automatic, {{"NO_COLOR", "1"}}, true, false},
        {automatic, {{"NO_COLOR", ""}}, true, true}, // the convention asks for a value
        {automatic, {{"NO_COLOR", "0"}}, true, false},
        {automatic, {{"NO_COLOR", "1"}, {"FORCE_COLOR", "1"}}, true, false},
        {automatic, {{"NO_COLOR", "1"}, {"CLICOLOR_FORCE", "1"}}, true, false},
        {automatic, {{"FORCE_COLOR", "1"}}, false, true},
        {automatic, {{"FORCE_COLOR", "0"}}, false, false},
        {automatic, {{"CLICOLOR_FORCE", "1"}}, false, true},
        {automatic, {{"CLICOLOR_FORCE", "0"}}, false, false},
        {automatic, {{"FORCE_COLOR", "1"}, {"CLICOLOR", "0"}, {"TERM", "dumb"}}, false, true},
        {automatic, {{"CLICOLOR_FORCE", "1"}, {"CLICOLOR", "0"}}, false, true},
        {automatic, {{"CLICOLOR", "0"}}, true, false},
        {automatic, {{"CLICOLOR", "1"}}, false, false},
        {automatic, {{"TERM", "dumb"}}, true, false},
        {automatic, {{"TERM", "xterm"}}, true, true},
    };
    for (std::size_t i = 0; i < rows.size(); ++i) {
        INFO("row " << i);
        fake::Environment environment;
        environment.variables = rows[i].variables;
        CHECK(wants_colour(rows[i].choice, environment, rows[i].terminal) == rows[i].colour);
    }
}

TEST_CASE("a result that cannot be written in full is an error") {
    const fake::Environment environment;
    ProcessTerminal terminal(environment);
    const Descriptor full(::open("/dev/full", O_WRONLY | O_CLOEXEC));
    std::string message;
    {
        const Redirected redirected(full.get());
        try {
            terminal.write_out("result");
        } catch (const Error& error) {
            CHECK(error.code() == ExitCode::world);
            message = error.what();
        }
    }
    CHECK(message == "cannot write the result to standard output: No space left on device");
}

TEST_CASE("a slow reader gets all of a result, also from a descriptor that does not block") {
    const fake::Environment environment;
    Cancellation cancellation;
    ProcessTerminal terminal(environment, &cancellation);
    int ends[2];
    REQUIRE(::pipe2(ends, O_CLOEXEC | O_NONBLOCK) == 0);
    const Descriptor read_end(ends[0]);
    Descriptor write_end(ends[1]);
    std::string received;
    std::thread reader([&] {
        std::string chunk(10'000, '\0');
        while (received.size() < 500'000) {
            const auto count = ::read(read_end.get(), chunk.data(), chunk.size());
            if (count > 0) received.append(chunk, 0, static_cast<std::size_t>(count));
            else ::usleep(1000);
        }
    });
    {
        const Redirected redirected(write_end.get());
        terminal.write_out(std::string(500'000, 'x'));
    }
    reader.join();
    CHECK(received == std::string(500'000, 'x'));
}

TEST_CASE("a reader who stopped reading does not keep a cancelled step alive") {
    const fake::Environment environment;
    Cancellation cancellation;
    ProcessTerminal terminal(environment, &cancellation);
    int ends[2];
    REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
    const Descriptor read_end(ends[0]), write_end(ends[1]);
    bool failed = false;
    std::thread canceller([&] { cancellation.request(SIGTERM); });
    {
        const Redirected redirected(write_end.get());
        try {
            terminal.write_out(std::string(5'000'000, 'x'));
        } catch (const Error&) {
            failed = true;
        }
    }
    canceller.join();
    CHECK(failed);
}
