#include "catch.hpp"

#include "build-image/content/content_key.hpp"
#include "build-image/content/context_walk.hpp"
#include "core/error.hpp"
#include "failure.hpp"
#include "fakes.hpp"

#include <atomic>
#include <set>

using namespace slipway;
using namespace slipway::build_image;

namespace {

struct Fixture {
    fake::World world;
    KeyInputs inputs;
    std::string ignore_file = "app/.dockerignore";
    std::atomic<bool> stop{false};

    Fixture() {
        auto& files = world.files;
        files.contents = {{"app/a", "one"}, {"app/b/c", "two"}, {"app/b/d", "three"}, {"app/.dockerignore", "ignored\n"}, {"app/ignored/x", "x"}};
        files.links = {{"app/link", "a"}};
        inputs = {.context = {},
                  .containerfile = "FROM base\nCOPY . /\n",
                  .platforms = {"linux/amd64"},
                  .bases = {{"base", "r/base@sha256:1"}},
                  .arguments = {{"A", "1"}},
                  .labels = {{"team", "x"}, {"org.opencontainers.image.revision", "abc"}},
                  .annotations = {{"team", "x"}},
                  .settings = {"target final", "network host"},
                  .buildah_version = "1.28.2"};
    }
    std::string key() {
        auto context = world.context();
        inputs.context = context_digest("app", ignore_file, std::nullopt, stop, context);
        return content_key(inputs);
    }
    std::vector<std::string> walked(const std::optional<std::vector<std::string>>& sources = std::nullopt, const std::string& patterns = {}) {
        auto context = world.context();
        std::vector<std::string> paths;
        for (const auto& entry : walk_context("app", IgnorePatterns(patterns), sources, stop, context)) paths.push_back(entry.path);
        return paths;
    }
};

using Paths = std::vector<std::string>;

} // namespace

TEST_CASE("a key is the same for the same content, and sees every change") {
    Fixture f;
    std::set<std::string> keys = {f.key()};
    CHECK(f.key() == *keys.begin());
    CHECK(f.key().size() == 64);
    const auto changes = [&](const char* what, const std::function<void(Fixture&)>& change) {
        INFO(what);
        Fixture other;
        change(other);
        CHECK(keys.insert(other.key()).second);
    };
    changes("a byte", [](Fixture& o) { o.world.files.contents["app/a"] = "onf"; });
    changes("a name", [](Fixture& o) { o.world.files.contents.erase("app/a"); o.world.files.contents["app/A"] = "one"; });
    changes("a file more", [](Fixture& o) { o.world.files.contents["app/new"] = ""; });
    changes("a file less", [](Fixture& o) { o.world.files.contents.erase("app/b/d"); });
    changes("permissions", [](Fixture& o) { o.world.files.modes["app/a"] = 0755; });
    changes("a setuid bit", [](Fixture& o) { o.world.files.modes["app/a"] = 04644; });
    changes("a link's target", [](Fixture& o) { o.world.files.links["app/link"] = "b"; });
    changes("a link instead of a file", [](Fixture& o) { o.world.files.contents.erase("app/b/d"); o.world.files.links["app/b/d"] = "c"; });
    changes("an attribute", [](Fixture& o) { o.world.files.extended["app/a"]["security.capability"] = "x"; });
    changes("an attribute's value", [](Fixture& o) { o.world.files.extended["app/a"]["security.capability"] = "y"; });
    changes("contents changed places", [](Fixture& o) { std::swap(o.world.files.contents["app/b/c"], o.world.files.contents["app/b/d"]); });
    changes("the Containerfile", [](Fixture& o) { o.inputs.containerfile += ' '; });
    changes("what is left out", [](Fixture& o) { o.world.files.contents["app/.dockerignore"] = "ignored\nb/d\n"; });
    changes("no patterns", [](Fixture& o) { o.ignore_file.clear(); });
    changes("the platform", [](Fixture& o) { o.inputs.platforms = {"linux/arm64"}; });
    changes("a platform more", [](Fixture& o) { o.inputs.platforms.emplace_back("linux/arm64"); });
    changes("a base image", [](Fixture& o) { o.inputs.bases["base"] = "r/base@sha256:2"; });
    changes("a build argument", [](Fixture& o) { o.inputs.arguments["A"] = "2"; });
    changes("a build argument's name", [](Fixture& o) { o.inputs.arguments = {{"A1", ""}}; });
    changes("a label", [](Fixture& o) { o.inputs.labels["team"] = "y"; });
    changes("an annotation", [](Fixture& o) { o.inputs.annotations["team"] = "y"; });
    changes("a setting", [](Fixture& o) { o.inputs.settings[0] = "target other"; });
    changes("Buildah", [](Fixture& o) { o.inputs.buildah_version = "1.39.0"; });

    Fixture same;
    same.inputs.labels["org.opencontainers.image.revision"] = "def";
    same.inputs.labels["org.opencontainers.image.created"] = "now";
    same.inputs.annotations["org.opencontainers.image.version"] = "2";
    same.world.files.contents["app/ignored/x"] = "changed";
    CHECK(same.key() == f.key());
}

TEST_CASE("the walk goes where something can come into the image") {
    Fixture f;
    CHECK(f.walked() == Paths{".dockerignore", "a", "b", "b/c", "b/d", "ignored", "ignored/x", "link"});
    CHECK(f.walked(std::nullopt, "ignored\n**/d") == Paths{".dockerignore", "a", "b", "b/c", "link"});
    CHECK(f.walked(std::nullopt, "*\n!b/c") == Paths{"b", "b/c"});
    CHECK(f.walked(Paths{"b", "a"}) == Paths{"a", "b", "b/c", "b/d"});
    CHECK(f.walked(Paths{"b", "b/c"}) == Paths{"b", "b/c", "b/d"});
    CHECK(f.walked(Paths{"missing"}).empty());
    CHECK(f.walked(Paths{}).empty());
    CHECK(f.walked(Paths{"link"}).size() == 8); // over a link, anything may come
}

TEST_CASE("what cannot be known for certain has no key") {
    Fixture f;
    SECTION("a link out of the context") { f.world.files.links["app/out"] = "../secret"; }
    SECTION("a link to what is left out") { f.world.files.links["app/out"] = "ignored/x"; }
    SECTION("an absolute link to what is left out") { f.world.files.links["app/b/out"] = "/ignored"; }
    CHECK(failure_of([&] { f.key(); }).code() == ExitCode::misuse);
}

TEST_CASE("a walk that nobody needs any more ends") {
    Fixture f;
    f.stop = true;
    CHECK(failure_of([&] { f.key(); }).code() == ExitCode::misuse);
}

TEST_CASE("links to nowhere, and within the context, are as good as files") {
    Fixture f;
    f.world.files.links["app/b/up"] = "../a";
    f.world.files.links["app/python"] = "/usr/bin/python3";
    f.world.files.links["app/self"] = ".";
    CHECK(f.key().size() == 64);
}

TEST_CASE("a file that changes while it is read has no key") {
    Fixture f;
    f.world.files.after_read = [&](const std::string& path) {
        if (path == "app/a") f.world.files.contents["app/a"] = "longer than before";
    };
    CHECK(std::string(failure_of([&] { f.key(); }).what()) == "cannot read app/a: it changes while it is read");
}
