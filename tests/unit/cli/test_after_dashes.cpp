#include "catch.hpp"

#include "cli/step.hpp"
#include "fakes.hpp"

#include <map>
#include <string>
#include <vector>

using namespace slipway;

namespace {

using Words = std::vector<std::string>;

struct Commanding {
    std::vector<std::string> files, words;
    std::string text;
};
struct Nothing {};

/// A step that takes files before "--", and a command after it.
struct Commander {
    static constexpr cli::StepInfo info{.name = "run-job", .summary = "runs a command", .usage = "FILE... [-- COMMAND...]", .example = "run-job x -- true"};
    using Options = Commanding;
    using Plan = Nothing;
    using Result = Nothing;

    inline static Commanding seen;

    static void declare(cli::OptionSet& set, Options& options) {
        set.add("file", options.files).positional().value_name("FILE").help("Files");
        set.add("text", options.text).help("Text");
        set.add("words", options.words).after_dashes().value_name("WORD").help("Words of the command");
    }
    static void check(const Options&, std::vector<Diagnostic>&) {}
    static Plan plan(const Options& options, cli::Context&) {
        seen = options;
        return {};
    }
    static Result run(const Options&, const Plan&, cli::Context&) { return {}; }
    static cli::Report report(const Nothing&) { return {}; }
};

struct Run {
    fake::World world;
    int code = 0;
    Commanding seen;

    explicit Run(const Words& arguments, const std::map<std::string, std::string>& variables = {}, const std::string& config = {}) {
        Commander::seen = {};
        world.environment.variables = variables;
        if (!config.empty()) world.files.contents["slipway.yaml"] = config;
        cli::Step<Commander> step;
        code = world.run(step, config.empty() ? arguments : [&] {
            auto all = Words{"--config", "slipway.yaml"};
            all.insert(all.end(), arguments.begin(), arguments.end());
            return all;
        }());
        seen = Commander::seen;
    }
    bool says(const std::string& text) const { return world.terminal.err.find(text) != std::string::npos; }
};

} // namespace

TEST_CASE("the words of a command are taken as they are") {
    for (const auto& words : std::vector<Words>{{"true"},
                                                {"gate", "--text", "x", "--text=y", "--dry-run", "--help", "--version", "-h"},
                                                {"gate", "--", "--", "x"},
                                                {"gate", "", "x", ""},
                                                {"gate", "--text"},
                                                {"gate", "--words", "a", "--unheard-of"},
                                                {"gate", "a b", "$HOME", "a,b", "[a]", "a\nb", "\x1b[2J", "{}", "-"}}) {
        Words arguments = {"file1", "--text=own", "file2", "--"};
        arguments.insert(arguments.end(), words.begin(), words.end());
        const Run run(arguments);
        INFO(run.world.terminal.err);
        REQUIRE(run.code == 0);
        CHECK(run.seen.words == words);
        CHECK(run.seen.files == Words{"file1", "file2"});
        CHECK(run.seen.text == "own");
    }
}

TEST_CASE("a command may begin with the option, and end after the dashes") {
    CHECK(Run({"--words", "gate", "--words=--strict", "--", "--for", "5m"}).seen.words == Words{"gate", "--strict", "--for", "5m"});
    CHECK(Run({"--words", "gate"}).seen.words == Words{"gate"});
}

TEST_CASE("nothing after the dashes is a mistake, and no command without them") {
    for (const auto& arguments : std::vector<Words>{{"file1", "--"}, {"--", ""}, {"--", "", ""}}) {
        const Run run(arguments);
        CHECK(run.code == 2);
        CHECK(run.says("error: nothing stands after --\n"));
    }
    const Run run({"file1", "--text", "--", "gate"}); // the missing value is said, too
    CHECK(run.code == 2);
    CHECK(run.says("error: --text needs a value\n"));
    CHECK(Run({"file1"}).seen.words.empty());
}

TEST_CASE("a command comes from where every option comes from, the words after the dashes before all") {
    const std::map<std::string, std::string> variables = {{"SLIPWAY_RUN_JOB_WORDS", "gate\n--of the variable\n"}};
    CHECK(Run({}, variables).seen.words == Words{"gate", "--of the variable"});
    CHECK(Run({"--", "other"}, variables).seen.words == Words{"other"});
    CHECK(Run({}, {{"PLUGIN_WORDS", R"(["gate", "", "x"])"}}).seen.words == Words{"gate", "", "x"});
    CHECK(Run({}, {{"PLUGIN_WORDS", ""}}).seen.words.empty());
    CHECK(Run({}, {}, "run-job:\n  words: [gate, '', x]\n").seen.words == Words{"gate", "", "x"});
    CHECK(Run({}, {}, "run-job:\n  words: ['']\n").seen.words.empty());
}
