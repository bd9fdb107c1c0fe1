#include "catch.hpp"

#include "core/error.hpp"
#include "failure.hpp"
#include "fakes.hpp"
#include "registry/credentials.hpp"

using namespace slipway;
using namespace slipway::registry;

namespace {

struct Fixture {
    fake::World world;
    cli::Context context = world.context();
    io::ProcessResult answer{.exit_code = 0, .out = R"({"ServerURL": "r.example.com", "Username": "aws", "Secret": "from-the-helper"})", .err = {}};

    Fixture() {
        world.processes.installed = {"docker-credential-ecr-login", "docker-credential-desktop"};
        world.processes.on_run = [this](const io::Command&) { return answer; };
    }
    std::optional<Credentials> ask(const std::string& json, const std::string& image = "r.example.com/app") {
        return credentials_for(AuthFile::parse(json, "auth.json"), parse_reference(image), context);
    }
};

const char* const one_helper = R"({"credHelpers": {"r.example.com": "ecr-login"}})";

} // namespace

TEST_CASE("a credential helper is asked for its registry") {
    Fixture f;
    const auto found = f.ask(one_helper);
    REQUIRE(found);
    CHECK(found->user == "aws");
    CHECK(found->password.reveal() == "from-the-helper");
    REQUIRE(f.world.processes.commands.size() == 1);
    CHECK(f.world.processes.commands[0].argv == std::vector<std::string>{"docker-credential-ecr-login", "get"});
    CHECK(f.world.processes.commands[0].input == "r.example.com");
    CHECK(f.world.log.redact("from-the-helper") == "***");
    CHECK_FALSE(f.ask(one_helper, "other.example.com/app"));
    CHECK(f.world.processes.commands.size() == 1);
}

TEST_CASE("a store is asked for every registry that the file does not know") {
    Fixture f;
    const auto* const json = R"({"auths": {"known.example.com": {"auth": "Y2k6cGFzc3dvcmQ="}}, "credsStore": "desktop"})";
    CHECK(f.ask(json, "known.example.com/app")->user == "ci");
    CHECK(f.world.processes.commands.empty());
    CHECK(f.ask(json, "docker.io/app")->user == "aws");
    CHECK(f.world.processes.commands.back().input == "https://index.docker.io/v1/");
    f.answer = {.exit_code = 1, .out = "credentials not found in native keychain\n", .err = {}};
    CHECK_FALSE(f.ask(json));
}

TEST_CASE("a helper may know an identity token") {
    Fixture f;
    f.answer.out = R"({"Username": "<token>", "Secret": "identity-token"})";
    CHECK(f.ask(one_helper)->identity_token.reveal() == "identity-token");
    CHECK(AuthFile::parse(R"({"auths": {"r.example.com": {"auth": "eDp5", "identitytoken": "abc"}}})", "f").find(parse_reference("r.example.com/x"))->identity_token.reveal() == "abc");
}

TEST_CASE("a helper that does not work is an error, not a registry without credentials") {
    Fixture f;
    f.answer = {.exit_code = 1, .out = "token expired\n", .err = {}};
    CHECK(std::string(failure_of([&] { f.ask(one_helper); }).what()) == "cannot ask docker-credential-ecr-login for the credentials of r.example.com: exit code 1: token expired");
    f.answer = {.exit_code = 0, .out = "sesame", .err = {}};
    CHECK(std::string(failure_of([&] { f.ask(one_helper); }).what()).find("sesame") == std::string::npos);
    f.world.processes.installed.clear();
    CHECK(failure_of([&] { f.ask(one_helper); }).code() == ExitCode::world);
    CHECK(failure_of([&] { f.ask(R"({"credsStore": "../evil"})"); }).code() == ExitCode::world);
}

TEST_CASE("certificates that the machine keeps for a registry") {
    Fixture f;
    f.world.environment.variables["HOME"] = "/home/ci";
    f.world.files.contents["/etc/docker/certs.d/r.example.com:5000/ca.crt"] = "";
    const auto tls = [&](const cli::TlsOptions& options = {}) { return tls_for(parse_reference("r.example.com:5000/app"), options, f.context); };
    CHECK(tls().ca_file == "/etc/docker/certs.d/r.example.com:5000/ca.crt");
    CHECK(tls({.ca_file = "mine.pem", .client_cert = {}, .client_key = {}}).ca_file == "mine.pem");
    f.world.files.contents["/home/ci/.config/containers/certs.d/r.example.com:5000/client.cert"] = "";
    f.world.files.contents["/home/ci/.config/containers/certs.d/r.example.com:5000/client.key"] = "";
    CHECK(tls().ca_file.empty());
    CHECK(tls().client_cert == "/home/ci/.config/containers/certs.d/r.example.com:5000/client.cert");
    CHECK(tls().client_key == "/home/ci/.config/containers/certs.d/r.example.com:5000/client.key");
    CHECK(tls_for(parse_reference("other.example.com/app"), {}, f.context).ca_file.empty());
}
