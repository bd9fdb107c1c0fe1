#include "push_rules.hpp"

#include "core/text.hpp"
#include "promtool.hpp"

#include <utility>

namespace slipway::push_rules {

namespace {

std::size_t rule_count(const Inputs& inputs) {
    std::size_t count = 0;
    for (const auto& input : inputs.files) {
        for (const auto& group : input.rules.groups) count += group.rules.size();
    }
    return count;
}

std::size_t group_count(const Inputs& inputs) {
    std::size_t count = 0;
    for (const auto& input : inputs.files) count += input.rules.groups.size();
    return count;
}

std::string what_was_checked(const Inputs& inputs) {
    return count_of(inputs.files.size(), "file") + " with " + count_of(group_count(inputs), "group") + " and " + count_of(rule_count(inputs), "rule");
}

std::string_view word_for(Severity severity) {
    switch (severity) {
    case Severity::error: return "error";
    case Severity::warning: return "warning";
    case Severity::notice: break;
    }
    return "notice";
}

cli::Json number_or_null(int number) { return number > 0 ? cli::Json(number) : cli::Json(nullptr); }
cli::Json text_or_null(const std::string& text) { return text.empty() ? cli::Json(nullptr) : cli::Json(text); }

cli::Json problems_as_json(const std::vector<Diagnostic>& problems) {
    auto json = cli::Json::array();
    for (const auto& problem : problems) {
        json.push_back({{"file", text_or_null(problem.place.file)},
                        {"line", number_or_null(problem.place.line)},
                        {"column", number_or_null(problem.place.column)},
                        {"severity", word_for(problem.severity)},
                        {"id", text_or_null(problem.id)},
                        {"message", problem.message}});
    }
    return json;
}

cli::Json rules_as_json(const Inputs& inputs) {
    auto json = cli::Json::array();
    for (const auto& input : inputs.files) {
        for (const auto& group : input.rules.groups) {
            for (const auto& rule : group.rules) {
                json.push_back({{"file", rule.place.file}, {"line", number_or_null(rule.place.line)}, {"name", rule.name}, {"expr", rule.expr}});
            }
        }
    }
    return json;
}

cli::Report describe(const Inputs& inputs, const GroupChanges& groups, bool loaded, ExitCode code, std::vector<Diagnostic> diagnostics) {
    cli::Report report{.code = code, .diagnostics = std::move(diagnostics)};
    report.json["ok"] = code == ExitCode::done;
    report.json["problems"] = problems_as_json(report.diagnostics);
    report.json["rules"] = rules_as_json(inputs);
    report.json["groups"] = {{"added", groups.added}, {"changed", groups.changed}, {"removed", groups.removed}, {"unchanged", groups.unchanged}};
    report.json["loaded"] = loaded;
    return report;
}

/// "added slo.yml:availability", one a line; what stays as it is has none.
std::string changes_as_text(const GroupChanges& groups, bool done) {
    std::string text;
    const auto add = [&](const char* past, const char* future, const std::vector<std::string>& names) {
        for (const auto& name : names) text += std::string(done ? past : future) + ' ' + visible(name) + '\n';
    };
    add("added", "would add", groups.added);
    add("changed", "would change", groups.changed);
    add("removed", "would remove", groups.removed);
    return text;
}

std::string in_markdown(std::string text) {
    text = one_line(text);
    for (const char* special : {"|", "<", "`"}) replace_all(text, special, std::string("\\") + special);
    return text;
}

std::string summary_of(const Result& result, const cli::Report& report) {
    constexpr std::size_t most = 50;
    std::string text = "### push-rules: ";
    const auto& groups = result.publication.groups;
    text += report.code == ExitCode::done ? result.publication.loaded ? "the rules are loaded" : "the rules are right" : "the rules are not published";
    text += "\n\n" + what_was_checked(result.inputs) + '\n';
    if (result.publication.loaded) {
        text += "\n| groups added | changed | removed | unchanged |\n|---|---|---|---|\n| " + std::to_string(groups.added.size()) + " | " + std::to_string(groups.changed.size()) + " | " +
                std::to_string(groups.removed.size()) + " | " + std::to_string(groups.unchanged.size()) + " |\n";
    }
    if (!report.diagnostics.empty()) {
        text += "\n| place | problem |\n|---|---|\n";
        for (std::size_t i = 0; i < report.diagnostics.size() && i < most; ++i) {
            text += "| " + in_markdown(to_string(report.diagnostics[i].place)) + " | " + in_markdown(report.diagnostics[i].message) + " |\n";
        }
        if (report.diagnostics.size() > most) text += "\nand " + std::to_string(report.diagnostics.size() - most) + " more\n";
    }
    return text;
}

} // namespace

Plan PushRules::plan(const Options& options, cli::Context& context) {
    Plan plan{.inputs = read_inputs(options.rules, context.files, context.cancellation)};
    auto& inputs = plan.inputs;
    check_names(inputs, options.check ? Severity::warning : Severity::error);
    if (!check_with_promtool(inputs, context.processes)) {
        inputs.problems.push_back({.severity = Severity::notice,
                                   .message = "the expressions are not checked: promtool is not on the PATH",
                                   .hint = "it comes with Prometheus",
                                   .id = "no-promtool"});
    }
    inputs.sort_problems();
    if (inputs.unreadable) plan.code = ExitCode::misuse;
    else if (inputs.has_errors()) plan.code = ExitCode::refused;
    if (plan.code != ExitCode::done) return plan;
    context.log.info("checked " + what_was_checked(inputs));
    if (!options.check) plan.groups = compare(inputs, options.rules_dir, context.files).groups;
    return plan;
}

Result PushRules::run(const Options& options, const Plan& plan, cli::Context& context) {
    if (plan.code != ExitCode::done || options.check) return {plan.inputs, {.groups = {}, .code = plan.code}};
    return {plan.inputs, publish(options, plan.inputs, context)};
}

cli::Report PushRules::report(const Plan& plan) {
    auto report = describe(plan.inputs, plan.groups, false, plan.code, plan.inputs.problems);
    report.text = changes_as_text(plan.groups, false);
    return report;
}

cli::Report PushRules::report(const Result& result) {
    auto diagnostics = result.inputs.problems;
    const auto& publication = result.publication;
    // What ended the publication comes first: it is the error of --json.
    diagnostics.insert(diagnostics.begin(), publication.diagnostics.begin(), publication.diagnostics.end());
    auto report = describe(result.inputs, publication.groups, publication.loaded, publication.code, std::move(diagnostics));
    if (publication.loaded) report.text = changes_as_text(publication.groups, true);
    const auto& groups = publication.groups;
    report.outputs = {{"ok", publication.code == ExitCode::done ? "true" : "false"},
                      {"loaded", publication.loaded ? "true" : "false"},
                      {"rules", std::to_string(rule_count(result.inputs))},
                      {"groups_added", std::to_string(groups.added.size())},
                      {"groups_changed", std::to_string(groups.changed.size())},
                      {"groups_removed", std::to_string(groups.removed.size())},
                      {"groups_unchanged", std::to_string(groups.unchanged.size())}};
    report.summary = summary_of(result, report);
    return report;
}

} // namespace slipway::push_rules
