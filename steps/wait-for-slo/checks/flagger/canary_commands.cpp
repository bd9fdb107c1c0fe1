#include "wait-for-slo/checks/flagger/canary_commands.hpp"

#include "cli/talk.hpp"
#include "core/error.hpp"
#include "core/text.hpp"

#include <algorithm>
#include <atomic>
#include <system_error>
#include <thread>

namespace slipway::wait_for_slo {

namespace {

std::string called(const CanaryCommand& command) { return "webhook '" + visible(command.name) + '\''; }

/// "exit code 1: connection refused"
std::string failure(const io::ProcessResult& result, const std::string& last_line) { return io::how_it_ended(result) + (last_line.empty() ? std::string() : ": " + visible(last_line)); }

void keep_last(std::string& last, std::string_view line) {
    if (!trim(line).empty()) last = line;
}

} // namespace

struct CanaryCommands::Task {
    std::string command;
    std::atomic<bool> should_end{false};
    std::atomic<bool> ended{false};
    std::thread thread;

    void run(const CanaryCommand& what, cli::Context& context) noexcept {
        std::string last_line;
        try {
            const auto result = context.processes.run({.argv = {"sh", "-c", what.command},
                                                       .timeout = what.timeout,
                                                       .on_line = [&](io::Stream, std::string_view line) { keep_last(last_line, line); },
                                                       .should_end = [this] { return should_end.load(); }});
            if (result.ended_early) context.log.info(called(what) + ": its command is ended with the watch");
            else if (!result.ok()) context.log.warning(called(what) + " failed: " + failure(result, last_line));
            else context.log.info(called(what) + ": its command has ended");
        } catch (const Cancelled&) {
            // The watch hears of it as well.
        } catch (const std::exception& error) {
            context.log.warning(called(what) + " failed: " + error.what());
        }
        ended = true;
    }
};

CanaryCommands::CanaryCommands(cli::Context& context) : context_(context) {}

CanaryCommands::~CanaryCommands() {
    for (const auto& task : tasks_) task->should_end = true;
    for (const auto& task : tasks_) task->thread.join();
}

void CanaryCommands::start(const CanaryCommand& command) {
    for (auto task = tasks_.begin(); task != tasks_.end();) {
        const bool ended = (*task)->ended;
        if (!ended && (*task)->command == command.command) return context_.log.debug(called(command) + " is skipped: its command is still running");
        if (ended) (*task)->thread.join();
        task = ended ? tasks_.erase(task) : std::next(task);
    }
    context_.log.info(called(command) + " runs in the background: " + visible(one_line(command.command)));
    auto& task = *tasks_.emplace_back(std::make_unique<Task>());
    task.command = command.command;
    try {
        task.thread = std::thread([&task, command, this] { task.run(command, context_); });
    } catch (const std::system_error& error) {
        tasks_.pop_back();
        throw world_failure(called(command) + " cannot be run: " + error.what());
    }
}

std::optional<std::string> CanaryCommands::run(const std::vector<CanaryCommand>& commands, std::string_view type) {
    for (const auto& command : commands) {
        if (command.type != type) continue;
        if (command.in_background) {
            start(command);
            continue;
        }
        std::string last_line;
        cli::Talk talk(called(command), context_);
        const auto result = context_.processes.run({.argv = {"bash", "-c", command.command},
                                                    .timeout = command.timeout,
                                                    .on_line =
                                                        [&](io::Stream, std::string_view line) {
                                                            keep_last(last_line, line);
                                                            talk.line(line);
                                                        },
                                                    .on_wait = [&] { talk.wait(); }});
        if (!result.ok()) return called(command) + " failed: " + failure(result, last_line);
    }
    return std::nullopt;
}

} // namespace slipway::wait_for_slo
