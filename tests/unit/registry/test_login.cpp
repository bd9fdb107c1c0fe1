#include "catch.hpp"

#include "failure.hpp"
#include "fakes.hpp"
#include "registry/login.hpp"

using namespace slipway;
using namespace slipway::registry;

TEST_CASE("credentials that are given are for one registry") {
    Login login;
    add_given(login, "", Secret(""), {parse_reference("r.example/a:1")});
    add_given(login, "ci", Secret("sesame-open"), {});
    CHECK(login.origins.empty());
    add_given(login, "ci", Secret("sesame-open"), {parse_reference("r.example/a:1"), parse_reference("r.example/b:1")});
    CHECK(login.file.knows("r.example"));
    CHECK(login.origins == std::vector<std::string>{"user ci for r.example, from --registry-user"});
    CHECK(words_of(failure_of([&] { add_given(login, "ci", Secret("sesame-open"), {parse_reference("r.example/a:1"), parse_reference("s.example/b:1")}); })) ==
          "2 --registry-user is for one registry, and the images are in several | name the credentials of each in --authfile");
}

TEST_CASE("an auth file that is given is the only one that is read") {
    fake::World world;
    world.files.contents["given.json"] = R"({"auths": {"r.example": {"auth": "Y2k6c2VzYW1l"}}})";
    world.files.contents["/root/.docker/config.json"] = R"({"auths": {"s.example": {"auth": "Y2k6c2VzYW1l"}}})";
    world.environment.variables["HOME"] = "/root";
    auto context = world.context();
    Login given, usual;
    add_files(given, "given.json", context);
    add_files(usual, "", context);
    CHECK((given.file.knows("r.example") && !given.file.knows("s.example")));
    CHECK((!usual.file.knows("r.example") && usual.file.knows("s.example")));
}

TEST_CASE("the CI's credentials are for its own registry, and weaker than others") {
    fake::World world;
    world.environment.variables["PW"] = "sesame-open";
    world.ci.registry = "r.example";
    world.ci.registry_user = "ci";
    world.ci.registry_password_variable = "PW";
    auto context = world.context();
    Login login;
    add_ci(login, context);
    CHECK(login.file.knows("r.example"));
    CHECK_FALSE(login.file.knows("s.example"));
    Login given;
    add_given(given, "me", Secret("other-password"), {parse_reference("r.example/a:1")});
    add_ci(given, context);
    CHECK(given.origins.size() == 1);
}
