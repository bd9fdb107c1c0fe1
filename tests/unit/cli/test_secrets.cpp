#include "catch.hpp"

#include "toy.hpp"

using namespace slipway;
using namespace slipway::toy;

TEST_CASE("a secret comes from a file, a variable, or a file named by a variable") {
    Run run;
    run.file("token", "from-file\r\n\n");
    run({"--secret-file", "token"});
    CHECK(seen.own.secret.reveal() == "from-file");
    for (const char* name : {"SLIPWAY_RENDER_JOBSPEC_SECRET", "INPUT_SECRET", "PLUGIN_SECRET", "TOOL_SECRET"}) {
        INFO(name);
        Run other;
        other.set(name, "from-variable\n")({});
        CHECK(seen.own.secret.reveal() == "from-variable");
    }
    for (const char* name : {"SLIPWAY_RENDER_JOBSPEC_SECRET_FILE", "INPUT_SECRET-FILE", "PLUGIN_SECRET_FILE"}) {
        INFO(name);
        Run other;
        other.file("token", "from-file\n").set(name, "token")({});
        CHECK(seen.own.secret.reveal() == "from-file");
    }
    Run shared;
    shared.file("token", "from-file\n").set("SLIPWAY_SHARED_SECRET_FILE", "token")({});
    CHECK(seen.shared.secret.reveal() == "from-file");
}

TEST_CASE("within a layer the value comes before the file, and a file of a strong layer before a value of a weak one") {
    Run run;
    run.file("token", "from-file").set("SLIPWAY_RENDER_JOBSPEC_SECRET", "the-value").set("SLIPWAY_RENDER_JOBSPEC_SECRET_FILE", "token")({});
    CHECK(seen.own.secret.reveal() == "the-value");
    Run layers;
    layers.file("token", "from-file").set("SLIPWAY_RENDER_JOBSPEC_SECRET_FILE", "token").set("INPUT_SECRET", "the-value")({});
    CHECK(seen.own.secret.reveal() == "from-file");
}

TEST_CASE("blanks within a secret are part of it") {
    Run run;
    run.file("token", " two words \nand a line\n")({"--secret-file=token"});
    CHECK(seen.own.secret.reveal() == " two words \nand a line");
}

TEST_CASE("a secret that cannot be had is a mistake of the source that named it") {
    Run run;
    run({"--secret-file", "missing"});
    CHECK(run.code == 2);
    CHECK(run.says("error: cannot use --secret-file: cannot read missing: No such file or directory\n"));
    run.set("SLIPWAY_RENDER_JOBSPEC_SECRET_FILE", "missing")({});
    CHECK(run.code == 2);
    CHECK(run.says("error: cannot use SLIPWAY_RENDER_JOBSPEC_SECRET_FILE: cannot read missing"));
    Run empty;
    empty.file("token", "\n")({"--secret-file", "token"});
    CHECK(empty.code == 2);
    CHECK(empty.says("cannot use --secret-file: the file token is empty"));
    Run yaml;
    yaml.file("slipway.yaml", "render-jobspec:\n  secret-file: missing\n")({});
    CHECK(yaml.code == 2);
    CHECK(yaml.says("error: slipway.yaml:2:16: cannot use --secret-file: cannot read missing"));
}

TEST_CASE("a secret never stands on the command line or in Git") {
    Run run;
    run({"--secret", "hunter2secret"});
    CHECK(run.code == 2);
    CHECK(run.says("error: unknown option '--secret'\n"));
    CHECK(run.says("hint: a secret on the command line can be read by everybody on the machine: use --secret-file or a variable\n"));
    CHECK_FALSE(run.says("hunter2secret"));
    run({"--secret=hunter2secret"});
    CHECK(run.code == 2);
    CHECK_FALSE(run.says("hunter2secret"));
    run.file("slipway.yaml", "render-jobspec:\n  secret: hunter2secret\n")({});
    CHECK(run.code == 2);
    CHECK(run.says("error: slipway.yaml:2:3: 'secret' is no option of render-jobspec\n"));
    CHECK(run.says("hint: a secret does not belong into a file in Git: use secret-file or a variable\n"));
}

TEST_CASE("a secret's file is read once: it may be a pipe") {
    Run run;
    int reads = 0;
    run.file("token", "from-pipe\n").world.files.after_read = [&](const std::string& path) {
        if (path == "token") run.world.files.contents["token"] = "";
        ++reads;
    };
    run({"--secret-file", "token"});
    CHECK(run.code == 0);
    CHECK(seen.own.secret.reveal() == "from-pipe");
    CHECK(reads == 1);
}

TEST_CASE("what people see is redacted, a rendered file is not") {
    Run run;
    run.set("SLIPWAY_RENDER_JOBSPEC_SECRET", "hunter2secret").set("GITHUB_ACTIONS", "true").set("GITHUB_STEP_SUMMARY", "summary").set("GITHUB_OUTPUT", "out");
    work = [](cli::Context& context) {
        context.log.info("working with hunter2secret");
        cli::Report report{.code = ExitCode::refused, .text = "text hunter2secret\n"};
        report.json["field"] = {{"deep", {"hunter2secret"}}};
        report.summary = "summary hunter2secret\n";
        report.diagnostics = {{.message = "broken hunter2secret", .place = {"f", 1}, .hint = "use hunter2secret"}};
        return report;
    };
    run({"--code-quality", "quality", "--summary", "summary2", "--junit", "junit"});
    CHECK(run.code == 1);
    CHECK(run.out() == "text ***\n");
    auto err = run.err();
    const std::string mask = "::add-mask::hunter2secret\n"; // the one place where the runner must read it
    REQUIRE(err.find(mask) != std::string::npos);
    err.erase(err.find(mask), mask.size());
    CHECK(err.find("hunter2secret") == std::string::npos);
    CHECK(err.find("::error file=f,line=1,title=render-jobspec::broken ***%0Ahint: use ***\n") != std::string::npos);
    for (const char* name : {"summary", "summary2", "quality", "junit"}) {
        INFO(name);
        CHECK(run.world.files.contents[name].find("***") != std::string::npos);
        CHECK(run.world.files.contents[name].find("hunter2secret") == std::string::npos);
    }
    run({"--json"});
    CHECK(run.json()["field"]["deep"][0] == "***");
    CHECK(run.json()["error"]["message"] == "broken ***");
    CHECK(run.json()["error"]["hint"] == "use ***");

    work = [](cli::Context&) { return cli::Report{.text = "file hunter2secret\n", .verbatim = true}; };
    run({});
    CHECK(run.out() == "file hunter2secret\n");
}

TEST_CASE("a secret is hidden before XML writes its characters in another way") {
    Run run;
    run.set("SLIPWAY_RENDER_JOBSPEC_SECRET", "hunter2&secret");
    work = [](cli::Context&) { return cli::Report{.cases = [] { return std::vector<ci::TestCase>{{.suite = "s", .name = "of hunter2&secret", .failures = {"wrong hunter2&secret"}}}; }}; };
    run({"--junit", "junit"});
    const auto& junit = run.world.files.contents["junit"];
    CHECK(junit.find("name=\"of ***\"") != std::string::npos);
    CHECK(junit.find("hunter2") == std::string::npos);
}

TEST_CASE("a secret that is a word of a report does not break the report") {
    Run run;
    run.set("SLIPWAY_RENDER_JOBSPEC_SECRET", "location");
    work = [](cli::Context&) { return cli::Report{.diagnostics = {{.message = "wrong location", .place = {"f", 1}}}}; };
    run({"--code-quality", "quality"});
    const auto report = nlohmann::json::parse(run.world.files.contents["quality"]);
    CHECK(report[0]["description"] == "wrong ***");
    CHECK(report[0]["location"]["path"] == "f");
}

TEST_CASE("a password within a URL is hidden from the start") {
    Run run;
    run({"--text", "https://user:p%40ssw0rd@host/", "--list", "https://ghp_token123@host/", "--dry-run"});
    CHECK(run.code == 0);
    CHECK(run.says("option text = https://user:***@host/ (--text)\n"));
    CHECK(run.says("option list = https://***@host/ (--list)\n"));
    work = [](cli::Context& context) {
        context.log.info("login with p@ssw0rd");
        return cli::Report{};
    };
    run({"--text", "https://user:p%40ssw0rd@host/"});
    CHECK(run.says("login with ***\n"));
    run({"--text", "https://bot@host/"});
    CHECK_FALSE(run.says("warning"));
}

TEST_CASE("that a secret is too short to be hidden is said once a run") {
    Run run;
    run.set("SLIPWAY_RENDER_JOBSPEC_SECRET", "abc").set("SLIPWAY_SHARED_SECRET", "def")({});
    const std::string words = "a secret shorter than 6 characters is not hidden";
    const auto first = run.err().find(words);
    REQUIRE(first != std::string::npos);
    CHECK(run.err().find(words, first + 1) == std::string::npos);
}

TEST_CASE("secrets are hidden before any mistake is reported") {
    Run run;
    run.set("SLIPWAY_RENDER_JOBSPEC_SECRET", "hunter2secret")({"--number", "hunter2secret"});
    CHECK(run.code == 2);
    CHECK(run.says("cannot use --number: '***' is no whole number\n"));
}
