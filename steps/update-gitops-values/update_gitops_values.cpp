#include "update_gitops_values.hpp"

#include "core/text.hpp"
#include "git/signing.hpp"
#include "git/update.hpp"
#include "update-gitops-values/history/message.hpp"

#include <algorithm>

namespace slipway::update_gitops_values {

namespace {

/// Finds the commit to build on.
void choose_tip(const Options& options, Plan& plan) {
    auto& repository = *plan.repository;
    plan.branch = options.branch.empty() ? repository.default_branch() : options.branch;
    if (options.base.empty()) {
        plan.tip = repository.fetch(plan.branch);
        return;
    }
    const auto tip = repository.try_fetch(plan.branch);
    plan.is_new = !tip;
    plan.tip = tip ? *tip : repository.fetch(options.base);
}

void explain(const Draft& draft, cli::Context& context) {
    if (draft.late) return; // its changes will not be made, and the report says why
    for (const auto& file : draft.files) {
        for (const auto& change : file.changes) context.log.info(to_string(change.place) + ": " + change.path + ' ' + old_and_new(change));
        if (file.changes.empty()) context.log.info(file.path + (!file.before ? ": new" : !file.after ? ": deleted" : ": replaced"));
    }
    for (const auto& commit : draft.undone) context.log.info("takes back " + git::short_hash(commit.hash) + ": " + visible(commit.message.substr(0, commit.message.find('\n'))));
    if (draft.files.empty()) context.log.info("everything is as it should be already: nothing to change");
}

std::vector<git::File> git_files(const Changeset& files) {
    std::vector<git::File> result;
    for (const auto& file : files) result.push_back({.path = file.path, .mode = file.after ? file.mode : "", .content = file.after.value_or("")});
    return result;
}

void write_to_folder(const std::string& folder, const Changeset& files, cli::Context& context) {
    // A folder may take the place of a file.
    for (const auto& file : files) {
        if (file.after) continue;
        const auto path = io::Path(folder) / file.path;
        context.files.remove(path);
        context.log.info("deleted " + path.string());
    }
    for (const auto& file : files) {
        if (!file.after) continue;
        const auto path = io::Path(folder) / file.path;
        context.files.make_folders(path.parent_path());
        context.files.write_atomic(path, *file.after, file.mode == "100755" ? io::Access::executable : io::Access::usual);
        context.log.info("wrote " + path.string());
    }
}

} // namespace

Plan UpdateGitopsValues::plan(const Options& options, cli::Context& context) {
    Plan plan;
    if (!options.dir.empty()) {
        if (context.files.kind(options.dir) != io::FileKind::directory) throw misuse("cannot use --dir '" + visible(options.dir) + "': there is no such folder");
        std::vector<Diagnostic> problems; // told of by check() already
        const auto request = read_request(options, problems);
        FolderTree tree(options.dir, context.files);
        plan.draft.files = compute(request, read_puts(request.puts, context.files), tree, context);
        check_ways(plan.draft.files, tree);
    } else {
        const git::Signing signing{.kind = git::kind_of_key(options.signing_key), .key = options.signing_key, .passphrase = options.signing_passphrase};
        plan.repository = std::make_shared<git::Repository>(context, git::make_remote(options.remote, context), signing);
        choose_tip(options, plan);
        plan.drafts = std::make_shared<Drafts>(options, *plan.repository, context);
        plan.draft = plan.drafts->make(plan.tip);
    }
    explain(plan.draft, context);
    return plan;
}

Outcome UpdateGitopsValues::run(const Options& options, const Plan& plan, cli::Context& context) {
    Outcome outcome{.files = plan.draft.files, .branch = plan.branch, .commit = std::nullopt, .late = plan.draft.late, .request_url = {}};
    if (outcome.files.empty() || outcome.late) return outcome;
    if (!plan.repository) {
        write_to_folder(options.dir, outcome.files, context);
        return outcome;
    }
    auto draft = plan.draft;
    const git::Edit propose = [&](const std::string& tip) -> std::optional<git::Proposal> {
        if (tip != plan.tip) draft = plan.drafts->make(tip);
        if (draft.files.empty() || draft.late) return std::nullopt;
        return git::Proposal{git_files(draft.files), context.log.redact(commit_message(options.message, draft.record, context.ci, draft.undone))};
    };
    const git::UpdateSettings settings{.branch = plan.branch, .identity = git::parse_identity(options.author), .timeout = options.timeout, .new_branch = plan.is_new};
    const auto update = git::update_branch(*plan.repository, plan.tip, propose, settings, context);
    outcome.files = draft.files;
    outcome.late = draft.late;
    if (update) {
        outcome.commit = update->commit;
        outcome.request_url = update->request_url;
        context.log.info("pushed " + git::short_hash(update->commit) + " to " + plan.branch + " of " + plan.repository->address());
    } else if (!outcome.late) {
        context.log.info("somebody else has made the same change meanwhile: nothing to change");
    }
    return outcome;
}

cli::Report UpdateGitopsValues::report(const Plan& plan) {
    auto report = report_of({.files = plan.draft.files, .branch = plan.branch, .commit = std::nullopt, .late = plan.draft.late, .request_url = {}});
    report.summary.clear();
    report.outputs.clear();
    return report;
}

} // namespace slipway::update_gitops_values
