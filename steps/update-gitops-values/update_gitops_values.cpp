#include "update_gitops_values.hpp"

#include "core/diff.hpp"
#include "core/text.hpp"
#include "git/update.hpp"
#include "message.hpp"

#include <algorithm>
#include <iterator>

namespace slipway::update_gitops_values {

namespace {

EditedFile edit(const Options& options, std::string before) {
    std::vector<yaml::Assignment> assignments;
    for (const auto& text : options.set)
        assignments.push_back(yaml::parse_assignment(text));
    auto edited = yaml::set_values(before, options.file, assignments);
    EditedFile file{options.file, std::move(before), std::move(edited.text), {}};
    std::copy_if(edited.changes.begin(), edited.changes.end(), std::back_inserter(file.changes),
                 [](const yaml::Change& change) { return change.changed; });
    return file;
}

/// The file below a folder, which no symbolic link may lead out of it.
std::string read_below(const std::string& folder, const std::string& file, io::Files& files) {
    const auto path = io::Path(folder) / file;
    if (files.kind(path) != io::FileKind::none) {
        const auto root = files.canonical(folder);
        const auto target = files.canonical(path);
        const auto inside = std::mismatch(root.begin(), root.end(), target.begin(), target.end()).first == root.end();
        if (!inside) throw refused("cannot change " + path.string() + ": a symbolic link leads out of " + folder);
    }
    return files.read(path);
}

void explain(const EditedFile& file, cli::Context& context) {
    if (file.changes.empty()) context.log.info(file.path + " has these values already: nothing to change");
    for (const auto& change : file.changes) {
        context.log.info(to_string(change.place) + ": " + change.path + ' ' + old_and_new(change));
        if (change.retyped) {
            context.log.warning(to_string(change.place) + ": " + change.path +
                                " stood there without quotes, so that readers may have taken it for a number, a date "
                                "or a truth value; it becomes a string");
        }
        if (change.aliases > 0)
            context.log.info(change.path + " has an anchor: " + count_of(change.aliases, "other place") +
                             " of the file that refers to it changes as well");
    }
}

cli::Report describe(const EditedFile& file, const std::string& branch) {
    auto changes = cli::Json::array();
    for (const auto& change : file.changes) {
        changes.push_back({{"file", file.path},
                           {"path", change.path},
                           {"old", change.old ? cli::Json(*change.old) : cli::Json(nullptr)},
                           {"new", change.value}});
    }
    cli::Report report;
    report.json["changed"] = !file.changes.empty();
    report.json["superseded"] = false;
    report.json["commit"] = nullptr;
    report.json["branch"] = branch.empty() ? cli::Json(nullptr) : cli::Json(branch);
    report.json["changes"] = std::move(changes);
    return report;
}

/// A fenced block whose fence no line of the text can end.
std::string fenced(const std::string& text) {
    std::string fence = "```";
    while (text.find(fence) != std::string::npos)
        fence += '`';
    return fence + "diff\n" + text + fence + '\n';
}

/// A name within a line of Markdown: nothing in it shall start a link or formatting.
std::string code(const std::string& name) {
    auto text = one_line(visible(name));
    std::replace(text.begin(), text.end(), '`', '\'');
    return '`' + text + '`';
}

} // namespace

Plan UpdateGitopsValues::plan(const Options& options, cli::Context& context) {
    Plan plan;
    if (!options.dir.empty()) {
        plan.file = edit(options, read_below(options.dir, options.file, context.files));
    } else {
        plan.repository = std::make_shared<git::Repository>(context, git::make_remote(options.remote, context));
        plan.branch = options.branch.empty() ? plan.repository->default_branch() : options.branch;
        plan.tip = plan.repository->fetch(plan.branch);
        auto file = plan.repository->read(plan.tip, options.file);
        plan.mode = file.mode;
        plan.file = edit(options, std::move(file.content));
    }
    explain(plan.file, context);
    return plan;
}

Result UpdateGitopsValues::run(const Options& options, const Plan& plan, cli::Context& context) {
    Result result{plan.file, plan.branch, std::nullopt};
    if (plan.file.changes.empty()) return result;
    if (!plan.repository) {
        const auto path = io::Path(options.dir) / options.file;
        context.files.write_atomic(path, plan.file.after);
        context.log.info("wrote " + path.string());
        return result;
    }
    auto& repository = *plan.repository;
    auto mode = plan.mode;
    const git::Edit propose = [&](const std::string& tip) -> std::optional<git::Proposal> {
        if (tip != plan.tip) {
            auto newer = repository.read(tip, options.file);
            mode = newer.mode;
            result.file = edit(options, std::move(newer.content));
        }
        if (result.file.changes.empty()) return std::nullopt;
        const auto message = commit_message(options.message, options.file, result.file.changes, context.ci);
        return git::Proposal{{{options.file, mode, result.file.after}}, context.log.redact(message)};
    };
    const git::UpdateSettings settings{plan.branch, git::parse_identity(options.author),
                                       static_cast<int>(options.attempts)};
    result.commit = git::update_branch(repository, plan.tip, propose, settings, context);
    if (result.commit)
        context.log.info("pushed " + result.commit->substr(0, 7) + " to " + plan.branch + " of " +
                         repository.address());
    else
        context.log.info("somebody else has set these values meanwhile: nothing to change");
    return result;
}

cli::Report UpdateGitopsValues::report(const Plan& plan) {
    auto report = describe(plan.file, plan.branch);
    report.text = unified_diff(plan.file.before, plan.file.after, plan.file.path);
    return report;
}

cli::Report UpdateGitopsValues::report(const Result& result) {
    auto report = describe(result.file, result.branch);
    const auto& changes = result.file.changes;
    const auto diff = unified_diff(result.file.before, result.file.after, result.file.path);
    if (result.commit) {
        report.json["commit"] = *result.commit;
        report.text = *result.commit + '\n';
    } else {
        report.text = diff;
    }
    report.outputs = {{"changed", changes.empty() ? "false" : "true"},
                      {"superseded", "false"},
                      {"commit", result.commit.value_or("")},
                      {"branch", result.branch},
                      {"old", changes.empty() ? "" : changes.front().old.value_or("")},
                      {"new", changes.empty() ? "" : changes.front().value}};
    if (changes.empty()) {
        report.summary = "### update-gitops-values\n\n" + code(result.file.path) +
                         " has the values already: nothing was changed.\n";
    } else {
        const auto where = result.commit ? "commit " + code(*result.commit) + " on " + code(result.branch)
                                         : "changed in the folder, without a commit";
        report.summary =
            "### update-gitops-values\n\n" + code(result.file.path) + ": " + where + "\n\n" + fenced(diff);
    }
    return report;
}

} // namespace slipway::update_gitops_values
