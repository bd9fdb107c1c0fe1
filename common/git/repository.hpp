#pragma once

#include "cli/context.hpp"
#include "git/failure.hpp"
#include "git/names.hpp"
#include "git/remote.hpp"
#include "io/files.hpp"

#include <functional>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace slipway::git {

/// A file of a commit.
struct File {
    std::string path;
    std::string mode; ///< "100644" or "100755"
    std::string content;
};

/// What became of a push.
struct PushResult {
    enum class Kind {
        landed,
        stale,     ///< nothing was sent: the branch is not where we thought it was
        locked,    ///< the server did not move the branch: it has moved already, or somebody else holds its lock
        refused,   ///< by a hook or a protection; trying again would not help
        failed,    ///< before anything reached the server: see `failure`
        uncertain, ///< the answer was lost: it may have landed
    };
    Kind kind = Kind::landed;
    std::string words = {}; ///< the server's, in one line
    Failure failure = {};
};

/// A remote repository, seen through a bare temporary one of ours, which has neither a work tree nor hooks. Only what
/// is needed is transferred: one commit with its folders, and the files that are read.
class Repository {
public:
    Repository(cli::Context& context, Remote remote);

    /// The branch that the remote's HEAD names.
    /// @throws Error (misuse) for a repository without commits
    std::string default_branch();

    /// Gets the newest commit of a branch; broken connections and busy servers are tried again.
    /// @return its full hash
    /// @throws Error (misuse) when there is no such branch
    std::string fetch(const std::string& branch);

    /// @throws Error (misuse) when the commit has no such file, Error (refused) for a symbolic link, a submodule, and
    /// a file
    ///         of more than 32 MiB
    File read(const std::string& commit, const std::string& path);

    /// Makes a commit in which some files have new content, and all else is as in its parent.
    /// @return its full hash
    std::string commit(const std::string& parent, const std::vector<File>& files, const std::string& message,
                       const Identity& identity);

    /// Moves a branch of the remote from one commit to another, if it is still at the first.
    PushResult push(const std::string& commit, const std::string& branch, const std::string& expected);

    /// Whether a commit of ours is part of a branch's history. Looks at its last 1000 commits, or back to our
    /// commit's parent.
    ///
    /// @param tip    the branch's newest commit, fetched already
    /// @param since  the parent of `commit`
    bool contains(const std::string& branch, const std::string& tip, const std::string& commit,
                  const std::string& since);

    /// "abc1234 by Ada: subject", of a commit that was fetched or made.
    std::string describe(const std::string& commit);

    /// Waits, at random, up to 100 ms in the first round and twice as long in each further one, but at most 5 s.
    void wait(int round);

    /// As people may see it.
    std::string address() const;
    bool has_credentials() const noexcept { return !remote_.password.empty(); }

private:
    io::ProcessResult run(std::vector<std::string> arguments, std::string input = {});
    /// As `run`, for commands that cannot fail in a sound world. @throws Error (world failure)
    std::string must_run(std::vector<std::string> arguments, std::string input = {});
    /// As `run`, with the retries of a reading request. @throws Error
    std::string ask(const std::vector<std::string>& arguments, const std::string& what);
    /// The names of all branches. @throws Error (world failure) when the other side does not speak Git
    std::vector<std::string> branches();
    Error no_such_branch(const std::string& branch);
    Error no_such_file(const std::string& commit, const std::string& path, const std::string& nearest_folder);

    cli::Context& context_;
    Remote remote_;
    io::TemporaryFolder folder_;
    io::EnvironmentChanges environment_;
    std::mt19937_64 random_;
};

} // namespace slipway::git
