#include "update-gitops-values/forge/forge_options.hpp"

#include "core/text.hpp"

namespace slipway::update_gitops_values {

void declare(cli::OptionSet& set, ForgeOptions& options) {
    set.section("Pull and merge requests");
    set.add_choice("mode", options.mode, {"direct", "pull-request"}).fallback("direct").help("Commit to --branch, or open a pull or merge request to it, one for each target, which later versions update");
    set.add("label", options.labels).value_name("NAME").help("Label of the request");
    set.add("reviewer", options.reviewers).value_name("NAME").help("Who is asked to review it; on GitHub also ORGANIZATION/TEAM");
    set.add("draft", options.draft).help("Open the request as a draft");
    set.add_choice("auto-merge", options.auto_merge, {"merge", "squash", "rebase"}).help("Have the forge merge the request, by this method, as soon as its checks and approvals are there");
    set.add("reopen", options.reopen).help("Open a request again for what was closed without a merge");
    set.add("wait-merged", options.wait_merged).help("Wait until the request is merged");
    set.add("merge-timeout", options.merge_timeout).value_name("DURATION").fallback("1h").help("How long to wait for that");
    set.section("The forge");
    set.add_choice("forge", options.kind, {"github", "gitlab", "gitea"}).fallback_help("by the repository's address").help("Whose API the server speaks; gitea also for Forgejo");
    cli::declare_server(set, "forge", options.server, "the forge's API", cli::Tenants::no).fallback_help("by the repository's address");
    set.add("github-app-id", options.app_id).value_name("ID").help("Id of a GitHub App, whose token is used for Git and for the API");
    set.add("github-app-key", options.app_key).help("Private key of that app, PEM");
    set.add_choice("commit-by", options.commit_by, {"git", "github"}).fallback("git").help("Who makes a direct commit: git, or GitHub's API, which signs it as the token's app");
}

void check(const ForgeOptions& options, bool in_folder, const cli::TlsOptions& tls, std::vector<Diagnostic>& problems) {
    const auto complain = [&](std::string message, std::string hint = {}) { problems.push_back({.message = std::move(message), .hint = std::move(hint)}); };
    if (in_folder) {
        if (options.asks()) complain("--mode pull-request belongs to --repo: --dir edits a folder and makes no commit");
        if (options.commit_by != "git") complain("--commit-by belongs to --repo: --dir edits a folder and makes no commit");
        return;
    }
    const auto for_requests = [&](const char* option, bool given) {
        if (given && !options.asks()) complain(std::string(option) + " needs --mode pull-request");
    };
    for_requests("--label", !options.labels.empty());
    for_requests("--reviewer", !options.reviewers.empty());
    for_requests("--draft", options.draft);
    for_requests("--auto-merge", !options.auto_merge.empty());
    for_requests("--reopen", options.reopen);
    for_requests("--wait-merged", options.wait_merged);
    if (options.draft && !options.auto_merge.empty()) complain("--draft and --auto-merge do not go together: no forge merges a draft");
    if (options.draft && options.wait_merged) complain("--draft and --wait-merged do not go together: no forge merges a draft");
    if (options.merge_timeout <= Duration{0}) complain("--merge-timeout must be longer than nothing");
    if (options.asks() && options.commit_by != "git") complain("--commit-by github is for direct commits: the branch of a request is made by git", "--mode direct");
    if (options.app_id.empty() != options.app_key.empty()) complain("--github-app-id and --github-app-key-file belong together: give both");
    if (options.is_app() && !options.kind.empty() && options.kind != "github") complain("--github-app-id is for GitHub, and --forge says " + options.kind);
    if (options.commit_by == "github" && !options.kind.empty() && options.kind != "github") complain("--commit-by github is for GitHub, and --forge says " + options.kind);
    cli::check_server("forge", options.server, tls, problems);
}

} // namespace slipway::update_gitops_values
