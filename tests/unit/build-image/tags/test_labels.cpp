#include "catch.hpp"

#include "build-image/tags/labels.hpp"

using namespace slipway;
using namespace slipway::build_image;

namespace {

const std::string commit = "1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d";

} // namespace

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
    Source source{.commit = commit, .url = "https://x/y", .repository = "ssh://x/y"};
    const auto labels = standard_labels(source, "a", "2026-01-01T00:00:00Z", "app");
    CHECK(labels == std::map<std::string, std::string>{{"org.opencontainers.image.created", "2026-01-01T00:00:00Z"},
                                                       {"org.opencontainers.image.revision", commit},
                                                       {"org.opencontainers.image.source", "ssh://x/y"},
                                                       {"org.opencontainers.image.title", "app"},
                                                       {"org.opencontainers.image.url", "https://x/y"},
                                                       {"org.opencontainers.image.version", "a"}});
    CHECK(standard_labels({}, "a", "t", "app").size() == 3);
    source.title = "project";
    source.description = "What it does";
    source.license = "MIT";
    CHECK(standard_labels(source, "a", "t", "app").at("org.opencontainers.image.title") == "project");
    CHECK(standard_labels(source, "a", "t", "app").at("org.opencontainers.image.licenses") == "MIT");
    CHECK(standard_labels(source, "a", "t", "app").at("org.opencontainers.image.description") == "What it does");
}

TEST_CASE("annotations go to their level") {
    std::vector<Diagnostic> problems;
    const auto read = read_annotations({"a=1\n# no\nindex:b=2", "manifest,index:c=3=4", "manifest[linux/amd64]x:d=5", "org:e=6"}, problems);
    CHECK(read.manifest == std::map<std::string, std::string>{{"a", "1"}, {"c", "3=4"}, {"manifest[linux/amd64]x:d", "5"}, {"org:e", "6"}});
    CHECK(read.index == std::map<std::string, std::string>{{"b", "2"}, {"c", "3=4"}});
    CHECK(problems.empty());
    read_annotations({"novalue", "=x", "index:=x", "index-descriptor:a=1", "manifest[linux/arm64]:a=1"}, problems);
    CHECK(problems.size() == 5);
}

TEST_CASE("values of labels may have expressions") {
    const Facts facts{.commit = commit, .branch = "main"};
    CHECK(expanded({{"a", "{{branch}}-{{sha}}"}, {"b", "plain"}}, facts) == std::map<std::string, std::string>{{"a", "main-1a2b3c4"}, {"b", "plain"}});
}
