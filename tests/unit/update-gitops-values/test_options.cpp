#include "catch.hpp"

#include "fakes.hpp"
#include "update-gitops-values/update_gitops_values.hpp"

#include <map>
#include <string>
#include <vector>

using namespace slipway;
using namespace slipway::update_gitops_values;

namespace {

using Arguments = std::vector<std::string>;

struct Run {
    fake::World world;
    int code = 0;

    explicit Run(const Arguments& arguments, const std::map<std::string, std::string>& variables = {}) {
        world.environment.variables = variables;
        world.files.contents["dir/v.yaml"] = "image:\n  tag: old\n";
        cli::Step<UpdateGitopsValues> step;
        code = world.run(step, arguments);
    }
    bool says(const std::string& text) const { return world.terminal.err.find(text) != std::string::npos; }
    const std::string& file() const { return world.files.contents.at("dir/v.yaml"); }
};

const Arguments edit = {"--file", "v.yaml", "--set", "image.tag=new"};

Arguments with(Arguments first, const Arguments& rest = edit) {
    first.insert(first.end(), rest.begin(), rest.end());
    return first;
}

Arguments remote(const Arguments& rest) { return with({"--repo", "https://h/x.git"}, rest); }

} // namespace

TEST_CASE("exactly one place to change") {
    CHECK(Run(edit).code == 2);
    CHECK(Run(edit).says("error: no place to change is given: --repo or --dir is required"));
    CHECK(Run(with({"--dir", "dir", "--repo", "https://h/x"})).says("error: --repo and --dir are two places to change: give one"));
    CHECK(Run(with({"--dir", "dir"}), {{"SLIPWAY_UPDATE_GITOPS_VALUES_GIT_TOKEN", "sesame"}}).code == 0);
}

TEST_CASE("what only a commit has is refused for a folder") {
    for (const Arguments& option : {Arguments{"--branch", "main"}, {"--base", "main"}, {"--message", "x"}, {"--rollback"}, {"--rollback-to", "v1"}}) {
        INFO(option.front());
        const Run run(with({"--dir", "dir"}, with(option)));
        CHECK(run.code == 2);
        CHECK(run.says("error: " + option.front() + " belongs to --repo: --dir edits a folder and makes no commit"));
        CHECK(run.file() == "image:\n  tag: old\n");
    }
}

TEST_CASE("all mistakes in the options of update-gitops-values are reported together") {
    const Run run({"--repo",     "-x",          "--branch",   "a..b",      "--base",        "x y",        "--file",    "../v.yaml", "--file",       "[a",
                   "--set",      "image",       "--set",      "a=1",       "--set",         ".a=2",       "--set-json", "b=",       "--set-json",   "c={\"x\":1,\"x\":2}",
                   "--image",    "App:v1",      "--policy",   "x",         "--image-path",  "a b",        "--put",     "x",         "--delete",     "/x",
                   "--author",   "me",          "--message",  "{fiel}",    "--source-time", "yesterday",  "--timeout", "0s",        "--document",   "-2",
                   "--break-alias", "--follow-alias", "--path", "x"});
    CHECK(run.code == 2);
    for (const char* text :
         {"cannot use --repo '-x'", "cannot use --branch 'a..b'", "cannot use --base 'x y'", "cannot use --file '../v.yaml'", "cannot use --file '[a': its '[' has no ']'",
          "cannot use --set: 'image' is no PATH=VALUE", "cannot use --set: a is given more than one value", "cannot use --set-json: b: cannot read the JSON value: it ends too early",
          "cannot use --set-json: c: cannot read the JSON value: the key 'x' stands there twice", "cannot use --image: cannot read the image 'App:v1'",
          "cannot use --policy: cannot read the policy 'x'", "cannot use --image-path: cannot read the path 'a b'", "cannot use --put: 'x' is no PATH=LOCALFILE",
          "cannot use --delete: '/x': it is no path inside of the repository", "cannot use --author 'me'", "cannot use --message: there is no {fiel}",
          "cannot use --source-time 'yesterday'", "--timeout must be longer than nothing", "cannot use --document: documents are counted from 0",
          "--follow-alias and --break-alias are two ways", "--path belongs to --rollback"}) {
        INFO(text);
        CHECK(run.says(text));
    }
    CHECK(run.world.processes.commands.empty());
}

TEST_CASE("something to change, and a file to change it in") {
    const std::string nothing = "nothing to change is given: one of --set, --set-json, --image, --policy, --from, --put, --delete or --rollback is required";
    CHECK(Run({"--dir", "dir"}).says(nothing));
    CHECK(Run({"--dir", "dir", "--file", "v.yaml"}).says(nothing));
    for (const Arguments& change : {Arguments{"--set", "a=1"}, {"--set-json", "a=1"}, {"--image", "app:v1"}, {"--policy", "ns:app=app:v1"}}) {
        INFO(change.front());
        const Run run(with({"--dir", "dir"}, change));
        CHECK(run.code == 2);
        CHECK(run.says("error: --file is required: the file whose values are to change"));
    }
    for (const Arguments& change : {Arguments{"--put", "a=b"}, {"--delete", "a"}}) {
        INFO(change.front());
        CHECK(Run(with({"--dir", "dir", "--file", "v.yaml"}, change)).says("error: --file is given, and nothing to change in it"));
        CHECK(Run(with({"--dir", "dir", "--expect-old", "v1"}, change)).says("error: --expect-old is given, and no value to set"));
    }
    CHECK(Run(with({"--dir", "dir", "--image-path", "a"})).says("error: --image-path needs --image"));
}

TEST_CASE("a rollback goes with nothing else") {
    for (const Arguments& rollback : {Arguments{"--rollback"}, {"--rollback-to", "v1"}}) {
        for (const Arguments& change : {Arguments{"--set", "a=1"}, {"--set-json", "a=1"}, {"--image", "app:v1"}, {"--policy", "ns:app=app:v1"}, {"--put", "a=b"}, {"--delete", "a"}}) {
            INFO(rollback.front() << ' ' << change.front());
            const Run run(remote(with(with({"--file", "v.yaml"}, rollback), change)));
            CHECK(run.code == 2);
            CHECK(run.says("error: " + change.front() + " and --rollback do not go together"));
        }
        const auto refused = [&](const Arguments& rest, const std::string& why) {
            INFO(why);
            const Run run(remote(with(rollback, rest)));
            CHECK(run.code == 2);
            CHECK(run.says("error: " + why));
        };
        refused({}, "--rollback needs one --file: the one whose last change is taken back");
        refused({"--file", "a", "--file", "b"}, "--rollback needs one --file");
        refused({"--file", "*.yaml"}, "cannot use --file '*.yaml' with --rollback");
        refused({"--file", "a", "--document", "0"}, "--document and --rollback do not go together");
        refused({"--file", "a", "--path", "a b"}, "cannot use --path: cannot read the path 'a b'");
    }
}

TEST_CASE("a branch is made from another one only when it is named itself") {
    CHECK(Run(remote(with({"--base", "main"}))).says("error: --base needs --branch"));
    CHECK_FALSE(Run(remote(with({"--base", "main", "--branch", "next"}))).says("--base needs"));
}

TEST_CASE("a signing key is one that git takes, and never a flag") {
    CHECK(Run(remote(edit), {{"SLIPWAY_UPDATE_GITOPS_VALUES_SIGNING_KEY", "sesame-open"}}).says("error: cannot use --signing-key-file: "));
    CHECK(Run(remote(edit), {{"SLIPWAY_UPDATE_GITOPS_VALUES_SIGNING_PASSPHRASE", "sesame"}}).says("error: --signing-passphrase-file needs --signing-key-file"));
    CHECK(Run(remote(with({"--signing-key", "sesame"}))).says("use --signing-key-file or a variable"));
}

TEST_CASE("a folder must be there") {
    for (const std::string folder : {"nowhere", "dir/v.yaml"}) {
        const Run run({"--dir", folder, "--put", "a=dir/v.yaml"});
        CHECK(run.code == 2);
        CHECK(run.says("error: cannot use --dir '" + folder + "': there is no such folder"));
    }
}

TEST_CASE("a folder's file is edited, once") {
    const Run run(with({"--dir", "dir"}));
    CHECK(run.code == 0);
    CHECK(run.file() == "image:\n  tag: new\n");
    CHECK(run.world.terminal.out == "--- a/v.yaml\n+++ b/v.yaml\n@@ -1,2 +1,2 @@\n image:\n-  tag: old\n+  tag: new\n");
    const Run same({"--dir", "dir", "--file", "v.yaml", "--set", "image.tag=old"});
    CHECK(same.code == 0);
    CHECK(same.world.terminal.out.empty());
}

TEST_CASE("values come one per line from a variable") {
    const Run run({"--dir", "dir", "--file", "v.yaml"}, {{"SLIPWAY_UPDATE_GITOPS_VALUES_SET", "image.tag=a,b\n"}});
    CHECK(run.code == 0);
    CHECK(run.file() == "image:\n  tag: \"a,b\"\n");
}

TEST_CASE("a value with line breaks, controls and shell's characters arrives as it is") {
    const Run run({"--dir", "dir", "--file", "v.yaml", "--set", "image.tag=a\n$(x) `y` \x1b[31m\xE2\x80\xA8"});
    CHECK(run.code == 0);
    CHECK(run.file() == "image:\n  tag: \"a\\n$(x) `y` \\u001B[31m\\u2028\"\n");
    CHECK_FALSE(run.says("\x1b"));
    CHECK(Run({"--dir", "dir", "--file", "v.yaml", "--set", "image.tag=\xFF"}).code != 0);
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

TEST_CASE("a folder gets files that were put, executable ones too, and loses deleted ones") {
    fake::World world;
    world.files.contents = {{"/dir/old/a.yaml", "a\n"}, {"/dir/kept.sh", "x\n"}, {"/local/run.sh", "run\n"}, {"/local/b.yaml", "b\n"}};
    world.files.modes = {{"/local/run.sh", 0755}};
    cli::Step<UpdateGitopsValues> step;
    CHECK(world.run(step, {"--dir", "/dir", "--put", "new=/local", "--put", "kept.sh=/local/run.sh", "--delete", "old/*", "--delete", "none"}) == 0);
    CHECK(world.files.contents == std::map<std::string, std::string>{
                                      {"/dir/new/b.yaml", "b\n"}, {"/dir/new/run.sh", "run\n"}, {"/dir/kept.sh", "run\n"}, {"/local/run.sh", "run\n"}, {"/local/b.yaml", "b\n"}});
    CHECK(world.files.modes == std::map<std::string, unsigned>{{"/local/run.sh", 0755}, {"/dir/new/run.sh", 0755}});
}

TEST_CASE("a file that stays is not replaced by a folder") {
    fake::World world;
    world.files.contents = {{"/dir/a", "file\n"}, {"/dir/b", "file\n"}, {"/one", "1\n"}};
    cli::Step<UpdateGitopsValues> step;
    CHECK(world.run(step, {"--dir", "/dir", "--put", "a/x=/one", "--put", "b/y/z=/one", "--delete", "b"}) == 1);
    CHECK(world.terminal.err.find("error: cannot make a/x: a is a file, and no folder") != std::string::npos);
    CHECK(world.terminal.err.find("cannot make b/y/z") == std::string::npos);
    CHECK(world.files.contents.size() == 3);
}

TEST_CASE("git that is not installed is the world's fault") {
    const Run run(remote(edit));
    CHECK(run.code == 3);
    CHECK(run.says("error: cannot run git: it is not installed or not on the PATH"));
}
