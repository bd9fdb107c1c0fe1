#pragma once

#include "cli/context.hpp"
#include "fakes.hpp"
#include "git/repository.hpp"
#include "io/processes.hpp"

#include <string>
#include <vector>

namespace slipway::git::real {

/// Runs real programs, and remembers which.
class Processes final : public io::Processes {
public:
    explicit Processes(const io::Cancellation& cancellation) : children_(cancellation) {}

    std::vector<std::string> settings; ///< stand between "git" and its command
    io::EnvironmentChanges variables;  ///< found by all programs, whatever is to be removed
    std::vector<std::vector<std::string>> commands;

    io::ProcessResult run(const io::Command& command) override {
        commands.push_back(command.argv);
        auto changed = command;
        if (command.argv.front() == "git")
            changed.argv.insert(changed.argv.begin() + 1, settings.begin(), settings.end());
        for (const auto& [name, value] : variables.all()) {
            if (value) changed.environment.set(name, *value);
        }
        return children_.run(changed);
    }
    bool has(const std::string& program) override { return children_.has(program); }

private:
    io::ChildProcesses children_;
};

/// Real Git on a real disk, with a bare repository in a folder as the server, and all else of the world faked.
struct World {
    fake::World fakes;
    io::DiskFiles files;
    Processes processes{fakes.cancellation};
    io::SystemClock clock{fakes.cancellation};
    io::TemporaryFolder folder{files};
    std::string server = (folder.path() / "server.git").string();

    explicit World(bool filters = true) {
        fakes.environment.variables["PATH"] = "/usr/bin:/bin";
        git({"init", "--quiet", "--bare", "--template=", "--initial-branch=main", server});
        git({"config", "uploadpack.allowFilter", filters ? "true" : "false"});
    }

    cli::Context context() {
        return {.environment = fakes.environment,
                .files = files,
                .processes = processes,
                .clock = clock,
                .log = fakes.log,
                .cancellation = fakes.cancellation,
                .commands = fakes.commands,
                .ci = fakes.ci,
                .http_factory = {}};
    }

    Remote remote() const {
        return {.url = "file://" + server,
                .user = "",
                .password = Secret(),
                .tls = {.ca_file = "", .client_cert = "", .client_key = "", .allow_insecure = true}};
    }

    /// Runs git in the server's repository; an exit code other than 0 shows in what it returns.
    std::string git(std::vector<std::string> arguments, std::string input = {}) {
        io::Command command{.argv = {"git"}, .input = std::move(input)};
        for (auto& argument : arguments)
            command.argv.push_back(std::move(argument));
        command.environment.set("GIT_DIR", server);
        command.environment.set("GIT_CONFIG_GLOBAL", std::string("/dev/null"));
        const auto result = processes.run(command);
        return result.ok() ? std::string(result.out) : io::how_it_ended(result) + ": " + result.err;
    }

    /// A commit on the server, as somebody else makes it.
    /// @param files  path, mode and content
    /// @return its hash
    std::string add(const std::string& branch, const std::vector<File>& changed, long seconds = 1'700'000'000,
                    const std::string& message = "work\n") {
        auto tip = git({"rev-parse", "--verify", "--quiet", "refs/heads/" + branch});
        tip = tip.size() == 41 ? tip.substr(0, 40) : "";
        auto stream = commit_stream(tip, changed, message, {"Rival", "rival@example.invalid"}, seconds);
        if (tip.empty()) stream.erase(stream.find("\nfrom "), 6);
        stream.replace(0, stream.find('\n'), "commit refs/heads/" + branch);
        return git({"fast-import", "--quiet", "--done"}, stream).substr(0, 40);
    }

    std::string show(const std::string& branch, const std::string& path) {
        return git({"show", branch + ':' + path});
    }
};

} // namespace slipway::git::real
