#include "catch.hpp"

#include "toy.hpp"

#include <csignal>

using namespace slipway;
using namespace slipway::toy;

namespace {

cli::Report fails(ExitCode code) { throw Error(code, Diagnostic{.message = "it failed: why", .place = {"f.yml", 3, 7}, .hint = "do this"}); }

} // namespace

TEST_CASE("a step's result goes to standard output, everything else to standard error") {
    Run run;
    work = [](cli::Context& context) {
        context.log.info("working");
        return cli::Report{.text = "result\n"};
    };
    run({});
    CHECK(run.code == 0);
    CHECK(run.out() == "result\n");
    CHECK(run.says("render-jobspec["));
    CHECK(run.says("]: working\n"));
}

TEST_CASE("exit codes, in text and in JSON") {
    for (const auto code : {ExitCode::refused, ExitCode::misuse, ExitCode::world, ExitCode::inconclusive}) {
        Run run;
        work = [code](cli::Context&) { return fails(code); };
        run({});
        CHECK(run.code == static_cast<int>(code));
        CHECK(run.out() == "");
        CHECK(run.says("error: f.yml:3:7: it failed: why\n"));
        CHECK(run.says("hint: do this\n"));
        run({"--json"});
        CHECK(run.code == static_cast<int>(code));
        CHECK(run.json() == nlohmann::json{{"exit_code", static_cast<int>(code)},
                                           {"error", {{"message", "it failed: why"}, {"file", "f.yml"}, {"line", 3}, {"column", 7}, {"hint", "do this"}}}});
    }
    Run run;
    work = [](cli::Context&) {
        cli::Report report{.text = "text\n"};
        report.json["field"] = 1;
        return report;
    };
    run({"--json"});
    CHECK(run.json() == nlohmann::json{{"field", 1}, {"exit_code", 0}, {"error", nullptr}});
    work = [](cli::Context&) { return cli::Report{.code = ExitCode::refused, .diagnostics = {{.severity = Severity::warning, .message = "w"}, {.message = "e"}}}; };
    run({"--json"});
    CHECK(run.json()["error"] == nlohmann::json{{"message", "e"}, {"file", nullptr}, {"line", nullptr}, {"column", nullptr}, {"hint", nullptr}});
}

TEST_CASE("--json prints one object also when the options themselves are wrong") {
    const auto is_one_object = [](const Run& run) {
        INFO(run.out());
        CHECK(run.code == 2);
        const auto json = run.json();
        CHECK(json["exit_code"] == 2);
        CHECK(json["error"]["message"].is_string());
    };
    Run run;
    is_one_object(run({"--json", "--bogus"}));
    is_one_object(run({"--bogus", "--json"}));
    is_one_object(run({"--json", "--text"}));
    is_one_object(run({"--json", "--number=x"}));
    is_one_object(run.set("SLIPWAY_JSON", "true")({"--bogus"}));
    is_one_object(run({"--text"}));
    is_one_object(run({"--config", "missing"}));
    is_one_object(run.file("slipway.yaml", "render-jobspec: {")({}));
    Run yaml;
    is_one_object(yaml.file("slipway.yaml", "render-jobspec:\n  json: true\n  bogus: 1\n")({}));
    is_one_object(yaml.file("slipway.yaml", "render-jobspec:\n  json: true\n")({"--number", "x"}));
    CHECK(yaml.json()["error"]["message"] == "cannot use --number: 'x' is no whole number");
    // The first of several mistakes is the one in JSON; all are in the log.
    Run github;
    is_one_object(github.set("INPUT_JSON", "true")({"--bogus", "--number=x"}));
    CHECK(github.json()["error"]["message"] == "unknown option '--bogus'");
    CHECK(github.says("'x' is no whole number"));
    // Switched off again by a stronger layer.
    Run off;
    off.set("SLIPWAY_JSON", "true")({"--json=false", "--bogus"});
    CHECK(off.out() == "");
}

TEST_CASE("an unforeseen failure is said to be ours") {
    Run run;
    work = [](cli::Context&) -> cli::Report { throw std::logic_error("vector::at"); };
    run({"--json"});
    CHECK(run.code == 3);
    CHECK(run.json()["error"]["message"] == "internal error: vector::at");
    CHECK(run.says("hint: this is a mistake in Slipway"));
}

TEST_CASE("a cancelled step says so, with the signal's exit code, and publishes nothing") {
    for (const auto& [signal, code] : std::vector<std::pair<int, int>>{{SIGTERM, 143}, {SIGINT, 130}, {SIGHUP, 143}}) {
        Run run;
        run.set("GITHUB_OUTPUT", "out");
        work = [&run, which = signal](cli::Context& context) {
            run.world.cancellation.request(which);
            context.cancellation.check();
            return cli::Report{.outputs = {{"name", "value"}}};
        };
        run({"--json", "--dotenv", "env", "--code-quality", "quality"});
        CHECK(run.code == code);
        CHECK(run.json()["exit_code"] == code);
        CHECK(run.says("error: cancelled"));
        CHECK(run.world.files.contents.empty());
    }
    // Cancelled before it began.
    Run run;
    bool worked = false;
    work = [&](cli::Context&) {
        worked = true;
        return cli::Report{};
    };
    run.world.cancellation.request(SIGTERM);
    CHECK(run({}).code == 143);
    CHECK_FALSE(worked);
}

TEST_CASE("a result that cannot be written is a broken world") {
    Run run;
    work = [](cli::Context&) { return cli::Report{.text = "result\n"}; };
    run.world.terminal.out_failure = "No space left on device";
    CHECK(run({}).code == 3);
    CHECK(run.says("error: cannot write the result to standard output: No space left on device\n"));
    // What the step found out weighs more.
    work = [](cli::Context&) { return cli::Report{.code = ExitCode::refused, .text = "no\n"}; };
    CHECK(run({}).code == 1);
}

TEST_CASE("outputs go to every place that is named") {
    Run run;
    work = [](cli::Context&) { return cli::Report{.text = "done\n", .outputs = {{"digest", "sha256:abc"}}}; };
    run.set("GITHUB_OUTPUT", "github")({"--dotenv", "env", "--outputs-dir", "outputs"});
    CHECK(run.code == 0);
    CHECK(run.world.files.contents["env"] == "digest=sha256:abc\n");
    CHECK(run.world.files.contents["outputs/digest"] == "sha256:abc");
    CHECK(run.world.files.contents["github"].find("digest<<ghadelimiter_") == 0);
}

TEST_CASE("a place for outputs that cannot be written turns success into exit code 3, also in JSON") {
    Run run;
    work = [](cli::Context&) { return cli::Report{.outputs = {{"name", "value"}}}; };
    run.world.files.broken["env"] = "No space left on device";
    run({"--dotenv", "env", "--json"});
    CHECK(run.code == 3);
    CHECK(run.json()["exit_code"] == 3);
    CHECK(run.json()["error"]["message"] == "cannot write env: No space left on device");
    CHECK(run.says("error: cannot write env: No space left on device\n"));
}

TEST_CASE("a prefix that no dotenv report takes is refused before anything is done") {
    Run run;
    work = [](cli::Context&) -> cli::Report { throw std::logic_error("worked"); };
    CHECK(run({"--dotenv", "env", "--dotenv-prefix", "my-image_"}).code == 2);
    CHECK(run.says("error: cannot use --dotenv-prefix 'my-image_': GitLab's dotenv report takes letters, digits and _ in a name\n"));
}

TEST_CASE("--dry-run stops after the plan and publishes no outputs") {
    Run run;
    work = [](cli::Context&) -> cli::Report { throw std::logic_error("worked"); };
    run.set("GITHUB_OUTPUT", "github")({"--dry-run", "--dotenv", "env"});
    CHECK(run.code == 0);
    CHECK(run.out() == "would work\n");
    CHECK(run.world.files.contents.empty());
}

TEST_CASE("findings become annotations and a code-quality report") {
    Run run;
    run.set("GITHUB_ACTIONS", "true").set("GITHUB_WORKSPACE", "/srv");
    work = [](cli::Context&) {
        return cli::Report{.code = ExitCode::refused,
                           .diagnostics = {{.severity = Severity::warning, .message = "odd", .place = {"/srv/rules/f.yml", 3, 7}, .id = "odd-thing"}, {.message = "plain"}}};
    };
    run({"--code-quality", "quality"});
    CHECK(run.says("::warning file=/srv/rules/f.yml,line=3,col=7,title=render-jobspec::odd\n"));
    CHECK(run.says("::error title=render-jobspec::plain\n"));
    const auto report = nlohmann::json::parse(run.world.files.contents["quality"]);
    REQUIRE(report.size() == 1);
    CHECK(report[0]["location"]["path"] == "rules/f.yml");
    CHECK(report[0]["check_name"] == "render-jobspec/odd-thing");
}

TEST_CASE("summaries go to GitHub and to the file that is asked for") {
    Run run;
    work = [](cli::Context&) { return cli::Report{.summary = "# Done\n"}; };
    run.set("GITHUB_STEP_SUMMARY", "github")({"--summary", "mine"});
    CHECK(run.world.files.contents["github"] == "# Done\n");
    CHECK(run.world.files.contents["mine"] == "# Done\n");
}

TEST_CASE("every line carries the run's id") {
    work = [](cli::Context&) { return cli::Report{}; };
    const auto id_of = [](Run& run) {
        work = [](cli::Context& context) {
            context.log.info("x");
            return cli::Report{};
        };
        run({});
        const auto begin = run.err().find('[') + 1;
        return run.err().substr(begin, run.err().find(']') - begin);
    };
    Run given;
    CHECK(id_of(given.set("SLIPWAY_RUN_ID", "release-7").set("GITLAB_CI", "true").set("CI_PIPELINE_ID", "42")) == "release-7");
    Run gitlab;
    CHECK(id_of(gitlab.set("GITLAB_CI", "true").set("CI_PIPELINE_ID", "42").set("CI_JOB_ID", "7")) == "42/7");
    Run none, another;
    const auto random = id_of(none);
    CHECK(random.size() == 8);
    CHECK(random != id_of(another));
}

TEST_CASE("the log's form and how much it says") {
    Run run;
    work = [](cli::Context& context) {
        context.log.debug("detail");
        context.log.info("ordinary");
        context.log.warning("careful");
        return cli::Report{};
    };
    run({});
    CHECK_FALSE(run.says("detail"));
    CHECK(run.says("ordinary"));
    run({"--verbose"});
    CHECK(run.says("debug: detail"));
    run({"--quiet"});
    CHECK_FALSE(run.says("ordinary"));
    CHECK(run.says("warning: careful"));
    run({"--log-format", "json", "--run-id", "7"});
    const auto first = run.err().substr(0, run.err().find('\n'));
    CHECK(nlohmann::json::parse(first) == nlohmann::json{{"time", "2026-11-24T12:00:00Z"}, {"level", "info"}, {"step", "render-jobspec"}, {"run", "7"}, {"message", "ordinary"}});
    run({"--log-format", "xml"});
    CHECK(run.code == 2);
}
