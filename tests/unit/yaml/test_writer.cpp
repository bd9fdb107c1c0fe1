#include "catch.hpp"

#include "yaml/tree.hpp"
#include "yaml/writer.hpp"

#include <nlohmann/json.hpp>

using namespace slipway;

using Json = nlohmann::ordered_json;

TEST_CASE("a document in block style") {
    const Json json = {{"name", "a"}, {"empty", Json::object()}, {"list", Json::array({1, "2", true, nullptr, Json::array({"x"}), {{"k", "v"}, {"l", Json::array()}}})}, {"text", "one\n\n  two"}};
    CHECK(yaml::write_document(json) == R"(name: a
empty: {}
list:
  - 1
  - "2"
  - true
  - null
  - - x
  - k: v
    l: []
text: |-
  one

    two
)");
}

TEST_CASE("texts read back as they are") {
    for (const std::string text : {"", " ", "a: b", "- x", "#", "no", "1e5", "0x1", "12:30", "~", "a\nb", "a\nb\n", "a\n\n", "\na", " a\nb", "a\r\nb", "\ta\nb", "a\tb\nc", "x \ny", "\"q\"", "it's \"q\"\n", "\\", "ü", "\u2028", "a\u0085b\nc", "@x", "`", "%", "!t", "&a", "*a", "{a}", "[a]", "|", ">", "?", "a #b", "\u00a0"}) {
        const auto written = yaml::write_document({{"k", text}});
        const yaml::Tree tree(written, "x");
        INFO(written);
        CHECK(tree.meant(tree.find(tree.documents().front(), "k")).text == text);
    }
}
