#include "catch.hpp"

#include "toy.hpp"

#include <functional>

using namespace slipway;
using namespace slipway::toy;
using cli::Layer;

// The order of the layers, for each kind of option and each pair of layers, from the command line to the step.
namespace {

using Values = std::vector<std::string>;

const std::vector<std::pair<Layer, std::string>> layers = {
    {Layer::flag, "the flag"},
    {Layer::step_variable, "SLIPWAY_<STEP>_X"},
    {Layer::shared_variable, "SLIPWAY_X"},
    {Layer::github_input, "INPUT_X"},
    {Layer::plugin_variable, "PLUGIN_X"},
    {Layer::tool_variable, "the tool's own variable"},
    {Layer::file, "slipway.yaml"},
    {Layer::ci, "the CI"},
    {Layer::fallback, "the default"},
};

struct Kind {
    std::string name; ///< of the option
    Values strong, weak, fallback;
    std::function<Values(const Options::OfEachKind&)> read;
};

Values one(std::string text) { return {std::move(text)}; }

const std::vector<Kind> kinds = {
    {"text", {"strong"}, {"weak"}, {"default"}, [](const auto& o) { return one(o.text); }},
    {"list", {"s1", "s2"}, {"w1", "w2", "w3"}, {"default"}, [](const auto& o) { return o.list; }},
    {"flag", {"true"}, {"false"}, {"false"}, [](const auto& o) { return one(o.flag ? "true" : "false"); }},
    {"flag", {"false"}, {"true"}, {"false"}, [](const auto& o) { return one(o.flag ? "true" : "false"); }},
    {"number", {"1"}, {"2"}, {"99"}, [](const auto& o) { return one(std::to_string(o.number)); }},
    {"real", {"1.250000"}, {"2.500000"}, {"9.500000"}, [](const auto& o) { return one(std::to_string(o.real)); }},
    {"duration", {"1m"}, {"2h"}, {"1m39s"}, [](const auto& o) { return one(format_duration(o.duration)); }},
    {"choice", {"red"}, {"blue"}, {"none"}, [](const auto& o) { return one(o.choice); }},
    {"secret", {"strong-secret"}, {"weak-secret"}, {""}, [](const auto& o) { return one(o.secret.reveal()); }},
};

/// Everything that one run is given.
struct Given {
    Run run;
    std::vector<std::string> arguments;

    void add(Layer layer, const std::string& option, bool secret, const Values& values) {
        std::string shouted = upper(option);
        replace_all(shouted, "-", "_");
        const auto joined = join(values, "\n");
        if (secret && (layer == Layer::flag || layer == Layer::file)) run.file(values[0] + ".txt", values[0] + "\n");
        switch (layer) {
        case Layer::flag:
            for (const auto& value : values) arguments.push_back("--" + option + (secret ? "-file=" + value + ".txt" : '=' + value));
            break;
        case Layer::step_variable: run.set("SLIPWAY_RENDER_JOBSPEC_" + shouted, joined); break;
        case Layer::shared_variable: run.set("SLIPWAY_" + shouted, joined); break;
        case Layer::github_input: run.set("INPUT_" + upper(option), joined); break;
        case Layer::plugin_variable: run.set("PLUGIN_" + shouted, join(values, ",")); break;
        case Layer::tool_variable: run.set("TOOL_" + shouted, joined); break;
        case Layer::file:
            run.file("slipway.yaml", "render-jobspec:\n  " + option + (secret ? "-file: " + values[0] + ".txt\n"
                                                                     : values.size() == 1 ? ": '" + values[0] + "'\n"
                                                                                          : ": [" + join(values, ", ") + "]\n"));
            break;
        case Layer::ci:
            run.set("GITLAB_CI", "true");
            run.set(toy::from_ci.at(option.substr(option.rfind('-') + 1)).first, values[0]);
            break;
        case Layer::fallback: break;
        }
    }
};

/// Whether an option of this kind, shared or not, has this layer.
bool has(Layer layer, bool shared, bool secret) {
    if (layer == Layer::shared_variable) return shared;
    return !secret || (layer != Layer::ci && layer != Layer::fallback);
}

} // namespace

TEST_CASE("of two layers the stronger one gives the whole value, for every kind of option") {
    for (const auto& kind : kinds) {
        const bool secret = kind.name == "secret";
        for (const bool shared : {false, true}) {
            const auto option = (shared ? "shared-" : "") + kind.name;
            for (std::size_t strong = 0; strong < layers.size(); ++strong) {
                for (std::size_t weak = strong + 1; weak < layers.size(); ++weak) {
                    if (!has(layers[strong].first, shared, secret) || !has(layers[weak].first, shared, secret)) continue;
                    INFO("--" << option << ": " << layers[strong].second << " before " << layers[weak].second);
                    Given given;
                    const auto first = layers[strong].first;
                    // The CI knows one value, never a list.
                    const auto expected = first == Layer::ci ? one(kind.strong[0]) : kind.strong;
                    given.add(layers[weak].first, option, secret, kind.weak);
                    given.add(first, option, secret, kind.strong);
                    given.run(given.arguments);
                    INFO(given.run.err());
                    REQUIRE(given.run.code == 0);
                    CHECK(kind.read(shared ? seen.shared : seen.own) == expected);
                }
            }
        }
    }
}

TEST_CASE("each layer alone gives the value, and an empty value there counts as none") {
    for (const auto& kind : kinds) {
        const bool secret = kind.name == "secret";
        for (const bool shared : {false, true}) {
            const auto option = (shared ? "shared-" : "") + kind.name;
            for (const auto& [layer, what] : layers) {
                if (!has(layer, shared, secret)) continue;
                INFO("--" << option << ": " << what);
                const auto& of = [&]() -> const Options::OfEachKind& { return shared ? seen.shared : seen.own; };
                Given given;
                given.add(layer, option, secret, kind.strong);
                given.run(given.arguments);
                REQUIRE(given.run.code == 0);
                const auto alone = layer == Layer::ci ? one(kind.strong[0]) : layer == Layer::fallback ? kind.fallback : kind.strong;
                CHECK(kind.read(of()) == alone);

                if (secret && (layer == Layer::flag || layer == Layer::file)) continue; // a file's name, tested elsewhere
                Given empty;
                empty.add(layer, option, secret, {""});
                empty.run(empty.arguments);
                INFO(empty.run.err());
                REQUIRE(empty.run.code == 0);
                CHECK(kind.read(of()) == kind.fallback);
            }
        }
    }
}

TEST_CASE("an empty value in a strong layer lets a weaker one speak") {
    Run run;
    run.set("SLIPWAY_RENDER_JOBSPEC_TEXT", "").set("INPUT_TEXT", "").set("PLUGIN_TEXT", "weak")({"--text", ""});
    CHECK(seen.own.text == "weak");
    run({"--text="});
    CHECK(seen.own.text == "weak");
    run.set("INPUT_LIST", "\n\n").set("PLUGIN_LIST", "a,,b")({"--list", "", "--list="});
    CHECK(seen.own.list == Values{"a", "b"});
    run({"--list", "", "--list", "x"});
    CHECK(seen.own.list == Values{"x"});
}

TEST_CASE("a value may be empty behind its equals sign") {
    Run run;
    run({"--list", "k=", "--list=j="});
    CHECK(seen.own.list == Values{"k=", "j="});
    run.set("INPUT_LIST", "k=\nl=")({});
    CHECK(seen.own.list == Values{"k=", "l="});
}

TEST_CASE("a variable for all steps applies to shared options only") {
    Run run;
    run.set("SLIPWAY_TEXT", "for all").set("SLIPWAY_SHARED_TEXT", "for all")({});
    CHECK(seen.own.text == "default");
    CHECK(seen.shared.text == "for all");
    // And another step's variable to no other step.
    run.set("SLIPWAY_PUSH_RULES_TEXT", "not ours")({});
    CHECK(seen.own.text == "default");
}

TEST_CASE("GitHub's inputs keep their hyphens") {
    Run run;
    run.set("INPUT_SHARED-TEXT", "with hyphen")({});
    CHECK(seen.shared.text == "with hyphen");
    Run other;
    other.set("INPUT_SHARED_TEXT", "without")({});
    CHECK(seen.shared.text == "default");
}

TEST_CASE("a list has one value per line from CI variables") {
    for (const char* name : {"SLIPWAY_RENDER_JOBSPEC_LIST", "INPUT_LIST", "TOOL_LIST"}) {
        INFO(name);
        Run run;
        run.set(name, "a,b\r\n c d \n\n[\"e\"]\n")({});
        CHECK(seen.own.list == Values{"a,b", " c d ", "[\"e\"]"});
    }
    Run run;
    run.set("SLIPWAY_SHARED_LIST", "a\nb")({});
    CHECK(seen.shared.list == Values{"a", "b"});
}

TEST_CASE("a list is JSON or joined by commas from a plugin's settings") {
    const std::vector<std::pair<std::string, Values>> rows = {
        {"a", {"a"}},
        {"a,b", {"a", "b"}},
        {"a, b ,c", {"a", "b", "c"}},
        {"[\"a,b\",\"c\\nd\",1,true]", {"a,b", "c\nd", "1", "true"}},
        {"[\"\",\"a\"]", {"a"}},
        {"[broken", {"[broken"}},
        {"a\nb", {"a\nb"}},
    };
    for (const auto& [text, values] : rows) {
        INFO(text);
        Run run;
        run.set("PLUGIN_LIST", text)({});
        CHECK(seen.own.list == values);
    }
}

TEST_CASE("a list in slipway.yaml is a sequence or a text with one value per line") {
    Run run;
    run.file("slipway.yaml", "render-jobspec:\n  list: [a, 'b,c', '', 1.10]\n")({});
    CHECK(seen.own.list == Values{"a", "b,c", "1.10"});
    run.file("slipway.yaml", "render-jobspec:\n  list: |\n    a\n    b c\n")({});
    CHECK(seen.own.list == Values{"a", "b c"});
    run.file("slipway.yaml", "render-jobspec:\n  list: []\n  text: ~\n  number:\n")({});
    CHECK(seen.own.list == Values{"default"});
    CHECK(seen.own.text == "default");
    CHECK(seen.own.number == 99);
}

TEST_CASE("a wrong value names its source, and no weaker layer steps in") {
    Run run;
    run.set("INPUT_NUMBER", "5")({"--number", "many"});
    CHECK(run.code == 2);
    CHECK(run.says("error: cannot use --number: 'many' is no whole number\n"));
    run.set("SLIPWAY_RENDER_JOBSPEC_DURATION", "10")({});
    CHECK(run.code == 2);
    CHECK(run.says("error: cannot use SLIPWAY_RENDER_JOBSPEC_DURATION: '10' is no duration, such as 90s, 10m or 1h30m\n"));
    run.file("slipway.yaml", "render-jobspec:\n  choice: green\n")({"--duration=1s"});
    CHECK(run.code == 2);
    CHECK(run.says("error: slipway.yaml:2:11: cannot use --choice: 'green' is none of red, blue, none\n"));
}

TEST_CASE("values of each form are checked to their end") {
    const std::vector<std::pair<std::string, Values>> wrong = {
        {"number", {"x", "1x", "1.5", " 1", "1 ", "0x10", "99999999999999999999"}},
        {"real", {"x", "1,5", "nan", "inf", "1e999", "1 "}},
        {"flag", {"maybe", "2", "truely"}},
        {"duration", {"1", "1 m", "-1m"}},
        {"choice", {"Red", "red ", "green"}},
    };
    for (const auto& [option, texts] : wrong) {
        for (const auto& text : texts) {
            INFO(option << " = " << text);
            Run run;
            run.set("INPUT_" + upper(option), text)({});
            CHECK(run.code == 2);
            CHECK(run.says("cannot use INPUT_" + upper(option)));
        }
    }
    Run run;
    run.set("INPUT_NUMBER", "-7").set("INPUT_REAL", "-1.5e3").set("INPUT_FLAG", "On")({});
    CHECK(seen.own.number == -7);
    CHECK(seen.own.real == -1500);
    CHECK(seen.own.flag);
}

TEST_CASE("where each value came from is said by --dry-run") {
    Run run;
    run.file("slipway.yaml", "render-jobspec:\n  duration: 5m\n")
        .file("token", "hunter2secret")
        .set("SLIPWAY_RENDER_JOBSPEC_TEXT", "a")
        .set("SLIPWAY_SHARED_TEXT", "b")
        .set("INPUT_NUMBER", "3")
        .set("PLUGIN_LIST", "x,y")
        .set("TOOL_CHOICE", "red")
        .set("GITLAB_CI", "true")
        .set("CI_JOB_ID", "7")({"--flag", "--secret-file", "token", "--dry-run", "--json"});
    REQUIRE(run.code == 0);
    const auto json = run.json();
    CHECK(json["dry_run"] == true);
    const auto options = json["options"];
    const std::vector<std::tuple<std::string, std::string, std::string>> rows = {
        {"flag", "true", "--flag"},
        {"text", "a", "SLIPWAY_RENDER_JOBSPEC_TEXT"},
        {"shared-text", "b", "SLIPWAY_SHARED_TEXT"},
        {"number", "3", "INPUT_NUMBER"},
        {"list", "x, y", "PLUGIN_LIST"},
        {"choice", "red", "TOOL_CHOICE"},
        {"duration", "5m", "slipway.yaml:2:13"},
        {"real", "7", "what it knows, GitLab"},
        {"shared-choice", "none", "default"},
        {"secret", "***", "--secret-file"},
        {"dry-run", "true", "--dry-run"},
    };
    for (const auto& [option, value, source] : rows) {
        INFO(option);
        CHECK(options[option]["value"] == value);
        CHECK(options[option]["source"] == source);
        CHECK(run.says("option " + option + " = " + value + " (" + source + ")\n"));
    }
    CHECK_FALSE(options.contains("must")); // no layer has it
}
