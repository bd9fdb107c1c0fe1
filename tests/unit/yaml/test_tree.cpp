#include "catch.hpp"

#include "yaml/tree.hpp"

using namespace slipway;
using namespace slipway::yaml;

namespace {

std::string failure(const std::string& text) {
    try {
        const Tree tree(text, "x.yml");
    } catch (const Error& error) {
        return error.what();
    }
    return "right";
}

} // namespace

TEST_CASE("a tree of documents with places") {
    const Tree tree("a: [1, \"two\", ~]\nb: &x\n  c: |\n    d\ne: *x\n---\nf\n", "x.yml");
    REQUIRE(tree.documents().size() == 2);
    const auto root = tree.documents()[0];
    const auto list = tree.find(root, "a");
    REQUIRE(tree[list].kind == NodeKind::sequence);
    const auto first = tree[list].first;
    CHECK(tree[first].text == "1");
    CHECK(tree[tree[first].next].style == ScalarStyle::double_quoted);
    CHECK(tree[tree[tree[first].next].next].kind == NodeKind::null);
    const auto c = tree.find(tree.find(root, "e"), "c");
    CHECK(tree[c].text == "d\n");
    CHECK(tree[c].style == ScalarStyle::literal);
    CHECK(tree.place(c) == Place{"x.yml", 3, 6});
    CHECK(tree.find(root, "nothing") == no_node);
    CHECK(tree[tree.documents()[1]].text == "f");
}

TEST_CASE("a byte order mark counts as nothing") {
    const Tree tree("\xEF\xBB\xBF" "a: b\r\nc: d\r\n", "x.yml");
    CHECK(tree[tree.find(tree.documents()[0], "a")].text == "b");
    CHECK(tree.place(tree.find(tree.documents()[0], "a")) == Place{"x.yml", 1, 4});
    CHECK(failure("\xEF\xBB\xBF" "a\xFF") == "x.yml:1:2: wrong YAML: the text is no UTF-8");
}

TEST_CASE("what is null, and what only looks like it") {
    const Tree tree("[null, Null, ~, '', \"null\", !!str null, nUll]", "x.yml");
    std::string kinds;
    for (auto at = tree[tree.documents()[0]].first; at != no_node; at = tree[at].next) kinds += tree[at].kind == NodeKind::null ? 'n' : 's';
    CHECK(kinds == "nnnssss");
}

TEST_CASE("what is no YAML") {
    CHECK(failure("a: [") == "x.yml:2:1: wrong YAML: while parsing a flow node: did not find expected node content");
    CHECK(failure("a: *b") == "x.yml:1:4: wrong YAML: the anchor 'b' is not known here");
    CHECK(failure("&a [*a]") == "x.yml:1:5: wrong YAML: the alias 'a' stands in what it means");
    CHECK(failure("a\xFF") == "x.yml:1:2: wrong YAML: the text is no UTF-8");
    CHECK(failure(std::string(1'000'000, '[')).find("nested too deeply") != std::string::npos);
    CHECK(failure("") == "right");
}
