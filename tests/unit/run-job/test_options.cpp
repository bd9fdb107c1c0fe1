#include "catch.hpp"

#include "core/text.hpp"
#include "fakes.hpp"
#include "run-job/run_job.hpp"

#include <map>
#include <string>
#include <utility>
#include <vector>

using namespace slipway;
using namespace slipway::run_job;

namespace {

using Arguments = std::vector<std::string>;

/// A run that ends at its options, or else at a Nomad that is not there.
struct Run {
    fake::World world;
    int code = 0;

    explicit Run(const Arguments& arguments, const std::map<std::string, std::string>& variables = {}) {
        world.environment.variables = variables;
        world.files.contents = {{"web.hcl", "job \"web\" {}\n"}, {"two.hcl", "job \"two\" {}\n"}, {"folder/x", ""}, {"-", "payload"}};
        cli::Step<RunJob> step;
        code = world.run(step, arguments);
    }
    bool says(const std::string& text) const { return world.terminal.err.find(text) != std::string::npos; }
};

constexpr int wrong = 2;
constexpr int asked = 3; ///< the options are right, and Nomad does not answer

} // namespace

TEST_CASE("what excludes what, and what belongs to what") {
    const std::vector<std::pair<Arguments, std::string>> table = {
        {{}, "no job is given"},
        {{"web.hcl", "--stop", "--dispatch"}, "--stop, --dispatch and --force are different things to do: give one"},
        {{"web.hcl", "--force", "--dispatch"}, "--stop, --dispatch and --force are different things to do: give one"},
        {{"web.hcl", "--purge"}, "--purge needs --stop"},
        {{"web.hcl", "--meta", "k=v"}, "--meta needs --dispatch"},
        {{"web.hcl", "--payload", "-"}, "--payload needs --dispatch"},
        {{"web.hcl", "--stop", "--gate", "true"}, "--stop registers nothing"},
        {{"web.hcl", "--stop", "--promote"}, "--stop registers nothing"},
        {{"web.hcl", "--stop", "--run-again"}, "--stop registers nothing"},
        {{"web.hcl", "--stop", "--fail-on-change"}, "--stop registers nothing"},
        {{"web.hcl", "--stop", "--", "true"}, "--stop registers nothing"},
        {{"web.hcl", "two.hcl", "--dispatch"}, "--dispatch and --force take one job"},
        {{"web.hcl", "two.hcl", "--force"}, "--dispatch and --force take one job"},
        {{"-", "--dispatch", "--payload", "-"}, "cannot use '-' twice: standard input can be read once"},
        {{"-", "web.hcl", "-"}, "cannot use '-' twice: standard input can be read once"},
        {{"web.hcl", "--gate", "true", "--", "true"}, "--gate and a command after -- are two gates: give one"},
        {{"web.hcl", "--gate", "true", "--promote"}, "--promote would promote without asking the gate: give one of them"},
        {{"web.hcl", "--gate", "check | tee log"}, "cannot use --gate: '|' means something to a shell only"},
        {{"web.hcl", "--gate", "check 'x"}, "cannot use --gate: a single quote is not closed"},
        {{"web.hcl", "--gate", "''"}, "cannot use --gate: it names no program"},
        {{"web.hcl", "--", "", "x"}, "cannot use the command after --: it names no program"},
        {{"web.hcl", "--"}, "nothing stands after --"},
        {{"web.hcl", "--timeout", "0s"}, "cannot use --timeout: it must be longer than 0"},
        {{"web.hcl", "--timeout", "-5m"}, "--timeout"},
        {{"web.hcl", "--timeout", "soon"}, "cannot use --timeout: 'soon' is no duration"},
        {{"web.hcl", "--placement-timeout", "-1s"}, "--placement-timeout"},
        {{"web.hcl", "--on-timeout", "promote"}, "cannot use --on-timeout: 'promote' is none of"},
        {{"web.hcl", "--on-cancel", "hold"}, "cannot use --on-cancel: 'hold' is none of"},
        {{"web.hcl", "--on-inconclusive", "leave"}, "cannot use --on-inconclusive: 'leave' is none of"},
        {{"web.hcl", "--var", "novalue"}, "cannot use --var: a value is given as NAME=VALUE"},
        {{"web.hcl", "--var", "=x"}, "cannot use --var: a value is given as NAME=VALUE"},
        {{"web.hcl", "--dispatch", "--meta", "x"}, "cannot use --meta: a value is given as KEY=VALUE"},
        {{"web.hcl", "--set", "x"}, "--set"},
        {{"web.hcl", "--nomad-addr", "nomad:4646"}, "cannot use --nomad-addr: 'nomad:4646' is no http:// or https:// URL"},
        {{"web.hcl", "--nomad-addr", "unix://"}, "cannot use --nomad-addr 'unix://': it names no socket"},
        {{"web.hcl", "--nomad-token", "hunter2secret"}, "unknown option '--nomad-token'"},
        {{"web.hcl", "--expect-scraped", "prometheus"}, "cannot use --expect-scraped: 'prometheus' is no http:// or https:// URL"},
    };
    for (const auto& [arguments, message] : table) {
        const Run run(arguments);
        INFO(join(arguments, " ") + "\n" + run.world.terminal.err);
        CHECK(run.code == wrong);
        CHECK(run.says(message));
        CHECK(run.world.requests.empty());
        CHECK_FALSE(run.says("hunter2"));
    }
}

TEST_CASE("what goes together") {
    for (const auto& arguments : std::vector<Arguments>{{"web.hcl"},
                                                        {"web.hcl", "two.hcl", "--logs", "--gate", "check --for '5 m'"},
                                                        {"web.hcl", "--on-inconclusive", "promote", "--", "check", ""},
                                                        {"web.hcl", "--promote", "--expect-scraped", "http://prometheus:9090", "--tenant", "t"},
                                                        {"web.hcl", "--dispatch", "--meta", "k=", "--meta", "k2=a=b", "--payload", "-"},
                                                        {"batch/job", "--dispatch", "--run-again"},
                                                        {"web.hcl", "--force", "--logs"},
                                                        {"web.hcl", "review-1", "--stop", "--purge", "--dry-run"},
                                                        {"-", "--var", "a=", "--secret", "a", "--placement-timeout", "0s", "--scrape-timeout", "0s"},
                                                        {"web.hcl", "--nomad-addr", "unix:///run/nomad.sock", "--nomad-namespace", "team"}}) {
        const Run run(arguments);
        INFO(join(arguments, " ") + "\n" + run.world.terminal.err);
        CHECK(run.code == asked);
        CHECK_FALSE(run.says("internal error"));
    }
}

TEST_CASE("all mistakes in the options of run-job are reported together") {
    const Run run({"web.hcl", "--purge", "--meta", "x", "--gate", "a;b", "--promote", "--timeout", "0", "--nomad-addr", "x"});
    CHECK(run.code == wrong);
    for (const char* message : {"--purge needs --stop", "--meta needs --dispatch", "cannot use --meta", "cannot use --gate", "--promote would promote", "cannot use --nomad-addr"}) {
        INFO(message);
        CHECK(run.says(message));
    }
}

TEST_CASE("a gate comes from a variable, too, and the words after the dashes are stronger") {
    CHECK(Run({"web.hcl"}, {{"SLIPWAY_RUN_JOB_GATE", "check 'x"}}).code == wrong);
    CHECK(Run({"web.hcl"}, {{"SLIPWAY_RUN_JOB_GATE", "check x"}, {"NOMAD_ADDR", "http://127.0.0.1:1"}}).code == asked);
    CHECK(Run({"web.hcl", "--promote"}, {{"SLIPWAY_RUN_JOB_GATE_ARGV", "check\nx"}}).says("--promote would promote without asking the gate"));
    CHECK(Run({"web.hcl", "--", "other"}, {{"SLIPWAY_RUN_JOB_GATE_ARGV", "\n"}}).code == asked);
}
