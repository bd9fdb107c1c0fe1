#pragma once

#include "cli/step.hpp"
#include "git/repository.hpp"
#include "options.hpp"
#include "yaml/edit.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace slipway::update_gitops_values {

/// A file before and after the edit.
struct EditedFile {
    std::string path;
    std::string before;
    std::string after;
    std::vector<yaml::Change> changes; ///< those that touch the file
};

/// What the edit does to the file as it stands now.
struct Plan {
    EditedFile file;
    std::string mode;                            ///< of the file in the repository
    std::string branch;                          ///< empty for a folder
    std::string tip;                             ///< the branch's newest commit
    std::shared_ptr<git::Repository> repository; ///< null for a folder
};

struct Result {
    EditedFile file; ///< as it was committed, which may be on top of newer commits than planned
    std::string branch;
    std::optional<std::string> commit; ///< nothing when nothing was committed
};

struct UpdateGitopsValues {
    static constexpr cli::StepInfo info{
        .name = "update-gitops-values",
        .summary = "sets values in one YAML file of a Git repository as one commit, without touching another byte",
        .usage = "--repo URL --file PATH --set PATH=VALUE... [--branch NAME]",
        .example = "update-gitops-values --repo https://git.example.com/ops/gitops.git --branch main --file "
                   "apps/myapp/values.yaml --set image.tag=abc123\n"
                   "update-gitops-values --dir . --file values.yaml --set image.tag=abc123",
    };
    using Options = update_gitops_values::Options;
    using Plan = update_gitops_values::Plan;
    using Result = update_gitops_values::Result;

    static void declare(cli::OptionSet& set, Options& options) { update_gitops_values::declare(set, options); }
    static void check(const Options& options, std::vector<Diagnostic>& problems) {
        update_gitops_values::check(options, problems);
    }
    static Plan plan(const Options& options, cli::Context& context);
    static Result run(const Options& options, const Plan& plan, cli::Context& context);
    static cli::Report report(const Plan& plan);
    static cli::Report report(const Result& result);
};

} // namespace slipway::update_gitops_values
