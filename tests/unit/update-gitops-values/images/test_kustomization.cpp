#include "update-gitops-values/images/kustomization.hpp"

#include "catch.hpp"
#include "failure.hpp"

#include <string>
#include <vector>

using namespace slipway;
using namespace slipway::update_gitops_values;

namespace {

using Lines = std::vector<std::string>;

const std::string file = "kustomization.yaml";
const std::string digest = "sha256:24a0c4b4a4c0eb97a1aabb8e29f18e917d05abfe1b7a7c07857230879ce7d3d3";
const yaml::KeyPath images{std::string("images")};

/// As in the argument: "" is dropped, "*" is kept.
NewPart part(const std::string& text) {
    if (text.empty()) return {};
    if (text == "*") return {NewPart::Kind::kept, {}};
    return {NewPart::Kind::given, text};
}

Findings find(const std::string& text, const ImageArgument& image, bool create = false, const yaml::KeyPath& list = images,
              std::size_t document = 0) {
    Findings findings;
    find_in_kustomization(yaml::Tree(text, file), document, list, image, {.create = create, .paths = {}, .document = {}}, findings);
    return findings;
}

Lines written(const Findings& findings) {
    Lines lines;
    for (const auto& operation : findings.operations) {
        using Kind = yaml::Operation::Kind;
        CHECK(operation.document == 0);
        CHECK(operation.create == (operation.kind != Kind::remove));
        std::string line = operation.kind == Kind::set ? "set" : operation.kind == Kind::remove ? "remove" : "append";
        for (const auto& step : operation.path)
            line += std::holds_alternative<std::string>(step) ? " " + std::get<std::string>(step)
                                                              : " " + std::to_string(std::get<yaml::Index>(step));
        lines.push_back(operation.value.empty() ? line : line + "=" + operation.value);
    }
    return lines;
}

TEST_CASE("an entry becomes what the argument says, and what it omits is dropped, as kustomize does it") {
    const std::string full =
        "images:\n- name: other\n  newTag: v0\n- name: app\n  newName: registry/app\n  newTag: v1\n  digest: " + digest +
        "\n  tagSuffix: -x\n";
    struct Case {
        std::string text;
        std::string new_name, tag, digest;
        Lines expected;
    };
    const std::vector<Case> cases{
        {full, "", "v2", "", {"set images 1 newTag=v2", "remove images 1 newName", "remove images 1 digest", "remove images 1 tagSuffix"}},
        {full, "*", "v2", "", {"set images 1 newTag=v2", "remove images 1 digest", "remove images 1 tagSuffix"}},
        {full, "*", "v2", "*", {"set images 1 newTag=v2", "remove images 1 tagSuffix"}},
        {full, "*", "*", "*", {"remove images 1 tagSuffix"}},
        {full,
         "new/app",
         "",
         "",
         {"set images 1 newName=new/app", "remove images 1 newTag", "remove images 1 digest", "remove images 1 tagSuffix"}},
        {full,
         "new/app",
         "v2",
         digest,
         {"set images 1 newName=new/app", "set images 1 newTag=v2", "set images 1 digest=" + digest, "remove images 1 tagSuffix"}},
        {full,
         "",
         "",
         digest,
         {"set images 1 digest=" + digest, "remove images 1 newName", "remove images 1 newTag", "remove images 1 tagSuffix"}},
        {"images:\n- name: app\n", "", "v2", "", {"set images 0 newTag=v2"}},
        {"images: [{name: app, newTag: v1}]", "*", "v2", "", {"set images 0 newTag=v2"}},
        {"images: [{newTag: v1, \"name\": 'app'}, ]", "*", "", digest, {"set images 0 digest=" + digest, "remove images 0 newTag"}},
        {"{\"images\": [null, {\"name\": \"app\", \"newTag\": 1.10}]}", "", "1.10", "", {"set images 1 newTag=1.10"}},
        {"images:\n- name: app\n  newTag:\n", "", "", digest, {"set images 0 digest=" + digest, "remove images 0 newTag"}},
        {"x: &e\n  name: app\nimages:\n- *e\n", "", "v2", "", {"set images 0 newTag=v2"}},
        {"images:\r\n- name: app # c\r\n  newTag: v1\r\n", "", "v2", "", {"set images 0 newTag=v2"}},
    };
    for (const auto& [text, new_name, tag, new_digest, expected] : cases) {
        INFO(text);
        const auto findings = find(text, {"app", part(new_name), part(tag), part(new_digest)});
        CHECK(written(findings) == expected);
        CHECK(findings.places == 1);
    }
}

TEST_CASE("entries are found by their name alone, so that a second run finds the same one") {
    const std::string text = "images:\n- name: app\n  newName: registry/app\n  newTag: v1\n- name: db\n- newTag: v3\n";
    CHECK(find(text, {"app", part("registry/app"), part("v1"), {}}).places == 1);
    for (const std::string name : {"registry/app", "App", "ap", "docker.io/library/app", ""}) {
        INFO(name);
        const auto findings = find(text, {name, {}, part("v2"), {}});
        CHECK(findings.places == 0);
        CHECK(findings.operations.empty());
        CHECK(findings.names == Lines{"app", "db"});
    }
}

TEST_CASE("a new entry is made on demand only, with what the argument gives") {
    const std::string hostile = "a\"b\\c\x01\xFF";
    struct Case {
        std::string text;
        ImageArgument image;
        std::string expected;
    };
    const std::vector<Case> cases{
        {"images:\n- name: db\n",
         {"app", part("new/app"), part("v2"), part(digest)},
         R"({"name":"app","newName":"new/app","newTag":"v2","digest":")" + digest + "\"}"},
        {"images: []\n", {"app", {}, part("v2"), {}}, R"({"name":"app","newTag":"v2"})"},
        {"images:\n", {"app", part("*"), part("1.10"), part("*")}, R"({"name":"app","newTag":"1.10"})"},
        {"images: null\n", {"app", part("new"), {}, {}}, R"({"name":"app","newName":"new"})"},
        {"kind: Kustomization\n", {"app", {}, part("v2"), {}}, R"({"name":"app","newTag":"v2"})"},
        {"{}", {"app", {}, part("v2"), {}}, R"({"name":"app","newTag":"v2"})"},
        {"kind: K\n", {hostile, {}, part("v2"), {}}, "{\"name\":\"a\\\"b\\\\c\\u0001\xEF\xBF\xBD\",\"newTag\":\"v2\"}"},
    };
    for (const auto& [text, image, expected] : cases) {
        INFO(text);
        CHECK(find(text, image).places == 0);
        CHECK(find(text, image).operations.empty());
        const auto findings = find(text, image, true);
        CHECK(findings.places == 1);
        CHECK(written(findings) == Lines{"append images=" + expected});
    }
    CHECK(written(find("images:\n- name: app\n", {"app", {}, part("v2"), {}}, true)) == Lines{"set images 0 newTag=v2"});
}

TEST_CASE("the list may lie deeper, and in a later document") {
    const ImageArgument image{"app", {}, part("v2"), {}};
    const std::string text = "a: 1\n---\nspec:\n  source:\n  - kustomize:\n      images: [{name: app}]\n";
    const yaml::KeyPath list{std::string("spec"), std::string("source"), yaml::Index{0}, std::string("kustomize"), std::string("images")};
    const auto findings = find(text, image, false, list, 1);
    REQUIRE(findings.operations.size() == 1);
    CHECK(findings.operations[0].document == 1);
    CHECK(findings.operations[0].path.size() == 7);
    CHECK(find(text, image, false, list, 0).places == 0);
    CHECK(find(text, image, false, list, 2).places == 0);
    CHECK(find(text, image, false, {std::string("spec"), std::string("source"), yaml::Index{1}}, 1).places == 0);
    CHECK(find(text, image, false, {std::string("spec"), yaml::Index{0}}, 1).places == 0);
    CHECK(find(text, image, false, {yaml::Selector{"a", "b"}}, 1).places == 0);
    CHECK(find("", image).places == 0);
}

TEST_CASE("lists that cannot be told are refused with their places") {
    const ImageArgument image{"app", {}, part("v2"), {}};
    struct Case {
        std::string text, message;
        std::vector<int> lines;
    };
    const std::vector<Case> cases{
        {"images:\n- name: app\n- name: db\n- name: app\n", "'app' has 2 entries", {2, 4}},
        {"images: app\n", "'images' is no list", {1}},
        {"images:\n  app: v1\n", "'images' is no list", {2}},
        {"images:\n- app\n", "no map with a name", {2}},
        {"images:\n- [name, app]\n", "no map with a name", {2}},
        {"x: &e {newTag: v1}\nimages:\n- name: app\n  <<: *e\n", "by '<<'", {3}},
    };
    for (const auto& [text, message, lines] : cases) {
        INFO(text);
        const auto error = failure_of([&, &text = text] { find(text, image, true); });
        CHECK(error.code() == ExitCode::refused);
        REQUIRE(error.diagnostics().size() == lines.size());
        for (std::size_t i = 0; i < lines.size(); ++i) {
            CHECK(error.diagnostics()[i].place.file == file);
            CHECK(error.diagnostics()[i].place.line == lines[i]);
            CHECK(error.diagnostics()[i].message.find(message) != std::string::npos);
        }
    }
    const auto error = failure_of([] {
        find("images:\n- {name: \"a\\x1bb\"}\n- {name: \"a\\x1bb\"}\n", {"a\x1b"
                                                                         "b",
                                                                         {},
                                                                         part("v2"),
                                                                         {}});
    });
    CHECK(error.diagnostics().front().message.find('\x1b') == std::string::npos);
}

} // namespace
