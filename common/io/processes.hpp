#pragma once

#include "core/duration.hpp"
#include "core/secret.hpp"
#include "io/cancellation.hpp"
#include "io/files.hpp"

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::io {

enum class Stream { out, err };

/// What a child process finds changed in its environment.
class EnvironmentChanges {
public:
    void set(const std::string& name, std::string value) { changes_[name] = std::move(value); }
    /// A secret may travel in the environment, which only the same user can read; never in argv, which all can.
    void set(const std::string& name, const Secret& value) { changes_[name] = value.reveal(); }
    void remove(const std::string& name) { changes_[name] = std::nullopt; }
    const std::map<std::string, std::optional<std::string>>& all() const noexcept { return changes_; }

private:
    std::map<std::string, std::optional<std::string>> changes_;
};

/// A program to run. There is no shell in between: argv arrives as it stands here.
struct Command {
    std::vector<std::string> argv;
    EnvironmentChanges environment = {};
    Path directory = {};    ///< where it runs; ours when empty
    std::string input = {}; ///< its standard input
    Duration timeout{0};    ///< ended after that; 0 is never
    bool tidies_up = false; ///< runs also when we are asked to end: it takes away what others left; give it a short timeout
    bool leaves_others = false; ///< what it started and left behind lives on after it, as after a command in a shell
    /// Called for each line as it comes, without its line break. Lines longer than 64 KiB arrive in pieces.
    std::function<void(Stream, std::string_view)> on_line = {};
    /// Called several times a second while it runs, also when it prints nothing: for progress.
    std::function<void()> on_wait = {};
    /// Asked as often: once it says yes the program is ended, as after the timeout.
    std::function<bool()> should_end = {};
};

struct ProcessResult {
    int exit_code = -1;     ///< -1 when a signal ended it
    int signal = 0;         ///< the signal that ended it, or 0
    bool timed_out = false; ///< we ended it, after the timeout
    bool ended_early = false; ///< we ended it, because of should_end
    std::string out;        ///< at most the last 64 MiB
    std::string err;

    bool ok() const noexcept { return exit_code == 0; }
    bool was_ended_by_us() const noexcept { return timed_out || ended_early; }
};

/// "exit code 3", "ended by signal 9", "not finished in time", "ended early".
std::string how_it_ended(const ProcessResult& result);

/// May be used by several threads.
class Processes {
public:
    virtual ~Processes() = default;

    /// Runs a program to its end. Whatever it started in its process group ends with it, unless it `leaves_others`.
    ///
    /// @throws Error (world failure) when it cannot be started
    /// @throws Cancelled when we are asked to end meanwhile; by then the whole group is gone
    virtual ProcessResult run(const Command& command) = 0;

    /// Whether a program of this name is on the PATH.
    virtual bool has(const std::string& program) = 0;
};

class ChildProcesses final : public Processes {
public:
    /// @param grace  time between SIGTERM and SIGKILL
    explicit ChildProcesses(const Cancellation& cancellation, Duration grace = Duration{3000})
        : cancellation_(cancellation), grace_(grace) {}
    ProcessResult run(const Command& command) override;
    bool has(const std::string& program) override;

private:
    const Cancellation& cancellation_;
    Duration grace_;
};

} // namespace slipway::io
