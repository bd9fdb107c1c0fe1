#include "catch.hpp"

#include "core/encoding.hpp"
#include "core/error.hpp"
#include "fakes.hpp"
#include "registry/auth_file.hpp"

using namespace slipway;
using namespace slipway::registry;

namespace {

std::string entry(const std::string& key, const std::string& user, const std::string& password) {
    return "\"" + key + "\": {\"auth\": \"" + base64(user + ':' + password) + "\"}";
}

AuthFile file_of(const std::string& entries, const std::string& more = {}) { return AuthFile::parse("{\"auths\": {" + entries + "}" + more + "}", "auth.json"); }

std::string user_for(const AuthFile& file, const std::string& image) {
    const auto found = file.find(parse_reference(image));
    return found ? found->user + ':' + found->password.reveal() : "";
}

} // namespace

TEST_CASE("credentials are found by registry, namespace and repository") {
    const auto file = file_of(entry("r.example.com", "a", "1") + "," + entry("r.example.com/team", "b", "2:3") + "," + entry("r.example.com/team/app", "c", "4"));
    CHECK(user_for(file, "r.example.com/other") == "a:1");
    CHECK(user_for(file, "r.example.com/team/x") == "b:2:3");
    CHECK(user_for(file, "r.example.com/team/app") == "c:4");
    CHECK(user_for(file, "r.example.com/teamwork/app") == "a:1");
    CHECK(user_for(file, "r.example.com:5000/team/app").empty());
    CHECK(user_for(file, "example.com/team/app").empty());
}

TEST_CASE("docker login's addresses mean their registry") {
    const auto file = file_of(entry("https://index.docker.io/v1/", "d", "1") + "," + entry("https://r.example.com/v2/", "e", "2"));
    CHECK(user_for(file, "docker.io/library/debian") == "d:1");
    CHECK(user_for(file, "r.example.com/app") == "e:2");
}

TEST_CASE("entries without credentials are as good as none") {
    const auto file = file_of("\"r.example.com\": {}, \"s.example.com\": {\"auth\": \"\"}, \"t.example.com\": {\"identitytoken\": \"x\"}");
    CHECK_FALSE(file.knows("r.example.com"));
    CHECK_FALSE(file.knows("s.example.com"));
    CHECK(file.knows("t.example.com"));
    CHECK(file.find(parse_reference("t.example.com/app"))->identity_token.reveal() == "x");
}

TEST_CASE("what is no auth file is refused without showing it") {
    for (const char* text : {"", "hunter22", "[]", "3", R"({"auths": []})", R"({"auths": {"r": "hunter22"}})", R"({"credHelpers": 1})"}) {
        INFO(text);
        try {
            AuthFile::parse(text, "auth.json");
            FAIL("no error");
        } catch (const Error& error) {
            CHECK(error.code() == ExitCode::misuse);
            CHECK(std::string(error.what()).find("auth.json") != std::string::npos);
            CHECK(std::string(error.what()).find("hunter22") == std::string::npos);
        }
    }
    CHECK(AuthFile::parse("{}", "auth.json").to_json() == "{\"auths\":{}}\n");
}

TEST_CASE("a stronger file keeps its entries, a weaker one adds") {
    auto strong = file_of(entry("r.example.com", "strong", "1"));
    strong.add_missing(file_of(entry("r.example.com", "weak", "1") + "," + entry("s.example.com", "weak", "2"), R"(, "credHelpers": {"r.example.com": "ecr", "h.example.com": "gcr"})"));
    CHECK(user_for(strong, "r.example.com/a") == "strong:1");
    CHECK(user_for(strong, "s.example.com/a") == "weak:2");
    CHECK(strong.knows("h.example.com"));
    CHECK(user_for(strong, "h.example.com/a").empty());
    CHECK(strong.to_json().find("ecr") == std::string::npos);
    CHECK(strong.to_json().find("gcr") != std::string::npos);
}

TEST_CASE("explicit credentials replace all of their registry, and no others") {
    auto file = file_of(entry("r.example.com/team", "old", "1") + "," + entry("s.example.com", "other", "2"), R"(, "credHelpers": {"r.example.com": "ecr"})");
    file.set("r.example.com", {"new", Secret("s3cret")});
    CHECK(user_for(file, "r.example.com/team/app") == "new:s3cret");
    CHECK(user_for(file, "s.example.com/app") == "other:2");
    CHECK(file.to_json().find("ecr") == std::string::npos);
}

TEST_CASE("the usual places of auth files") {
    fake::Environment environment;
    environment.variables = {{"HOME", "/home/me"}, {"XDG_RUNTIME_DIR", "/run/user/7"}};
    CHECK(usual_auth_files(environment) == std::vector<io::Path>{"/run/user/7/containers/auth.json", "/home/me/.config/containers/auth.json", "/home/me/.docker/config.json"});
    environment.variables = {{"HOME", "/home/me"}, {"XDG_RUNTIME_DIR", "/r"}, {"XDG_CONFIG_HOME", "/c"}, {"DOCKER_CONFIG", "/d"}};
    CHECK(usual_auth_files(environment) == std::vector<io::Path>{"/r/containers/auth.json", "/c/containers/auth.json", "/d/config.json"});
}
