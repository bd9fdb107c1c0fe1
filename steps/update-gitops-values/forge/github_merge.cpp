#include "github_merge.hpp"

#include "core/text.hpp"
#include "github_request.hpp"

namespace slipway::update_gitops_values {

namespace {

constexpr int most_looks = 15;   ///< until GitHub has found out whether a request can be merged
constexpr int most_merges = 5;   ///< while the base branch moves
constexpr Duration between_looks{1'000};

class Merge {
public:
    Merge(GitHubApi& api, const PullRequest& request, const std::string& method, cli::Context& context)
        : api_(api), request_(request), method_(method), context_(context), what_("cannot have GitHub merge pull request #" + std::to_string(request.number)) {}

    void run() {
        auto item = looked_at();
        if (is_done(item)) return;
        const auto enabled = json::text(json::at(item, "auto_merge"), "merge_method");
        if (!enabled.empty()) {
            if (enabled != method_) context_.log.warning("pull request #" + std::to_string(request_.number) + " is to be merged already, by the method " + visible(enabled) + ", which somebody else chose: it stays so");
            return;
        }
        json::Value input = json::Value::object();
        input["pullRequestId"] = json::text(item, "node_id");
        input["mergeMethod"] = upper(method_);
        input["expectedHeadOid"] = request_.head_commit;
        const auto answer = api_.mutate("enablePullRequestAutoMerge", input, "pullRequest { number }", what_, false);
        if (answer.words.empty()) {
            context_.log.info("GitHub merges pull request #" + std::to_string(request_.number) + " (" + method_ + ") as soon as its checks and approvals are there");
            return;
        }
        if (is_ready(answer)) return merge_now();
        if (answer.says("expected") || answer.says("head sha")) return say_newer();
        throw not_allowed(answer);
    }

private:
    /// The request, as soon as GitHub knows whether it can be merged.
    json::Value looked_at() {
        const auto call = api_.call("GET", "/pulls/" + std::to_string(request_.number), what_);
        for (int look = 1;; ++look) {
            auto answer = api_.rest().send(call);
            const auto read = read_github_request(answer.body);
            if (!read || json::text(answer.body, "node_id").empty()) throw api_.rest().not_understood(call, "it has no number, state or node_id");
            const bool pending = read->state == PullRequest::State::open && (json::at(answer.body, "mergeable").is_null() || json::text(answer.body, "mergeable_state") == "unknown");
            if (!pending || look >= most_looks) return std::move(answer.body);
            context_.clock.sleep_for(between_looks);
        }
    }

    /// Merged or closed meanwhile, or something newer is in it: nothing is left to do here.
    bool is_done(const json::Value& item) {
        const auto now = read_github_request(item);
        if (now->state != PullRequest::State::open) return true;
        if (!request_.head_commit.empty() && now->head_commit != request_.head_commit) {
            say_newer();
            return true;
        }
        return false;
    }

    void say_newer() { context_.log.info("pull request #" + std::to_string(request_.number) + " has a newer commit: whoever made that has it merged"); }

    /// GitHub enables auto-merge only where something is still missing.
    static bool is_ready(const GraphAnswer& answer) {
        return answer.says("clean status") || answer.says("unstable status") || answer.says("has_hooks status") || answer.says("protected branch rules not configured");
    }

    Error not_allowed(const GraphAnswer& answer) const {
        std::string hint;
        if (answer.says("auto merge is not allowed") || answer.says("auto-merge is not allowed")) hint = "the repository's settings have 'Allow auto-merge'";
        if (answer.says("dirty status")) hint = "it conflicts with its base branch";
        if (answer.says("draft")) hint = "it is a draft: mark it as ready for review first";
        if (answer.says("merge method") || answer.says("merging is not allowed")) hint = "the repository's settings say which methods there are; --auto-merge merge, squash or rebase names another";
        return refused(what_ + ": GitHub declines it: " + answer.words, hint);
    }

    void merge_now() {
        auto call = api_.call("PUT", "/pulls/" + std::to_string(request_.number) + "/merge", what_);
        call.body = json::Value::object();
        (*call.body)["sha"] = request_.head_commit;
        (*call.body)["merge_method"] = method_;
        call.expected = {405, 409};
        for (int attempt = 1;; ++attempt) {
            const auto answer = api_.rest().send(call);
            if (answer.ok()) {
                context_.log.info("pull request #" + std::to_string(request_.number) + " is merged: nothing was in the way");
                return;
            }
            // An earlier try may have merged it, whose answer was lost.
            if (is_done(looked_at())) return;
            if (attempt >= most_merges || !answer.says("base branch was modified")) throw api_.rest().failure(call, answer);
            context_.clock.sleep_for(between_looks);
        }
    }

    GitHubApi& api_;
    const PullRequest& request_;
    const std::string& method_;
    cli::Context& context_;
    std::string what_;
};

} // namespace

void merge_on_github(GitHubApi& api, const PullRequest& request, const std::string& method, cli::Context& context) { Merge(api, request, method, context).run(); }

} // namespace slipway::update_gitops_values
