#include "report.hpp"

#include "core/text.hpp"
#include "promql/print.hpp"
#include "push_rules.hpp"

#include <algorithm>
#include <map>
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
                json.push_back({{"file", rule.place.file}, {"line", number_or_null(rule.place.line)}, {"name", rule.name}, {"expr", rule.parsed ? promql::print(*rule.parsed) : rule.expr}});
            }
        }
    }
    return json;
}

/// One case for each rule and each dashboard, with what was found in its lines; what belongs to none is the file's own case.
std::vector<ci::TestCase> cases_of(const Inputs& inputs) {
    std::vector<ci::TestCase> cases;
    std::vector<std::pair<std::string, int>> starts; // file and first line of each case
    const auto open = [&](const std::string& file, const std::string& name, int line) {
        cases.push_back({.suite = file, .name = name, .file = file});
        starts.emplace_back(file, line);
    };
    for (const auto& input : inputs.files) {
        open(input.path, "file", 0);
        for (const auto& group : input.rules.groups) {
            for (const auto& rule : group.rules) open(input.path, group.name + ": " + (rule.name.empty() ? "?" : rule.name), rule.place.line);
        }
    }
    for (const auto& dashboard : inputs.dashboards) open(dashboard.path, "dashboard", 0);
    for (const auto& path : inputs.tests) open(path, "tests", 0);
    std::map<std::string, std::vector<std::size_t>> by_file;
    for (std::size_t i = 0; i < starts.size(); ++i) by_file[starts[i].first].push_back(i);
    for (const auto& problem : inputs.problems) {
        const auto file = by_file.find(problem.place.file);
        if (file == by_file.end()) {
            open(problem.place.file.empty() ? "push-rules" : problem.place.file, "file", 0);
            (problem.severity == Severity::error ? cases.back().failures : cases.back().remarks).push_back(to_line(problem));
            continue;
        }
        // Rules stand in the order of their lines, unless aliases move them.
        const auto behind = std::upper_bound(file->second.begin(), file->second.end(), problem.place.line, [&](int line, std::size_t index) { return line < starts[index].second; });
        auto& test = cases[*std::prev(behind)];
        (problem.severity == Severity::error ? test.failures : test.remarks).push_back(to_line(problem));
    }
    return cases;
}

cli::Report describe(const std::shared_ptr<const Inputs>& inputs, const GroupChanges& groups, bool loaded, ExitCode code, std::vector<Diagnostic> diagnostics) {
    cli::Report report{.code = code, .diagnostics = std::move(diagnostics)};
    report.json["ok"] = code == ExitCode::done;
    report.json["problems"] = problems_as_json(report.diagnostics);
    report.json["rules"] = nullptr; // keeps its place
    report.more_json = [inputs](cli::Json& json) { json["rules"] = rules_as_json(*inputs); };
    report.json["groups"] = {{"added", groups.added}, {"changed", groups.changed}, {"removed", groups.removed}, {"unchanged", groups.unchanged}};
    report.json["rule_changes"] = {{"added", groups.rules_added}, {"changed", groups.rules_changed}, {"removed", groups.rules_removed}, {"unchanged", groups.rules_unchanged}};
    report.json["loaded"] = loaded;
    report.cases = [inputs] { return cases_of(*inputs); };
    return report;
}

cli::Json dashboards_as_json(const DashboardOutcome& dashboards) { return {{"created", dashboards.created}, {"changed", dashboards.changed}, {"unchanged", dashboards.unchanged}}; }

std::string dashboards_as_text(const DashboardOutcome& dashboards, bool done) {
    std::string text;
    for (const auto& service : dashboards.created) text += std::string(done ? "created" : "would create") + " dashboard " + visible(service) + '\n';
    for (const auto& service : dashboards.changed) text += std::string(done ? "changed" : "would change") + " dashboard " + visible(service) + '\n';
    return text;
}

/// Text of several lines whose controls cannot do harm on a terminal.
std::string visible_lines(std::string_view text) {
    std::string shown;
    for (const auto line : lines(text)) shown += visible(line) + '\n';
    return shown;
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

/// A diff as a block of code, cut where it gets too long for a summary.
std::string in_fence(std::string diff) {
    constexpr std::size_t most = 40'000;
    std::string end;
    if (diff.size() > most) {
        const auto line = diff.rfind('\n', most);
        end = "\nand " + std::to_string(lines(diff).size() - lines(std::string_view(diff).substr(0, line)).size()) + " lines more\n";
        diff.resize(line + 1);
    }
    std::string fence = "```";
    while (diff.find(fence) != std::string::npos) fence += '`';
    return fence + "diff\n" + diff + fence + '\n' + end;
}

std::string summary_of(const Result& result, const cli::Report& report) {
    constexpr std::size_t most = 50;
    std::string text = "### push-rules: ";
    const auto& groups = result.publication.groups;
    text += report.code == ExitCode::done ? result.publication.loaded ? "the rules are loaded" : result.publication.stored ? "the rules are stored, and it is not known whether they are loaded" : "the rules are right" : "the rules are not published";
    text += "\n\n" + what_was_checked(*result.inputs) + '\n';
    if (result.publication.loaded || result.publication.stored) {
        text += "\n| groups added | changed | removed | unchanged |\n|---|---|---|---|\n| " + std::to_string(groups.added.size()) + " | " + std::to_string(groups.changed.size()) + " | " +
                std::to_string(groups.removed.size()) + " | " + std::to_string(groups.unchanged.size()) + " |\n";
    }
    if (!result.publication.diff.empty()) text += "\n" + in_fence(result.publication.diff);
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

std::string what_was_checked(const Inputs& inputs) {
    auto text = count_of(inputs.files.size(), "file") + (inputs.objectives.empty() ? "" : ", " + count_of(inputs.objectives.size(), "objective")) + " with " + count_of(group_count(inputs), "group") + " and " + count_of(rule_count(inputs), "rule");
    std::size_t queries = 0;
    for (const auto& dashboard : inputs.dashboards) queries += dashboard.queries.size();
    if (!inputs.dashboards.empty()) text += ", " + count_of(inputs.dashboards.size(), "dashboard") + " with " + (queries == 1 ? "1 query" : std::to_string(queries) + " queries");
    if (!inputs.tests.empty()) text += ", " + count_of(inputs.tests.size(), "test file");
    return text;
}

cli::Report PushRules::report(const Plan& plan) {
    auto diagnostics = plan.inputs->problems;
    diagnostics.insert(diagnostics.end(), plan.publication.remarks.begin(), plan.publication.remarks.end());
    auto report = describe(plan.inputs, plan.publication.groups, false, plan.code, std::move(diagnostics));
    report.text = plan.emitted.empty() ? changes_as_text(plan.publication.groups, false) + visible_lines(plan.publication.diff) : plan.emitted;
    report.verbatim = !plan.emitted.empty();
    for (const auto& file : plan.emitted_files) report.text += "would write " + visible(file.name) + '\n';
    report.json["dashboards"] = dashboards_as_json(plan.dashboard_changes);
    if (plan.emitted.empty()) report.text += dashboards_as_text(plan.dashboard_changes, false);
    return report;
}

cli::Report PushRules::report(const Result& result) {
    auto diagnostics = result.inputs->problems;
    const auto& publication = result.publication;
    // What ended the publication comes first: it is the error of --json.
    diagnostics.insert(diagnostics.begin(), publication.diagnostics.begin(), publication.diagnostics.end());
    auto report = describe(result.inputs, publication.groups, publication.loaded, publication.code, std::move(diagnostics));
    if (publication.loaded || publication.stored) report.text = changes_as_text(publication.groups, true);
    report.json["dashboards"] = dashboards_as_json(result.dashboards);
    report.text += dashboards_as_text(result.dashboards, true);
    if (!result.emitted.empty()) {
        report.text = result.emitted;
        report.verbatim = true;
        report.json["emitted"] = result.emitted;
    }
    const auto& groups = publication.groups;
    report.outputs = {{"ok", publication.code == ExitCode::done ? "true" : "false"},
                      {"loaded", publication.loaded ? "true" : "false"},
                      {"rules", std::to_string(rule_count(*result.inputs))},
                      {"groups_added", std::to_string(groups.added.size())},
                      {"groups_changed", std::to_string(groups.changed.size())},
                      {"groups_removed", std::to_string(groups.removed.size())},
                      {"groups_unchanged", std::to_string(groups.unchanged.size())},
                      {"rules_added", std::to_string(groups.rules_added)},
                      {"rules_changed", std::to_string(groups.rules_changed)},
                      {"rules_removed", std::to_string(groups.rules_removed)},
                      {"rules_unchanged", std::to_string(groups.rules_unchanged)}};
    report.summary = summary_of(result, report);
    return report;
}

} // namespace slipway::push_rules
