#include "git/repository.hpp"

#include "core/text.hpp"
#include "git/glob.hpp"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <string_view>

namespace slipway::git {

namespace {

constexpr std::size_t largest_file = 32 * 1024 * 1024;
/// Contents that need not be read again; more than a change usually reads.
constexpr std::size_t most_kept = 64 * 1024 * 1024;
constexpr const char* tip_ref = "refs/slipway/tip";
constexpr const char* beside_ref = "refs/slipway/beside";
constexpr const char* history_ref = "refs/slipway/history";
/// Commits that come with all their files, from a server that cannot leave them out.
constexpr int deepest_look = 1000; ///< commits, for one that may have landed
constexpr int most_whole_commits = 100;

/// The output of `git ls-tree -z`: "MODE TYPE HASH\tPATH\0", repeated.
std::vector<Entry> parse_entries(std::string_view text) {
    std::vector<Entry> entries;
    for (const auto record : split(text, '\0')) {
        const auto tab = record.find('\t');
        if (tab == std::string_view::npos) continue;
        const auto fields = split(record.substr(0, tab), ' ');
        if (fields.size() != 3) continue;
        entries.push_back({std::string(fields[0]), std::string(fields[2]), std::string(record.substr(tab + 1))});
    }
    return entries;
}

/// The output of `git cat-file --batch`: "HASH TYPE SIZE\nCONTENT\n", repeated; nothing when it is not whole, because
/// there was too much of it.
std::optional<std::vector<std::string>> parse_contents(std::string_view text,
                                                       const std::vector<std::string>& hashes) {
    std::vector<std::string> contents;
    for (const auto& hash : hashes) {
        const auto head = hash + " blob ";
        if (text.substr(0, head.size()) != head) return std::nullopt;
        const auto start = text.find('\n') + 1;
        const auto size = std::stoull(std::string(text.substr(head.size(), start - head.size())));
        if (start + size >= text.size()) return std::nullopt;
        contents.emplace_back(text.substr(start, size));
        text.remove_prefix(start + size + 1);
    }
    return contents;
}

std::vector<std::string> fetch_command(std::initializer_list<std::string> more) {
    std::vector<std::string> arguments = {
        "fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--no-auto-gc", "--no-recurse-submodules"};
    arguments.insert(arguments.end(), more);
    return arguments;
}

} // namespace

Repository::Repository(cli::Context& context, Remote remote, const Signing& signing)
    : client_(context, std::move(remote)) {
    if (signing.kind != Signing::Kind::none) signer_ = std::make_unique<Signer>(context, signing);
}

std::string Repository::default_branch() {
    const auto out = client_.ask({"ls-remote", "--symref", "origin", "HEAD"}, "cannot read from " + address()).out;
    constexpr std::string_view prefix = "ref: refs/heads/";
    for (const auto line : lines(out)) {
        if (line.substr(0, prefix.size()) == prefix)
            return std::string(line.substr(prefix.size(), line.find('\t') - prefix.size()));
    }
    const auto what = "cannot tell the default branch of " + address() + ": ";
    if (branches().empty()) throw misuse(what + "the repository has no commits", "make a first commit with the file");
    throw misuse(what + "its HEAD names no branch that exists", "name the branch with --branch");
}

std::vector<std::string> Repository::branches() {
    // Git takes any web page for the old protocol's empty list; a server that speaks Git sends packets.
    client_.environment().set("GIT_TRACE_PACKET", std::string("1"));
    const auto result = client_.run({"ls-remote", "--heads", "origin"});
    client_.environment().remove("GIT_TRACE_PACKET");
    const auto what = "cannot read from " + address();
    if (!result.ok()) throw to_error(diagnose(result), what, has_credentials());
    std::vector<std::string> names;
    constexpr std::string_view prefix = "refs/heads/";
    for (const auto line : lines(result.out)) {
        const auto at = line.find(prefix);
        if (at != std::string_view::npos) names.emplace_back(line.substr(at + prefix.size()));
    }
    if (names.empty() && result.err.find("packet:") == std::string::npos)
        throw to_error({Cause::no_repository, "it lists no branches"}, what, has_credentials());
    return names;
}

std::optional<std::string> Repository::try_fetch(const std::string& branch) {
    // The second time the files that others changed come along, which spares a request for the one that we want; how
    // far back the server believes us to have files is told by the commit that we have in full, not by those of a
    // history.
    const bool again = !newest_.hash.empty();
    auto command = fetch_command({"--depth=1", again ? "--filter=blob:limit=256k" : "--filter=blob:none"});
    if (again) command.push_back("--negotiation-tip=" + newest_.hash);
    command.insert(command.end(), {"origin", "+refs/heads/" + branch + ':' + tip_ref});
    try {
        const auto result = client_.ask(command, "cannot read the branch " + branch + " of " + address());
        if (result.err.find("filtering not recognized") != std::string::npos) filters_ = false;
    } catch (const Error& error) {
        if (error.code() == ExitCode::misuse) return std::nullopt;
        throw;
    }
    branch_ = branch;
    newest_ = {};
    newest_ = info(tip_ref);
    return newest_.hash;
}

std::string Repository::fetch_beside(const std::string& branch) {
    auto command = fetch_command({"--depth=1", "--filter=blob:none"});
    // See try_fetch: of the commits here, only one is known to have its folders.
    if (!newest_.hash.empty()) command.push_back("--negotiation-tip=" + newest_.hash);
    command.insert(command.end(), {"origin", "+refs/heads/" + branch + ':' + beside_ref});
    try {
        client_.ask(command, "cannot read the branch " + branch + " of " + address());
    } catch (const Error& error) {
        if (error.code() == ExitCode::misuse) throw no_such_branch(branch);
        throw;
    }
    beside_.insert(branch);
    return std::string(trim(client_.must_run({"rev-parse", "--verify", beside_ref})));
}

std::string Repository::fetch(const std::string& branch) {
    auto tip = try_fetch(branch);
    if (!tip) throw no_such_branch(branch);
    return *tip;
}

Error Repository::no_such_branch(const std::string& branch) {
    const auto names = branches();
    const auto what = "cannot read the branch " + branch + " of " + address() + ": ";
    if (names.empty()) return misuse(what + "the repository has no commits", "make a first commit with the file");
    const auto meant = closest(branch, names);
    return misuse(what + "there is no such branch", meant ? "did you mean " + visible(*meant) + "?" : "");
}

void Repository::look_up(const std::string& commit, const std::vector<std::string>& paths) {
    auto& known = found_[commit];
    std::set<std::string> asked;
    for (const auto& path : paths) {
        if (!known.contains(path)) asked.insert(path);
    }
    // Git lists a folder itself only when nothing below it is asked for.
    for (auto path = asked.begin(); path != asked.end();) {
        const auto below = asked.lower_bound(*path + '/');
        path = below != asked.end() && below->starts_with(*path + '/') ? asked.erase(path) : std::next(path);
    }
    for (auto& entry : entries_at(commit, {asked.begin(), asked.end()})) {
        if (!asked.contains(entry.path)) continue;
        paths_[entry.hash] = entry.path;
        auto path = entry.path;
        known[std::move(path)] = std::move(entry);
    }
    for (const auto& path : asked)
        known.try_emplace(path);
}

std::vector<Entry> Repository::entries_at(const std::string& commit, const std::vector<std::string>& paths) {
    constexpr std::size_t most_paths = 200; // of up to 4 KiB, on one command line
    std::vector<Entry> found;
    for (std::size_t begin = 0; begin < paths.size(); begin += most_paths) {
        std::vector<std::string> arguments = {"ls-tree", "-z", "--full-tree", commit, "--"};
        for (auto at = begin; at < std::min(begin + most_paths, paths.size()); ++at)
            arguments.push_back(paths[at]);
        for (auto& entry : parse_entries(client_.must_run(std::move(arguments))))
            found.push_back(std::move(entry));
    }
    return found;
}

std::optional<Entry> Repository::find(const std::string& commit, const std::string& path) {
    look_up(commit, {path});
    return found_[commit][path];
}

std::map<std::string, Entry> Repository::in_the_way(const std::string& commit, const std::vector<std::string>& paths) {
    std::set<std::string> ways;
    for (const auto& path : paths) {
        for (auto slash = path.find('/'); slash != std::string::npos; slash = path.find('/', slash + 1))
            ways.insert(path.substr(0, slash));
    }
    std::map<std::string, Entry> blocking;
    for (const auto& entry : entries_at(commit, {ways.begin(), ways.end()})) {
        if (!ways.contains(entry.path) || entry.mode == "040000") continue;
        for (const auto& path : paths) {
            if (path.starts_with(entry.path + '/')) blocking.emplace(path, entry);
        }
    }
    return blocking;
}

std::vector<Entry> Repository::list(const std::string& commit, const std::string& pattern) {
    std::vector<std::string> arguments = {"ls-tree", "-r", "-z", "--full-tree", commit};
    if (const auto folder = folder_of_matches(pattern); !folder.empty())
        arguments.insert(arguments.end(), {"--", std::string(folder) + '/'});
    auto entries = parse_entries(client_.must_run(std::move(arguments)));
    entries.erase(
        std::remove_if(entries.begin(), entries.end(),
                       [&](const Entry& entry) { return !entry.is_file() || !matches(pattern, entry.path); }),
        entries.end());
    for (const auto& entry : entries) {
        paths_[entry.hash] = entry.path;
        found_[commit][entry.path] = entry;
    }
    return entries;
}

File Repository::read(const std::string& commit, const std::string& path) {
    const auto entry = find(commit, path);
    if (!entry) throw no_such_file(commit, path);
    const auto shown = "cannot change " + visible(path) + " in " + short_hash(commit) + ": ";
    if (entry->mode == "120000") throw refused(shown + "it is a symbolic link", "name the file that it leads to");
    if (entry->mode == "160000") throw refused(shown + "it is a submodule, a repository of its own");
    if (entry->mode == "040000") throw refused(shown + "it is a folder");
    return {path, entry->mode, read_blob(entry->hash)};
}

Error Repository::no_such_file(const std::string& commit, const std::string& path) {
    // The folders on the way that exist, the nearest last.
    const auto way = parse_entries(client_.must_run({"ls-tree", "-z", "-t", "--full-tree", commit, "--", path}));
    const auto nearest_folder = way.empty() ? std::string() : way.back().path;
    std::vector<std::string> arguments = {"ls-tree", "-z", "--full-tree", commit};
    if (!nearest_folder.empty()) arguments.insert(arguments.end(), {"--", nearest_folder + '/'});
    const auto siblings = parse_entries(client_.must_run(std::move(arguments)));
    // What the path would have to go through next.
    const auto start = nearest_folder.empty() ? 0 : nearest_folder.size() + 1;
    const auto next = path.substr(0, path.find('/', start));
    std::vector<std::string> names;
    for (const auto& sibling : siblings) {
        if (sibling.path == next && sibling.mode == "120000") {
            return refused("cannot change " + visible(path) + " in " + short_hash(commit) + ": " + visible(next) +
                               " is a symbolic link",
                           "name the file by the folder that the link leads to");
        }
        names.push_back(sibling.path);
    }
    std::string hint;
    if (const auto meant = closest(next, names))
        hint = "did you mean " + visible(*meant + path.substr(std::min(next.size(), path.size()))) + "?";
    return misuse("cannot read " + visible(path) + ": there is no such file in " + short_hash(commit) + " of " +
                      address(),
                  std::move(hint));
}

void Repository::get(const std::vector<std::string>& hashes) {
    std::string missing;
    for (const auto& hash : hashes) {
        if (present_.insert(hash).second) missing += hash + '\n';
    }
    if (missing.empty()) return;
    const auto what = "cannot read files from " + address();
    // Git compares the hashes with what is here, and makes no request when nothing is missing; left to itself, it
    // would make a request for each file.
    auto by_hash = fetch_command({"--filter=blob:none", "--stdin", "origin"});
    by_hash.insert(by_hash.begin(), {"-c", "fetch.negotiationAlgorithm=noop"});
    try {
        client_.ask(by_hash, what, missing);
    } catch (const Error& error) {
        for (const auto& hash : hashes)
            present_.erase(hash);
        if (error.code() != ExitCode::refused || branch_.empty()) throw;
        // An older server gives nothing by its hash; but with their commits it gives all files.
        auto whole = fetch_command({"--depth=" + std::to_string(most_whole_commits), "--no-filter", "--refetch",
                                    "origin", "+refs/heads/" + branch_ + ':' + history_ref});
        for (const auto& branch : beside_) {
            if (branch != branch_) whole.push_back("+refs/heads/" + branch + ":refs/slipway/whole/" + branch);
        }
        client_.ask(whole, what);
        for (const auto& hash : hashes) {
            if (!client_.run({"cat-file", "-e", hash}).ok()) throw;
        }
        present_.insert(hashes.begin(), hashes.end());
    }
}

std::vector<std::string> Repository::read_blobs(const std::vector<std::string>& hashes) {
    std::vector<std::string> missing;
    for (const auto& hash : hashes) {
        if (!contents_.contains(hash)) missing.push_back(hash);
    }
    auto read = read_from_git(missing);
    std::vector<std::string> contents;
    std::size_t next = 0;
    for (const auto& hash : hashes) {
        const bool is_missing = next < missing.size() && missing[next] == hash;
        contents.push_back(is_missing ? std::move(read[next++]) : contents_.at(hash));
    }
    for (std::size_t i = 0; i < hashes.size(); ++i) {
        if (kept_size_ + contents[i].size() > most_kept || !contents_.emplace(hashes[i], contents[i]).second) continue;
        kept_size_ += contents[i].size();
    }
    return contents;
}

std::vector<std::string> Repository::read_from_git(const std::vector<std::string>& hashes) {
    if (hashes.empty()) return {};
    get(hashes);
    auto contents = parse_contents(client_.must_run({"cat-file", "--batch"}, join(hashes, "\n") + '\n'), hashes);
    if (!contents) { // more than our memory of a command's output holds
        contents.emplace();
        for (const auto& hash : hashes)
            contents->push_back(client_.must_run({"cat-file", "blob", hash}));
    }
    for (std::size_t i = 0; i < hashes.size(); ++i) {
        if ((*contents)[i].size() <= largest_file) continue;
        const auto path = paths_.find(hashes[i]);
        throw refused("cannot read " + (path == paths_.end() ? "the content " + hashes[i] : visible(path->second)) + " of " + address() +
                      ": it is larger than 32 MiB");
    }
    return std::move(*contents);
}

std::string Repository::commit(const std::string& parent, const std::vector<File>& files, const std::string& message,
                               const Identity& identity) {
    const auto seconds =
        std::chrono::floor<std::chrono::seconds>(client_.context().clock.now()).time_since_epoch().count();
    const auto text = message.empty() || message.back() != '\n' ? message + '\n' : message;
    const auto unsigned_commit = std::string(trim(client_.must_run(
        {"fast-import", "--quiet", "--force", "--done"}, commit_stream(parent, files, text, identity, seconds))));
    for (const auto& file : files) {
        if (!file.mode.empty()) present_.insert(blob_hash(file.content));
    }
    if (!signer_) return unsigned_commit;

    auto& environment = client_.environment();
    for (const std::string who : {"AUTHOR", "COMMITTER"}) {
        environment.set("GIT_" + who + "_NAME", identity.name);
        environment.set("GIT_" + who + "_EMAIL", identity.email);
        environment.set("GIT_" + who + "_DATE", '@' + std::to_string(seconds) + " +0000");
    }
    signer_->prepare(environment);
    auto arguments = signer_->settings();
    arguments.insert(arguments.end(), {"commit-tree", unsigned_commit + "^{tree}", "-p", parent, "-S", "-F", "-"});
    const auto result = client_.run(std::move(arguments), text);
    if (!result.ok())
        throw world_failure("cannot sign the commit: " + one_line(visible(trim(result.err))),
                            "is the key's passphrase right, and has it not expired?");
    return std::string(trim(result.out));
}

PushResult Repository::push(const std::string& commit, const std::string& branch, const std::string& expected) {
    const auto ref = "refs/heads/" + branch;
    return judge_push(client_.run({"push", "--porcelain", "--no-verify", "--no-recurse-submodules",
                                   "--force-with-lease=" + ref + ':' + expected, "origin", commit + ':' + ref}));
}

int Repository::get_history(const std::string& branch, int count) {
    // Commits alone, without folders and files; a server that cannot leave those out sends all. By number and not by
    // date (--shallow-since): a server refuses a date that is later than the newest commit's, in words of its own.
    const int most = filters_ ? count : std::min(count, most_whole_commits);
    // One more than is wanted: Git shows the last ones without their parents.
    client_.ask(fetch_command({"--depth=" + std::to_string(most + 1), "--filter=tree:0", "origin",
                               "+refs/heads/" + branch + ':' + history_ref}),
                "cannot read the history of " + branch + " of " + address());
    return most;
}

std::vector<CommitInfo> Repository::history(const std::string& branch, int count) {
    const int most = get_history(branch, count);
    return read_log(
        client_.must_run({"log", "-z", "--date-order", "--no-show-signature", "--max-count=" + std::to_string(most),
                          std::string("--format=") + log_format, history_ref}));
}

void Repository::get_folders(const std::vector<std::string>& commits) {
    std::vector<std::string> missing;
    std::copy_if(commits.begin(), commits.end(), std::back_inserter(missing), [&](const std::string& commit) { return !present_.contains(commit); });
    if (missing.empty()) return;
    std::vector<std::string> command = {"log", "--no-show-signature", "--no-walk=unsorted", "--format=%T"};
    command.insert(command.end(), missing.begin(), missing.end());
    command.emplace_back("--");
    const auto out = client_.must_run(std::move(command));
    std::vector<std::string> folders;
    for (const auto line : lines(out)) folders.emplace_back(line);
    get(folders);
    present_.insert(missing.begin(), missing.end());
}

std::vector<Entry> Repository::changed_files(const std::string& before, const std::string& after) {
    get_folders({before, after});
    const auto text = client_.must_run({"diff-tree", "-r", "-z", "--no-renames", "--no-ext-diff", before, after});
    std::vector<Entry> entries;
    const auto parts = split(text, '\0'); // ":MODE MODE HASH HASH STATUS" and the path, in turns
    for (std::size_t i = 0; i + 1 < parts.size(); i += 2) {
        const auto fields = split(parts[i], ' ');
        constexpr std::size_t status = 4;
        if (fields.size() <= status) break;
        const bool is_gone = fields[status] == "D";
        entries.push_back({is_gone ? "" : std::string(fields[1]), is_gone ? "" : std::string(fields[3]), std::string(parts[i + 1])});
    }
    return entries;
}

std::vector<CommitInfo> Repository::history(int count) { return history(branch_, count); }

CommitInfo Repository::info(const std::string& commit) {
    if (commit == newest_.hash) return newest_;
    auto commits = read_log(client_.must_run(
        {"log", "-z", "--no-show-signature", "--max-count=1", std::string("--format=") + log_format, commit, "--"}));
    if (commits.empty()) throw world_failure("git log failed: it says nothing of " + short_hash(commit));
    return std::move(commits.front());
}

bool Repository::contains(const std::string& branch, const std::string& tip, const std::string& commit,
                          const std::string& since) {
    if (tip == commit) return true;
    // The usual case needs no request: one rival, who built on the same commit as we did.
    const auto newest = info(tip).parents;
    const auto builds_on = [&](const std::string& parent) {
        return std::find(newest.begin(), newest.end(), parent) != newest.end();
    };
    if (builds_on(commit)) return true;
    if (builds_on(since)) return false;
    for (const int depth : {16, deepest_look}) {
        get_history(branch, depth);
        if (client_.run({"merge-base", "--is-ancestor", commit, history_ref}).ok()) return true;
        if (client_.run({"merge-base", "--is-ancestor", since, history_ref}).ok()) return false;
    }
    return false;
}

bool Repository::has_in_history(const std::string& branch, const std::string& commit, const std::string& other) {
    if (commit == other) return true;
    get_history(branch, deepest_look);
    return client_.run({"merge-base", "--is-ancestor", other, commit}).ok();
}

std::string Repository::describe(const std::string& commit) {
    const auto found = info(commit);
    return visible(short_hash(commit) + " by " + found.author + ": " +
                   found.message.substr(0, found.message.find('\n')));
}

} // namespace slipway::git
