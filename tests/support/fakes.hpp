#pragma once

#include "cli/context.hpp"
#include "cli/step.hpp"
#include "core/error.hpp"
#include "io/clock.hpp"
#include "io/environment.hpp"
#include "io/files.hpp"
#include "io/http.hpp"
#include "io/log.hpp"
#include "io/processes.hpp"
#include "io/terminal.hpp"

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

// Stand-ins for all of io/, for unit tests: nothing here touches disk, network, clock or environment.
namespace slipway::fake {

class Environment final : public io::Environment {
public:
    std::map<std::string, std::string> variables;

    std::optional<std::string> get(const std::string& name) const override {
        const auto variable = variables.find(name);
        if (variable == variables.end() || variable->second.empty()) return std::nullopt;
        return variable->second;
    }
    std::map<std::string, std::string> all() const override { return variables; }
};

/// Time that passes only when somebody sleeps.
class Clock final : public io::Clock {
public:
    Timestamp time = *parse_timestamp("2026-11-24T12:00:00Z");
    std::vector<Duration> sleeps;
    /// Called at each sleep, to let the world change meanwhile.
    std::function<void()> on_sleep = [] {};

    Timestamp now() override { return time; }
    io::Steady steady() override { return io::Steady(time.time_since_epoch()); }
    void sleep_for(Duration duration) override {
        sleeps.push_back(duration);
        time += duration;
        on_sleep();
    }
};

class Files final : public io::Files {
public:
    std::map<std::string, std::string> contents;
    /// Paths whose writing fails, with the reason.
    std::map<std::string, std::string> broken;
    /// Where symbolic links lead, for `canonical`, `status` and `list`.
    std::map<std::string, std::string> links;
    std::map<std::string, unsigned> modes; ///< permissions other than 0644
    std::map<std::string, std::map<std::string, std::string>> extended; ///< attributes
    /// Folders that somebody holds, another process or we.
    std::set<std::string> locked;
    /// Called after each reading of a file, with its path: a pipe has nothing left then.
    std::function<void(const std::string&)> after_read = [](const std::string&) {};

    io::FileKind kind(const io::Path& path) override {
        if (contents.count(path.string()) != 0) return io::FileKind::file;
        const auto prefix = path.string() + '/';
        for (const auto& [name, bytes] : contents) {
            if (name.compare(0, prefix.size(), prefix) == 0) return io::FileKind::directory;
        }
        return io::FileKind::none;
    }
    std::string read(const io::Path& path) override {
        const auto file = contents.find(path.string());
        if (file == contents.end()) throw misuse("cannot read " + path.string() + ": No such file or directory");
        const auto bytes = file->second;
        after_read(path.string());
        return bytes;
    }
    void read_pieces(const io::Path& path, const std::function<void(std::string_view)>& take) override { take(read(path)); }
    std::optional<io::FileStatus> status(const io::Path& path) override {
        const auto link = links.find(path.string());
        if (link != links.end()) return io::FileStatus{.kind = io::FileStatus::Kind::link, .mode = 0777, .size = link->second.size()};
        switch (kind(path)) {
        case io::FileKind::file: return io::FileStatus{.kind = io::FileStatus::Kind::file, .mode = modes.count(path.string()) != 0 ? modes[path.string()] : 0644, .size = contents[path.string()].size()};
        case io::FileKind::directory: return io::FileStatus{.kind = io::FileStatus::Kind::directory, .mode = 0755};
        default: return std::nullopt;
        }
    }
    std::string link_target(const io::Path& path) override { return links.at(path.string()); }
    std::map<std::string, std::string> attributes(const io::Path& path) override { return extended[path.string()]; }
    std::vector<std::string> list(const io::Path& folder) override {
        const auto prefix = folder.string() + '/';
        std::set<std::string> names;
        const auto add = [&](const auto& places) {
            for (const auto& [name, value] : places) {
                if (name.compare(0, prefix.size(), prefix) == 0) names.insert(name.substr(prefix.size(), name.find('/', prefix.size()) - prefix.size()));
            }
        };
        add(contents);
        add(links);
        return {names.begin(), names.end()};
    }
    void write_atomic(const io::Path& path, std::string_view bytes, io::Access access) override {
        fail_when_broken(path);
        if (access == io::Access::executable && contents.count(path.string()) == 0) modes[path.string()] = 0755;
        contents[path.string()] = bytes;
    }
    void append(const io::Path& path, std::string_view bytes) override {
        fail_when_broken(path);
        contents[path.string()] += bytes;
    }
    void link(const io::Path& file, const io::Path& name) override {
        fail_when_broken(name);
        contents[name.string()] = contents.at(file.string());
    }
    void remove(const io::Path& path) override {
        fail_when_broken(path);
        contents.erase(path.string());
    }
    void make_folders(const io::Path& path) override { fail_when_broken(path); }
    io::Path make_temporary_folder(const io::Path&) override { return "/tmp/slipway-fake" + std::to_string(++temporary_folders_); }
    void remove_folder(const io::Path& path) noexcept override {
        const auto prefix = path.string() + '/';
        for (auto file = contents.begin(); file != contents.end();) {
            file = file->first.compare(0, prefix.size(), prefix) == 0 ? contents.erase(file) : std::next(file);
        }
    }
    io::Path canonical(const io::Path& path) override {
        const auto link = links.find(path.string());
        const auto target = ("/" / (link == links.end() ? path : io::Path(link->second))).lexically_normal();
        return target.has_filename() ? target : target.parent_path();
    }
    std::unique_ptr<io::FolderLock> try_lock(const io::Path& folder) override {
        if (!locked.insert(folder.string()).second) return nullptr;
        return std::make_unique<Lock>(locked, folder.string());
    }

private:
    class Lock final : public io::FolderLock {
    public:
        Lock(std::set<std::string>& locked, std::string folder) : locked_(locked), folder_(std::move(folder)) {}
        ~Lock() override { locked_.erase(folder_); }

    private:
        std::set<std::string>& locked_;
        std::string folder_;
    };

    void fail_when_broken(const io::Path& path) const {
        const auto failure = broken.find(path.string());
        if (failure != broken.end()) throw world_failure("cannot write " + path.string() + ": " + failure->second);
    }

    int temporary_folders_ = 0;
};

class Processes final : public io::Processes {
public:
    /// Plays every program; the default has none installed.
    std::function<io::ProcessResult(const io::Command&)> on_run = [](const io::Command& command) -> io::ProcessResult {
        throw world_failure("cannot run " + command.argv.front() + ": it is not installed or not on the PATH");
    };
    std::vector<std::string> installed;
    std::vector<io::Command> commands; ///< everything that was run

    io::ProcessResult run(const io::Command& command) override {
        {
            const std::lock_guard lock(mutex_); // steps ask several programs at once
            commands.push_back(command);
        }
        return on_run(command);
    }
    bool has(const std::string& program) override {
        for (const auto& name : installed) {
            if (name == program) return true;
        }
        return false;
    }

private:
    std::mutex mutex_;
};

/// Answers requests from a function, and remembers them.
class Http final : public io::HttpClient {
public:
    using Handler = std::function<io::Response(const io::Request&)>;
    explicit Http(Handler handler) : handler_(std::move(handler)) {}

    io::Response send(const io::Request& request) override { return handler_(request); }

private:
    Handler handler_;
};

class Terminal final : public io::Terminal {
public:
    std::string out;
    std::string err;
    bool interactive = false;
    bool colour = false;
    int columns = 80;
    std::string out_failure; ///< why standard output cannot be written; empty: it can

    void write_out(std::string_view text) override {
        if (!out_failure.empty()) throw world_failure("cannot write the result to standard output: " + out_failure);
        out += text;
    }
    void write_err(std::string_view text) noexcept override { err += text; }
    bool err_is_interactive() const override { return interactive; }
    bool err_has_colour() const override { return colour; }
    int width() const override { return columns; }
};

/// Everything a step may touch, as fakes, put together.
struct World {
    fake::Environment environment;
    fake::Files files;
    fake::Processes processes;
    fake::Clock clock;
    fake::Terminal terminal;
    io::Cancellation cancellation;
    ci::Info ci;
    /// Plays every server. Requests are remembered in `requests`.
    fake::Http::Handler on_request = [](const io::Request& request) -> io::Response {
        throw world_failure(request.method + ' ' + request.url + ": connection refused");
    };
    std::vector<io::Request> requests;
    std::vector<io::HttpSettings> connections;
    /// One request after the other, also when several threads ask.
    std::unique_ptr<std::mutex> http_mutex = std::make_unique<std::mutex>();

    io::Log log{terminal, clock, {.step = "test", .run_id = "run"}};
    ci::Commands commands{ci::System::none, log, clock};

    cli::HttpFactory http_factory() {
        return [this](io::HttpSettings settings, io::Clock&, io::Log&, const io::Cancellation&) -> std::unique_ptr<io::HttpClient> {
            const std::lock_guard lock(*http_mutex);
            connections.push_back(std::move(settings));
            return std::make_unique<fake::Http>([this](const io::Request& request) {
                const std::lock_guard serving(*http_mutex);
                requests.push_back(request);
                auto response = on_request(request);
                if (response.ok() && !request.into.empty()) files.contents[request.into.string()] = std::exchange(response.body, "");
                return response;
            });
        };
    }

    cli::Context context() {
        return {.environment = environment, .files = files, .processes = processes, .clock = clock, .log = log,
                .cancellation = cancellation, .commands = commands, .ci = ci, .http_factory = http_factory()};
    }

    /// A whole run, from arguments to exit code, as the executable does it.
    int run(cli::AnyStep& step, const std::vector<std::string>& arguments) {
        cli::World world{.environment = environment, .files = files, .processes = processes, .clock = clock,
                         .terminal = terminal, .cancellation = cancellation, .http_factory = http_factory(),
                         .choose_colour = [](io::ColourChoice) {}};
        return cli::run_step(step, arguments, world);
    }
};

} // namespace slipway::fake
