#include "run-job/gate/gate.hpp"

#include "cli/layers.hpp"
#include "core/text.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

namespace slipway::run_job {

namespace {

constexpr std::size_t longest_last_line = 500;

/// Linux starts no program with a variable of 128 KiB.
constexpr std::size_t longest_list = 100'000;

/// What a list of thousands of allocations or addresses begins with.
std::string beginning_of(std::string list) {
    if (list.size() <= longest_list) return list;
    const auto comma = list.rfind(',', longest_list);
    list.erase(comma == std::string::npos ? 0 : comma);
    return list;
}

Verdict verdict_of(const io::ProcessResult& result) {
    if (result.ended_early) return Verdict::ended_early;
    if (result.timed_out) return Verdict::inconclusive;
    switch (result.exit_code) {
    case 0: return Verdict::holds;
    case 1: return Verdict::violated;
    case 3:
    case 4: return Verdict::inconclusive;
    default: return Verdict::broken;
    }
}

/// Sections and annotations come after what people read.
bool is_for_ci(std::string_view line) {
    const auto holds = [&](std::string_view words) { return line.find(words) != std::string_view::npos; };
    return line.starts_with("::") || line.starts_with("##[") || holds("section_end:") || holds("section_start:");
}

std::string last_line_of(std::string_view text) {
    const auto all = lines(text);
    const auto last = std::find_if(all.rbegin(), all.rend(), [](std::string_view line) { return !trim(line).empty() && !is_for_ci(line); });
    if (last == all.rend()) return {};
    const auto line = trim(*last);
    if (line.size() <= longest_last_line) return visible(line);
    const auto start = line.substr(0, longest_last_line);
    // Cuts no character in two; foreign bytes may be none at all.
    const auto whole = valid_utf8_length(start);
    return visible(start.substr(0, whole + 4 > start.size() ? whole : start.size())) + "...";
}

/// By its name a program shows how it is called; its arguments may be long.
std::string title_of(const std::vector<std::string>& argv) {
    constexpr std::size_t longest = 100;
    const auto words = visible(one_line(join(argv, " ")));
    const auto start = std::string_view(words).substr(0, longest);
    return "Gate: " + (words.size() <= longest ? words : std::string(start.substr(0, valid_utf8_length(start))) + "...");
}

} // namespace

io::EnvironmentChanges gate_environment(const GateFacts& facts, const io::Environment& environment) {
    io::EnvironmentChanges changes;
    for (const auto& [name, value] : environment.all()) {
        if (name.starts_with("SLIPWAY_RUN_JOB_")) changes.remove(name);
    }
    for (const auto& option : facts.own_options) {
        for (const auto layer : {cli::Layer::github_input, cli::Layer::plugin_variable}) {
            changes.remove(cli::variable_name(layer, "run-job", option));
            changes.remove(cli::variable_name(layer, "run-job", option + "-file")); // of a secret
        }
    }
    const auto tell = [&](const std::string& name, std::string value) {
        if (value.empty()) {
            changes.remove(name);
        } else {
            changes.set(name, std::move(value));
        }
    };
    tell("SLIPWAY_JOB", facts.job.id);
    tell("SLIPWAY_NAMESPACE", facts.job.name_space);
    tell("SLIPWAY_JOB_VERSION", std::to_string(facts.version));
    tell("SLIPWAY_DEPLOYMENT", facts.deployment);
    tell("SLIPWAY_CANARY_ALLOCS", beginning_of(join(facts.allocations, ",")));
    tell("SLIPWAY_CANARY_ADDRESSES", beginning_of(facts.canary_addresses));
    tell("SLIPWAY_BASELINE_ADDRESSES", beginning_of(facts.baseline_addresses));
    tell("SLIPWAY_SINCE", facts.since ? format_timestamp(*facts.since) : "");
    return changes;
}

GateResult run_gate(const std::vector<std::string>& argv, const GateFacts& facts, const std::function<bool()>& is_pointless, Duration timeout, cli::Context& context) {
    if (timeout <= Duration{0}) return {.verdict = Verdict::inconclusive, .exit_code = -1, .how = "no time left to begin", .last_line = {}, .took = Duration{0}};
    const auto began = context.clock.steady();
    const auto elapsed = [&] { return std::chrono::duration_cast<Duration>(context.clock.steady() - began); };
    io::ProcessResult result;
    try {
        const ci::Section section(context.commands, "gate", title_of(argv));
        ci::ForeignOutput output(context.commands);
        io::Command command{.argv = argv, .environment = gate_environment(facts, context.environment), .timeout = timeout};
        command.on_line = [&](io::Stream, std::string_view line) { output.line(line); };
        command.on_wait = [&] {
            if (elapsed() >= Duration{1'000}) context.log.progress("the gate runs: " + format_duration(std::chrono::floor<std::chrono::seconds>(elapsed())));
        };
        command.should_end = is_pointless;
        result = context.processes.run(command);
        context.log.end_progress();
    } catch (const Error& error) {
        return {.verdict = Verdict::broken, .exit_code = -1, .how = error.what(), .last_line = {}, .took = elapsed()};
    }
    auto last_line = last_line_of(result.err);
    if (last_line.empty()) last_line = last_line_of(result.out);
    return {.verdict = verdict_of(result),
            .exit_code = result.was_ended_by_us() ? -1 : result.exit_code,
            .how = how_it_ended(result),
            .last_line = std::move(last_line),
            .took = elapsed()};
}

} // namespace slipway::run_job
