// A command that is watched while it runs.
#include "cli/talk.hpp"
#include "core/text.hpp"
#include "wait-for-slo/watch/watch.hpp"

#include <algorithm>
#include <utility>

namespace slipway::wait_for_slo {

namespace {

/// In which what is probed must have answered once.
constexpr Duration time_to_answer{15'000};

} // namespace

void Watch::wait_for_answers() {
    const std::string what = "the command was not run: ";
    const auto waits = [&] { return std::any_of(objectives_.begin(), objectives_.end(), [](const auto& one) { return one.objective().answers_before && !one.has_good_event(); }); };
    for (;;) {
        look();
        for (const auto& objective : objectives_) {
            if (!objective.violated()) continue;
            throw Error(ExitCode::world, {.message = what + objective.objective().name + ": " + objective.violation().reason, .hint = "what fails already before the command says nothing about it"});
        }
        if (!waits()) return;
        if (watched_ >= time_to_answer) {
            throw Error(ExitCode::world, {.message = what + "there was no good answer within " + format_duration(time_to_answer) + " before it", .hint = "the failed requests are in the log above; when the service is to come up by this command, run it before, and watch after it"});
        }
        context_.clock.sleep_for(pause());
    }
}

/// Nothing that goes wrong with a look may end the command, which others would find half done.
void Watch::look_meanwhile() {
    if (context_.clock.steady() < next_look_) return;
    try {
        look();
    } catch (const Error& error) {
        context_.log.warning(std::string("this look does not count: ") + error.what());
        failures_ = 0;
    }
    next_look_ = context_.clock.steady() + pause();
}

void Watch::run_command() {
    wait_for_answers();
    CommandRecord record{.argv = settings_.command, .began = watched_};
    const auto began = context_.clock.steady();
    io::Command command{.argv = settings_.command};
    command_runs_ = true;
    const auto result = [&] {
        cli::Talk talk("running " + settings_.command.front(), context_);
        command.on_line = [&](io::Stream, std::string_view line) { talk.line(line); };
        command.on_wait = [&] {
            talk.wait();
            look_meanwhile();
        };
        return context_.processes.run(command);
    }();
    command_runs_ = false;
    record.took = std::chrono::duration_cast<Duration>(context_.clock.steady() - began);
    record.exit_code = result.exit_code;
    record.ended = io::how_it_ended(result);
    watched_ = rest_began_ = std::chrono::duration_cast<Duration>(context_.clock.steady() - began_);
    if (result.ok()) context_.log.info("the command is done, watching on for " + format_duration(settings_.watch));
    else context_.log.warning("the command failed: " + record.ended + "; watching on for " + format_duration(settings_.watch));
    command_ = std::move(record);
}

} // namespace slipway::wait_for_slo
