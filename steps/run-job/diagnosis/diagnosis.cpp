#include "run-job/diagnosis/diagnosis.hpp"

#include "ci/markdown.hpp"
#include "core/text.hpp"
#include "run-job/diagnosis/cause.hpp"

#include <algorithm>
#include <set>
#include <string_view>

namespace slipway::run_job {

namespace {

using nomad::Allocation;
using LogStream = nomad::JobApi::LogStream;

constexpr std::size_t most_allocations = 3;
constexpr std::size_t most_tasks = 3;
constexpr std::size_t most_checks = 5;
constexpr std::size_t most_events = 6;
constexpr std::size_t most_log_lines = 20;
constexpr std::size_t log_bytes = 8 * 1024;
constexpr std::size_t longest_line = 500;
constexpr std::size_t longest_name = 100;
constexpr std::size_t longest_output = 200;
/// A node that took that long to say nothing is not asked again.
constexpr Duration patience{2'000};

std::string safe(const std::string& foreign, std::size_t most) { return shortened(visible(one_line(foreign)), most); }

std::string node_of(const Allocation& allocation) { return safe(allocation.node_name.empty() ? nomad::short_id(allocation.node_id) : allocation.node_name, longest_name); }

/// Empty for one that has nothing.
std::string status_of(const Allocation& allocation) {
    if (allocation.client_status == "failed") return "failed";
    if (allocation.client_status == "lost" || allocation.client_status == "unknown") return "lost";
    if (allocation.healthy) return *allocation.healthy ? "" : "unhealthy";
    const bool restarted = std::any_of(allocation.tasks.begin(), allocation.tasks.end(), [](const auto& task) { return task.restarts > 0; });
    return restarted && !allocation.is_over() ? "restarting" : "";
}

bool does_not_start(const Allocation& allocation) { return allocation.client_status == "pending" && allocation.desired_status == "run"; }

std::vector<const Allocation*> pick(const std::vector<Allocation>& allocations) {
    std::vector<const Allocation*> picked;
    for (const auto& allocation : allocations) {
        if (!status_of(allocation).empty()) picked.push_back(&allocation);
    }
    if (picked.empty()) {
        for (const auto& allocation : allocations) {
            if (does_not_start(allocation)) picked.push_back(&allocation);
        }
    }
    std::stable_sort(picked.begin(), picked.end(), [](const auto* one, const auto* other) {
        return one->canary != other->canary ? one->canary : one->create_index > other->create_index;
    });
    return picked;
}

/// The last lines of the end of a log. A line whose beginning is not in it is left out, unless there is no other.
std::vector<std::string> last_lines(std::string text, bool is_cut) {
    if (text.empty()) return {};
    if (is_cut) {
        const auto first_break = text.find('\n');
        // What was half a secret would not have been hidden, so nothing of the beginning is shown.
        if (first_break != std::string::npos && first_break + 1 < text.size()) text.erase(0, first_break + 1);
        else if (text.size() > longest_line) text.erase(0, text.size() - longest_line);
    }
    std::vector<std::string> shown;
    const auto all = lines(text);
    for (auto line = all.end() - static_cast<std::ptrdiff_t>(std::min(all.size(), most_log_lines)); line != all.end(); ++line) {
        shown.push_back(shortened(visible(shortened(std::string(*line), longest_line)), longest_line * 2));
    }
    return shown;
}

std::string in_words(const nomad::CheckState& check) {
    auto text = "check '" + safe(check.check, longest_name) + "' of service " + safe(check.service, longest_name) + ": ";
    const auto output = safe(check.output, longest_output);
    if (!output.empty()) return text + output;
    return text + (check.status_code > 0 ? "status " + std::to_string(check.status_code) : safe(check.status, longest_name));
}

/// Finds out about one allocation after the other, and remembers what cannot be asked.
class Examination {
public:
    Examination(nomad::JobApi& api, cli::Context& context) : api_(api), context_(context) {}

    FailingAllocation examine(Allocation allocation) {
        redact(allocation);
        const auto status = status_of(allocation);
        FailingAllocation result{.id = visible(allocation.id), .status = status.empty() ? "pending" : status, .group = safe(allocation.group, longest_name), .node = node_of(allocation), .canary = allocation.canary, .why = {}, .tasks = {}, .more_tasks = 0, .checks = {}};
        if (result.status == "lost") silent_nodes_.insert(allocation.node_id); // the server says so
        result.checks = failing_checks(allocation);
        add_tasks(allocation, result);
        result.why = why(allocation, result);
        return result;
    }

    std::vector<std::string> notes() const { return notes_; }

private:
    /// A secret that is cut in two is no secret for anybody who redacts later.
    void redact(Allocation& allocation) const {
        allocation.client_description = context_.log.redact(allocation.client_description);
        for (auto& task : allocation.tasks) {
            for (auto& event : task.events) event.message = context_.log.redact(event.message);
        }
    }

    bool is_silent(const Allocation& allocation) const { return silent_nodes_.count(allocation.node_id) != 0; }

    void note(std::string text) {
        if (std::find(notes_.begin(), notes_.end(), text) == notes_.end()) notes_.push_back(std::move(text));
    }

    /// What the token lacks is in the hint.
    static std::string reason_of(const Error& error) {
        const auto& hint = error.diagnostics().front().hint;
        return hint.empty() ? error.what() : hint;
    }

    /// Asks an allocation's node. @param ask  tells whether there was an answer
    template <class Ask> void ask_node(const Allocation& allocation, Ask ask) {
        const auto began = context_.clock.steady();
        if (ask() || context_.clock.steady() - began < patience) return;
        silent_nodes_.insert(allocation.node_id);
        note("node " + node_of(allocation) + " does not answer: its logs and checks are not known");
    }

    std::vector<std::string> failing_checks(const Allocation& allocation) {
        std::vector<std::string> failing;
        if (is_silent(allocation) || !started(allocation)) return failing;
        try {
            ask_node(allocation, [&] {
                auto checks = api_.checks(allocation.id);
                for (auto& check : checks) {
                    check.output = context_.log.redact(check.output);
                    if (check.status != "success" && failing.size() < most_checks) failing.push_back(in_words(check));
                }
                return !checks.empty();
            });
        } catch (const Error& error) {
            note("checks are not readable: " + reason_of(error));
        }
        return failing;
    }

    static bool started(const Allocation& allocation) {
        return std::any_of(allocation.tasks.begin(), allocation.tasks.end(), [](const auto& task) { return task.started.has_value(); });
    }

    /// The one that failed by itself is the first; the logs of the others are read only when there is none.
    void add_tasks(const Allocation& allocation, FailingAllocation& result) {
        std::vector<const nomad::TaskState*> tasks;
        for (const auto& task : allocation.tasks) tasks.push_back(&task);
        const auto* culprit = culprit_of(allocation);
        std::stable_partition(tasks.begin(), tasks.end(), [](const auto* task) { return cause_of(*task).has_value(); });
        std::stable_partition(tasks.begin(), tasks.end(), [&](const auto* task) { return task == culprit; });
        for (const auto* task : tasks) {
            if (result.tasks.size() == most_tasks) break;
            result.tasks.push_back(describe(*task));
            if (task->started && (culprit == nullptr || cause_of(*task))) {
                result.tasks.back().err = log_of(allocation, task->name, LogStream::err);
                result.tasks.back().out = log_of(allocation, task->name, LogStream::out);
            }
        }
        result.more_tasks = tasks.size() - result.tasks.size();
    }

    static FailingTask describe(const nomad::TaskState& task) {
        FailingTask result{.name = safe(task.name, longest_name), .state = safe(task.state, longest_name), .restarts = task.restarts, .events = {}, .exit_code = {}, .out_of_memory = false, .out = {}, .err = {}};
        for (const auto& event : task.events) {
            if (event.exit_code) result.exit_code = event.exit_code;
            result.out_of_memory = result.out_of_memory || event.out_of_memory;
        }
        const auto shown = std::min(task.events.size(), most_events);
        for (auto event = task.events.end() - static_cast<std::ptrdiff_t>(shown); event != task.events.end(); ++event) {
            const auto words = run_job::in_words(*event);
            const auto time = event->time == Timestamp{} ? std::string() : format_timestamp(event->time).substr(11, 8) + ' ';
            result.events.push_back(time + safe(event->type, longest_name) + (words.empty() ? "" : ": " + words));
        }
        return result;
    }

    std::vector<std::string> log_of(const Allocation& allocation, const std::string& task, LogStream stream) {
        if (may_not_read_logs_ || is_silent(allocation)) return {};
        std::optional<std::string> text;
        const auto unreadable = [&](const Error& error) { note("the log of task " + safe(task, longest_name) + " is not readable: " + reason_of(error)); };
        try {
            ask_node(allocation, [&] {
                text = api_.log_tail(allocation.id, task, stream, log_bytes);
                return text.has_value();
            });
        } catch (const nomad::NoPermission& error) {
            may_not_read_logs_ = true; // of any task
            unreadable(error);
        } catch (const Error& error) {
            unreadable(error);
        }
        if (!text) return {};
        const bool is_cut = text->size() >= log_bytes;
        if (text->size() > log_bytes) text->erase(0, text->size() - log_bytes);
        return last_lines(context_.log.redact(*text), is_cut);
    }

    std::string why(const Allocation& allocation, const FailingAllocation& result) const {
        if (result.status == "lost") return "its node " + result.node + " is lost" + in_brackets(allocation.client_description);
        const auto* culprit = culprit_of(allocation);
        const auto cause = culprit == nullptr ? std::nullopt : cause_of(*culprit);
        if (cause && (!cause->is_weak || result.checks.empty())) return "task " + safe(culprit->name, longest_name) + ": " + cause->text;
        if (!result.checks.empty()) return result.checks.front() + (result.checks.size() > 1 ? " (and " + std::to_string(result.checks.size() - 1) + " more)" : "");
        for (const auto& task : allocation.tasks) {
            if (task.state == "pending") return "task " + safe(task.name, longest_name) + " has not started: " + last_words(task);
        }
        if (result.status == "unhealthy") {
            const bool runs = allocation.client_status == "running";
            return "not healthy in time: " + std::string(runs ? "its tasks run, and no check that Nomad knows says why" : "no task and no check says why") + in_brackets(words_about_health(allocation));
        }
        if (!allocation.client_description.empty()) return safe(allocation.client_description, longest_output);
        return allocation.tasks.empty() ? "no task has begun" : "no event of its tasks says why";
    }

    static std::string in_brackets(const std::string& foreign) {
        const auto words = safe(foreign, longest_output);
        return words.empty() ? words : " (" + words + ')';
    }

    static std::string last_words(const nomad::TaskState& task) {
        for (auto event = task.events.rbegin(); event != task.events.rend(); ++event) {
            if (event->type != "Alloc Unhealthy" && event->type != "Killing" && event->type != "Killed") return run_job::in_words(*event);
        }
        return "its node has told nothing about it";
    }

    static std::string words_about_health(const Allocation& allocation) {
        for (const auto& task : allocation.tasks) {
            for (auto event = task.events.rbegin(); event != task.events.rend(); ++event) {
                if (event->type == "Alloc Unhealthy") return event->message;
            }
        }
        return {};
    }

    nomad::JobApi& api_;
    cli::Context& context_;
    std::set<std::string> silent_nodes_;
    bool may_not_read_logs_ = false;
    std::vector<std::string> notes_;
};

/// What became of them, as in "3 allocations failed".
std::string what_happened(const Diagnosis& diagnosis) {
    const auto& status = diagnosis.allocations.front().status;
    const bool all_same = std::all_of(diagnosis.allocations.begin(), diagnosis.allocations.end(), [&](const auto& allocation) { return allocation.status == status; });
    if (!all_same || status == "failed") return "failed";
    if (status == "pending") return "did not start";
    return status == "lost" ? "lost" : "not healthy";
}

void add_log(std::vector<std::string>& text, const char* stream, const std::vector<std::string>& log) {
    if (log.empty()) return;
    text.push_back(std::string("    ") + stream + ':');
    for (const auto& line : log) text.push_back("      " + line);
}

std::vector<std::string> details_of(const FailingAllocation& allocation) {
    std::vector<std::string> text;
    for (const auto& task : allocation.tasks) {
        text.push_back("  task " + task.name + (task.state.empty() ? "" : ", " + task.state) + (task.restarts > 0 ? ", " + count_of(task.restarts, "restart") : ""));
        for (const auto& event : task.events) text.push_back("    " + event);
        add_log(text, "stderr", task.err);
        add_log(text, "stdout", task.out);
    }
    if (allocation.more_tasks > 0) text.push_back("  and " + count_of(allocation.more_tasks, "more task"));
    for (const auto& check : allocation.checks) text.push_back("  " + check);
    return text;
}

std::string more_of(const Diagnosis& diagnosis) { return "and " + count_of(diagnosis.more, "more allocation"); }

} // namespace

Diagnosis diagnose(const std::vector<nomad::Allocation>& allocations, nomad::JobApi& api, cli::Context& context) {
    Diagnosis diagnosis;
    Examination examination(api, context);
    for (const auto* allocation : pick(allocations)) {
        if (diagnosis.allocations.size() < most_allocations) diagnosis.allocations.push_back(examination.examine(*allocation));
        else ++diagnosis.more;
    }
    diagnosis.notes = examination.notes();
    return diagnosis;
}

std::vector<std::string> lines_for_people(const Diagnosis& diagnosis) {
    std::vector<std::string> text;
    for (const auto& allocation : diagnosis.allocations) {
        text.push_back((allocation.canary ? "canary " : "allocation ") + nomad::short_id(allocation.id) + " of group " + allocation.group + " on " + allocation.node + " (" + allocation.status + "): " + allocation.why);
        const auto details = details_of(allocation);
        text.insert(text.end(), details.begin(), details.end());
    }
    if (diagnosis.more > 0) text.push_back(more_of(diagnosis));
    text.insert(text.end(), diagnosis.notes.begin(), diagnosis.notes.end());
    return text;
}

std::string markdown_of(const Diagnosis& diagnosis) {
    std::string text;
    for (const auto& allocation : diagnosis.allocations) {
        text += std::string(allocation.canary ? "Canary " : "Allocation ") + ci::code(nomad::short_id(allocation.id)) + " of group " + ci::code(allocation.group) + " on " + ci::code(allocation.node) + " (" + allocation.status + "): " + ci::code(allocation.why) + "\n\n";
        if (const auto details = details_of(allocation); !details.empty()) text += ci::fenced(join(details, "\n")) + '\n';
    }
    if (diagnosis.more > 0) text += more_of(diagnosis) + "\n\n";
    for (const auto& note : diagnosis.notes) text += ci::code(note) + "\n\n";
    return text;
}

std::string in_one_line(const Diagnosis& diagnosis) {
    if (diagnosis.empty()) return {};
    const auto& first = diagnosis.allocations.front();
    const auto where = first.status == "lost" || first.node.empty() ? std::string() : " on " + first.node;
    return count_of(diagnosis.allocations.size() + diagnosis.more, "allocation") + ' ' + what_happened(diagnosis) + ": " + first.why + where;
}

} // namespace slipway::run_job
