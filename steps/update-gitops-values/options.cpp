#include "options.hpp"

#include "core/text.hpp"
#include "core/timestamp.hpp"
#include "git/glob.hpp"
#include "git/names.hpp"
#include "git/signing.hpp"
#include "git/ssh.hpp"
#include "update-gitops-values/history/message.hpp"

#include <algorithm>

namespace slipway::update_gitops_values {

namespace {

void complain(std::vector<Diagnostic>& problems, std::string message, std::string hint = {}) {
    problems.push_back({.message = std::move(message), .hint = std::move(hint)});
}

void check_name(const std::string& option, const std::string& value, const std::string& why, std::vector<Diagnostic>& problems) {
    if (!why.empty()) complain(problems, "cannot use " + option + " '" + visible(value) + "': " + why);
}

void check_place(const Options& options, std::vector<Diagnostic>& problems) {
    const bool remote = !options.remote.repo.empty();
    if (remote == !options.dir.empty()) {
        complain(problems, remote ? "--repo and --dir are two places to change: give one" : "no place to change is given: --repo or --dir is required",
                 "--repo URL commits and pushes, --dir DIR edits a folder on this machine");
        return;
    }
    if (remote) {
        git::check_remote(options.remote, problems);
        return;
    }
    const auto for_commits = [&](const char* option, bool given) {
        if (given) complain(problems, std::string(option) + " belongs to --repo: --dir edits a folder and makes no commit");
    };
    for_commits("--branch", !options.branch.empty());
    for_commits("--base", !options.base.empty());
    for_commits("--message", !options.message.empty());
    for_commits("--rollback", options.rollback);
    for_commits("--rollback-to", !options.rollback_to.empty());
}

/// The options that say what to change, and whether each is given.
std::vector<std::pair<const char*, bool>> changes(const Options& options) {
    return {{"--set", !options.set.empty()},       {"--set-json", !options.set_json.empty()}, {"--image", !options.images.empty()},
            {"--policy", !options.policies.empty()}, {"--from", options.promotion.promotes()},  {"--put", !options.put.empty()},
            {"--delete", !options.remove.empty()}};
}

void check_changes(const Options& options, std::vector<Diagnostic>& problems) {
    const auto all = changes(options);
    const auto given = [](const auto& change) { return change.second; };
    if (options.takes_back()) {
        for (const auto& change : all) {
            if (change.second) complain(problems, std::string(change.first) + " and --rollback do not go together: a rollback takes back what a commit changed");
        }
        if (options.files.size() != 1) {
            complain(problems, "--rollback needs one --file: the one whose last change is taken back");
        } else if (git::is_pattern(options.files.front())) {
            complain(problems, "cannot use --file '" + visible(options.files.front()) + "' with --rollback: a pattern is not the one file whose last change is taken back");
        }
        if (options.document >= 0) complain(problems, "--document and --rollback do not go together: a rollback finds the document by the commit that it takes back");
        return;
    }
    if (!options.paths.empty() && !options.promotion.promotes()) complain(problems, "--path belongs to --rollback and --from", "a value is set with --set PATH=VALUE");
    if (std::none_of(all.begin(), all.end(), given)) {
        complain(problems, "nothing to change is given: one of --set, --set-json, --image, --policy, --from, --put, --delete or --rollback is required");
        return;
    }
    const bool in_files = std::any_of(all.begin(), all.end() - 2, given);
    if (in_files && options.files.empty()) complain(problems, "--file is required: the file whose values are to change");
    if (!in_files && !options.files.empty()) complain(problems, "--file is given, and nothing to change in it", "--set PATH=VALUE sets a value");
    if (!in_files && !options.expect_old.empty()) complain(problems, "--expect-old is given, and no value to set: it does not look into files that are put or deleted");
    if (options.images.empty() && !options.image_paths.empty()) complain(problems, "--image-path needs --image: it says where custom resources name one");
}

void check_signing(const Options& options, std::vector<Diagnostic>& problems) {
    if (!options.signing_passphrase.empty() && options.signing_key.empty()) complain(problems, "--signing-passphrase-file needs --signing-key-file");
    if (!options.signing_key.empty() && git::kind_of_key(options.signing_key) == git::Signing::Kind::none) {
        complain(problems, "cannot use --signing-key-file: " + git::why_no_private_key(options.signing_key),
                 "a private key of OpenSSH, or an ASCII-armored OpenPGP key, which may have a passphrase");
    }
}

void check_commit(const Options& options, std::vector<Diagnostic>& problems) {
    check_name("--author", options.author, git::why_no_identity(options.author), problems);
    if (!options.message.empty()) check_message(options.message, problems);
}

/// What the forge does in Git's place, or gives to Git.
void check_forge(const Options& options, std::vector<Diagnostic>& problems) {
    if (options.forge.commit_by == "github") {
        if (options.author != usual_author) complain(problems, "--author and --commit-by github do not go together: GitHub's commits are the token's", "--commit-by git has an author");
        if (!options.signing_key.empty()) complain(problems, "--signing-key-file and --commit-by github do not go together: GitHub signs by itself", "--commit-by git signs with a key");
    }
    if (!options.forge.is_app()) return;
    const auto parts = io::split_url(options.remote.repo);
    if (!options.remote.repo.empty() && !parts) {
        complain(problems, "--github-app-id needs an http(s) address in --repo: its token is for that, and not for ssh", "https://HOST/OWNER/REPOSITORY.git");
    }
    if ((parts && !parts->user_info.empty()) || !options.remote.token.empty() || !options.remote.user.empty() || !options.remote.password.empty()) {
        complain(problems, "--github-app-id and Git's own credentials are two ways to log in: give one", "the app's token is for Git as well");
    }
}

} // namespace

void declare(cli::OptionSet& set, Options& options) {
    git::declare_repository(set, options.remote);
    set.add("dir", options.dir).value_name("DIR").help("Folder on this machine to change instead of a repository; nothing is committed");
    set.add("branch", options.branch).value_name("NAME").fallback_help("the repository's default branch").help("Branch that gets the commit");
    set.add("base", options.base).value_name("NAME").help("Branch that --branch is made from when it does not exist");

    set.add("file", options.files).value_name("PATH").help("File to change, inside of the repository or folder: YAML, JSON, .env or HCL, by its name; or a pattern such as apps/**/values.yaml");
    set.add("document", options.document).value_name("N").help("Number of the YAML document to change, from 0").fallback_help("the one that has the path");
    set.section("Changes");
    set.add("set", options.set).value_name("PATH=VALUE").help("Value to set at a path such as image.tag, containers[0].image or env[name=X].value, always as a string; may be empty");
    set.add("set-json", options.set_json).value_name("PATH=JSON").help("Number, truth value, null, list, map or text in quotes to set at a path: replicaCount=3");
    set.add("image", options.images).value_name("NAME=NEW").help("Image to change wherever a file names it: registry/app:v2, app=registry/app:v2@sha256:..., in manifests, Helm values, kustomizations, Flux and Argo CD objects, Nomad jobs");
    set.add("image-path", options.image_paths).value_name("PATH").help("Where custom resources name an image, for --image");
    set.add("policy", options.policies).value_name("NS:NAME=IMAGE").help("Image of a Flux image policy, for values that have its marker");
    set.add("put", options.put).value_name("PATH=LOCALFILE").help("File, or folder of files, of this machine to put into the repository");
    set.add("delete", options.remove).value_name("PATH").help("File to delete, or a pattern");
    set.add("create", options.create).help("Make keys, and images of a kustomization, that are not there");
    set.add("follow-alias", options.follow_alias).help("Change an alias (*name) where its anchor is, and with it all places that refer to it");
    set.add("break-alias", options.break_alias).help("Change an alias in its place alone");
    set.section("Conditions");
    set.add("expect-old", options.expect_old).value_name("VALUE").help("Change nothing unless this value, tag or digest is there now");
    set.add("allow-older", options.allow_older).help("Put an older version over a newer one");
    set.add("source-url", options.source_url).value_name("URL").help("Project that the change comes from").from_ci([](const ci::Info& info) { return info.project_url; }, "the project's URL");
    set.add("source-commit", options.source_commit).value_name("HASH").help("Commit that the change comes from").from_ci([](const ci::Info& info) { return info.commit; }, "the commit of the pipeline");
    set.add("source-time", options.source_time).value_name("TIME").help("When that was committed, RFC 3339: a later one wins").from_ci([](const ci::Info& info) { return info.commit_time; }, "the time of the commit");
    set.add("pipeline-id", options.pipeline_id).value_name("ID").help("Of several pipelines of one commit the highest wins").from_ci([](const ci::Info& info) { return info.pipeline_id; }, "the pipeline");
    declare(set, options.promotion);
    set.section("Rollback");
    set.add("rollback", options.rollback).help("Take back the last change of --file that this tool made, with all that was changed in the same commit");
    set.add("rollback-to", options.rollback_to).value_name("COMMIT|VALUE").help("Take back all changes since a commit, or since a value was there");
    set.add("path", options.paths).value_name("PATH").help("With --rollback: the value whose last change is meant, where a file has several; with --from: a value to copy");
    declare(set, options.preflight);
    set.section("The commit");
    set.add("message", options.message).value_name("TEXT").fallback_help("names the file and the change").help("Message of the commit; {file}, {path}, {old}, {new} and others stand for the change");
    set.add("author", options.author).value_name("NAME <EMAIL>").fallback(usual_author).help("Author and committer of the commit");
    set.add("signing-key", options.signing_key).help("Private key that signs the commit: OpenPGP, ASCII-armored, or SSH");
    set.add("signing-passphrase", options.signing_passphrase).help("Passphrase of an OpenPGP key");
    set.add("timeout", options.timeout).value_name("DURATION").fallback("5m").help("How long to try while others are faster or the server is busy");
    declare(set, options.forge);
    declare(set, options.wait);
    set.section("Credentials");
    git::declare_access(set, options.remote);
}

void check(const Options& options, std::vector<Diagnostic>& problems) {
    check_place(options, problems);
    check_name("--branch", options.branch, options.branch.empty() ? "" : git::why_no_branch(options.branch), problems);
    check_name("--base", options.base, options.base.empty() ? "" : git::why_no_branch(options.base), problems);
    if (!options.base.empty() && options.branch.empty()) complain(problems, "--base needs --branch: the one that is made from it");
    for (const auto& file : options.files) check_name("--file", file, git::why_no_pattern(file), problems);
    check_changes(options, problems);
    if (options.follow_alias && options.break_alias) complain(problems, "--follow-alias and --break-alias are two ways to change an alias: give one");
    if (options.document < -1) complain(problems, "cannot use --document: documents are counted from 0");
    if (!options.source_time.empty() && !parse_timestamp(options.source_time)) {
        complain(problems, "cannot use --source-time '" + visible(options.source_time) + "': it is no time such as 2026-11-24T14:02:11Z");
    }
    if (options.timeout <= Duration{0}) complain(problems, "--timeout must be longer than nothing");
    check_signing(options, problems);
    check_commit(options, problems);
    const bool in_folder = !options.dir.empty();
    check(options.promotion, options.files, in_folder, problems);
    check(options.preflight, in_folder, problems);
    check(options.forge, in_folder, options.remote.tls, problems);
    if (!in_folder) check_forge(options, problems);
    check(options.wait, in_folder, options.remote.tls, problems);
    if (options.wait.waits() && options.forge.asks() && !options.forge.wait_merged) complain(problems, "--wait needs --wait-merged with --mode pull-request: nothing is served before the request is merged");
}

} // namespace slipway::update_gitops_values
