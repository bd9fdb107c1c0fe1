#include "catch.hpp"

#include "build-image/metadata.hpp"
#include "core/error.hpp"

using namespace slipway;
using namespace slipway::build_image;

namespace {

const std::string commit = "1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d";

Source branch_build(const std::string& branch) { return {.commit = commit, .short_commit = "1a2b3c4d", .branch = branch}; }

} // namespace

TEST_CASE("tags without any given") {
    const auto branch = choose_tags({}, branch_build("main"));
    CHECK(branch.names == std::vector<std::string>{"1a2b3c4d", "main"});
    CHECK(branch.version == "1a2b3c4d");
    CHECK(branch.immutable == "1a2b3c4d");

    const auto release = choose_tags({}, {.commit = commit, .short_commit = "1a2b3c4", .tag = "v1.2.3"});
    CHECK(release.names == std::vector<std::string>{"v1.2.3", "1a2b3c4"});
    CHECK(release.version == "v1.2.3");
    CHECK(release.immutable == "v1.2.3");

    const auto moving = choose_tags({}, {.commit = commit, .short_commit = "1a2b3c4", .tag = "v1"});
    CHECK(moving.version == "v1");
    CHECK(moving.immutable == "1a2b3c4");

    CHECK(choose_tags({}, {.commit = commit, .short_commit = "1a2b3c4"}).names == std::vector<std::string>{"1a2b3c4"});
}

TEST_CASE("a pull request does not write over the branch that it calls its own") {
    auto source = branch_build("main");
    source.is_pull_request = true;
    CHECK(choose_tags({}, source).names == std::vector<std::string>{"1a2b3c4d"});
    source.pull_request = "17";
    CHECK(choose_tags({}, source).names == std::vector<std::string>{"1a2b3c4d", "pr-17"});
}

TEST_CASE("given tags stand alone, and one of them may name the commit or a version") {
    const auto source = branch_build("main");
    CHECK(choose_tags({"latest"}, source).immutable.empty());
    CHECK(choose_tags({"latest", "1.2"}, source).immutable.empty());
    CHECK(choose_tags({"latest", "1.2", "1.2.3"}, source).immutable == "1.2.3");
    CHECK(choose_tags({"edge", "main-1a2b3c4"}, source).immutable == "main-1a2b3c4");
    CHECK(choose_tags({"edge", commit}, source).immutable == commit);
    CHECK(choose_tags({"latest"}, source).version == "latest");
    CHECK(choose_tags({"latest"}, {}).names == std::vector<std::string>{"latest"});
}

TEST_CASE("no tag at all is a mistake") { CHECK_THROWS_AS(choose_tags({}, {}), Error); }

TEST_CASE("branches as tags") {
    CHECK(tag_slug("main") == "main");
    CHECK(tag_slug("feature/new thing") == "feature-new-thing");
    CHECK(tag_slug("a//b!!c") == "a-b-c");
    CHECK(tag_slug("Fix_1.2") == "Fix_1.2");
    CHECK(tag_slug("..-x") == "x");
    CHECK(tag_slug("\xC3\xA4/x") == "x");
    CHECK(tag_slug("///").empty());
    CHECK(tag_slug("").empty());
    CHECK(tag_slug(std::string(200, 'a')).size() == 128);
}

TEST_CASE("complete versions") {
    for (const char* tag : {"1.2.3", "v1.2.3", "1.2.3-rc.1", "v10.20.30", "2024.01.15", "1.2.3.4", "1.2.3_build5"}) {
        INFO(tag);
        CHECK(is_complete_version(tag));
    }
    for (const char* tag : {"", "v", "1", "1.2", "v1.2", "latest", "1.2.x", "1.2.3.", "1.2.3-", "1.2.3rc1", "a1.2.3", "1..2.3", "vv1.2.3", "1.2.latest"}) {
        INFO(tag);
        CHECK_FALSE(is_complete_version(tag));
    }
}

TEST_CASE("SOURCE_DATE_EPOCH") {
    CHECK_FALSE(source_date(""));
    CHECK(format_timestamp(*source_date("0")) == "1970-01-01T00:00:00Z");
    CHECK(format_timestamp(*source_date("1700000000")) == "2023-11-14T22:13:20Z");
    for (const char* text : {"-1", "x", "1.5", "12 ", "999999999999999", "99999999999999999999"}) {
        INFO(text);
        CHECK_THROWS_AS(source_date(text), Error);
    }
}

TEST_CASE("labels say what is known") {
    const auto labels = standard_labels({.commit = commit, .url = "https://x/y", .repository = "ssh://x/y"}, {.names = {"a"}, .version = "a", .immutable = ""}, "2026-01-01T00:00:00Z", "app");
    CHECK(labels == std::map<std::string, std::string>{{"org.opencontainers.image.created", "2026-01-01T00:00:00Z"},
                                                       {"org.opencontainers.image.revision", commit},
                                                       {"org.opencontainers.image.source", "ssh://x/y"},
                                                       {"org.opencontainers.image.title", "app"},
                                                       {"org.opencontainers.image.url", "https://x/y"},
                                                       {"org.opencontainers.image.version", "a"}});
    CHECK(standard_labels({}, {.names = {"a"}, .version = "a", .immutable = ""}, "t", "app").size() == 3);
}
