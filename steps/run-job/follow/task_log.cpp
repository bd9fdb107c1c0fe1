#include "run-job/follow/task_log.hpp"

#include "core/text.hpp"

#include <utility>

namespace slipway::run_job {

namespace {

using LogStream = nomad::JobApi::LogStream;

/// A line that never ends is shown in pieces.
constexpr std::size_t longest_kept = 64 * 1024;

/// A node that took that long to say nothing is not asked again.
constexpr Duration patience{5'000};

} // namespace

void TaskLog::fetch(const std::vector<nomad::Allocation>& allocations) {
    for (const auto& allocation : allocations) {
        for (const auto& task : allocation.tasks) {
            if (api_.time_left() <= Duration{0}) return;
            if (silent_.count(allocation.id) != 0 || (!task.started && task.state != "running")) continue;
            for (const auto which : {LogStream::out, LogStream::err}) fetch(allocation, task, which);
        }
    }
}

void TaskLog::finish(const std::vector<nomad::Allocation>& allocations) {
    fetch(allocations);
    for (const auto& allocation : allocations) {
        for (const auto& task : allocation.tasks) {
            for (const auto which : {LogStream::out, LogStream::err}) {
                const auto stream = streams_.find({allocation.id, task.name, which});
                if (stream == streams_.end() || stream->second.kept.empty()) continue;
                show(allocation, task.name, std::exchange(stream->second.kept, {}));
            }
        }
    }
}

void TaskLog::fetch(const nomad::Allocation& allocation, const nomad::TaskState& task, LogStream which) {
    auto& stream = streams_[{allocation.id, task.name, which}];
    if (!may_read_ || stream.is_over) return;
    try {
        const auto began = context_.clock.steady();
        const auto text = api_.log_from(allocation.id, task.name, which, stream.offset);
        if (!text) {
            const bool is_silent = context_.clock.steady() - began >= patience && silent_.insert(allocation.id).second;
            if (is_silent) context_.log.warning("the output of allocation " + nomad::short_id(allocation.id) + " is not shown: its node does not answer");
            return;
        }
        stream.is_over = task.state == "dead";
        stream.offset += text->size();
        stream.kept += *text;
    } catch (const nomad::NoPermission& error) {
        // What the tasks do does not depend on who may read what they print.
        context_.log.warning(std::string("the output of the tasks is not shown: ") + error.what());
        if (!error.diagnostics().empty() && !error.diagnostics().front().hint.empty()) context_.log.hint(io::LogLevel::warning, error.diagnostics().front().hint);
        may_read_ = false;
        return;
    } catch (const io::LastingError& error) {
        context_.log.warning("the output of task " + visible(task.name) + " is not shown from here on: " + error.what());
        stream.is_over = true;
        return;
    }
    auto end = stream.kept.rfind('\n');
    if (end == std::string::npos && stream.kept.size() < longest_kept) return;
    end = end == std::string::npos ? stream.kept.size() : end + 1;
    const auto whole = stream.kept.substr(0, end);
    stream.kept.erase(0, end);
    show(allocation, task.name, whole);
}

void TaskLog::show(const nomad::Allocation& allocation, const std::string& task, const std::string& text) {
    if (shown_ != allocation.id) {
        shown_ = allocation.id;
        context_.log.info("output of allocation " + nomad::short_id(allocation.id) + (allocation.node_name.empty() ? "" : " on " + visible(allocation.node_name)) + ':');
    }
    const auto prefix = allocation.tasks.size() > 1 ? visible(task) + ": " : std::string();
    ci::ForeignOutput output(context_.commands);
    for (const auto line : lines(text)) output.line(prefix + std::string(line));
}

} // namespace slipway::run_job
