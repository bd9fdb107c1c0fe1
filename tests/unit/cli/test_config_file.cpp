#include "catch.hpp"

#include "toy.hpp"

#include <filesystem>

using namespace slipway;
using namespace slipway::toy;

namespace {

/// A run with this slipway.yaml; what it says.
std::string said(const std::string& yaml) {
    Run run;
    run.file("slipway.yaml", yaml)({});
    return run.code == 0 ? "" : run.err();
}

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

} // namespace

TEST_CASE("what cannot stand in slipway.yaml is refused with its place") {
    const std::vector<std::pair<std::string, std::string>> rows = {
        {"render-jobspec:\n  txt: x\n", "error: slipway.yaml:2:3: 'txt' is no option of render-jobspec"},
        {"render-jobspec:\n  txt: x\n", "hint: did you mean 'text'?"},
        {"render-jobspex:\n  text: x\n", "error: slipway.yaml:1:1: 'render-jobspex' is no step"},
        {"render-jobspex:\n  text: x\n", "hint: did you mean 'render-jobspec'?"},
        {"render-jobspec: {text: x, number: y}\n", "error: slipway.yaml:1:35: cannot use --number: 'y' is no whole number"},
        {"# \xC3\xA4\nrender-jobspec: {text: \xC3\xA4, nummer: 1}\n", "error: slipway.yaml:2:27: 'nummer' is no option"},
        {"- a\n", "error: slipway.yaml:1:1: the file is no map of step names to options"},
        {"text\n", "the file is no map of step names to options"},
        {"render-jobspec: [a]\n", "error: slipway.yaml:1:17: the section of render-jobspec is no map of options"},
        {"render-jobspec: text\n", "the section of render-jobspec is no map of options"},
        {"render-jobspec:\n  text: {a: 1}\n", "error: slipway.yaml:2:9: 'text' takes one value"},
        {"render-jobspec:\n  text: [a]\n", "'text' takes one value"},
        {"render-jobspec:\n  list: {a: 1}\n", "'list' takes a list of texts"},
        {"render-jobspec:\n  list:\n    - a\n    - {b: 1}\n", "error: slipway.yaml:4:7: 'list' takes a list of texts"},
        {"render-jobspec:\n  text: a\n  text: b\n", "error: slipway.yaml:3:3: 'text' stands there twice"},
        {"render-jobspec:\n  text: a\nrender-jobspec:\n  number: 1\n", "error: slipway.yaml:3:1: 'render-jobspec' stands there twice"},
        {"? [a]\n: b\n", "error: slipway.yaml:1:3: '' is no step"},
        {"render-jobspec:\n  <<: {text: a}\n", "'<<' is no option"},
        {"render-jobspec:\n  config: other.yaml\n", "error: slipway.yaml:2:3: 'config' names this file, and cannot stand in it"},
        {"render-jobspec:\n---\nrender-jobspec:\n  text: a\n", "the file holds more than one document"},
        {"render-jobspec: {text: x\n", "error: slipway.yaml:2:1: wrong YAML: "},
        {"render-jobspec:\n\ttext: x\n", "error: slipway.yaml:2:"},
        {"a: *b\n", "wrong YAML: "},
        {std::string(10'000, '['), "wrong YAML: "},
    };
    for (const auto& [yaml, part] : rows) {
        INFO(yaml.substr(0, 100));
        const auto text = said(yaml);
        INFO(text);
        CHECK(contains(text, part));
    }
}

TEST_CASE("a file that says nothing is no mistake") {
    for (const char* yaml : {"", "# only a comment\n", "---\n", "~\n", "render-jobspec:\n", "render-jobspec: {}\n"}) {
        INFO(yaml);
        CHECK(said(yaml) == "");
    }
}

TEST_CASE("a broken file leaves open whether a required option is missing") {
    Run run;
    needs_must = true;
    run.file("slipway.yaml", "render-jobspec: {must: x")({});
    const auto broken = run.err();
    run.file("slipway.yaml", "render-jobspec: {must: x, bogus: y}")({});
    needs_must = false;
    CHECK(contains(broken, "wrong YAML"));
    CHECK_FALSE(contains(broken, "--must"));
    CHECK(run.code == 2);
    CHECK(run.says("'bogus' is no option"));
    CHECK_FALSE(run.says("--must"));
}

TEST_CASE("the file is looked for at the checkout's root, in the CI's workspace, and here") {
    const auto here = std::filesystem::current_path();
    REQUIRE(here.has_relative_path());
    SECTION("the given one") {
        Run run;
        run.file("slipway.yaml", "render-jobspec: {text: here}").file("other.yaml", "render-jobspec: {text: given}")({"--config", "other.yaml"});
        CHECK(seen.own.text == "given");
        run.set("SLIPWAY_CONFIG", "other.yaml")({});
        CHECK(seen.own.text == "given");
        run({"--config", "missing.yaml"});
        CHECK(run.code == 2);
        CHECK(run.says("error: cannot read missing.yaml: No such file or directory\n"));
    }
    SECTION("at the root of the checkout above the current folder") {
        Run run;
        const auto parent = here.parent_path();
        run.file((parent / ".git/HEAD").string(), "").file((parent / "slipway.yaml").string(), "render-jobspec: {text: root}").file("slipway.yaml", "render-jobspec: {text: here}")({});
        CHECK(seen.own.text == "root");
        run.file((parent / "slipway.yaml").string(), "render-jobspec: {txt: root}")({});
        CHECK(run.says("error: ../slipway.yaml:1:18: 'txt' is no option"));
    }
    SECTION("a worktree's .git is a file") {
        Run run;
        run.file((here / ".git").string(), "gitdir: x").file((here / "slipway.yaml").string(), "render-jobspec: {text: root}")({});
        CHECK(seen.own.text == "root");
    }
    SECTION("in the CI's workspace") {
        Run run;
        run.set("GITLAB_CI", "true").set("CI_PROJECT_DIR", "/builds/team/app").file("/builds/team/app/slipway.yaml", "render-jobspec: {text: workspace}")({});
        CHECK(seen.own.text == "workspace");
    }
    SECTION("in the current folder") {
        Run run;
        run.file("slipway.yaml", "render-jobspec: {text: here}")({});
        CHECK(seen.own.text == "here");
    }
    SECTION("nowhere") {
        Run run;
        run({});
        CHECK(run.code == 0);
    }
}
