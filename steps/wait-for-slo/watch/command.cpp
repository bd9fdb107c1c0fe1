// A command that is watched while it runs.
#include "cli/talk.hpp"
#include "core/text.hpp"
#include "wait-for-slo/watch/watch.hpp"

#include <algorithm>
#include <utility>

namespace slipway::wait_for_slo {

namespace {

/// A query that is refused is refused again, and each time it is said.
constexpr Duration pause_after_failure{5'000};

} // namespace

/// Nothing that goes wrong with a look may end the command, which others would find half done.
void Watch::look_meanwhile() {
    if (context_.clock.steady() < look_again_) return;
    try {
        look();
    } catch (const Cancelled&) {
        // The command is asked to end, and has some time for it.
    } catch (const Error& error) {
        context_.log.warning(std::string("this look does not count: ") + error.what());
        failures_ = 0;
        look_again_ = next_look_ = context_.clock.steady() + std::max(pause_of_looks(), pause_after_failure);
    }
}

void Watch::run_command() {
    CommandRecord record{.argv = settings_.command};
    const auto began = context_.clock.steady();
    io::Command command{.argv = settings_.command, .leaves_others = true};
    command_runs_ = true;
    const auto result = [&] {
        cli::Talk talk("running " + settings_.command.front(), context_);
        command.on_line = [&](io::Stream, std::string_view line) { talk.line(line); };
        command.on_wait = [&] {
            talk.wait();
            if (!context_.cancellation.requested()) look_meanwhile();
        };
        return context_.processes.run(command);
    }();
    command_runs_ = false;
    next_look_ = {};
    failures_ = unanswered_ = 0;
    // It may have restarted what is asked.
    for (auto& objective : objectives_) objective.forgive();
    record.took = std::chrono::duration_cast<Duration>(context_.clock.steady() - began);
    record.exit_code = result.exit_code;
    record.ended = io::how_it_ended(result);
    watched_ = rest_began_ = std::chrono::duration_cast<Duration>(context_.clock.steady() - began_);
    if (result.ok()) context_.log.info("the command is done, watching on for " + format_duration(settings_.watch));
    else context_.log.warning("the command failed: " + record.ended + "; watching on for " + format_duration(settings_.watch));
    command_ = std::move(record);
}

} // namespace slipway::wait_for_slo
