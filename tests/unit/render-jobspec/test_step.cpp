#include "catch.hpp"

#include "fakes.hpp"
#include "render-jobspec/render_jobspec.hpp"

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

using namespace slipway;
using namespace slipway::render_jobspec;

namespace {

struct Run {
    fake::World world;
    int code = 0;

    void operator()(const std::vector<std::string>& arguments) {
        cli::Step<RenderJobspec> step;
        world.terminal.out.clear();
        world.terminal.err.clear();
        code = world.run(step, arguments);
    }
    bool said(const std::string& words) const { return world.terminal.err.find(words) != std::string::npos; }
};

} // namespace

TEST_CASE("a folder goes into a folder") {
    Run run;
    run.world.files.contents = {{"in/a.nomad.hcl.tmpl", "x = \"${V}\"\n"}, {"in/deep/b.yaml", "x: ${V}\n"}, {"in/c.sh.tpl", "echo ${V}\n"}, {"in/.hidden", "${NO}"}};
    run({"in", "--set", "V=it's", "-o", "out", "--json"});
    REQUIRE(run.code == 0);
    CHECK(run.world.files.contents["out/a.nomad.hcl"] == "x = \"it's\"\n");
    CHECK(run.world.files.contents["out/deep/b.yaml"] == "x: \"it's\"\n");
    CHECK(run.world.files.contents["out/c.sh"] == "echo it's\n");
    CHECK(run.world.files.contents.count("out/.hidden") == 0);
    CHECK(run.said("values go into text files as they are"));
    const auto json = nlohmann::json::parse(run.world.terminal.out);
    REQUIRE(json["files"].size() == 3);
    CHECK(json["files"][0]["path"].get<std::string>() == "out/a.nomad.hcl");
    CHECK(json["files"][0]["names"] == nlohmann::json::array({"V"}));
}

TEST_CASE("a folder for the output within that of the templates") {
    Run run;
    run.world.files.contents = {{"in/a.hcl", "x = \"${V}\"\n"}};
    for (int i = 0; i < 2; ++i) {
        run({"in", "--set", "V=1", "-o", "in/out"});
        CHECK(run.code == 0);
        CHECK(run.world.files.contents == std::map<std::string, std::string>{{"in/a.hcl", "x = \"${V}\"\n"}, {"in/out/a.hcl", "x = \"1\"\n"}});
    }
}

TEST_CASE("what has no ending is read as HCL, and says so when it is none") {
    Run run;
    run.world.files.contents = {{"Dockerfile.tmpl", "FROM ${BASE}\n"}, {"a.hcl", "FROM x\n"}};
    run({"Dockerfile.tmpl", "--set", "BASE=debian"});
    CHECK(run.code == 1);
    CHECK(run.said("hint: its name does not say what it is, so it is read as HCL; --format says otherwise"));
    run({"a.hcl"});
    CHECK(run.code == 1);
    CHECK_FALSE(run.said("--format says otherwise"));
    run({"Dockerfile.tmpl", "--set", "BASE=debian", "--format", "text"});
    CHECK(run.code == 0);
}

TEST_CASE("nothing is written when one of several is refused, and all is said") {
    Run run;
    run.world.files.contents = {{"in/a.hcl", "x = \"${V}\"\n"}, {"in/b.hcl", "x = ${V}\n"}, {"in/c.hcl", "x = \"${NO}\"\n"}};
    run({"in", "--set", "V=a", "-o", "out"});
    CHECK(run.code == 2);
    CHECK(run.said("in/b.hcl:1:5: the value of ${V} is refused"));
    CHECK(run.said("in/c.hcl:1:6: no value for ${NO}"));
    CHECK(run.world.files.contents.size() == 3);
    run({"in/a.hcl", "in/b.hcl", "--set", "V=a", "-o", "out"});
    CHECK(run.code == 1);
}

TEST_CASE("places that cannot be written to") {
    Run run;
    run.world.files.contents = {{"in/a.hcl", "x = 1\n"}, {"in/a.hcl.tmpl", "x = 2\n"}, {"b/a.hcl", "x = 3\n"}};
    run({"in", "-o", "out"});
    CHECK(run.code == 2);
    CHECK(run.said("in/a.hcl and in/a.hcl.tmpl would both go there"));
    run({"b/a.hcl", "in/a.hcl", "-o", "b"});
    CHECK(run.code == 2);
    CHECK(run.said("cannot write b/a.hcl: that is a template"));
    run({"in"});
    CHECK(run.code == 2);
    CHECK(run.said("in is a folder, which needs a folder to go to"));
    run({"b/a.hcl", "in/a.hcl"});
    CHECK(run.code == 2);
    CHECK(run.said("several templates need a folder to go to"));
    run({"-", "b/a.hcl", "-o", "out"});
    CHECK(run.code == 2);
    CHECK(run.said("its result would have no name"));
}

TEST_CASE("--check and --diff compare") {
    Run run;
    run.world.files.contents = {{"a.hcl.tmpl", "x = \"${V}\"\n"}, {"a.hcl", "x = \"old\"\n"}};
    run({"a.hcl.tmpl", "--set", "V=new", "-o", "a.hcl", "--check"});
    CHECK(run.code == 1);
    CHECK(run.world.terminal.out == "--- a/a.hcl\n+++ b/a.hcl\n@@ -1 +1 @@\n-x = \"old\"\n+x = \"new\"\n");
    CHECK(run.said("a.hcl: a.hcl is not what a.hcl.tmpl renders to"));
    CHECK(run.world.files.contents["a.hcl"] == "x = \"old\"\n");
    run({"a.hcl.tmpl", "--set", "V=old", "-o", "a.hcl", "--check"});
    CHECK(run.code == 0);
    CHECK(run.world.terminal.out.empty());
    run({"a.hcl.tmpl", "--set", "V=old", "-o", "missing.hcl", "--check"});
    CHECK(run.code == 1);

    run({"a.hcl.tmpl", "--set", "V=new", "--diff", "a.hcl"});
    CHECK(run.code == 0);
    CHECK(run.world.terminal.out.find("+x = \"new\"\n") != std::string::npos);
    run({"a.hcl.tmpl", "--set", "V=new", "--diff", "nowhere.hcl"});
    CHECK(run.code == 2);
    run({"a.hcl.tmpl", "--set", "V=new", "--diff", "a.hcl", "-o", "a.hcl"});
    CHECK(run.code == 0);
    CHECK(run.world.files.contents["a.hcl"] == "x = \"new\"\n");
    for (const auto& wrong : std::vector<std::vector<std::string>>{{"--check"}, {"--check", "-o", "-"}, {"--check", "--diff", "x", "-o", "y"}, {"--fail-on-change"}}) {
        auto arguments = wrong;
        arguments.insert(arguments.begin(), "a.hcl.tmpl");
        run(arguments);
        CHECK(run.code == 2);
    }
}

TEST_CASE("what was given and nobody asked for is pointed out") {
    Run run;
    run.world.files.contents = {{"a.hcl", "x = \"${V}\"\n"}};
    run({"a.hcl", "--set", "V=1", "--set", "IMAGE_TGA=2"});
    CHECK(run.code == 0);
    CHECK(run.said("the value of IMAGE_TGA is given, and no template asks for it"));
}

TEST_CASE("a job's mistakes are told by the template's lines") {
    Run run;
    run.world.files.contents = {{"a.hcl", "job \"j\" {\n  group \"g\" {\n    task \"t\" {\n      driver = \"docker\"\n      env = {\n        A = <<E\n${V}\nE\n      }\n"
                                          "      config {\n        image = \"${IMAGE}\"\n      }\n      netwrok {}\n    }\n  }\n}\n"}};
    run({"a.hcl", "--set", "V=1\n2\n3", "--set", "IMAGE=app:latest", "--require-immutable"});
    CHECK(run.code == 1);
    CHECK(run.said("a.hcl:11:9: the image 'app:latest' may be another one tomorrow"));
    CHECK(run.said("a.hcl:13:7: unknown block 'netwrok' in task"));
    run({"a.hcl", "--set", "V=1\n2\n3", "--set", "IMAGE=app:1", "--require-immutable"});
    CHECK(run.code == 0);
    CHECK(run.said("warning: a.hcl:13:7: unknown block 'netwrok' in task"));
}

TEST_CASE("secrets do not show, also when they make a mistake") {
    Run run;
    run.world.environment.variables = {{"KEY", "sesame-open"}};
    run.world.files.contents = {{"a.hcl", "x = \"${KEY:${KEY}}\"\n"}};
    run({"a.hcl", "--secret", "KEY"});
    CHECK(run.code == 2);
    CHECK(run.said("'***' in ${KEY:...} is no whole number"));
    CHECK_FALSE(run.said("sesame-open"));
}
