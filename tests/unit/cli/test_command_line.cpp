#include "catch.hpp"

#include "cli/command_line.hpp"
#include "toy.hpp"

using namespace slipway;
using namespace slipway::toy;

namespace {

using Values = std::vector<std::string>;

} // namespace

TEST_CASE("a value follows its option, or an equals sign") {
    Run run;
    run({"--text", "a", "--number=5", "-m", "b", "--list", "x", "--list=y=z", "--real=-2", "--flag"});
    REQUIRE(run.code == 0);
    CHECK(seen.own.text == "a");
    CHECK(seen.own.number == 5);
    CHECK(seen.must == "b");
    CHECK(seen.own.list == Values{"x", "y=z"});
    CHECK(seen.own.real == -2);
    CHECK(seen.own.flag);
}

TEST_CASE("values are taken as they are") {
    for (const std::string value : {" ", "a b", "a,b", "[a,b]", "[]", "{}", "%%", "\"q\"", "'q'", "a\nb", "-", "-x", "--unheard-of", "\\n", "#", "\xC3\xA4", "$HOME", "true"}) {
        INFO(value);
        Run run;
        run({"--text", value, "--list", value, "--list", value});
        CHECK(run.code == 0);
        CHECK(seen.own.text == value);
        CHECK(seen.own.list == Values{value, value});
        run({"--text=" + value, "--list=" + value});
        CHECK(seen.own.text == value);
        CHECK(seen.own.list == Values{value});
    }
}

TEST_CASE("an empty value does not take the next argument for itself") {
    Run run;
    run({"--text=", "--number=", "file1"});
    CHECK(run.code == 0);
    CHECK(seen.own.text == "default");
    CHECK(seen.files == Values{"file1"});
    run({"--text", "", "file1", "--flag="});
    CHECK(run.code == 0);
    CHECK(seen.files == Values{"file1"});
    CHECK_FALSE(seen.own.flag);
}

TEST_CASE("a forgotten value is noticed, and does not take another option's place") {
    Run run;
    run({"--text", "--dry-run", "file1"});
    CHECK(run.code == 2);
    CHECK(run.says("error: --text needs a value\n"));
    CHECK(run.says("hint: a value that looks like an option is written as --text=VALUE\n"));
    for (const auto& rest : std::vector<Values>{{}, {"--number=1"}, {"-m", "x"}, {"--", "file1"}}) {
        Values arguments = {"--text"};
        arguments.insert(arguments.end(), rest.begin(), rest.end());
        run(arguments);
        CHECK(run.code == 2);
        CHECK(run.says("error: --text needs a value\n"));
    }
    run({"--text=--dry-run"});
    CHECK(run.code == 0);
    CHECK(seen.own.text == "--dry-run");
}

TEST_CASE("flags are switched off as well") {
    Run run;
    run.set("INPUT_FLAG", "true")({"--flag=false"});
    CHECK_FALSE(seen.own.flag);
    run({"--flag=maybe"});
    CHECK(run.code == 2);
}

TEST_CASE("arguments without a name, before and after the end of the options") {
    Run run;
    run({"a", "--text", "x", "b", "-", "--", "--flag", "-c"});
    CHECK(run.code == 0);
    CHECK(seen.files == Values{"a", "b", "-", "--flag", "-c"});
    CHECK_FALSE(seen.own.flag);
    CHECK_FALSE(run.out().find('{') == 0);
    run({"--", "--json"});
    CHECK(seen.files == Values{"--json"});
    CHECK(run.out() == "");
}

TEST_CASE("an unknown option is refused with what was meant") {
    Run run;
    run({"--txet", "x"});
    CHECK(run.code == 2);
    CHECK(run.says("error: unknown option '--txet'\n"));
    CHECK(run.says("hint: did you mean --text?\n"));
    run({"-x"});
    CHECK(run.code == 2);
    CHECK(run.says("error: unknown option '-x'\n"));
    run({"--\x1b[2J=x"});
    CHECK(run.says("error: unknown option '--\\x1b[2J'\n"));
    run({"--quite-another-thing"});
    CHECK(run.says("hint: try 'render-jobspec --help'\n"));
}

TEST_CASE("an option that takes one value is given once") {
    Run run;
    run({"--text", "a", "--text", "b"});
    CHECK(run.code == 2);
    CHECK(run.says("error: --text is given 2 times, and takes one value\n"));
}

TEST_CASE("all mistakes are reported together") {
    needs_must = false;
    Run run;
    needs_must = true;
    run.file("slipway.yaml", "render-jobspec:\n  txt: 1\n  choice: green\nno-step: {}\n").set("INPUT_NUMBER", "x");
    run({"--bogus", "--duration", "ten", "--real"});
    needs_must = false;
    CHECK(run.code == 2);
    for (const char* message : {"--real needs a value", "unknown option '--bogus'", "slipway.yaml:2:3: 'txt' is no option of render-jobspec",
                                "slipway.yaml:4:1: 'no-step' is no step", "cannot use INPUT_NUMBER: 'x' is no whole number",
                                "cannot use --duration: 'ten' is no duration", "slipway.yaml:3:11: cannot use --choice: 'green' is none of",
                                "the option --must is required"}) {
        INFO(run.err());
        INFO(message);
        CHECK(run.says(std::string("error: ") + message));
    }
    CHECK(run.says("hint: give it as a flag, or as SLIPWAY_RENDER_JOBSPEC_MUST\n"));
}

TEST_CASE("mistakes of the options together are looked for when each is right by itself") {
    Run run;
    run({"--text", "refused by check"});
    CHECK(run.code == 2);
    CHECK(run.says("error: the text is refused\n"));
    run({"--text", "refused by check", "--number", "x"});
    CHECK_FALSE(run.says("the text is refused"));
    run({"--quiet", "--verbose"});
    CHECK(run.code == 2);
    CHECK(run.says("error: --quiet and --verbose contradict each other\n"));
}

TEST_CASE("a step without arguments of its own refuses them") {
    cli::OptionSet options;
    std::string text;
    options.add("text", text);
    const auto line = cli::parse_command_line({"--text", "a", "b", "c"}, options);
    REQUIRE(line.problems.size() == 2);
    CHECK(line.problems[0].message == "unexpected argument 'b'");
    CHECK(line.problems[0].hint.empty());
    cli::OptionSet with_command;
    std::vector<std::string> command;
    with_command.add("command", command).after_dashes();
    const auto forgotten = cli::parse_command_line({"./deploy.sh"}, with_command);
    REQUIRE(forgotten.problems.size() == 1);
    CHECK(forgotten.problems[0].hint == "a command stands behind --");
    // What follows an unknown option may be its value, and secret.
    const auto unknown = cli::parse_command_line({"--token", "hunter2secret"}, options);
    REQUIRE(unknown.problems.size() == 1);
    CHECK(unknown.problems[0].message == "unknown option '--token'");
}

TEST_CASE("--help and --version are flags only") {
    Run run;
    for (const char* name : {"SLIPWAY_RENDER_JOBSPEC_HELP", "SLIPWAY_HELP", "INPUT_HELP", "PLUGIN_HELP", "SLIPWAY_RENDER_JOBSPEC_VERSION", "SLIPWAY_VERSION", "INPUT_VERSION", "PLUGIN_VERSION"}) {
        run.set(name, "1");
    }
    run({});
    CHECK(run.code == 0);
    CHECK(run.out() == "");
    run.file("slipway.yaml", "render-jobspec:\n  help: true\n")({});
    CHECK(run.code == 2);
    CHECK(run.says("'help' is no option of render-jobspec"));
}

TEST_CASE("--help and --version answer whatever else is wrong") {
    Run run;
    run.file("slipway.yaml", "{")({"--bogus", "--help", "--number", "x"});
    CHECK(run.code == 0);
    CHECK(run.out().find("render-jobspec: plays with options\n\nUsage: render-jobspec FILE...\n") == 0);
    run({"-h"});
    CHECK(run.code == 0);
    run({"--version"});
    CHECK(run.code == 0);
    CHECK(run.out().find("render-jobspec ") == 0);
    CHECK(run.out().find(" (commit ") != std::string::npos);
    CHECK(run.out().back() == '\n');
    run.world.terminal.out_failure = "No space left on device";
    run({"--help"});
    CHECK(run.code == 3);
}

TEST_CASE("--help names each option's variables and default") {
    Run run;
    run({"--help"});
    for (const char* text : {"\n  --text TEXT\n      An option\n      default: what it knows\n      default: default\n      variable: SLIPWAY_RENDER_JOBSPEC_TEXT, TOOL_TEXT\n",
                             "  --shared-text TEXT\n", "variable: SLIPWAY_SHARED_TEXT, TOOL_SHARED_TEXT\n", "An option; repeatable\n", "  --choice red|blue|none\n",
                             "  --secret-file FILE\n      An option\n      variable: SLIPWAY_RENDER_JOBSPEC_SECRET, SLIPWAY_RENDER_JOBSPEC_SECRET_FILE, TOOL_SECRET\n",
                             "\nDuties:\n  -m, --must TEXT\n", "\nOptions of every step:\n", "  --dry-run\n", "variable: SLIPWAY_LOG_FORMAT\n", "  2 called wrongly", "INPUT_FOO-BAR (GitHub)"}) {
        INFO(text);
        CHECK(run.out().find(text) != std::string::npos);
    }
    for (const auto line : lines(run.out())) CHECK(line.size() <= 110);
}
