#include "github_commit.hpp"

#include "core/encoding.hpp"
#include "core/text.hpp"
#include "github_api.hpp"

#include <algorithm>

namespace slipway::update_gitops_values {

namespace {

using Result = git::PushResult;

/// What a request may hold; GitHub's own bound is 45 MB.
constexpr std::size_t most_bytes = 40'000'000;

/// A message as GitHub puts it together again: headline, blank line, body.
json::Value message_of(const std::string& text) {
    const auto whole = trim(text);
    const auto end = std::min(whole.find('\n'), whole.size());
    json::Value message = json::Value::object();
    message["headline"] = std::string(whole.substr(0, end));
    const auto body = trim(whole.substr(end));
    if (!body.empty()) message["body"] = std::string(body);
    return message;
}

json::Value changes_of(const std::vector<git::File>& files) {
    json::Value changes = json::Value::object();
    changes["additions"] = json::Value::array();
    changes["deletions"] = json::Value::array();
    std::size_t bytes = 0;
    for (const auto& file : files) {
        json::Value change = json::Value::object();
        change["path"] = file.path;
        if (file.mode.empty()) {
            changes["deletions"].push_back(std::move(change));
            continue;
        }
        if (file.mode != "100644") {
            throw refused("cannot commit " + visible(file.path) + " by GitHub: the file is executable, and would not be so any more", "--commit-by git keeps it");
        }
        bytes += file.content.size() * 4 / 3;
        change["contents"] = base64(file.content);
        changes["additions"].push_back(std::move(change));
    }
    if (bytes > most_bytes) throw refused("cannot commit by GitHub: the files are " + size_in_words(bytes) + " in its request, and it takes " + size_in_words(most_bytes), "--commit-by git has no such bound");
    return changes;
}

class GitHubPublisher final : public git::Publisher {
public:
    GitHubPublisher(const ForgeProject& project, const io::HttpSettings& settings, cli::Context& context) : path_(project.path), api_(project, settings, context), context_(context) {}

    Result publish(const std::string& branch, const std::string& tip, const git::Proposal& proposal, std::string& commit) override {
        commit.clear();
        if (!proposal.parent.empty() && proposal.parent != tip) throw refused("cannot commit by GitHub: the commit is not to be on the branch's newest one", "--commit-by git");
        auto answer = commit_on(branch, tip, proposal);
        // Which words stand for a branch that is not there is not documented.
        if (!answer.words.empty() && !has_branch(branch)) {
            if (!make_branch(branch, tip)) return {Result::Kind::stale};
            answer = commit_on(branch, tip, proposal);
        }
        if (!answer.lost.empty()) return {Result::Kind::uncertain, {}, {git::Cause::unreachable, answer.lost}};
        if (answer.type == "STALE_DATA" || answer.says("expected branch to point to")) return {Result::Kind::stale};
        if (!answer.words.empty()) return {Result::Kind::refused, answer.words};
        commit = json::text(json::at(answer.data, "commit"), "oid");
        // It landed under a name that we do not know: the branch tells.
        if (commit.empty()) return {Result::Kind::uncertain, {}, {git::Cause::other, "GitHub's answer names no commit"}};
        return {Result::Kind::landed};
    }

private:
    std::string what(const std::string& branch) const { return "cannot commit to " + visible(branch) + " of " + visible(path_) + " by GitHub"; }

    GraphAnswer commit_on(const std::string& branch, const std::string& tip, const git::Proposal& proposal) {
        json::Value input = json::Value::object();
        input["branch"]["repositoryNameWithOwner"] = path_;
        input["branch"]["branchName"] = branch;
        input["message"] = message_of(proposal.message);
        input["fileChanges"] = changes_of(proposal.files);
        input["expectedHeadOid"] = tip;
        return api_.mutate("createCommitOnBranch", input, "commit { oid }", what(branch), true);
    }

    bool has_branch(const std::string& branch) {
        std::string encoded;
        for (const auto part : split(branch, '/')) encoded += '/' + percent_encode(part);
        auto call = api_.call("GET", "/git/ref/heads" + encoded, what(branch));
        call.expected = {404};
        return api_.rest().send(call).ok();
    }

    /// @return false when somebody else made it first
    bool make_branch(const std::string& branch, const std::string& tip) {
        auto call = api_.call("POST", "/git/refs", "cannot make the branch " + visible(branch) + " of " + visible(path_));
        call.body = json::Value::object();
        (*call.body)["ref"] = "refs/heads/" + branch;
        (*call.body)["sha"] = tip;
        call.repeatable = true; // the second time it is there
        call.expected = {422};
        const auto answer = api_.rest().send(call);
        if (answer.ok()) {
            context_.log.info("made the branch " + visible(branch));
            return true;
        }
        if (answer.says("already exists")) return false;
        throw api_.rest().failure(call, answer);
    }

    std::string path_;
    GitHubApi api_;
    cli::Context& context_;
};

} // namespace

std::unique_ptr<git::Publisher> make_github_publisher(const ForgeProject& project, const ForgeOptions& options, const io::BearerAuth& token, const cli::TlsOptions& tls, cli::Context& context) {
    if (project.kind != ForgeProject::Kind::github) throw misuse("--commit-by github is for GitHub, and " + visible(project.api) + " is none", "--forge says which API it speaks");
    if (token.token.empty() && !has_own_credentials(options.server)) {
        throw misuse("--commit-by github needs a token for " + visible(project.api), "give one with --forge-token-file or --git-token-file, or a GitHub App with --github-app-id and --github-app-key-file");
    }
    return std::make_unique<GitHubPublisher>(project, api_settings(options, token, tls, context), context);
}

} // namespace slipway::update_gitops_values
