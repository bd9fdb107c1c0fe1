#pragma once

#include "changeset.hpp"
#include "draft.hpp"
#include "options.hpp"
#include "report.hpp"
#include "request.hpp"
#include "cli/step.hpp"
#include "git/repository.hpp"
#include "update-gitops-values/forge/github_app.hpp"
#include "update-gitops-values/proposal/situation.hpp"

#include <memory>
#include <string>
#include <vector>

namespace slipway::update_gitops_values {

/// What is to be done, as far as the branch or folder stands now.
struct Plan {
    Draft draft;
    std::string branch; ///< empty for a folder
    std::string tip;    ///< the commit to build on
    bool is_new = false;                         ///< the branch does not exist yet
    std::shared_ptr<InstallationToken> token;    ///< null: the app of GitHub is nobody's
    std::shared_ptr<Forge> forge;                ///< null: nobody is asked
    std::optional<Situation> situation;            ///< of the request, where the forge is asked and nothing newer is on the branch
    std::shared_ptr<git::Publisher> publisher;   ///< null: Git commits and pushes
    std::shared_ptr<git::Repository> repository; ///< null for a folder
    std::shared_ptr<Drafts> drafts;              ///< as well
};

struct UpdateGitopsValues {
    static constexpr cli::OutputInfo outputs[] = {
        {"changed", "`true` when something was different"},
        {"superseded", "`true` when the branch holds a newer version already"},
        {"commit", "full hash of the new commit; empty when there is none"},
        {"branch", "where it is; empty with `--dir`"},
        {"request_url", "the pull or merge request; after a direct commit where the server offers to open one, when it says so; else empty"},
        {"request_number", "its number; empty without one"},
        {"merged", "`true` when it is merged; empty without one"},
        {"applied", "`true` when all that `--wait` names serves the change, `false` when not; empty when nothing was waited for"},
        {"from_environment", "the image or value that `--from` copied; empty without"},
        {"old", "the first value that changed, before; empty when none did"},
        {"new", "the same value, after"},
    };
    static constexpr cli::StepInfo info{
        .name = "update-gitops-values",
        .summary = "sets values, images and files in a Git repository as one commit, without touching another byte, and without losing anybody's commit",
        .usage = "--repo URL --file PATH --set PATH=VALUE... [--branch NAME]",
        .example = "update-gitops-values --repo https://git.example.com/ops/gitops.git --branch main --file "
                   "apps/myapp/values.yaml --set image.tag=abc123\n"
                   "update-gitops-values --repo URL --file 'apps/**/*.yaml' --image registry.example.com/team/app:v2 --put rules/app.yaml=build/rules.yaml\n"
                   "update-gitops-values --repo URL --mode pull-request --file apps/myapp/values.yaml --set image.tag=abc123\n"
                   "update-gitops-values --repo URL --from staging/values.yaml --file production/values.yaml --wait argocd/myapp --argocd-url URL\n"
                   "update-gitops-values --repo URL --file apps/myapp/values.yaml --rollback\n"
                   "update-gitops-values --dir . --file values.yaml --set image.tag=abc123",
        .outputs = outputs,
    };
    using Options = update_gitops_values::Options;
    using Plan = update_gitops_values::Plan;
    using Result = Outcome;

    static void declare(cli::OptionSet& set, Options& options) { update_gitops_values::declare(set, options); }
    static void check(const Options& options, std::vector<Diagnostic>& problems) {
        update_gitops_values::check(options, problems);
        read_request(options, problems);
    }
    static Plan plan(const Options& options, cli::Context& context);
    static Result run(const Options& options, const Plan& plan, cli::Context& context);
    static cli::Report report(const Plan& plan);
    static cli::Report report(const Result& result) { return report_of(result); }
};

} // namespace slipway::update_gitops_values
