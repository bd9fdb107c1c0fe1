#include "update-gitops-values/changeset.hpp"

#include "catch.hpp"
#include "failure.hpp"
#include "fakes.hpp"

#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

using namespace slipway;
using namespace slipway::update_gitops_values;

namespace {

using Lines = std::vector<std::string>;

/// A folder "/dir" with files, and others beside it, and what a request changes in it.
struct Folder {
    fake::World world;
    Options options;

    Folder(std::initializer_list<std::pair<const std::string, std::string>> files) {
        for (const auto& [path, content] : files) world.files.contents[path[0] == '/' ? path : "/dir/" + path] = content;
    }

    Changeset changes() {
        std::vector<Diagnostic> problems;
        const auto request = read_request(options, problems);
        CHECK(problems.empty());
        auto context = world.context();
        FolderTree tree("/dir", world.files);
        return compute(request, read_puts(request.puts, world.files), tree, context);
    }

    /// "path: text" of each file as it becomes, or what is wrong, one problem on each line, behind the exit code.
    Lines result() {
        Lines lines;
        try {
            for (const auto& file : changes()) lines.push_back(file.path + ": " + file.after.value_or("(deleted)"));
        } catch (const Error& error) {
            lines.push_back(std::to_string(static_cast<int>(error.code())));
            for (const auto& problem : error.diagnostics()) lines.push_back(to_line(problem));
        }
        return lines;
    }

    std::string hint() { return failure_of([&] { changes(); }).diagnostics().front().hint; }
};

} // namespace

TEST_CASE("a pattern names files, each once, and those that stay as they are do not count") {
    Folder folder{{"apps/a/values.yaml", "t: old\n"}, {"apps/b/c/values.yaml", "t: new\n"}, {"apps/d/values.yaml", "t: 'old'\n"}, {"apps/d/other.yaml", "x: [\n"}, {"apps/.e/values.yaml", "x: [\n"}};
    folder.options.files = {"apps/d/values.yaml", "apps/**/values.yaml", "apps/d/values.yaml"};
    folder.options.set = {"t=new"};
    CHECK(folder.result() == Lines{"apps/d/values.yaml: t: 'new'\n", "apps/a/values.yaml: t: new\n"});
}

TEST_CASE("a pattern looks into the folder that it names, and behind no link") {
    Folder folder{{"apps/a/v.yaml", "t: old\n"}, {"apps/link/v.yaml", "t: old\n"}, {"other/v.yaml", "t: old\n"}};
    folder.world.files.links = {{"/dir/apps/link", "/dir/other"}};
    folder.options.set = {"t=new"};
    folder.options.files = {"apps/a/*.yaml"};
    CHECK(folder.result() == Lines{"apps/a/v.yaml: t: new\n"});
    folder.options.files = {"apps/*/*.yaml"};
    CHECK(folder.result() == Lines{"apps/a/v.yaml: t: new\n"});
    folder.options.files = {"apps/link/*.yaml"};
    CHECK(folder.result() == Lines{"2", "cannot read apps/link/*.yaml: no file fits the pattern"});
    folder.options.files = {"**/v.yaml"};
    CHECK(folder.result().size() == 2);
}

TEST_CASE("a pattern that names nothing is a mistake, a path that is not there as well") {
    Folder folder{{"apps/myapp/values.yaml", "t: old\n"}};
    folder.options.set = {"t=new"};
    folder.options.files = {"apps/*.yaml", "none/**"};
    CHECK(folder.result() == Lines{"2", "cannot read apps/*.yaml: no file fits the pattern", "cannot read none/**: no file fits the pattern"});
    folder.options.files = {"apps/myapp/value.yaml"};
    CHECK(folder.result() == Lines{"2", "cannot read /dir/apps/myapp/value.yaml: No such file or directory"});
    CHECK(folder.hint() == "did you mean apps/myapp/values.yaml?");
    folder.options.files = {"apps/mapp/values.yaml"};
    CHECK(folder.hint() == "did you mean apps/myapp?");
    folder.options.files = {"quite/other"};
    CHECK(folder.hint().empty());
    folder.options.files = {"apps/myapp"};
    CHECK(folder.result() == Lines{"1", "cannot change /dir/apps/myapp: it is a folder"});
}

TEST_CASE("mistakes of several files are told together, and what cannot be read is the gravest") {
    Folder folder{{"a.yaml", "x: 1\n"}, {"b.yaml", "t: old\n"}, {"c.yaml", "t: [\n"}};
    folder.options.set = {"t=new"};
    folder.options.files = {"a.yaml", "b.yaml"};
    CHECK(folder.result() == Lines{"1", "a.yaml:1:1: cannot set t: the document has no key 't'"});
    folder.options.files = {"*.yaml", "d.yaml"};
    CHECK(folder.result() ==
          Lines{"2", "a.yaml:1:1: cannot set t: the document has no key 't'", "c.yaml:2:1: wrong YAML: end of sequence flow not found", "cannot read /dir/d.yaml: No such file or directory"});
}

TEST_CASE("a file is read by its name") {
    Folder folder{{"a.json", "{\"t\": \"old\"}"}, {"b.env", "t=old\n"}, {".env.prod", "t=old\n"}, {"c.tfvars", "t = \"old\"\n"}, {"d", "t: old\n"}};
    folder.options.set = {"t=new"};
    folder.options.files = {"a.json", "b.env", ".env.prod", "c.tfvars", "d"};
    CHECK(folder.result() == Lines{"a.json: {\"t\": \"new\"}", "b.env: t=new\n", ".env.prod: t=new\n", "c.tfvars: t = \"new\"\n", "d: t: new\n"});
}

TEST_CASE("more than 32 MiB are not edited") {
    Folder folder{{"a.yaml", std::string(32 * 1024 * 1024 + 1, '\n')}};
    folder.options.set = {"t=new"};
    folder.options.files = {"a.yaml"};
    CHECK(folder.result() == Lines{"1", "cannot change a.yaml: it is larger than 32 MiB"});
}

TEST_CASE("an image must stand in one of the files, not in each") {
    Folder folder{{"a.yaml", "image: registry/app:v1\n"}, {"b.yaml", "x: 1\n"}, {"c.env", "image=registry/app:v1\n"}};
    folder.options.files = {"*.yaml", "c.env"};
    folder.options.images = {"registry/app:v2"};
    CHECK(folder.result() == Lines{"a.yaml: image: registry/app:v2\n"});
    folder.options.images = {"registry/ap:v2"};
    CHECK(folder.result() == Lines{"1", "cannot set the image registry/ap: it is not in any of 3 files"});
    CHECK(folder.hint() == "did you mean registry/app?");
    folder.options.images = {"redis:7"};
    CHECK(folder.hint() == "found registry/app; --create adds an image to a kustomization, --image-path says where custom resources name theirs");
    folder.options.files = {"b.yaml"};
    folder.options.images = {"redis:7", "registry/app:v2"};
    CHECK(folder.result() == Lines{"1", "cannot set the image redis: it is not in b.yaml", "cannot set the image registry/app: it is not in b.yaml"});
    CHECK(folder.hint() == "--create adds an image to a kustomization, --image-path says where custom resources name theirs");
}

TEST_CASE("a policy must have its marker in one of the files") {
    const std::string marked = "a: app:v1 # {\"$imagepolicy\": \"ns:app\"}\n";
    // JSON, HCL and .env files have no comments that Flux reads; they need not be YAML then.
    Folder folder{{"a.yaml", marked}, {"b.hcl", "job \"x\" {\n}\n"}, {"c.json", "{\n\t\"a\": \"x\"\n}"}, {"d.env", "A={x\n"}};
    folder.options.files = {"a.yaml", "b.hcl", "c.json", "d.env"};
    folder.options.policies = {"ns:app=app:v2"};
    CHECK(folder.result() == Lines{"a.yaml: a: app:v2 # {\"$imagepolicy\": \"ns:app\"}\n"});
    folder.options.policies = {"ns:ap=app:v2"};
    CHECK(folder.result() == Lines{"1", "cannot set the image of the policy ns:ap: no value in any of 4 files has its marker"});
    CHECK(folder.hint() == "did you mean ns:app?");
    folder.options.policies = {"other:thing=app:v2"};
    CHECK(folder.hint() == "found ns:app; a value is marked by a comment behind it: # {\"$imagepolicy\": \"other:thing\"}");
}

TEST_CASE("--document chooses for values, images and policies") {
    const std::string text = "t: old\nimage: app:v1\nm: v1 # {\"$imagepolicy\": \"ns:app:tag\"}\n";
    Folder folder{{"a.yaml", text + "---\n" + text}};
    folder.options.files = {"a.yaml"};
    folder.options.document = 1;
    folder.options.set = {"t=new"};
    folder.options.images = {"app:v2"};
    folder.options.policies = {"ns:app=app:v3"};
    CHECK(folder.result() == Lines{"a.yaml: " + text + "---\nt: new\nimage: app:v2\nm: v3 # {\"$imagepolicy\": \"ns:app:tag\"}\n"});
    folder.options.document = 2;
    CHECK(folder.result() == Lines{"1", "a.yaml: cannot set t: the file has 2 documents, counted from 0"});
    folder.options.set = {};
    CHECK(folder.result() == Lines{"1", "cannot set the image app: it is not in document 2 of a.yaml", "cannot set the image of the policy ns:app: no value in document 2 of a.yaml has its marker"});
}

TEST_CASE("a value and an image do not set the same place") {
    Folder folder{{"a.yaml", "image:\n  repository: app\n  tag: v1\n"}};
    folder.options.files = {"a.yaml"};
    folder.options.set = {"image.tag=v2"};
    folder.options.images = {"app:v3"};
    const auto result = folder.result();
    REQUIRE(result.size() == 2);
    CHECK(result[0] == "1");
    CHECK(result[1].find("image.tag") != std::string::npos);
}

TEST_CASE("--expect-old: all values that change, and one of an image's, were what is expected") {
    Folder folder{{"a.yaml", "image: {repository: app, tag: v1, digest: ''}\nt: v1\nu: v2\nw:\n"}, {"b.yaml", "image: app:v1@sha256:" + std::string(64, 'a') + "\n"}};
    folder.options.expect_old = "v1";
    folder.options.files = {"a.yaml"};
    folder.options.set = {"t=v3"};
    CHECK(folder.result().size() == 1);
    folder.options.set = {"t=v3", "u=v3", "w=v3"};
    CHECK(folder.result() == Lines{"1", "a.yaml:3:4: cannot set u: it is 'v2', not 'v1' as --expect-old says", "a.yaml:4:1: cannot set w: it is empty, not 'v1' as --expect-old says"});
    // What is there already is no change.
    folder.options.set = {"t=v3", "u=v2"};
    CHECK(folder.result().size() == 1);
    CHECK(folder.result().front().find("t: v3") != std::string::npos);

    folder.options.set = {};
    folder.options.images = {"app:v3@sha256:" + std::string(64, 'b')};
    folder.options.files = {"a.yaml", "b.yaml"};
    CHECK(folder.result().size() == 2);
    folder.options.expect_old = "sha256:" + std::string(64, 'a');
    CHECK(folder.result().size() == 2);
    folder.options.expect_old = "v0";
    CHECK(folder.result() == Lines{"1", "a.yaml:1:31: cannot set image.tag: it is 'v1', not 'v0' as --expect-old says"});
    folder.options.images = {"app:v1"};
    folder.options.files = {"a.yaml"};
    CHECK(folder.result().empty());
}

TEST_CASE("files and folders of this machine are put, and what is there already does not count") {
    Folder folder{{"rules/same.yaml", "s\n"}, {"rules/old.yaml", "o\n"}, {"rules/kept.yaml", "k\n"}, {"/local/same.yaml", "s\n"}, {"/local/old.yaml", "n\n"}, {"/local/deep/new.yaml", "x\n"}, {"/local/.git/config", "no\n"}, {"/one", "1\n"}};
    folder.world.files.modes = {{"/local/deep/new.yaml", 0700}, {"/local/old.yaml", 0755}};
    folder.world.files.links = {{"/local/link", "/etc/passwd"}};
    folder.options.put = {"rules=/local", "one.txt=/one"};
    const auto changes = folder.changes();
    REQUIRE(changes.size() == 3);
    CHECK(changes[0].path == "rules/deep/new.yaml");
    CHECK_FALSE(changes[0].before);
    CHECK(changes[0].mode == "100755");
    CHECK(changes[1].path == "rules/old.yaml");
    CHECK(changes[1].before == "o\n");
    CHECK(changes[1].after == "n\n");
    CHECK(changes[1].mode == "100644"); // it was that before
    CHECK(changes[2].path == "one.txt");
    CHECK(changes[2].mode == "100644");
}

TEST_CASE("what cannot be put") {
    Folder folder{{"a", "file\n"}, {"d/x", "x\n"}, {"/one", "1\n"}, {"/bad/a\nb", "1\n"}, {"/bad2/GIT~1/x", "1\n"}, {"/empty/.git/x", "1\n"}};
    const auto result_of = [&](const Lines& put) {
        folder.options.put = put;
        return folder.result();
    };
    CHECK(result_of({"d=/one"}) == Lines{"1", "cannot change /dir/d: it is a folder"});
    CHECK(result_of({"x=/none"}) == Lines{"2", "cannot read /none: No such file or directory"});
    CHECK(result_of({"x=/empty"}) == Lines{"2", "cannot put x: the folder /empty holds no files"});
    CHECK(result_of({"x=/bad"}) == Lines{"2", "cannot put 'x/a\\x0ab': it holds a control character"});
    CHECK(result_of({"x=/bad2"}) == Lines{"2", "cannot put 'x/GIT~1/x': it leads into Git's own folder"});
}

TEST_CASE("files are deleted by path and pattern, and those that are not there need no deleting") {
    Folder folder{{"old/a.yaml", "a\n"}, {"old/b.yaml", ""}, {"kept", "k\n"}};
    folder.options.remove = {"old/*.yaml", "old/a.yaml", "none", "none/*"};
    const auto changes = folder.changes();
    REQUIRE(changes.size() == 2);
    CHECK(changes[0].before == "a\n");
    CHECK_FALSE(changes[0].after);
    CHECK(changes[1].path == "old/b.yaml");
    CHECK(folder.world.terminal.err.find("none is not there: nothing to delete") != std::string::npos);
    folder.options.remove = {"old"};
    CHECK(folder.result() == Lines{"1", "cannot change /dir/old: it is a folder"});
}

TEST_CASE("no file is changed in two ways, whether that changes anything or not") {
    Folder folder{{"a", "t: new\n"}, {"/same", "t: new\n"}, {"/other", "x\n"}};
    const std::string twice = "cannot change a: --file, --put and --delete name it twice";
    folder.options.put = {"a=/same", "a=/other"};
    CHECK(folder.result() == Lines{"2", twice});
    folder.options.remove = {"a"};
    folder.options.put = {"a=/same"};
    CHECK(folder.result() == Lines{"2", twice});
    folder.options.put = {};
    folder.options.files = {"a"};
    folder.options.set = {"t=new"};
    CHECK(folder.result() == Lines{"2", twice});
    folder.options = {};
    folder.options.put = {"n/x=/other", "n=/other", "n=/other", "m=/other", "m/x/y=/other", "n.x=/other"};
    CHECK(folder.result() == Lines{"2", "cannot change n: --file, --put and --delete name it twice", "cannot change both m and m/x/y: the first would be a file and a folder",
                                   "cannot change both n and n/x: the first would be a file and a folder"});
    // What goes away makes way.
    folder.options.put = {"a/b=/other"};
    folder.options.remove = {"a"};
    CHECK(folder.result() == Lines{"a/b: x\n", "a: (deleted)"});
}

TEST_CASE("people are told of values that become strings, and of anchors") {
    Folder folder{{"a.yaml", "n: 2\na: &t v1\nb: *t\nc: *t\n"}};
    folder.options.files = {"a.yaml"};
    folder.options.set = {"n=3", "a=v2"};
    folder.changes();
    const auto& said = folder.world.terminal.err;
    CHECK(said.find("a.yaml:1:4: n stood there without quotes") != std::string::npos);
    CHECK(said.find("it becomes a string (--set-json writes numbers and truth values)") != std::string::npos);
    CHECK(said.find("a has an anchor, by which it changes 2 other places of the file as well") != std::string::npos);
}
