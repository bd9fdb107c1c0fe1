#include "catch.hpp"

#include "core/error.hpp"
#include "registry/reference.hpp"

using namespace slipway;
using namespace slipway::registry;

namespace {

const std::string digest = "sha256:" + std::string(64, 'a');

Diagnostic refusal(const std::string& text) {
    try {
        parse_reference(text);
    } catch (const Error& error) {
        CHECK(error.code() == ExitCode::misuse);
        return error.diagnostics().front();
    }
    return {};
}

} // namespace

TEST_CASE("a reference is taken apart") {
    struct Row {
        std::string text, registry, repository, tag, digest;
    };
    const std::vector<Row> rows = {
        {"app", "", "app", "", ""},
        {"app:1.0", "", "app", "1.0", ""},
        {"team/app", "", "team/app", "", ""},
        {"localhost/app", "localhost", "app", "", ""},
        {"localhost:5000/app:x", "localhost:5000", "app", "x", ""},
        {"registry.example.com/team/app", "registry.example.com", "team/app", "", ""},
        {"registry.example.com:5000/team/sub/app:v1.2.3-rc.1", "registry.example.com:5000", "team/sub/app", "v1.2.3-rc.1", ""},
        {"127.0.0.1:5000/a", "127.0.0.1:5000", "a", "", ""},
        {"[::1]:5000/a/b:c", "[::1]:5000", "a/b", "c", ""},
        {"[fe80::1]/a", "[fe80::1]", "a", "", ""},
        {"app@" + digest, "", "app", "", digest},
        {"r.io/a__b/c--d.e_f:_x@" + digest, "r.io", "a__b/c--d.e_f", "_x", digest},
        {"r.io/a:" + std::string(128, 't'), "r.io", "a", std::string(128, 't'), ""},
    };
    for (const auto& row : rows) {
        INFO(row.text);
        const auto reference = parse_reference(row.text);
        CHECK(reference == Reference{row.registry, row.repository, row.tag, row.digest});
        CHECK(to_string(reference) == row.text);
    }
    CHECK(parse_reference("[::1]:5000/a").host() == "[::1]");
    CHECK(parse_reference("r.io:80/a").host() == "r.io");
    CHECK(parse_reference("r.io/a").host() == "r.io");
}

TEST_CASE("a refused reference names the part that is wrong") {
    const std::vector<std::pair<std::string, std::string>> rows = {
        {"", "is empty"},
        {"https://r.io/app", "scheme"},
        {"r.io/", "names no repository"},
        {"/app", "empty part"},
        {"a//b", "empty part"},
        {"a/b/", "empty part"},
        {"a/.b", "'.b'"},
        {"a/b.", "'b.'"},
        {"a/b..c", "'b..c'"},
        {"a/b___c", "'b___c'"},
        {"a/b-", "'b-'"},
        {"a/b c", "'b c'"},
        {"r.io/app:", "tag ''"},
        {"r.io/app:a b", "tag 'a b'"},
        {"r.io/app:.x", "tag '.x'"},
        {"r.io/app:-x", "tag '-x'"},
        {"r.io/a:" + std::string(129, 't'), "tag '"},
        {"r.io/app@sha256:abc", "digest 'sha256:abc'"},
        {"r.io/app@sha256:" + std::string(64, 'A'), "digest"},
        {"r.io/app@", "digest ''"},
        {"-r.io/app", "host name"},
        {"r..io/app", "host name"},
        {"r.io:/app", "no port"},
        {"r.io:x/app", "no port"},
        {"r.io:70000/app", "no port"},
        {"r.io/" + std::string(260, 'a'), "the most is 255"},
    };
    for (const auto& [text, part] : rows) {
        INFO(text);
        CHECK(refusal(text).message.find(part) != std::string::npos);
    }
}

TEST_CASE("upper-case letters are refused, and the hint shows the lower-case form") {
    CHECK(refusal("registry.example.com/Team/App:V1").hint == "write registry.example.com/team/app");
    CHECK(refusal("Registry.example.com/app").hint == "write registry.example.com/app");
    CHECK(parse_reference("r.io/app:V1").tag == "V1");
}

TEST_CASE("digests") {
    CHECK(is_digest(digest));
    CHECK(is_digest("sha512:" + std::string(128, '0')));
    CHECK(is_digest("md5+b64.x:" + std::string(32, 'F')));
    for (const auto& text : {std::string("sha256:"), "sha256:" + std::string(63, 'a'), "sha256:" + std::string(64, 'g'), "1x:" + std::string(32, 'a'),
                             "a+:" + std::string(32, 'a'), "abc:" + std::string(31, 'a'), ":" + std::string(32, 'a'), std::string(64, 'a')}) {
        INFO(text);
        CHECK(!is_digest(text));
    }
}
