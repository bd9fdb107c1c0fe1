#include "waiting.hpp"

#include <algorithm>
#include <condition_variable>
#include <csignal>
#include <mutex>

namespace slipway::push_rules {

namespace {

constexpr Duration pause_between_looks{500};

} // namespace

void wait_until_proven(const char* server, const ProofSettings& settings, const std::function<Look()>& look, cli::Context& context) {
    auto& clock = context.clock;
    const auto begin = clock.steady();
    auto patience = settings.timeout;
    bool seen_loaded = false;
    for (;;) {
        auto now = look();
        if (now.loaded) {
            using State = prometheus::Evaluation::State;
            if (!settings.evaluated || now.evaluation.state == State::done) return;
            if (now.evaluation.state == State::failed) throw world_failure(std::string(server) + " has loaded the rules, but cannot evaluate them: " + now.evaluation.why);
            now.missing = now.evaluation.why;
            if (!seen_loaded) patience += now.longest_interval;
            seen_loaded = true;
        }
        const auto left = patience - std::chrono::duration_cast<Duration>(clock.steady() - begin);
        if (left <= Duration{0}) {
            throw world_failure(std::string(server) + (seen_loaded ? " has loaded the rules, but not evaluated them within " : " has not loaded the rules within ") + format_duration(patience) + ": " + now.missing, now.hint);
        }
        context.log.progress(std::string("waiting for ") + server + ": " + now.missing);
        clock.sleep_for(std::min(left, pause_between_looks));
    }
}

cli::Context undisturbed(const cli::Context& context) {
    static const io::Cancellation never;
    return undisturbed(context, never);
}

cli::Context undisturbed(const cli::Context& context, const io::Cancellation& end) {
    return {.environment = context.environment, .files = context.files, .processes = context.processes, .clock = context.clock, .log = context.log,
            .cancellation = end, .commands = context.commands, .ci = context.ci, .http_factory = context.http_factory};
}

Deadline::Deadline(Duration after)
    : alarm_([this, after](const std::stop_token& stop) {
          std::mutex mutex;
          std::unique_lock lock(mutex);
          std::condition_variable_any nothing;
          nothing.wait_for(lock, stop, after, [] { return false; });
          if (!stop.stop_requested()) cancellation_.request(SIGTERM);
      }) {}

} // namespace slipway::push_rules
