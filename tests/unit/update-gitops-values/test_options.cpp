#include "catch.hpp"

#include "fakes.hpp"
#include "update-gitops-values/update_gitops_values.hpp"

#include <string>
#include <vector>

using namespace slipway;
using namespace slipway::update_gitops_values;

namespace {

struct Run {
    fake::World world;
    int code = 0;

    explicit Run(const std::vector<std::string>& arguments,
                 const std::map<std::string, std::string>& variables = {}) {
        world.environment.variables = variables;
        world.files.contents["dir/v.yaml"] = "image:\n  tag: old\n";
        cli::Step<UpdateGitopsValues> step;
        code = world.run(step, arguments);
    }
    bool says(const std::string& text) const { return world.terminal.err.find(text) != std::string::npos; }
};

const std::vector<std::string> edit = {"--file", "v.yaml", "--set", "image.tag=new"};

std::vector<std::string> with(std::vector<std::string> first, const std::vector<std::string>& rest = edit) {
    first.insert(first.end(), rest.begin(), rest.end());
    return first;
}

} // namespace

TEST_CASE("exactly one place to change") {
    CHECK(Run(edit).code == 2);
    CHECK(Run(edit).says("error: no place to change is given: --repo or --dir is required"));
    CHECK(Run(with({"--dir", "dir", "--repo", "https://h/x"}))
              .says("error: --repo and --dir are two places to change: give one"));
    CHECK(Run(with({"--dir", "dir", "--branch", "main"})).says("error: --branch belongs to --repo"));
    CHECK(Run(with({"--dir", "dir"}), {{"SLIPWAY_UPDATE_GITOPS_VALUES_GIT_TOKEN", "sesame"}}).code == 0);
}

TEST_CASE("all mistakes in the options of update-gitops-values are reported together") {
    const Run run({"--repo", "-x", "--branch", "a..b", "--file", "../v.yaml", "--set", "image", "--set", "a=1",
                   "--set", ".a=2", "--author", "me", "--attempts", "0"});
    CHECK(run.code == 2);
    for (const char* text : {"cannot use --repo '-x'", "cannot use --branch 'a..b'", "cannot use --file '../v.yaml'",
                             "cannot use --set: 'image' is no PATH=VALUE", "--set gives a more than one value",
                             "cannot use --author 'me'", "cannot use --attempts"}) {
        INFO(text);
        CHECK(run.says(text));
    }
    CHECK(run.world.processes.commands.empty());
}

TEST_CASE("what is not supported yet is refused") {
    CHECK(Run({"--dir", "dir", "--file", "x.JSON", "--set", "a=1"}).says("JSON files are not supported yet"));
    CHECK(Run({"--dir", "dir", "--file", "v.yaml", "--set", "image[name=x].tag=1"})
              .says("brackets take a number or a key in double quotes"));
}

TEST_CASE("a folder's file is edited, once") {
    const Run run(with({"--dir", "dir"}));
    CHECK(run.code == 0);
    CHECK(run.world.files.contents.at("dir/v.yaml") == "image:\n  tag: new\n");
    CHECK(run.world.terminal.out ==
          "--- a/v.yaml\n+++ b/v.yaml\n@@ -1,2 +1,2 @@\n image:\n-  tag: old\n+  tag: new\n");
    const Run same({"--dir", "dir", "--file", "v.yaml", "--set", "image.tag=old"});
    CHECK(same.code == 0);
    CHECK(same.world.terminal.out.empty());
}

TEST_CASE("values come one per line from a variable") {
    const Run run({"--dir", "dir", "--file", "v.yaml"}, {{"SLIPWAY_UPDATE_GITOPS_VALUES_SET", "image.tag=a,b\n"}});
    CHECK(run.code == 0);
    CHECK(run.world.files.contents.at("dir/v.yaml") == "image:\n  tag: \"a,b\"\n");
}

TEST_CASE("a link out of the folder is refused, and nothing is written") {
    fake::World world;
    world.files.contents = {{"dir/v.yaml", "image:\n  tag: old\n"}};
    world.files.links = {{"dir/v.yaml", "/etc/v.yaml"}};
    cli::Step<UpdateGitopsValues> step;
    CHECK(world.run(step, with({"--dir", "dir"})) == 1);
    CHECK(world.terminal.err.find("a symbolic link leads out of dir") != std::string::npos);
    CHECK(world.files.contents.at("dir/v.yaml") == "image:\n  tag: old\n");
}

TEST_CASE("git that is not installed is the world's fault") {
    const Run run(with({"--repo", "https://h/x.git"}));
    CHECK(run.code == 3);
    CHECK(run.says("error: cannot run git: it is not installed or not on the PATH"));
}

TEST_CASE("the summary cannot be broken out of") {
    Result result{{"v.yaml",
                   "a: x\n",
                   "a: \"```\\n# fake\"\n",
                   {{.path = "a", .old = "x", .value = "v", .place = {}, .changed = true}}},
                  "main",
                  "c0ffee"};
    const auto summary = UpdateGitopsValues::report(result).summary;
    CHECK(summary.find("\n````diff\n") != std::string::npos);
    CHECK(summary.substr(summary.size() - 6) == "\n````\n");
}
