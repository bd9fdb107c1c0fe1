#include "report.hpp"

#include "ci/markdown.hpp"
#include "core/text.hpp"
#include "nomad/plan.hpp"
#include "run-job/diagnosis/cause.hpp"

#include <algorithm>
#include <utility>

namespace slipway::run_job {

namespace {

using cli::Json;

/// GitLab takes 5 KB of all outputs together.
constexpr std::size_t most_output_allocations = 20;
/// Nomad's longest are 36 and 8 bytes.
constexpr std::size_t longest_output_id = 36;
constexpr std::size_t longest_output_status = 12;

Json text_or_null(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }
template <class Value> Json value_or_null(const std::optional<Value>& value) { return value ? Json(*value) : Json(nullptr); }
std::string text_of(const std::optional<std::uint64_t>& number) { return number ? std::to_string(*number) : std::string(); }
double seconds(Duration duration) { return static_cast<double>(duration.count()) / 1000; }

/// "1m12s"; fractions only where there is nothing else.
std::string in_words(Duration took) { return format_duration(took < Duration{1'000} ? took : took - took % 1000); }

Json to_json(const nomad::Allocation& allocation) {
    std::uint64_t restarts = 0;
    for (const auto& task : allocation.tasks) restarts += task.restarts;
    return {{"id", allocation.id},
            {"name", allocation.name},
            {"group", allocation.group},
            {"node", text_or_null(allocation.node_name.empty() ? allocation.node_id : allocation.node_name)},
            {"client_status", text_or_null(allocation.client_status)},
            {"healthy", value_or_null(allocation.healthy)},
            {"canary", allocation.canary},
            {"exit_code", value_or_null(exit_code_of(allocation))},
            {"restarts", restarts}};
}

Json to_json(const Outcome& job) {
    Json json = {{"job", job.job.id},
                 {"namespace", text_or_null(job.job.name_space)},
                 {"child", text_or_null(job.child)},
                 {"version", value_or_null(job.version)},
                 {"deployment", text_or_null(job.deployment)},
                 {"status", text_or_null(job.status)},
                 {"changed", job.changed},
                 {"promoted", job.promoted},
                 {"reverted_to", value_or_null(job.reverted_to)},
                 {"superseded", job.superseded},
                 {"seconds", seconds(job.took)},
                 {"allocations", Json::array()},
                 {"services", Json::array()},
                 {"phases", Json::array()}};
    for (const auto& allocation : job.allocations) json["allocations"].push_back(to_json(allocation));
    for (const auto& service : job.services) {
        json["services"].push_back({{"service", service.service}, {"provider", service.provider}, {"address", service.address}, {"allocation", service.allocation}, {"tags", service.tags}});
    }
    for (const auto& phase : job.phases) {
        json["phases"].push_back({{"name", phase.name}, {"begin", format_timestamp(phase.begin)}, {"end", format_timestamp(phase.end)}});
    }
    return json;
}

std::string how_it_ended(const Outcome& job) {
    const auto took = in_words(job.took);
    const auto deployment = job.deployment.empty() ? std::string() : "deployment " + nomad::short_id(job.deployment) + ' ';
    if (job.status == "successful") return "is running: " + deployment + "successful in " + took;
    if (job.status == "complete") return "ran to its end in " + took;
    if (job.status == "running") return "is running";
    if (job.status == "failed") {
        const auto how = job.exit_code ? " with exit code " + std::to_string(*job.exit_code) : std::string();
        return "failed" + how + (deployment.empty() ? " after " : ": " + deployment + "failed after ") + took;
    }
    if (job.status == "unplaced") return "found no place in " + took;
    if (job.status == "superseded") return "is superseded";
    if (job.status == "stopped") return job.changed ? "is stopped" : "was not running";
    if (job.status == "held") return "waits for promotion: " + deployment + "has healthy canaries after " + took;
    if (job.status == "timed_out") return "was not over in " + took;
    if (job.status == "registered") return "is registered";
    if (job.status == "unchanged") return "is registered already";
    if (job.status == "error") return job.version ? "was not followed to its end" : "was not registered";
    return job.status;
}

/// A line, and one for each thing that somebody may want to go on with.
std::string text_for_people(const Outcome& job) {
    auto text = to_string(job.job) + ": ";
    if (!job.child.empty()) text += visible(job.child) + ' ';
    else if (job.version) text += "version " + std::to_string(*job.version) + ' ';
    text += how_it_ended(job);
    if (job.status == "successful" && !job.changed) text += ", unchanged";
    if (job.promoted) text += ", promoted";
    if (job.reverted_to) text += ", taken back to version " + std::to_string(*job.reverted_to);
    text += '\n';
    for (const auto& service : job.services) {
        const auto tags = service.tags.empty() ? std::string() : ", tags " + join(service.tags, ", ");
        text += "  service " + visible(service.service) + " at " + visible(service.address) + " (" + visible(service.provider) + visible(tags) + ")\n";
    }
    for (const auto& command : job.commands) text += "  to go on: " + command + '\n';
    return text;
}

/// A name that cannot end its line of a Mermaid chart, nor the block of code, nor begin a comment or a directive.
std::string chart_text(const std::string& name) {
    auto text = visible(one_line(name));
    std::replace_if(text.begin(), text.end(), [](char c) { return c == ':' || c == ';' || c == '#' || c == ',' || c == '`' || c == '%'; }, '-');
    return text;
}

/// Mermaid shows times as they are written when they have no zone, wherever the reader is: in UTC, as everywhere.
std::string chart_time(Timestamp time) {
    auto text = format_timestamp(time);
    text.pop_back();
    return text.find('.') == std::string::npos ? text + ".000" : text;
}

std::string timeline_of(const std::vector<Outcome>& jobs) {
    std::string text;
    for (const auto& job : jobs) {
        if (!job.phases.empty()) text += "    section " + chart_text(to_string(job.job)) + '\n';
        for (const auto& phase : job.phases) {
            const auto end = std::max(phase.begin, phase.end);
            text += "    " + chart_text(phase.name) + " :" + (phase.failed ? "crit" : "done") + ", " + chart_time(phase.begin) + ", " + chart_time(end) + '\n';
        }
    }
    if (text.empty()) return text;
    return "```mermaid\ngantt\n    dateFormat YYYY-MM-DDTHH:mm:ss.SSS\n    axisFormat %H:%M:%S\n" + text + "```\n\n";
}

std::string row_of(const Outcome& job) {
    const auto yes = [](bool value) { return std::string(value ? "yes" : "no"); };
    return "| " + ci::cell(ci::code(to_string(job.job))) + " | " + text_of(job.version) + " | " + job.status + " | " + (job.deployment.empty() ? "" : ci::cell(ci::code(nomad::short_id(job.deployment)))) + " | " + yes(job.changed) + " | " + yes(job.promoted) + " | " +
           text_of(job.reverted_to) + " | " + in_words(job.took) + " |\n";
}

std::string folded(const std::string& title, const std::string& difference) { return "<details><summary>" + title + "</summary>\n\n" + ci::fenced(difference, "diff") + "\n</details>\n\n"; }

std::string details_of(const Outcome& job) {
    std::string text;
    if (!job.diagnosis.empty()) text += markdown_of(job.diagnosis);
    for (const auto& service : job.services) text += "- service " + ci::code(service.service) + " at " + ci::code(service.address) + (service.tags.empty() ? "" : ", tags " + ci::code(join(service.tags, ", "))) + '\n';
    if (!job.services.empty()) text += '\n';
    if (!job.commands.empty()) text += "To go on:\n\n" + ci::fenced(join(job.commands, "\n"), "sh") + '\n';
    if (!job.difference.empty()) text += folded("What was to change", job.difference);
    return text.empty() ? text : "#### " + ci::code(to_string(job.job)) + "\n\n" + text;
}

std::string summary_of(const std::vector<Outcome>& jobs) {
    auto text = "### run-job: " + jobs.back().status + "\n\n| job | version | status | deployment | changed | promoted | taken back to | took |\n|---|--:|---|---|---|---|--:|--:|\n";
    for (const auto& job : jobs) text += row_of(job);
    text += '\n' + timeline_of(jobs);
    for (const auto& job : jobs) text += details_of(job);
    return text;
}

/// The last, which replaced the others.
std::string output_allocations(const std::vector<nomad::Allocation>& allocations) {
    auto list = Json::array();
    for (auto allocation = allocations.end() - static_cast<std::ptrdiff_t>(std::min(allocations.size(), most_output_allocations)); allocation != allocations.end(); ++allocation) {
        list.push_back({{"id", allocation->id.substr(0, longest_output_id)}, {"status", allocation->client_status.substr(0, longest_output_status)}});
    }
    return list.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::vector<ci::Output> outputs_of(const Outcome& job) {
    const auto yes = [](bool value) { return std::string(value ? "true" : "false"); };
    return {{"job", visible(job.job.id)},
            {"version", text_of(job.version)},
            {"deployment", visible(job.deployment)},
            {"status", job.status},
            {"changed", yes(job.changed)},
            {"promoted", yes(job.promoted)},
            {"reverted_to", text_of(job.reverted_to)},
            {"superseded", yes(job.superseded)},
            {"allocations", output_allocations(job.allocations)}};
}

/// What is to say about a job; why its allocations failed is among it, once.
std::vector<Diagnostic> diagnostics_of(const Outcome& job) {
    auto diagnostics = job.diagnostics;
    const auto why = in_one_line(job.diagnosis);
    const bool is_said = std::any_of(diagnostics.begin(), diagnostics.end(), [&](const auto& diagnostic) { return diagnostic.message.find(why) != std::string::npos; });
    if (!why.empty() && !is_said) diagnostics.push_back({.severity = job.code == ExitCode::done ? Severity::warning : Severity::error, .message = "job " + to_string(job.job) + ": " + why});
    return diagnostics;
}

ci::TestCase case_of(const Outcome& job) {
    ci::TestCase one{.suite = "run-job", .name = to_string(job.job)};
    for (const auto& diagnostic : diagnostics_of(job)) {
        (diagnostic.severity == Severity::error ? one.failures : one.remarks).push_back(to_line(diagnostic));
    }
    if (job.code != ExitCode::done && one.failures.empty()) one.failures.push_back(job.status);
    return one;
}

/// What becomes of the allocations of each group: {"web": {"create": 1, "destroy": 2}}.
Json updates_of(const nomad::Json& plan) {
    auto updates = Json::object();
    const auto& groups = nomad::value_at(nomad::value_at(plan, "Diff"), "TaskGroups");
    if (!groups.is_array()) return updates;
    for (const auto& group : groups) {
        const auto& counts = nomad::value_at(group, "Updates");
        auto& target = updates[nomad::text_at(group, "Name")] = Json::object();
        if (!counts.is_object()) continue;
        for (const auto& [what, count] : counts.items()) {
            if (count.is_number_unsigned() && count > 0) target[what] = count;
        }
    }
    return updates;
}

Json to_json(const PlannedJob& job) {
    return {{"job", job.file.key.id}, {"namespace", text_or_null(job.file.key.name_space)}, {"changed", job.changes}, {"unplaceable", job.unplaceable}, {"updates", updates_of(job.plan)}};
}

std::string summary_of(const std::vector<PlannedJob>& jobs) {
    std::string text = "### run-job: planned\n\n| job | would change | finds no place now |\n|---|---|---|\n";
    for (const auto& job : jobs) {
        std::vector<std::string> places;
        for (const auto& words : job.unplaceable) places.push_back(ci::code(words));
        text += "| " + ci::cell(ci::code(to_string(job.file.key))) + " | " + (job.changes ? "yes" : "no") + " | " + ci::cell(join(places, " ")) + " |\n";
    }
    text += '\n';
    for (const auto& job : jobs) {
        if (job.changes) text += "#### " + ci::code(to_string(job.file.key)) + "\n\n" + folded("What would change", job.difference());
    }
    return text;
}

} // namespace

cli::Report report_of(const std::vector<Outcome>& jobs, Duration took) {
    const auto& last = jobs.back();
    cli::Report report;
    const auto failed = std::find_if(jobs.begin(), jobs.end(), [](const auto& job) { return job.code != ExitCode::done; });
    if (failed != jobs.end()) report.code = failed->code;
    report.json = to_json(last);
    report.json["seconds"] = seconds(took);
    if (jobs.size() > 1) report.json["jobs"] = Json::array();
    std::vector<ci::TestCase> cases;
    for (const auto& job : jobs) {
        report.text += text_for_people(job);
        if (jobs.size() > 1) report.json["jobs"].push_back(to_json(job));
        const auto diagnostics = diagnostics_of(job);
        report.diagnostics.insert(report.diagnostics.end(), diagnostics.begin(), diagnostics.end());
        cases.push_back(case_of(job));
    }
    std::stable_sort(report.diagnostics.begin(), report.diagnostics.end(), [](const auto& one, const auto& other) { return one.severity < other.severity; });
    report.outputs = outputs_of(last);
    report.summary = summary_of(jobs);
    report.cases = [cases = std::move(cases)] { return cases; };
    return report;
}

cli::Report report_of(const std::vector<PlannedJob>& jobs, bool fail_on_change) {
    cli::Report report;
    Outcome last;
    last.status = "planned";
    auto planned = Json::array();
    for (const auto& job : jobs) {
        last.job = job.file.key;
        last.changed = job.changes;
        report.text += job.difference();
        for (const auto& words : job.unplaceable) report.text += "no place now: " + words + '\n';
        planned.push_back(to_json(job));
        if (!job.changes || !fail_on_change) continue;
        report.code = ExitCode::refused;
        report.diagnostics.push_back({.message = jobs.size() == 1 ? "registering the job would change it" : "registering job " + to_string(job.file.key) + " would change it", .hint = "--fail-on-change refuses that"});
    }
    report.json = to_json(last);
    report.json["job"] = text_or_null(last.job.id);
    report.json["seconds"] = nullptr;
    report.json["jobs"] = std::move(planned);
    report.summary = summary_of(jobs);
    return report;
}

} // namespace slipway::run_job
