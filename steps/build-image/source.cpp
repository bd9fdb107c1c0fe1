#include "source.hpp"

#include "core/error.hpp"
#include "core/text.hpp"
#include "core/timestamp.hpp"
#include "io/http.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

namespace slipway::build_image {

namespace {

constexpr Duration git_patience{30'000};
constexpr std::size_t short_digits = 7;

/// Questions to the checkout that holds a folder.
class Checkout {
public:
    Checkout(const std::string& folder, cli::Context& context) : folder_(folder), context_(context) {}

    /// One line of Git's answer, or nothing when it cannot answer.
    std::optional<std::string> ask(std::vector<std::string> question) {
        io::Command command{.argv = {"git"}, .timeout = git_patience};
        // In a job's container the checkout often belongs to another user, which Git refuses without this.
        if (!context_.ci.workspace.empty()) {
            command.argv.insert(command.argv.end(), {"-c", "safe.directory=" + context_.ci.workspace});
        }
        command.argv.insert(command.argv.end(), {"-c", "core.fsmonitor=false", "-C", folder_});
        command.argv.insert(command.argv.end(), question.begin(), question.end());
        command.environment.set("LC_ALL", "C");
        command.environment.set("GIT_OPTIONAL_LOCKS", "0");
        command.environment.set("GIT_TERMINAL_PROMPT", "0");
        for (const char* name : {"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"}) command.environment.remove(name);
        const auto answer = context_.processes.run(command);
        if (!answer.ok()) {
            last_words = answer.err.empty() ? io::how_it_ended(answer) : std::string(lines(answer.err).front());
            return std::nullopt;
        }
        return std::string(trim(answer.out));
    }

    std::string last_words;

private:
    const std::string& folder_;
    cli::Context& context_;
};

std::string in_utc(const std::string& time) {
    const auto instant = parse_timestamp(time);
    return instant ? format_timestamp(*instant) : std::string();
}

Source from_ci(const ci::Info& info) {
    Source source{.commit = info.commit,
                  .short_commit = info.short_commit.empty() ? info.commit.substr(0, 7) : info.short_commit,
                  .branch = info.branch,
                  .tag = info.tag,
                  .pull_request = info.pull_request,
                  .time = in_utc(info.commit_time),
                  .url = info.project_url,
                  .repository = info.project_url};
    source.is_schedule = info.event == ci::Event::schedule;
    source.base_ref = info.base_ref;
    source.default_branch = info.default_branch;
    source.title = info.project_name.substr(info.project_name.rfind('/') + 1);
    source.description = one_line(info.description);
    source.license = info.license == "NOASSERTION" ? "" : info.license;
    source.is_pull_request = info.event == ci::Event::pull_request || !info.pull_request.empty();
    return source;
}

void add_head(Source& source, const std::string& commit, const std::string& time, Checkout& git) {
    const bool ci_knows = !source.commit.empty();
    if (!ci_knows) {
        source.commit = commit;
        source.short_commit = commit.substr(0, 7);
        source.branch = git.ask({"branch", "--show-current"}).value_or("");
        if (source.branch.empty()) source.tag = git.ask({"describe", "--tags", "--exact-match"}).value_or("");
    }
    if (source.time.empty()) source.time = in_utc(time);
    if (source.default_branch.empty()) {
        const auto head = git.ask({"for-each-ref", "--format=%(symref)", "refs/remotes/origin/HEAD"}).value_or("");
        const std::string prefix = "refs/remotes/origin/";
        if (head.rfind(prefix, 0) == 0) source.default_branch = head.substr(prefix.size());
    }
}

/// The address to fetch from, in "origin\tADDRESS (fetch)"; empty when there is no such remote.
std::string origin_in(const std::string& remotes) {
    for (const auto line : lines(remotes)) {
        const auto tab = line.find('\t');
        const auto end = line.rfind(" (fetch)");
        if (line.substr(0, tab) == "origin" && tab < end && end != std::string_view::npos) return std::string(line.substr(tab + 1, end - tab - 1));
    }
    return {};
}

/// The commit that the pull request proposes, instead of the CI's merge of it, when that is wanted.
void prefer_head(Source& source, cli::Context& context) {
    const auto& head = context.ci.pull_request_head;
    if (!source.is_pull_request || head.empty() || context.environment.get("DOCKER_METADATA_PR_HEAD_SHA").value_or("") != "true") return;
    source.commit = head;
    source.short_commit = head.substr(0, std::max<std::size_t>(source.short_commit.size(), short_digits));
}

Source find_in_checkout(const std::string& context_folder, cli::Context& context);

Source find_in_checkout(const std::string& context_folder, cli::Context& context) {
    auto source = from_ci(context.ci);
    const auto without = [&](const std::string& why) {
        if (source.commit.empty()) context.log.warning("no commit is known: " + why);
        return source;
    };
    if (!context.processes.has("git")) return without("no CI says it, and git is not installed");
    Checkout git(context_folder, context);
    const auto head = git.ask({"log", "-1", "--format=%H%n%cI"});
    if (!head) return without("no CI says it, and git cannot: " + git.last_words);
    const auto parts = lines(*head);
    if (parts.size() != 2) return without("git log answers with something unexpected");
    if (!source.commit.empty() && source.commit != parts[0]) {
        context.log.warning("the CI builds commit " + source.commit + ", but " + context_folder + " is a checkout of " + std::string(parts[0]));
        return source;
    }
    add_head(source, std::string(parts[0]), std::string(parts[1]), git);
    if (source.repository.empty()) source.repository = published_address(origin_in(git.ask({"remote", "--verbose"}).value_or("")));
    return source;
}

} // namespace

Source find_source(const std::string& context_folder, cli::Context& context) {
    auto source = find_in_checkout(context_folder, context);
    prefer_head(source, context);
    return source;
}

bool is_modified(const std::string& context_folder, const std::string& commit, cli::Context& context) {
    if (!context.processes.has("git")) return false;
    Checkout git(context_folder, context);
    const auto changes = git.ask({"status", "--porcelain", "--untracked-files=no", "--", "."});
    if (!changes || changes->empty()) return false;
    context.log.warning("the checkout has " + count_of(lines(*changes).size(), "change") + " that no commit has: the image is not what commit " +
                        commit.substr(0, short_digits) + " says");
    return true;
}

Facts facts_of(const Source& source, cli::Context& context) {
    Facts facts{.commit = source.commit,
                .short_commit = source.short_commit,
                .branch = source.is_pull_request || !source.tag.empty() ? "" : source.branch,
                .tag = source.tag,
                .pull_request = source.pull_request,
                .base_ref = source.base_ref,
                .default_branch = source.default_branch,
                .is_schedule = source.is_schedule,
                .now = std::chrono::floor<std::chrono::milliseconds>(context.clock.now()),
                .commit_time = parse_timestamp(source.time)};
    if (const auto text = context.environment.get("DOCKER_METADATA_SHORT_SHA_LENGTH")) {
        const auto [end, problem] = std::from_chars(text->data(), text->data() + text->size(), facts.short_length);
        const bool good = problem == std::errc{} && end == text->data() + text->size() && facts.short_length > 0;
        if (!good) throw misuse("cannot use DOCKER_METADATA_SHORT_SHA_LENGTH: '" + visible(*text) + "' is no number of digits");
    }
    return facts;
}

std::optional<std::vector<std::string>> remote_tags(const std::string& context_folder, cli::Context& context) {
    if (!context.processes.has("git")) return std::nullopt;
    Checkout git(context_folder, context);
    const auto answer = git.ask({"ls-remote", "--tags", "--refs", "--quiet", "origin"});
    if (!answer) {
        context.log.debug("the remote's tags are not known: " + git.last_words);
        return std::nullopt;
    }
    std::vector<std::string> tags;
    constexpr std::string_view prefix = "refs/tags/";
    for (const auto line : lines(*answer)) {
        const auto at = line.find(prefix);
        if (at != std::string_view::npos) tags.emplace_back(line.substr(at + prefix.size()));
    }
    return tags;
}

std::string published_address(const std::string& remote) {
    if (io::split_url(remote)) return io::url_for_people(remote);
    if (remote.rfind("ssh://", 0) == 0) return io::url_for_people(remote);
    if (remote.find("://") != std::string::npos) return {};
    const auto colon = remote.find(':');
    const auto slash = remote.find('/');
    if (colon == std::string::npos || colon == 0 || slash < colon) return {};
    const auto at = remote.find('@');
    const auto host = at < colon ? remote.substr(at + 1, colon - at - 1) : remote.substr(0, colon);
    return "ssh://" + host + '/' + remote.substr(remote[colon + 1] == '/' ? colon + 2 : colon + 1);
}

} // namespace slipway::build_image
