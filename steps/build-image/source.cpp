#include "source.hpp"

#include "core/text.hpp"
#include "core/timestamp.hpp"
#include "io/http.hpp"

#include <optional>

namespace slipway::build_image {

namespace {

constexpr Duration git_patience{30'000};

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
    source.is_pull_request = info.event == ci::Event::pull_request || !info.pull_request.empty();
    return source;
}

void add_head(Source& source, const std::string& commit, const std::string& time, Checkout& git) {
    const bool ci_knows = !source.commit.empty();
    if (!ci_knows) {
        source.commit = commit;
        source.short_commit = commit.substr(0, 7);
        source.branch = git.ask({"symbolic-ref", "--quiet", "--short", "HEAD"}).value_or("");
        if (source.branch.empty()) source.tag = git.ask({"describe", "--tags", "--exact-match"}).value_or("");
    }
    if (source.time.empty()) source.time = in_utc(time);
}

} // namespace

Source find_source(const std::string& context_folder, cli::Context& context) {
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
    if (source.repository.empty()) source.repository = published_address(git.ask({"remote", "get-url", "origin"}).value_or(""));
    if (const auto changes = git.ask({"status", "--porcelain", "--untracked-files=no", "--", "."}); changes && !changes->empty()) {
        source.is_modified = true;
        context.log.warning("the checkout has " + count_of(lines(*changes).size(), "change") + " that no commit has: the image is not what commit " +
                            source.short_commit + " says");
    }
    return source;
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
