#include "io/processes.hpp"

#include "core/error.hpp"
#include "core/text.hpp"
#include "io/descriptor.hpp"
#include "io/environment.hpp"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <mutex>
#include <set>
#include <system_error>

namespace slipway::io {

namespace {

using std::chrono::steady_clock;

constexpr std::size_t longest_line = 64 * 1024;
constexpr std::size_t most_captured = 64 * 1024 * 1024;

struct Pipe {
    Descriptor read_end;
    Descriptor write_end;

    Pipe() {
        int ends[2];
        if (::pipe2(ends, O_CLOEXEC) != 0) throw world_failure(std::string("cannot make a pipe: ") + std::strerror(errno));
        read_end = Descriptor(ends[0]);
        write_end = Descriptor(ends[1]);
    }
};

/// Keeps what a child prints, and hands it on line by line.
class LineReader {
public:
    LineReader(Stream stream, const Command& command, std::string& captured)
        : stream_(stream), command_(command), captured_(captured) {}

    void take(std::string_view bytes) {
        captured_ += bytes;
        if (captured_.size() > most_captured) captured_.erase(0, captured_.size() - most_captured / 2);
        if (!command_.on_line) return;
        pending_ += bytes;
        std::size_t start = 0;
        for (auto end = pending_.find('\n'); end != std::string::npos; end = pending_.find('\n', start)) {
            emit(std::string_view(pending_).substr(start, end - start));
            start = end + 1;
        }
        pending_.erase(0, start);
        if (pending_.size() > longest_line) finish();
    }

    void finish() {
        if (!pending_.empty() && command_.on_line) emit(pending_);
        pending_.clear();
    }

private:
    void emit(std::string_view line) {
        if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
        command_.on_line(stream_, line);
    }

    Stream stream_;
    const Command& command_;
    std::string& captured_;
    std::string pending_;
};

/// The children of all threads, which only those that started them may collect.
class LiveChildren {
public:
    /// @param spawn  posix_spawn(3), which sets the pid; no other thread may take the child for an orphan meanwhile
    /// @return what it returns
    template <class Spawn> int start(Spawn spawn, const pid_t& pid) {
        const std::lock_guard lock(mutex_);
        const int error = spawn();
        if (error == 0) pids_.insert(pid);
        return error;
    }
    void remove(pid_t pid) {
        const std::lock_guard lock(mutex_);
        pids_.erase(pid);
    }

    /// As PID 1 we inherit every orphan in the container; nobody else would collect them.
    void reap_orphans() {
        if (::getpid() != 1) return;
        const std::lock_guard lock(mutex_);
        for (siginfo_t child = {}; ::waitid(P_ALL, 0, &child, WEXITED | WNOHANG | WNOWAIT) == 0 && child.si_pid > 0; child = {}) {
            if (pids_.count(child.si_pid) != 0) return; // the next one to look will find those behind it
            ::waitpid(child.si_pid, nullptr, WNOHANG);
        }
    }

private:
    std::mutex mutex_;
    std::set<pid_t> pids_;
};

LiveChildren& live_children() {
    static LiveChildren children; // as the kernel sees it: of the process
    return children;
}

/// A started child, the leader of its own process group.
class Child {
public:
    Child(const Command& command, int in, int out, int err) {
        refuse_zero_bytes(command);
        auto variables = ProcessEnvironment().all();
        for (const auto& [name, value] : command.environment.all()) {
            if (value) {
                variables[name] = *value;
            } else {
                variables.erase(name);
            }
        }
        std::vector<std::string> environment_texts;
        for (const auto& [name, value] : variables) environment_texts.push_back(name + '=' + value);
        std::vector<char*> envp;
        for (auto& text : environment_texts) envp.push_back(text.data());
        envp.push_back(nullptr);
        auto arguments = command.argv;
        std::vector<char*> argv;
        for (auto& argument : arguments) argv.push_back(argument.data());
        argv.push_back(nullptr);

        posix_spawn_file_actions_t actions;
        posix_spawn_file_actions_init(&actions);
        posix_spawn_file_actions_adddup2(&actions, in, 0);
        posix_spawn_file_actions_adddup2(&actions, out, 1);
        posix_spawn_file_actions_adddup2(&actions, err, 2);
        if (!command.directory.empty()) posix_spawn_file_actions_addchdir_np(&actions, command.directory.c_str());

        posix_spawnattr_t attributes;
        posix_spawnattr_init(&attributes);
        posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
        posix_spawnattr_setpgroup(&attributes, 0);
        sigset_t signals;
        sigemptyset(&signals);
        posix_spawnattr_setsigmask(&attributes, &signals);
        for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGPIPE}) sigaddset(&signals, signal);
        posix_spawnattr_setsigdefault(&attributes, &signals);

        const int error = live_children().start([&] { return posix_spawnp(&pid_, argv[0], &actions, &attributes, argv.data(), envp.data()); }, pid_);
        posix_spawn_file_actions_destroy(&actions);
        posix_spawnattr_destroy(&attributes);
        if (error != 0) {
            pid_ = -1;
            std::error_code ignored;
            const bool folder = command.directory.empty() || std::filesystem::is_directory(command.directory, ignored);
            const auto where = folder ? std::string() : " in " + command.directory.string();
            if (error == ENOENT && folder) throw world_failure("cannot run " + command.argv[0] + ": it is not installed or not on the PATH");
            throw world_failure("cannot run " + command.argv[0] + where + ": " + std::strerror(error));
        }
        exit_ = Descriptor(static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)));
    }

    ~Child() {
        if (pid_ > 0 && !ended_) {
            signal_group(SIGKILL);
            while (::waitpid(pid_, &status_, 0) < 0 && errno == EINTR) {
            }
        }
        live_children().remove(pid_);
    }
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;

    void signal_group(int signal) const { ::kill(-pid_, signal); }

    /// Whether it ended; its exit status is kept then.
    bool ended() {
        if (!ended_ && ::waitpid(pid_, &status_, WNOHANG) == pid_) ended_ = true;
        return ended_;
    }

    int status() const { return status_; }

    /// Becomes readable when it ends; none where the kernel has no such thing (Linux before 5.3) or a sandbox forbids it.
    const Descriptor& exit() const { return exit_; }

private:
    /// The kernel would take what stands before a zero byte, and drop the rest without a word.
    static void refuse_zero_bytes(const Command& command) {
        const auto holds_one = [](const std::string& text) { return text.find('\0') != std::string::npos; };
        bool found = std::any_of(command.argv.begin(), command.argv.end(), holds_one);
        for (const auto& [name, value] : command.environment.all()) found = found || holds_one(name) || (value && holds_one(*value));
        if (found) throw misuse("cannot run " + std::string(command.argv[0].c_str()) + ": an argument or variable for it holds a zero byte");
    }

    pid_t pid_ = -1;
    Descriptor exit_;
    int status_ = 0;
    bool ended_ = false;
};

/// Descriptors above a child's exit: how long a grandchild that left the process group may hold the pipes.
constexpr Duration pipe_linger{500};

/// One run: moves bytes between us and the child until it is gone.
class Run {
public:
    Run(const Command& command, const Cancellation& cancellation, Duration grace, ProcessResult& result)
        : command_(command), cancellation_(cancellation), grace_(grace), result_(result),
          out_(Stream::out, command, result.out), err_(Stream::err, command, result.err),
          child_(command, in_pipe_.read_end.get(), out_pipe_.write_end.get(), err_pipe_.write_end.get()),
          input_(command.input), started_(steady_clock::now()) {
        in_pipe_.read_end.reset();
        out_pipe_.write_end.reset();
        err_pipe_.write_end.reset();
        ::fcntl(in_pipe_.write_end.get(), F_SETFL, O_NONBLOCK);
        ::fcntl(out_pipe_.read_end.get(), F_SETFL, O_NONBLOCK);
        ::fcntl(err_pipe_.read_end.get(), F_SETFL, O_NONBLOCK);
        if (input_.empty()) in_pipe_.write_end.reset();
    }

    void to_its_end() {
        std::optional<steady_clock::time_point> ended_at;
        while (true) {
            if (!ended_at && child_.ended()) {
                ended_at = steady_clock::now();
                // What it left behind in its group would outlive the step.
                if (!command_.leaves_others || ending_) child_.signal_group(SIGTERM);
            }
            const bool all_read = !out_pipe_.read_end && !err_pipe_.read_end;
            if (ended_at && (all_read || steady_clock::now() - *ended_at > pipe_linger)) break;
            end_when_asked();
            move_bytes(ended_at.has_value());
            if (command_.on_wait) command_.on_wait();
        }
        if (!command_.leaves_others || ending_) child_.signal_group(SIGKILL);
        take_what_is_left();
        out_.finish();
        err_.finish();
        live_children().reap_orphans();
        if (ending_ && !result_.was_ended_by_us()) cancellation_.check();
        if (WIFEXITED(child_.status())) result_.exit_code = WEXITSTATUS(child_.status());
        if (WIFSIGNALED(child_.status())) result_.signal = WTERMSIG(child_.status());
        wait_for_own_signal();
    }

private:
    void end_when_asked() {
        const auto now = steady_clock::now();
        if (ending_) {
            if (now - *ending_ > grace_) child_.signal_group(SIGKILL);
            return;
        }
        const bool late = command_.timeout.count() > 0 && now - started_ > command_.timeout;
        const bool pointless = !late && !child_.ended() && command_.should_end && command_.should_end();
        const bool cancelled = cancellation_.requested();
        if (!late && !pointless && !cancelled) return;
        result_.timed_out = late && !cancelled;
        result_.ended_early = pointless && !cancelled;
        ending_ = now;
        child_.signal_group(SIGTERM);
    }

    /// GitLab ends a job's processes one by one, children first, so a child that was ended, or that failed because it was
    /// asked to end, may mean that we are asked next. Not when we ended it, and know the reason.
    void wait_for_own_signal() const {
        if (result_.was_ended_by_us() || result_.exit_code == 0) return;
        const bool by_signal = result_.signal == SIGTERM || result_.signal == SIGINT || result_.exit_code == 128 + SIGTERM || result_.exit_code == 128 + SIGINT;
        pollfd waiting = {.fd = cancellation_.fd(), .events = POLLIN, .revents = 0};
        ::poll(&waiting, 1, by_signal ? 300 : 20);
        cancellation_.check();
    }

    /// What lies in the pipes once the child is gone, however slow we were; no more than a pipe holds, since a grandchild
    /// that left the group could write for ever.
    void take_what_is_left() {
        constexpr int most_reads = 16; // of 64 KiB: the largest pipe that an ordinary user may have
        for (int i = 0; i < most_reads && receive(out_pipe_.read_end, out_); ++i) {
        }
        for (int i = 0; i < most_reads && receive(err_pipe_.read_end, err_); ++i) {
        }
    }

    void move_bytes(bool child_ended) {
        // What was noticed already would wake us again and again.
        std::array<pollfd, 5> waiting = {{{out_pipe_.read_end.get(), POLLIN, 0},
                                          {err_pipe_.read_end.get(), POLLIN, 0},
                                          {in_pipe_.write_end.get(), POLLOUT, 0},
                                          {ending_ ? -1 : cancellation_.fd(), POLLIN, 0},
                                          {child_ended ? -1 : child_.exit().get(), POLLIN, 0}}};
        // Its pipes close a moment before a child can be collected. Where nothing tells of its end, we look again soon.
        const bool will_be_told = out_pipe_.read_end || err_pipe_.read_end || child_.exit();
        ::poll(waiting.data(), waiting.size(), will_be_told ? 50 : 5);
        if (waiting[0].revents != 0) receive(out_pipe_.read_end, out_);
        if (waiting[1].revents != 0) receive(err_pipe_.read_end, err_);
        if (waiting[2].revents != 0) feed();
    }

    /// @return whether something came
    static bool receive(Descriptor& from, LineReader& reader) {
        if (!from) return false;
        std::array<char, 64 * 1024> buffer;
        const auto count = ::read(from.get(), buffer.data(), buffer.size());
        if (count > 0) {
            reader.take({buffer.data(), static_cast<std::size_t>(count)});
        } else if (count == 0 || (errno != EINTR && errno != EAGAIN)) {
            from.reset();
        }
        return count > 0;
    }

    void feed() {
        const auto written = ::write(in_pipe_.write_end.get(), input_.data(), input_.size());
        if (written > 0) input_.remove_prefix(static_cast<std::size_t>(written));
        const bool gone = written < 0 && errno != EINTR && errno != EAGAIN;
        if (gone || input_.empty()) in_pipe_.write_end.reset();
    }

    const Command& command_;
    const Cancellation& cancellation_;
    Duration grace_;
    ProcessResult& result_;
    Pipe in_pipe_, out_pipe_, err_pipe_;
    LineReader out_, err_;
    Child child_;
    std::string_view input_;
    steady_clock::time_point started_;
    std::optional<steady_clock::time_point> ending_;
};

} // namespace

std::string how_it_ended(const ProcessResult& result) {
    if (result.timed_out) return "not finished in time";
    if (result.ended_early) return "ended early";
    if (result.signal != 0) return "ended by signal " + std::to_string(result.signal);
    return "exit code " + std::to_string(result.exit_code);
}

ProcessResult ChildProcesses::run(const Command& command) {
    const Cancellation never;
    const auto& cancellation = command.tidies_up ? never : cancellation_;
    cancellation.check();
    ProcessResult result;
    Run(command, cancellation, grace_, result).to_its_end();
    return result;
}

bool ChildProcesses::has(const std::string& program) {
    if (program.find('/') != std::string::npos) return ::access(program.c_str(), X_OK) == 0;
    const char* path = std::getenv("PATH");
    const auto folders = split(path != nullptr ? path : "/usr/local/bin:/usr/bin:/bin", ':');
    return std::any_of(folders.begin(), folders.end(), [&](std::string_view folder) {
        return ::access((Path(folder) / program).c_str(), X_OK) == 0;
    });
}

} // namespace slipway::io
