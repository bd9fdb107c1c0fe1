#include "update-gitops-values/images/markers.hpp"

#include "catch.hpp"
#include "core/text.hpp"
#include "failure.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

using namespace slipway;
using namespace slipway::update_gitops_values;

namespace {

using Lines = std::vector<std::string>;

const std::string file = "app.yaml";
const std::string digest = "sha256:24a0c4b4a4c0eb97a1aabb8e29f18e917d05abfe1b7a7c07857230879ce7d3d3";
const PolicyArgument policy{"ns:app", "registry.example.com:5000/app", "v2", digest};
const std::string marker = R"({"$imagepolicy": "ns:app:tag"})";

/// "document/key/0=value" of each operation.
Lines found(const std::string& text, const PolicyArgument& chosen = policy) {
    Lines lines;
    const auto findings = find_markers(text, file, chosen);
    CHECK(findings.places == findings.operations.size());
    for (const auto& operation : findings.operations) {
        CHECK(operation.kind == yaml::Operation::Kind::set);
        CHECK_FALSE(operation.create);
        auto line = std::to_string(operation.document.value_or(0));
        for (const auto& step : operation.path)
            line += "/" +
                    (std::holds_alternative<std::string>(step) ? std::get<std::string>(step) : std::to_string(std::get<yaml::Index>(step)));
        lines.push_back(line + "=" + operation.value);
    }
    return lines;
}

/// M stands for a marker of the tag.
std::string expanded(std::string text) {
    replace_all(text, "M", marker);
    return text;
}

TEST_CASE("a marker's form decides whether it is one") {
    struct Case {
        std::string comment;
        std::string value; ///< empty: it is no marker
    };
    const auto whole = policy.name + ":v2@" + digest;
    const std::vector<Case> cases{
        {R"(# {"$imagepolicy": "ns:app"})", whole},
        {R"(# {"$imagepolicy": "ns:app:tag"})", "v2"},
        {R"(# {"$imagepolicy": "ns:app:name"})", policy.name},
        {R"(# {"$imagepolicy": "ns:app:digest"})", digest},
        {R"(#{"$imagepolicy":"ns:app:tag"})", "v2"},
        {R"(## {"$imagepolicy":"ns:app:tag"})", "v2"},
        {"#\t { \"$imagepolicy\"  :\t\"ns:app:tag\" } \t", "v2"},
        {R"(# {"$imagepolicy": "ns\u003aapp:tag"})", "v2"},
        {R"(# {"$ref": "#/definitions/io.k8s.cli.setters.ns:app"})", whole},
        {R"(# {"$ref":"#/definitions/io.k8s.cli.setters.ns:app:tag"})", "v2"},
        {R"(# {"$imagepolicy": "ns:other", "$imagepolicy": "ns:app:tag"})", "v2"},
        {R"(# see {"$imagepolicy": "ns:app"})", ""},
        {R"(# {"$imagepolicy": "ns:app"} here)", ""},
        {R"(# {"$imagepolicy": "ns:app"} # here)", ""},
        {R"(# # {"$imagepolicy": "ns:app"})", ""},
        {R"(# {"$imagepolicy": "ns:app", "x": "y"})", ""},
        {R"(# {"$imagepolicy": "ns:app", "x": 1})", ""},
        {R"(# {'$imagepolicy': 'ns:app'})", ""},
        {R"(# {"$imagepolicy": "ns:app",})", ""},
        {R"(# {"$ImagePolicy": "ns:app"})", ""},
        {R"(# {"$imagepolicy": ["ns:app"]})", ""},
        {R"(# {"$imagepolicy": ""})", ""},
        {R"(# ["$imagepolicy"])", ""},
        {R"(# {"$ref": "io.k8s.cli.setters.ns:app"})", ""},
        {"# \xC2\xA0{\"$imagepolicy\": \"ns:app\"}", ""},
        {R"(# {"$imagepolicy": "ns:ap"})", ""},
        {R"(# {"$imagepolicy": "ns:apps"})", ""},
        {R"(# {"$imagepolicy": "ns:app:"})", ""},
        {R"(# {"$imagepolicy": "ns:app:Tag"})", ""},
        {R"(# {"$imagepolicy": "xns:app"})", ""},
        {"# " + std::string(100000, '[') + "$imagepolicy", ""},
        {"# {\"$imagepolicy\": \"" + std::string(100000, 'x') + "\"}", ""},
    };
    for (const auto& [comment, value] : cases) {
        INFO(comment.substr(0, 100));
        CHECK(found("image: old " + comment + "\n") == (value.empty() ? Lines{} : Lines{"0/image=" + value}));
    }
}

TEST_CASE("a policy without a tag or a digest leaves that part out") {
    const std::string text = R"(a: x # {"$imagepolicy": "ns:app"}
b: x # {"$imagepolicy": "ns:app:tag"}
c: x # {"$imagepolicy": "ns:app:digest"}
)";
    CHECK(found(text, {"ns:app", "app", "v2", ""}) == Lines{"0/a=app:v2", "0/b=v2", "0/c="});
    CHECK(found(text, {"ns:app", "app", "", digest}) == Lines{"0/a=app@" + digest, "0/b=", "0/c=" + digest});
}

// What each of these texts sets was asked of kyaml 0.17.2, with which Flux reads its markers.
TEST_CASE("a marker belongs to the value that kyaml gives the comment to") {
    struct Case {
        std::string text;
        Lines places;
    };
    const std::vector<Case> cases{
        // behind a value
        {"a: x # M", {"0/a"}},
        {"a: x # M\n# z\n", {"0/a"}},
        {"a: \"x\"# M\nb: 'x' \t# M\nc: 3 # M\nd: true # M\n", {"0/a", "0/b", "0/c", "0/d"}},
        {"a: x\n  y # M", {"0/a"}},
        {"a: 'x\n  y # M'\n", {}},
        {"a: \"x\n  y\" # M", {"0/a"}},
        {"a: &n x # M\nb: *n # M\nc: !!str x # M\nd: &m # M\n  x\n", {"0/a", "0/c", "0/d"}},
        {"a.b: x # M\n\"c d\": x # M\n1: x # M\n", {"0/a.b", "0/c d", "0/1"}},
        {"- x # M\n- - y\n  - x # M\n- a: x # M\n  b: y\n", {"0/0", "0/1/1", "0/2/a"}},
        {"{a: x # M\n, b: y, # M\n c: [x # M\n ]}\n", {"0/a", "0/b", "0/c/0"}},
        {"a: x # M\n---\nb: y\n---\nb: y # M\n...\n", {"0/a", "2/b"}},
        {"? a\n: x # M\n", {"0/a"}},
        // values that are written as null, and empty ones
        {"a: null # M\nb: ~ # M\nc: \"\" # M\n", {"0/a", "0/b", "0/c"}},
        {"a: # M\nb: # M\n", {}},
        {"a: # M\nnull: y\n", {}},
        {"a: !!str # M\nb: &n # M\n\"c\": !!str\n\"d\": x # M\n", {"0/d"}},
        {"a:\n- # M\n", {}},
        // block scalars
        {"a: | # M\n  x\nb: >-   # M\n  x\n\nc: |2- # M\n    x\nd: x # M\n", {"0/a", "0/b", "0/c", "0/d"}},
        {"a: |\n  x # M\n  # M\n\n# M\nb: y\n", {}},
        {"a:\n- |\n  x # {\n\n- x # M\n- >+1\n   y\n  # M\n- x # M", {"0/a/1", "0/a/3"}},
        {"a: | # M\n\nb: | # M\n", {"0/a", "0/b"}},
        // between key and value
        {"a:\n  # M\n  x\nb:\n# M\n  'x'\nc: # z\n  # M\n  &n x\n", {"0/a", "0/b", "0/c"}},
        {"a:\n  # M\n  |\n  x\n", {"0/a"}},
        {"a: # M\n  x\n", {}},
        {"a: # z\n  x # M\n", {"0/a"}},
        {"a:\n  # z\n  # M\n  x\n", {}},
        {"a:\n  # z\n\n  # M\n  x\n", {}},
        {"a:\n  # M\n  x # z\n", {}},
        {"? a\n# M\n: x\n", {"0/a"}},
        // above a list's entry
        {"a:\n  # M\n  - x\n  # M\n  - y\nb:\n# M\n- x\n", {"0/a/0", "0/a/1", "0/b/0"}},
        {"a:\n  - y # z\n\n  # M\n\n  - x\n", {"0/a/1"}},
        {"a:\n  - y\n  # M\n\n  - x\n", {}},
        {"a:\n  - y\n  # z\n\n  # M\n  - x\n", {"0/a/1"}},
        {"a:\n  - y\n  # z\n  # M\n  - x\n", {}},
        {"a:\n  - y\n  # M\n  - x # z\n", {}},
        {"a:\n  - b: y\n  # M\n  - x\n", {"0/a/1"}},
        {"a:\n  - b: y\n    # M\n  - x\n", {}},
        {"a:\n  - [y]\n  # M\n  - x\n", {"0/a/1"}},
        {"a:\n- # M\n  x\n- # M\n  - x\n", {"0/a/0", "0/a/1/0"}},
        {"a:\n# M\n- - x\n", {}},
        {"a: # M\n- x\n", {}},
        {"a: [\n # M\n x,\n # M\n y\n # M\n ]\n", {"0/a/0", "0/a/1"}},
        // what belongs to others
        {"# M\na: x\n", {}},
        {"a:\n  # M\n  b: x\n  # M\n  c: x\n", {}},
        {"a: # M\n  b: x\n", {}},
        {"- a: y\n  # M\n  b: x\n", {}},
        {"a:\n# M\n- b: x\n", {}},
        {"{a: x} # M\n", {}},
        {"a: {b: x} # M\nc: [x] # M\n", {}},
        {"a: [ # M\n x]\nb: { # M\n c: x}\n", {}},
        {"a: {\n # M\n b: x}\n", {}},
        {"a: x\n# M\n", {}},
        {"a: x # z\n# M\n", {}},
        {"? - k # M\n: v\n", {}},
        {"? a # M\n: x\n", {}},
        {"# M\n\n- x\n", {}},
        {"--- # z\n# M\na: x\n", {}},
        // the text's ends
        {"", {}},
        {"# M", {}},
        {"\xEF\xBB\xBF"
         "a: x # M",
         {"0/a"}},
        {"%YAML 1.1\n---\na: x # M\n", {"0/a"}},
    };
    for (const auto& [text, places] : cases) {
        INFO(text);
        Lines expected;
        for (const auto& place : places) expected.push_back(place + "=v2");
        auto whole = expanded(text);
        CHECK(found(whole) == expected);
        replace_all(whole, "\n", "\r\n");
        CHECK(found(whole) == expected);
    }
}

TEST_CASE("other policies that were seen are told, each once") {
    const auto findings = find_markers(R"(a: x # {"$imagepolicy": "ns:web"}
b: x # {"$imagepolicy": "ns:web:tag"}
c: x # {"$imagepolicy": "ns:app:digests"}
d: x # {"$imagepolicy": "ns:app:tag"}
e: # {"$imagepolicy": "ns:empty"}
)",
                                       file, policy);
    CHECK(findings.names == Lines{"ns:web", "ns:app:digests"});
    CHECK(findings.places == 1);
}

TEST_CASE("one document of several is looked into when it is named") {
    const std::string text = expanded("a: x # M\n---\na: x # M\n---\nb: x # {\"$imagepolicy\": \"ns:web\"}\n");
    const auto operations_in = [&](std::optional<std::size_t> document) { return find_markers(text, file, policy, document).operations; };
    CHECK(operations_in({}).size() == 2);
    const auto second = operations_in(1);
    REQUIRE(second.size() == 1);
    CHECK(second.front().document == std::size_t{1});
    CHECK(operations_in(2).empty());
    CHECK(operations_in(3).empty());
    CHECK(find_markers(text, file, policy, 0).names.empty());
    CHECK(find_markers(expanded("a: x # M\n"), file, policy).operations.front().document == std::nullopt);
}

TEST_CASE("values that no path leads to, and texts that are no YAML, end the search") {
    for (const std::string text : {"x # M", "? [k]\n: x # M", "~: x # M", "a: {: x # M\n}"}) {
        INFO(text);
        const auto error = failure_of([&] { found(expanded(text)); });
        CHECK(error.code() == ExitCode::refused);
        CHECK(error.diagnostics().front().place.line > 0);
    }
    for (const std::string text : {"a: [x # M", "a: \xFF # M", "a: x # M\rb: y", "\xFF\xFE# M"}) {
        INFO(text);
        const auto error = failure_of([&] { found(expanded(text)); });
        CHECK(error.code() == ExitCode::misuse);
        CHECK(error.diagnostics().front().place.file == file);
    }
}

TEST_CASE("many indicators and comments in a row take no long time") {
    constexpr std::size_t many = 20000;
    std::string comments = "a:\n- y\n";
    for (std::size_t i = 0; i < many; ++i) comments += "# z\n\n";
    CHECK(found(expanded(comments + "- x # M\n")) == Lines{"0/a/1=v2"});
    std::string empty = "a:\n";
    for (std::size_t i = 0; i < many; ++i) empty += "-\n";
    CHECK(found(expanded(empty + "# M\n- x\n")) == Lines{"0/a/" + std::to_string(many) + "=v2"});
}

TEST_CASE("a policy is read from its argument") {
    const auto read = parse_policy_argument("flux-system:app=registry.example.com:5000/team/app:v2@" + digest);
    CHECK(read.policy == "flux-system:app");
    CHECK(read.name == "registry.example.com:5000/team/app");
    CHECK(read.tag == "v2");
    CHECK(read.digest == digest);
    CHECK(parse_policy_argument("a:b=app@" + digest).tag.empty());
    CHECK(parse_policy_argument("a:b.c-1=app:1.10").digest.empty());
    struct Case {
        std::string text, why;
    };
    const std::vector<Case> cases{
        {"", "it has no ="},
        {"ns:app", "it has no ="},
        {"ns=app:v2", "no NAMESPACE:NAME"},
        {"ns:app:tag=app:v2", "no NAMESPACE:NAME"},
        {":app=app:v2", "'' is no namespace"},
        {"ns:=app:v2", "'' is no name of a policy"},
        {"NS:app=app:v2", "'NS' is no namespace"},
        {"ns:a\x1b=app:v2", "is no name of a policy"},
        {"ns:app=", "empty"},
        {"ns:app=app", "neither a tag nor a digest"},
        {"ns:app=app:", "tag"},
        {"ns:app=App:v2", "upper"},
        {"ns:app=app:v2@sha256:1", "digest"},
        {"ns:app=https://app:v2", "scheme"},
        {"ns:app=" + std::string(100000, 'a'), ""},
    };
    for (const auto& [text, why] : cases) {
        INFO(text.substr(0, 100));
        const auto error = failure_of([&, &text = text] { parse_policy_argument(text); });
        CHECK(error.code() == ExitCode::misuse);
        const auto& message = error.diagnostics().front().message;
        CHECK(message.find("cannot read the policy") == 0);
        CHECK(message.find(why) != std::string::npos);
        CHECK(message.find('\x1b') == std::string::npos);
        INFO(message.substr(0, 300));
    }
}

} // namespace
