#include "catch.hpp"

#include "rendering.hpp"

#include <string>

using namespace slipway;
using namespace slipway::rendering;

namespace {

std::string text_of(const std::map<std::string, Value>& values, const std::string& name) { return values.at(name).text; }

std::string problem(const std::string& path, const std::string& text) {
    const auto error = failure_of([&] { read_values(path, text); });
    CHECK(error.code() == ExitCode::misuse);
    return to_line(error.diagnostics().front());
}

} // namespace

TEST_CASE("values from yaml stay as they are written") {
    const auto values = read_values("v.yaml", "TAG: 1.10\nN: 3\nB: true\nQ: \"3\"\nL: [1, a, {b: null}]\nT: |\n  x\n  y\nY: yes\nF: 1.5\n");
    CHECK(text_of(values, "TAG") == "1.10");
    CHECK(values.at("TAG").json == nullptr); // 1.10 would become 1.1
    CHECK(*values.at("N").json == 3);
    CHECK(*values.at("B").json == true);
    CHECK(*values.at("F").json == 1.5);
    CHECK(values.at("Q").json == nullptr);
    CHECK(text_of(values, "Q") == "3");
    CHECK(text_of(values, "L") == R"([1,"a",{"b":null}])");
    CHECK(text_of(values, "T") == "x\ny\n");
    CHECK(text_of(values, "Y") == "yes");
    CHECK(read_values("v.yml", "").empty());
    CHECK(read_values("v.yml", "# nothing\n").empty());
}

TEST_CASE("values from json and .env") {
    const auto json = read_values("v.json", R"({"A": "x", "N": 3, "L": [1]})");
    CHECK(text_of(json, "A") == "x");
    CHECK(*json.at("N").json == 3);
    CHECK(text_of(json, "L") == "[1]");
    CHECK(read_values("a/.env", "# c\n").empty());
}

TEST_CASE("values from .env as a shell has them") {
    const auto env = read_values("prod.env", "# c\n\nA=1 \nexport B=two words\nC='a # $X \\n'\nD=\"a\\n\\\"\\$\\\\\"  # c\nE=\nF=\"x\ny\"\r\nG=a#b\r\n");
    CHECK(text_of(env, "A") == "1");
    CHECK(text_of(env, "B") == "two words");
    CHECK(text_of(env, "C") == "a # $X \\n");
    CHECK(text_of(env, "D") == "a\n\"$\\");
    CHECK(text_of(env, "E") == "");
    CHECK(text_of(env, "F") == "x\ny");
    CHECK(text_of(env, "G") == "a#b");
    CHECK(problem("p.env", "A = 1\n") == "p.env:1:1: no NAME=value");
    CHECK(problem("p.env", "A=1\nA=2\n") == "p.env:2:1: A is there twice");
    CHECK(problem("p.env", "A=b # c\n") == "p.env:1:3: a value with a comment, or a value that holds ' #': readers do not agree");
    CHECK(problem("p.env", "A=\"x\n") == "p.env:1:3: a quote without its partner");
    CHECK(problem("p.env", "A=\"\\q\"\n") == "p.env:1:4: an escape that is none");
    CHECK(problem("p.env", "A='x'y\n") == "p.env:1:6: something behind a quoted value");
}

TEST_CASE("files of values that are none") {
    CHECK(problem("v.yaml", "- a\n") == "v.yaml:1:1: no map of names and values");
    CHECK(problem("v.yaml", "A:\n") == "v.yaml:1:1: A has no value");
    CHECK(problem("v.yaml", "A: 1\nA: 2\n") == "v.yaml:2:1: A is there twice");
    CHECK(problem("v.yaml", "A: &x 1\nB: *x\n") == "v.yaml:2:4: an alias in a file of values");
    CHECK(problem("v.yaml", "A: 1\n---\nB: 2\n") == "v.yaml:2:1: values in several documents");
    CHECK(problem("v.yaml", "A: [\n").find("wrong YAML") != std::string::npos);
    CHECK(problem("v.json", "[1]") == "v.json: cannot read values: no object of names and values");
    CHECK(problem("v.json", "{\"A\": null}") == "v.json: A has no value (null)");
    CHECK(problem("v.json", "{\"A\": ") == "v.json: cannot read values: it is no JSON at character 7");
    CHECK(problem("v.txt", "A=1").find("its name ends in none of") != std::string::npos);
    CHECK(problem("v.yaml", "A: " + std::string(200, '[') + std::string(200, ']') + "\n").find("too deep") != std::string::npos);
}

TEST_CASE("stronger sources win") {
    fake::World world;
    world.environment.variables = {{"A", "env"}, {"B", "env"}, {"C", "env"}, {"EMPTY", ""}, {"PATH", "/bin"}, {"CI_COMMIT_SHA", "env"}};
    world.ci.system = ci::System::github;
    world.ci.commit = "0123456789";
    world.ci.branch = "main";
    world.files.contents = {{"one.yaml", "A: one\nB: one\n"}, {"two.env", "A=two\n"}, {"cert.pem", "text\r\n"}};
    auto context = world.context();
    const Names names;
    const Values values({.set = {"A=set", "D=x=y", "F="}, .set_file = {"G=cert.pem"}, .set_json = {"H=[1]"}, .files = {"one.yaml", "two.env"}}, names, context);
    CHECK(values.find("A")->text == "set");
    CHECK(values.find("B")->text == "one");
    CHECK(values.find("C")->text == "env");
    CHECK(values.find("C")->source == "the environment");
    CHECK(values.find("D")->text == "x=y");
    CHECK(values.find("F")->text == "");
    CHECK(values.find("G")->text == "text");
    CHECK(values.find("EMPTY") == nullptr);
    CHECK(values.find("PATH") == nullptr);
    CHECK(values.find("CI_COMMIT_SHA")->text == "env");
    CHECK(values.find("CI_COMMIT_REF_NAME")->text == "main");
    CHECK(values.find("CI_COMMIT_REF_NAME")->source == "GitHub");
    CHECK(values.find("NOWHERE") == nullptr);
    CHECK(values.unused() == std::vector<std::string>{"H"});
    const Names listed({"PATH"}, {}, "");
    CHECK(Values({}, listed, context).find("PATH")->text == "/bin");
}

TEST_CASE("mistakes in sources show before anything is read") {
    std::vector<Diagnostic> problems;
    check_sources({.set = {"a-b=1", "A=1", "NO"}, .set_file = {"A=f"}, .set_json = {"J={"}, .files = {}}, problems);
    std::string all;
    for (const auto& problem : problems) all += problem.message + '\n';
    CHECK(all == "cannot use --set 'a-b': it is no NAME=value\n"
                 "cannot use --set 'NO': it is no NAME=value\n"
                 "A is given by --set and by --set-file\n"
                 "cannot use --set-json J: it is no JSON at character 2\n");
}

TEST_CASE("formats by the name of a file") {
    CHECK(format_of("deploy/app.nomad.hcl.tmpl") == Format::hcl);
    CHECK(format_of("app.nomad") == Format::hcl);
    CHECK(format_of("app.tmpl") == std::nullopt);
    CHECK(format_of("app") == std::nullopt);
    CHECK(format_of("a.b/deployment.yaml.tpl") == Format::yaml);
    CHECK(format_of("job.json") == Format::yaml);
    CHECK(format_of("nginx.conf.template") == Format::text);
    CHECK(format_of("run.sh") == Format::text);
}
