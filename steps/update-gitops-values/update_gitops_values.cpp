#include "update_gitops_values.hpp"

#include "core/text.hpp"
#include "git/signing.hpp"
#include "git/update.hpp"
#include "update-gitops-values/forge/github_commit.hpp"
#include "update-gitops-values/history/message.hpp"
#include "update-gitops-values/proposal/propose.hpp"
#include "update-gitops-values/waiting/rollback_command.hpp"
#include "update-gitops-values/waiting/versions.hpp"
#include "update-gitops-values/waiting/wait.hpp"

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

/// @return the branch's commit that has the change; empty when there is none
std::string commit(const Options& options, const Plan& plan, Outcome& outcome, cli::Context& context) {
    auto draft = plan.draft;
    auto tip = plan.tip;
    const git::Edit propose = [&](const std::string& newest) -> std::optional<git::Proposal> {
        if (newest != tip) draft = plan.drafts->make(newest);
        tip = newest;
        if (draft.files.empty() || draft.late) return std::nullopt;
        return proposal_of(draft, options, context);
    };
    const git::UpdateSettings settings{.branch = plan.branch,
                                       .identity = git::parse_identity(options.author),
                                       .timeout = options.timeout,
                                       .new_branch = plan.is_new,
                                       .publisher = plan.publisher.get()};
    const auto update = git::update_branch(*plan.repository, plan.tip, propose, settings, context);
    outcome.files = draft.files;
    outcome.late = draft.late;
    outcome.promoted = draft.promoted;
    if (!update) {
        if (!outcome.late) context.log.info("somebody else has made the same change meanwhile: nothing to change");
        return tip;
    }
    outcome.commit = update->commit;
    outcome.offer = update->request_url;
    context.log.info("pushed " + git::short_hash(update->commit) + " to " + plan.branch + " of " + plan.repository->address());
    return update->commit;
}

/// Does what comes after a commit that is made: what fails then does not hide it.
template <class Do> void afterwards(Outcome& outcome, const Do& step) {
    try {
        step();
    } catch (const Error& error) {
        outcome.code = error.code();
        outcome.problems.insert(outcome.problems.end(), error.diagnostics().begin(), error.diagnostics().end());
    } catch (const Cancelled& signal) {
        outcome.code = signal.code();
        outcome.problems.push_back({.message = "cancelled while waiting; the change itself is made"});
    }
}

void take(Outcome& outcome, Proposed&& proposed) {
    outcome.files = std::move(proposed.files);
    outcome.late = std::move(proposed.late);
    outcome.request = std::move(proposed.request);
    outcome.declined = proposed.declined;
    outcome.kept = proposed.kept;
    outcome.notes = std::move(proposed.notes);
    outcome.commit = std::move(proposed.commit);
    outcome.branch = std::move(proposed.branch);
}

/// @return the base's commit that has the change; empty as long as it is not merged
std::string ask(const Options& options, const Plan& plan, Outcome& outcome, cli::Context& context) {
    auto proposed = propose(options, plan.branch, plan.tip, plan.draft, *plan.situation, *plan.drafts, *plan.repository, *plan.forge, context);
    if (proposed.is_open()) {
        afterwards(outcome, [&] {
            prepare_merge(options, proposed, *plan.forge, context);
            if (options.forge.wait_merged && proposed.is_open()) wait_until_merged(options, plan.branch, proposed, *plan.drafts, *plan.repository, *plan.forge, context);
        });
    }
    const auto held = std::move(proposed.base_commit);
    take(outcome, std::move(proposed));
    if (!outcome.is_merged() || outcome.files.empty()) return held;
    outcome.branch = plan.branch;
    // Where the forge does not name the commit, the branch's newest one has it.
    if (outcome.request->merge_commit.empty()) outcome.request->merge_commit = plan.repository->fetch(plan.branch);
    outcome.commit = outcome.request->merge_commit;
    return *outcome.commit;
}

void wait(const Options& options, const Plan& plan, const std::string& commit, Outcome& outcome, cli::Context& context) {
    outcome.applied = false;
    plan.repository->set_deadline(io::Steady::max()); // pushing is over, and may be long ago
    const Delivery delivery{.branch = plan.branch,
                            .commit = commit,
                            .versions = versions_of(plan.drafts->request(), outcome.files),
                            .rollback = rollback_command(options, plan.branch, outcome.files),
                            .is_in = [&](const std::string& revision) {
                                if (plan.token) plan.token->value(); // it may have ended meanwhile
                                return plan.repository->has_in_history(plan.branch, revision, commit);
                            }};
    afterwards(outcome, [&] {
        wait_until_served(options.wait, delivery, options.remote.tls, context);
        outcome.applied = true;
    });
}

/// Reaches the forge, where it has a part in this.
void connect(const Options& options, Plan& plan, cli::Context& context) {
    const auto& forge = options.forge;
    if (!forge.asks() && !forge.is_app() && forge.commit_by == "git") return;
    const auto project = find_project(options.remote, forge, context.environment);
    const auto& tls = options.remote.tls;
    if (forge.is_app()) plan.token = std::make_shared<InstallationToken>(project, forge, tls, context);
    const auto token = plan.token ? io::BearerAuth{plan.token->value(), [app = plan.token.get()] { return app->value(); }} : io::BearerAuth{api_token(options.remote, project, context.environment)};
    if (forge.asks()) plan.forge = make_forge(project, forge, token, tls, context);
    if (forge.commit_by == "github") plan.publisher = make_github_publisher(project, forge, token, tls, context);
}

} // namespace

Plan UpdateGitopsValues::plan(const Options& options, cli::Context& context) {
    Plan plan;
    if (!options.dir.empty()) {
        if (context.files.kind(options.dir) != io::FileKind::directory) throw misuse("cannot use --dir '" + visible(options.dir) + "': there is no such folder");
        std::vector<Diagnostic> problems; // told of by check() already
        const auto request = read_request(options, problems);
        FolderTree tree(options.dir, context.files);
        plan.draft = draft_of_folder(options, request, tree, context);
    } else {
        connect(options, plan, context);
        const git::Signing signing{.kind = git::kind_of_key(options.signing_key), .key = options.signing_key, .passphrase = options.signing_passphrase};
        auto remote = options.remote;
        if (plan.token) {
            remote.token = plan.token->value();
            remote.user = InstallationToken::git_user;
        }
        plan.repository = std::make_shared<git::Repository>(context, git::make_remote(remote, context), signing);
        if (plan.token) plan.token->on_renewal([repository = plan.repository.get()](const Secret& password) { repository->set_password(password); });
        choose_tip(options, plan);
        plan.drafts = std::make_shared<Drafts>(options, *plan.repository, plan.branch, context);
        plan.draft = plan.drafts->make(plan.tip);
        if (plan.forge && !plan.draft.late) plan.situation = look(options, plan.branch, plan.draft, *plan.drafts, *plan.repository, *plan.forge);
    }
    explain(plan.draft, context);
    if (plan.situation && !plan.draft.files.empty()) explain(*plan.situation, *plan.forge, context.log);
    return plan;
}

Outcome UpdateGitopsValues::run(const Options& options, const Plan& plan, cli::Context& context) {
    Outcome outcome{.files = plan.draft.files, .branch = plan.branch, .commit = std::nullopt, .late = plan.draft.late, .promoted = plan.draft.promoted};
    if (!plan.repository) {
        write_to_folder(options.dir, outcome.files, context);
        return outcome;
    }
    if (outcome.late) return outcome;
    auto serving = outcome.files.empty() ? plan.tip : std::string{};
    if (plan.forge) serving = ask(options, plan, outcome, context);
    else if (!outcome.files.empty()) serving = commit(options, plan, outcome, context);
    if (options.wait.waits() && outcome.code == ExitCode::done && !outcome.late && !outcome.declined) wait(options, plan, serving, outcome, context);
    return outcome;
}

cli::Report UpdateGitopsValues::report(const Plan& plan) {
    Outcome outcome{.files = plan.draft.files, .branch = plan.branch, .commit = std::nullopt, .late = plan.draft.late, .promoted = plan.draft.promoted};
    if (plan.situation && !plan.draft.files.empty()) {
        outcome.branch = plan.situation->branch;
        outcome.late = plan.situation->late;
        outcome.request = plan.situation->open();
    }
    auto report = report_of(outcome);
    report.summary.clear();
    report.outputs.clear();
    return report;
}

} // namespace slipway::update_gitops_values
