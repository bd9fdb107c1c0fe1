#pragma once

#include "git/client.hpp"
#include "git/commit_stream.hpp"
#include "git/history.hpp"
#include "git/push_result.hpp"
#include "git/signing.hpp"

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace slipway::git {

/// What a commit has at a path.
struct Entry {
    std::string
        mode; ///< "100644" and "100755" are files, "120000" a symbolic link, "160000" a submodule, "040000" a folder
    std::string hash; ///< of the content
    std::string path;

    bool is_file() const noexcept { return mode.compare(0, 3, "100") == 0; }
};

/// A remote repository, seen through a bare temporary one of ours. Only what is needed is transferred: one commit
/// with its folders, and the files that are read.
class Repository {
public:
    Repository(cli::Context& context, Remote remote, const Signing& signing = {});

    /// The branch that the remote's HEAD names.
    /// @throws Error (misuse) for a repository without commits
    std::string default_branch();

    /// Gets the newest commit of a branch; broken connections and busy servers are tried again.
    /// @return its full hash
    /// @throws Error (misuse) when there is no such branch
    std::string fetch(const std::string& branch);
    /// The same; nothing when there is no such branch.
    std::optional<std::string> try_fetch(const std::string& branch);

    /// The newest commit of another branch, to be read beside the one that was fetched last, which stays that.
    /// @return its full hash
    /// @throws Error (misuse) when there is no such branch
    std::string fetch_beside(const std::string& branch);

    /// What a fetched commit has at a path; nothing when it has nothing there. Needs no request.
    std::optional<Entry> find(const std::string& commit, const std::string& path);
    /// Makes `find` answer for many paths by one command.
    void look_up(const std::string& commit, const std::vector<std::string>& paths);
    /// What a fetched commit has on the way to a path and is no folder, so that there can be nothing at the path; by the paths for which
    /// there is such a thing. Needs no request.
    std::map<std::string, Entry> in_the_way(const std::string& commit, const std::vector<std::string>& paths);
    /// The files of a fetched commit that a pattern stands for, by `matches`, in the order of their paths. Needs no
    /// request.
    std::vector<Entry> list(const std::string& commit, const std::string& pattern);

    /// @throws Error (misuse) when the commit has no such file, Error (refused) for a symbolic link, a submodule, and
    ///         a file of 32 MiB and more
    File read(const std::string& commit, const std::string& path);

    /// Contents by their hashes, in the same order. Those that are not here yet come from the server, all in one
    /// request, whether a branch still has them or not.
    /// @throws Error (refused) when the server does not give one, and for 32 MiB and more
    std::vector<std::string> read_blobs(const std::vector<std::string>& hashes);
    std::string read_blob(const std::string& hash) { return read_blobs({hash}).front(); }

    /// Makes a commit in which some files have new content or are gone, and all else is as in its parent.
    /// @return its full hash
    std::string commit(const std::string& parent, const std::vector<File>& files, const std::string& message,
                       const Identity& identity);

    /// Moves a branch of the remote from one commit to another, if it is still at the first.
    /// @param expected  empty: makes the branch, if there is none of that name
    PushResult push(const std::string& commit, const std::string& branch, const std::string& expected);

    /// The newest commits of a branch, newest first (a commit comes before its parents), merged ones included,
    /// without their folders and files: about 200 bytes each to transfer. A server that cannot leave those out is
    /// asked for at most 100 commits.
    std::vector<CommitInfo> history(const std::string& branch, int count);
    /// Of the branch that was fetched last: the one that the newest commit is from, also where it is to become that of a new branch.
    std::vector<CommitInfo> history(int count);
    /// Gets the folders of a commit of the history, so that it can be asked as a fetched one; of several in one request.
    void get_folders(const std::string& commit) { get_folders(std::vector<std::string>{commit}); }
    void get_folders(const std::vector<std::string>& commits);
    /// The files in which two commits of the history differ, as the second has them; without mode and hash: it does not.
    std::vector<Entry> changed_files(const std::string& before, const std::string& after);
    /// One commit that was fetched or made. Needs no request.
    CommitInfo info(const std::string& commit);

    /// Whether a commit of ours is part of a branch's history. Looks at its last 1000 commits, or back to our
    /// commit's parent.
    ///
    /// @param tip    the branch's newest commit, fetched already
    /// @param since  the parent of `commit`
    bool contains(const std::string& branch, const std::string& tip, const std::string& commit,
                  const std::string& since);

    /// Whether a commit of a branch, one of its last 1000, is another one or has it in its history.
    bool has_in_history(const std::string& branch, const std::string& commit, const std::string& other);

    /// "abc1234 by Ada: subject", of a commit that was fetched or made.
    std::string describe(const std::string& commit);

    /// See Client.
    void wait(int round) { client_.wait(round); }
    void set_deadline(io::Steady deadline) { client_.set_deadline(deadline); }
    void set_password(const Secret& password) { client_.set_password(password); }
    bool is_late() { return client_.is_late(); }
    std::string address() const { return client_.address(); }
    bool has_credentials() const noexcept { return client_.has_credentials(); }

private:
    std::vector<std::string> read_from_git(const std::vector<std::string>& hashes);
    /// As `git ls-tree` lists them, without descending.
    std::vector<Entry> entries_at(const std::string& commit, const std::vector<std::string>& paths);
    void get(const std::vector<std::string>& hashes);
    /// @return how many commits it can tell of at most
    int get_history(const std::string& branch, int count);
    /// The names of all branches. @throws Error (world failure) when the other side does not speak Git
    std::vector<std::string> branches();
    Error no_such_branch(const std::string& branch);
    Error no_such_file(const std::string& commit, const std::string& path);

    Client client_;
    std::unique_ptr<Signer> signer_; ///< null: commits are not signed
    std::map<std::string, std::map<std::string, std::optional<Entry>>> found_; ///< by commit and path; nothing: looked for in vain
    std::map<std::string, std::string> contents_; ///< by their hashes
    std::size_t kept_size_ = 0;                   ///< of `contents_`
    std::map<std::string, std::string> paths_; ///< of contents by their hashes, for messages
    std::set<std::string> present_;  ///< hashes of contents that are here
    std::string branch_;             ///< fetched last
    std::set<std::string> beside_;   ///< other branches that were read
    CommitInfo newest_;              ///< its newest commit; without hash: none was fetched
    bool filters_ = true;            ///< the server can leave out what we do not ask for, as far as we know
};

} // namespace slipway::git
