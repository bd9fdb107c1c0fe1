#include "run-job/follow/task_log.hpp"

#include <utility>

namespace slipway::run_job {

void TaskLog::show(const std::vector<nomad::Allocation>& allocations, Rest rest) {
    using Stream = nomad::JobApi::LogStream;
    ci::ForeignOutput output(context_.commands);
    for (const auto& allocation : allocations) {
        for (const auto& task : allocation.tasks) {
            if (!task.started) continue;
            // Names say who speaks only where several could.
            const bool is_alone = allocations.size() == 1 && allocation.tasks.size() == 1;
            const auto prefix = is_alone ? std::string() : (allocations.size() == 1 ? "" : nomad::short_id(allocation.id) + ' ') + task.name + ": ";
            for (const auto stream : {Stream::out, Stream::err}) {
                auto& position = positions_[{allocation.id, task.name, stream == Stream::err}];
                const auto bytes = api_.log_from(allocation.id, task.name, stream, position.offset).value_or(std::string());
                position.offset += bytes.size();
                auto text = std::move(position.pending) + bytes;
                std::size_t begin = 0;
                for (auto end = text.find('\n'); end != std::string::npos; end = text.find('\n', begin)) {
                    output.line(prefix + text.substr(begin, end - begin));
                    begin = end + 1;
                }
                position.pending = text.substr(begin);
                if (rest == Rest::shown && !position.pending.empty()) output.line(prefix + std::exchange(position.pending, {}));
            }
        }
    }
}

} // namespace slipway::run_job
