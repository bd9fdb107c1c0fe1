#include "git/repository.hpp"

#include "core/text.hpp"
#include "io/authorities.hpp"
#include "io/http.hpp"

#include <algorithm>
#include <chrono>

namespace slipway::git {

namespace {

constexpr Duration longest_command{10 * 60 * 1000};
constexpr int attempts_to_read = 4;
constexpr std::size_t largest_file = 32 * 1024 * 1024;
constexpr const char* tip_ref = "refs/slipway/tip";
constexpr const char* history_ref = "refs/slipway/history";

struct Entry {
    std::string mode;
    std::string hash;
    std::string path;
};

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

std::string short_hash(const std::string& commit) { return commit.substr(0, 7); }

/// The state of our one reference in what `git push --porcelain` prints: "FLAG\tFROM:TO\tSUMMARY (REASON)".
std::optional<std::string> status_line(std::string_view out) {
    for (const auto line : lines(out)) {
        if (line.size() > 1 && line[1] == '\t') return std::string(line);
    }
    return std::nullopt;
}

/// A server reports a lost race for the reference in these words, but also a lock that somebody holds who may yet
/// fail.
bool is_lock(std::string_view status) {
    for (const std::string_view sign :
         {"failed to update ref", "cannot lock ref", "incorrect old value", "failed to lock", "unable to lock"}) {
        if (status.find(sign) != std::string_view::npos) return true;
    }
    return false;
}

} // namespace

Repository::Repository(cli::Context& context, Remote remote)
    : context_(context), remote_(std::move(remote)), folder_(context.files),
      environment_(environment_for(remote_, folder_.path(), context.environment)), random_(std::random_device{}()) {
    context_.files.write_atomic(folder_.path() / "config", configuration_for(remote_), io::Access::owner_only);
    const auto& tls = remote_.tls;
    if (!tls.ca_file.empty()) {
        context_.files.write_atomic(folder_.path() / "authorities.pem",
                                    io::authorities_with(tls.ca_file, context_.files));
    }
    // Git's own word for a certificate that it cannot read is a connection that is not trusted.
    for (const auto& file : {tls.client_cert, tls.client_key}) {
        if (!file.empty()) context_.files.read(file);
    }
    must_run({"init", "--quiet", "--bare", "--template=", (folder_.path() / "repository.git").string()});
}

std::string Repository::address() const { return visible(io::url_for_people(remote_.url)); }

io::ProcessResult Repository::run(std::vector<std::string> arguments, std::string input) {
    arguments.insert(arguments.begin(), "git");
    context_.log.debug("running " + join(arguments, " "));
    return context_.processes.run({.argv = std::move(arguments),
                                   .environment = environment_,
                                   .input = std::move(input),
                                   .timeout = longest_command});
}

std::string Repository::must_run(std::vector<std::string> arguments, std::string input) {
    const auto name = arguments.front();
    const auto result = run(std::move(arguments), std::move(input));
    if (!result.ok()) throw to_error(diagnose(result), "git " + name + " failed", has_credentials());
    return result.out;
}

std::string Repository::ask(const std::vector<std::string>& arguments, const std::string& what) {
    for (int attempt = 1;; ++attempt) {
        const auto result = run(arguments);
        if (result.ok()) return result.out;
        const auto failure = diagnose(result);
        if (!may_pass(failure.cause) || attempt == attempts_to_read) throw to_error(failure, what, has_credentials());
        context_.log.warning(what + ": " + failure.words + ": trying again (attempt " + std::to_string(attempt + 1) +
                             " of " + std::to_string(attempts_to_read) + ")");
        wait(attempt + 2); // a server needs longer to come back than a rival to finish
    }
}

void Repository::wait(int round) {
    const auto ceiling = std::min(5000L, 100L << std::min(round - 1, 10));
    context_.clock.sleep_for(Duration{std::uniform_int_distribution<long>(0, ceiling)(random_)});
}

std::string Repository::default_branch() {
    const auto out = ask({"ls-remote", "--symref", "origin", "HEAD"}, "cannot read from " + address());
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
    environment_.set("GIT_TRACE_PACKET", std::string("1"));
    const auto result = run({"ls-remote", "--heads", "origin"});
    environment_.remove("GIT_TRACE_PACKET");
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

std::string Repository::fetch(const std::string& branch) {
    try {
        ask({"fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--no-auto-gc", "--no-recurse-submodules",
             "--depth=1", "--filter=blob:none", "origin", "+refs/heads/" + branch + ':' + tip_ref},
            "cannot read the branch " + branch + " of " + address());
    } catch (const Error& error) {
        if (error.code() == ExitCode::misuse) throw no_such_branch(branch);
        throw;
    }
    return std::string(trim(must_run({"rev-parse", "--verify", "--quiet", tip_ref})));
}

Error Repository::no_such_branch(const std::string& branch) {
    const auto names = branches();
    const auto what = "cannot read the branch " + branch + " of " + address() + ": ";
    if (names.empty()) return misuse(what + "the repository has no commits", "make a first commit with the file");
    const auto meant = closest(branch, names);
    return misuse(what + "there is no such branch", meant ? "did you mean " + visible(*meant) + "?" : "");
}

File Repository::read(const std::string& commit, const std::string& path) {
    const auto entries = parse_entries(must_run({"ls-tree", "-z", "-t", "--full-tree", commit, "--", path}));
    const auto last =
        std::find_if(entries.begin(), entries.end(), [&](const Entry& entry) { return entry.path == path; });
    if (last == entries.end()) throw no_such_file(commit, path, entries.empty() ? "" : entries.back().path);
    const auto shown = "cannot change " + visible(path) + " in " + short_hash(commit) + ": ";
    if (last->mode == "120000") throw refused(shown + "it is a symbolic link", "name the file that it leads to");
    if (last->mode == "160000") throw refused(shown + "it is a submodule, a repository of its own");
    if (last->mode == "040000") throw refused(shown + "it is a folder");
    // Where the fetch left file contents out, Git gets this one from the server now.
    auto content = ask({"cat-file", "blob", last->hash}, "cannot read " + visible(path) + " from " + address());
    if (content.size() >= largest_file) throw refused(shown + "it is larger than 32 MiB");
    return {path, last->mode, std::move(content)};
}

Error Repository::no_such_file(const std::string& commit, const std::string& path,
                               const std::string& nearest_folder) {
    std::vector<std::string> arguments = {"ls-tree", "-z", "--full-tree", commit};
    if (!nearest_folder.empty()) arguments.insert(arguments.end(), {"--", nearest_folder + '/'});
    const auto siblings = parse_entries(must_run(std::move(arguments)));
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

std::string Repository::commit(const std::string& parent, const std::vector<File>& files, const std::string& message,
                               const Identity& identity) {
    std::string index_lines;
    for (const auto& file : files) {
        const auto hash = std::string(trim(must_run({"hash-object", "-w", "--stdin"}, file.content)));
        index_lines += file.mode + ' ' + hash + '\t' + file.path + '\0';
    }
    must_run({"read-tree", parent});
    must_run({"update-index", "-z", "--index-info"}, index_lines);
    // Without --missing-ok Git would get every file's content from the server to see that it exists.
    const auto tree = std::string(trim(must_run({"write-tree", "--missing-ok"})));
    const auto seconds = std::chrono::floor<std::chrono::seconds>(context_.clock.now()).time_since_epoch().count();
    const auto date = '@' + std::to_string(seconds) + " +0000";
    for (const std::string who : {"AUTHOR", "COMMITTER"}) {
        environment_.set("GIT_" + who + "_NAME", identity.name);
        environment_.set("GIT_" + who + "_EMAIL", identity.email);
        environment_.set("GIT_" + who + "_DATE", date);
    }
    return std::string(trim(must_run({"commit-tree", tree, "-p", parent, "-F", "-"}, message)));
}

PushResult Repository::push(const std::string& commit, const std::string& branch, const std::string& expected) {
    const auto ref = "refs/heads/" + branch;
    const auto result = run({"push", "--porcelain", "--no-verify", "--no-recurse-submodules",
                             "--force-with-lease=" + ref + ':' + expected, "origin", commit + ':' + ref});
    if (result.ok()) return {PushResult::Kind::landed};
    auto words = words_of_server(result.err);
    const auto status = status_line(result.out);
    if (!status) {
        // No word about our reference: the connection, or the server as a whole. What was refused at the door cannot
        // have landed.
        const auto failure = diagnose(result);
        const bool certain =
            !may_pass(failure.cause) && failure.cause != Cause::other && failure.cause != Cause::no_repository;
        return {certain ? PushResult::Kind::failed : PushResult::Kind::uncertain, std::move(words), failure};
    }
    if (status->find("(stale info)") != std::string::npos || status->find("(fetch first)") != std::string::npos ||
        status->find("(non-fast-forward)") != std::string::npos) {
        return {PushResult::Kind::stale, std::move(words)};
    }
    if (is_lock(*status)) return {PushResult::Kind::locked, std::move(words)};
    const auto summary = visible(status->substr(status->rfind('\t') + 1));
    if (status->find("[remote failure]") != std::string::npos)
        return {PushResult::Kind::uncertain, words, {Cause::other, summary}};
    words = words.empty() ? summary : summary + ": " + words;
    return {PushResult::Kind::refused, std::move(words)};
}

bool Repository::contains(const std::string& branch, const std::string& tip, const std::string& commit,
                          const std::string& since) {
    if (tip == commit) return true;
    // The usual case needs no request: one rival, who built on the same commit as we did.
    const auto newest = must_run({"cat-file", "commit", tip});
    for (const auto line : lines(newest)) {
        if (line.empty()) break;
        if (line == "parent " + commit) return true;
        if (line == "parent " + since) return false;
    }
    for (const char* depth : {"16", "1000"}) {
        // Commits alone, without folders and files; a server that cannot leave those out sends all.
        ask({"fetch", "--quiet", "--no-tags", "--no-write-fetch-head", "--no-auto-gc", "--no-recurse-submodules",
             std::string("--depth=") + depth, "--filter=tree:0", "origin",
             "+refs/heads/" + branch + ':' + history_ref},
            "cannot read the branch " + branch + " of " + address());
        if (run({"merge-base", "--is-ancestor", commit, history_ref}).ok()) return true;
        if (run({"merge-base", "--is-ancestor", since, history_ref}).ok()) return false;
    }
    return false;
}

std::string Repository::describe(const std::string& commit) {
    const auto result = run({"log", "-1", "--no-show-signature", "--format=%h by %an: %s", commit});
    return result.ok() ? visible(trim(result.out)) : short_hash(commit);
}

} // namespace slipway::git
