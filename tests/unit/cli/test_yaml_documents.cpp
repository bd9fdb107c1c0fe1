#include "catch.hpp"

#include "cli/yaml_documents.hpp"

using slipway::cli::load_documents;

TEST_CASE("documents are read as yaml-cpp reads them") {
    CHECK(load_documents("").empty());
    CHECK(load_documents("a: 1\n").size() == 1);
    CHECK(load_documents("---\na: 1\n---\nb: 2\n").size() == 2);
    CHECK(load_documents("---\n---\n---\n").size() >= 2);
    CHECK_THROWS_AS(load_documents("a: [1"), YAML::Exception);
}

TEST_CASE("text that can begin no document is refused instead of read for ever") {
    for (const char* text : {",", ", a", "a: 1\n...\n,", "]", "}", "? ,"}) {
        INFO(text);
        try {
            load_documents(text);
        } catch (const YAML::Exception& problem) {
            CHECK(!problem.msg.empty());
        }
    }
    CHECK_THROWS_AS(load_documents(", a"), YAML::Exception);
}
