#pragma once

#include "cli/context.hpp"
#include "git/failure.hpp"
#include "git/remote.hpp"
#include "io/files.hpp"
#include "io/processes.hpp"

#include <random>
#include <string>
#include <vector>

namespace slipway::git {

/// Runs Git in a bare temporary repository of ours, which has neither a work tree nor hooks, with one remote,
/// "origin".
class Client {
public:
    Client(cli::Context& context, Remote remote);

    io::ProcessResult run(std::vector<std::string> arguments, std::string input = {});
    /// As `run`, for commands that cannot fail in a sound world. @throws Error (world failure)
    std::string must_run(std::vector<std::string> arguments, std::string input = {});
    /// As `run`, for requests that only read: broken connections and busy servers are tried again, until the
    /// deadline.
    /// @param what  "cannot read from https://host/repo.git"
    /// @return what it printed on both streams
    /// @throws Error
    io::ProcessResult ask(const std::vector<std::string>& arguments, const std::string& what,
                          const std::string& input = {});

    /// Waits, at random, up to 200 ms in the first round and twice as long in each further one, but at most 5 s, and
    /// not beyond the deadline.
    void wait(int round);
    /// From then on nothing is tried again; a command that runs then has a few seconds left.
    void set_deadline(io::Steady deadline) { deadline_ = deadline; }
    bool is_late() { return context_.clock.steady() >= deadline_; }

    /// Another password from now on, where the last one ends.
    void set_password(const Secret& password);

    /// Of the remote, as people may see it.
    std::string address() const;
    bool has_credentials() const noexcept { return !remote_.password.empty() || !remote_.ssh_key.empty(); }
    io::EnvironmentChanges& environment() noexcept { return environment_; }
    cli::Context& context() noexcept { return context_; }

private:
    Duration time_left();

    cli::Context& context_;
    Remote remote_;
    io::TemporaryFolder folder_;
    io::EnvironmentChanges environment_;
    io::Steady deadline_ = io::Steady::max();
    std::mt19937_64 random_;
};

} // namespace slipway::git
