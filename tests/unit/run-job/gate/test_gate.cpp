#include "catch.hpp"
#include "fakes.hpp"

#include "core/text.hpp"
#include "run-job/gate/gate.hpp"

#include <csignal>
#include <string>
#include <vector>

using namespace slipway;
using namespace slipway::run_job;

namespace {

struct Gate {
    fake::World world;
    GateFacts facts{.job = {"web", ""}, .version = 7, .deployment = "", .allocations = {}, .canary_addresses = "", .baseline_addresses = "", .since = {}, .own_options = {}};
    Duration timeout{60'000};

    GateResult run(std::vector<std::string> argv = {"wait-for-slo", "--watch", "10m"}) {
        auto context = world.context();
        return run_gate(argv, facts, [] { return false; }, timeout, context);
    }
    GateResult run_that_ends(io::ProcessResult ending) {
        world.processes.on_run = [ending = std::move(ending)](const io::Command&) { return ending; };
        return run();
    }
};

std::optional<std::string> left_of(const io::EnvironmentChanges& changes, const std::string& name) {
    const auto change = changes.all().find(name);
    return change == changes.all().end() ? "untouched" : change->second;
}

} // namespace

TEST_CASE("lists of thousands are cut between two members, so that the gate starts at all") {
    Gate gate;
    const std::string id = "1f604c66-0000-0000-0000-000000000000";
    gate.facts.allocations.assign(10'000, id);
    gate.facts.canary_addresses = join(std::vector<std::string>(10'000, "[2001:db8::1]:20000"), ",");
    gate.facts.baseline_addresses = std::string(200'000, 'x');
    const auto changes = gate_environment(gate.facts, gate.world.environment);
    const auto allocations = left_of(changes, "SLIPWAY_CANARY_ALLOCS").value_or("");
    CHECK(allocations.size() > 90'000);
    CHECK(allocations.size() <= 100'000);
    CHECK(allocations.ends_with("," + id));
    CHECK(left_of(changes, "SLIPWAY_CANARY_ADDRESSES").value_or("").ends_with(",[2001:db8::1]:20000"));
    CHECK(left_of(changes, "SLIPWAY_BASELINE_ADDRESSES") == std::nullopt);
}

TEST_CASE("what a gate's end means") {
    struct Row {
        io::ProcessResult ending;
        Verdict verdict;
        int exit_code;
        const char* how;
    };
    const std::vector<Row> rows = {
        {{.exit_code = 0}, Verdict::holds, 0, "exit code 0"},
        {{.exit_code = 1}, Verdict::violated, 1, "exit code 1"},
        {{.exit_code = 2}, Verdict::broken, 2, "exit code 2"},
        {{.exit_code = 3}, Verdict::inconclusive, 3, "exit code 3"},
        {{.exit_code = 4}, Verdict::inconclusive, 4, "exit code 4"},
        {{.exit_code = 5}, Verdict::broken, 5, "exit code 5"},
        {{.exit_code = 126}, Verdict::broken, 126, "exit code 126"},
        {{.exit_code = 127}, Verdict::broken, 127, "exit code 127"},
        {{.exit_code = 143}, Verdict::broken, 143, "exit code 143"},
        {{.exit_code = -1, .signal = SIGKILL}, Verdict::broken, -1, "ended by signal 9"},
        // A program may say 0 when it is asked to end; that is no verdict.
        {{.exit_code = 0, .timed_out = true}, Verdict::inconclusive, -1, "not finished in time"},
        {{.exit_code = 0, .ended_early = true}, Verdict::ended_early, -1, "ended early"},
        {{.exit_code = 1, .ended_early = true}, Verdict::ended_early, -1, "ended early"},
    };
    for (const auto& row : rows) {
        INFO(row.how);
        const auto result = Gate().run_that_ends(row.ending);
        CHECK(result.verdict == row.verdict);
        CHECK(result.exit_code == row.exit_code);
        CHECK(result.how == row.how);
    }
}

TEST_CASE("a gate that cannot be started judges nothing, and one without time is not started") {
    Gate gate;
    const auto missing = gate.run({"no-such-gate"});
    CHECK(missing.verdict == Verdict::broken);
    CHECK(missing.exit_code == -1);
    CHECK(missing.how == "cannot run no-such-gate: it is not installed or not on the PATH");
    gate.timeout = Duration{0};
    const auto late = gate.run();
    CHECK(late.verdict == Verdict::inconclusive);
    CHECK(gate.world.processes.commands.size() == 1);
}

TEST_CASE("what a gate prints goes to the log, never to standard output") {
    Gate gate;
    gate.world.processes.on_run = [&](const io::Command& command) -> io::ProcessResult {
        CHECK(command.timeout == Duration{60'000});
        CHECK_FALSE(command.should_end());
        command.on_line(io::Stream::out, "holds\x1b[2J");
        command.on_line(io::Stream::err, "::error::not ours");
        gate.world.clock.time += Duration{61'000};
        command.on_wait();
        return {.exit_code = 1, .out = "holds\n", .err = "burn rate 14.2\n\n::error title=x::burn rate\n"};
    };
    const auto result = gate.run();
    CHECK(gate.world.terminal.out.empty());
    const auto& log = gate.world.terminal.err;
    CHECK(log.find("Gate: wait-for-slo --watch 10m") != std::string::npos);
    CHECK(log.find("  holds\\x1b[2J\n") != std::string::npos);
    CHECK(log.find("  ::error::not ours\n") != std::string::npos);
    CHECK(log.find("the gate runs: 1m1s") != std::string::npos);
    CHECK(result.last_line == "burn rate 14.2");
    CHECK(result.took == Duration{61'000});
}

TEST_CASE("the last line of a gate is one line that is safe to show") {
    const auto last = [](std::string out, std::string err) { return Gate().run_that_ends({.exit_code = 1, .out = std::move(out), .err = std::move(err)}).last_line; };
    CHECK(last("", "").empty());
    CHECK(last("verdict\n", " \n") == "verdict");
    CHECK(last("verdict\n", "why\n") == "why");
    CHECK(last("", "why\n\x1b[0Ksection_end:1:gate\r\x1b[0K\n") == "why");
    CHECK(last("", "\x1b[31mred\x1b[0m") == "\\x1b[31mred\\x1b[0m");
    CHECK(last("", std::string(499, 'x') + "\xC3\xA4 and more") == std::string(499, 'x') + "...");
    CHECK(last("", std::string(4000, 'x')).size() == 503);
}

TEST_CASE("a gate knows what it judges, and nothing of another job or of run-job's own options") {
    fake::Environment environment;
    environment.variables = {{"SLIPWAY_RUN_JOB_GATE", "x"},  {"SLIPWAY_RUN_JOB_NOMAD_TOKEN", "secret"}, {"SLIPWAY_LOG_LEVEL", "debug"}, {"SLIPWAY_SINCE", "2020-01-01T00:00:00Z"},
                             {"INPUT_GATE", "x"},            {"PLUGIN_NOMAD_ADDR", "x"},                {"INPUT_OTHER", "x"},           {"PATH", "/bin"}};
    GateFacts facts{.job = {"web", "team"}, .version = 0, .deployment = "d1", .allocations = {"a1", "a2"}, .canary_addresses = "10.0.0.7:8000,10.0.0.8:8000", .baseline_addresses = "10.0.0.9:8000",
                    .since = parse_timestamp("2026-11-24T12:00:00.250Z"), .own_options = {"gate", "nomad-addr", "nomad-token"}};
    const auto told = gate_environment(facts, environment);
    CHECK(left_of(told, "SLIPWAY_JOB") == "web");
    CHECK(left_of(told, "SLIPWAY_NAMESPACE") == "team");
    CHECK(left_of(told, "SLIPWAY_JOB_VERSION") == "0");
    CHECK(left_of(told, "SLIPWAY_DEPLOYMENT") == "d1");
    CHECK(left_of(told, "SLIPWAY_CANARY_ALLOCS") == "a1,a2");
    CHECK(left_of(told, "SLIPWAY_CANARY_ADDRESSES") == "10.0.0.7:8000,10.0.0.8:8000");
    CHECK(left_of(told, "SLIPWAY_BASELINE_ADDRESSES") == "10.0.0.9:8000");
    CHECK(left_of(told, "SLIPWAY_SINCE") == "2026-11-24T12:00:00.250Z");
    for (const char* name : {"SLIPWAY_RUN_JOB_GATE", "SLIPWAY_RUN_JOB_NOMAD_TOKEN", "INPUT_GATE", "INPUT_NOMAD-ADDR", "INPUT_NOMAD-TOKEN-FILE", "PLUGIN_NOMAD_ADDR", "PLUGIN_NOMAD_TOKEN_FILE"}) {
        INFO(name);
        CHECK(left_of(told, name) == std::nullopt);
    }
    for (const char* name : {"SLIPWAY_LOG_LEVEL", "INPUT_OTHER", "PATH"}) CHECK(left_of(told, name) == "untouched");

    const auto nothing = gate_environment({.job = {"web", ""}, .version = 1, .deployment = "", .allocations = {}, .canary_addresses = "", .baseline_addresses = "", .since = {}, .own_options = {}}, environment);
    for (const char* name : {"SLIPWAY_NAMESPACE", "SLIPWAY_DEPLOYMENT", "SLIPWAY_CANARY_ALLOCS", "SLIPWAY_CANARY_ADDRESSES", "SLIPWAY_BASELINE_ADDRESSES", "SLIPWAY_SINCE"}) {
        INFO(name);
        CHECK(left_of(nothing, name) == std::nullopt);
    }
}
