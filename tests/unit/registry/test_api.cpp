#include "catch.hpp"

#include "core/error.hpp"
#include "core/sha256.hpp"
#include "fakes.hpp"
#include "registry/api.hpp"

using namespace slipway;
using namespace slipway::registry;

namespace {

const std::string digest = "sha256:" + std::string(64, 'a');
const std::optional<Credentials> nobody;
const std::optional<Credentials> bot = Credentials{"ci", Secret("sesame-open")};

io::Response found() { return {.status = 200, .headers = {{"docker-content-digest", digest}}, .body = ""}; }

struct Fixture {
    fake::World world;
    cli::TlsOptions tls;

    Lookup ask(const std::string& image, const std::optional<Credentials>& credentials = nobody) {
        auto context = world.context();
        return look_up(parse_reference(image), credentials, tls, context);
    }
    const io::HttpAuth& last_auth() const { return world.connections.back().auth; }
};

} // namespace

TEST_CASE("a public registry is asked without credentials") {
    Fixture f;
    f.world.on_request = [](const io::Request&) { return found(); };
    const auto answer = f.ask("r.example.com:5000/team/app:1.0", bot);
    CHECK(answer.answer == Lookup::Answer::found);
    CHECK(answer.digest == digest);
    REQUIRE(f.world.requests.size() == 1);
    CHECK(f.world.requests[0].method == "HEAD");
    CHECK(f.world.requests[0].url == "https://r.example.com:5000/v2/team/app/manifests/1.0");
    CHECK(std::holds_alternative<io::NoAuth>(f.last_auth()));
}

TEST_CASE("Docker Hub is found where it lives") {
    Fixture f;
    f.world.on_request = [](const io::Request&) { return found(); };
    f.ask("docker.io/debian:12");
    CHECK(f.world.requests[0].url == "https://registry-1.docker.io/v2/library/debian/manifests/12");
}

TEST_CASE("basic authentication, when the registry asks for it") {
    Fixture f;
    f.world.on_request = [&](const io::Request&) -> io::Response {
        if (std::holds_alternative<io::BasicAuth>(f.last_auth())) return found();
        return {.status = 401, .headers = {{"WWW-Authenticate", "Basic realm=\"Registry\""}}, .body = ""};
    };
    CHECK(f.ask("r.example.com/app:1", bot).digest == digest);
    const auto without = f.ask("r.example.com/app:1");
    CHECK(without.answer == Lookup::Answer::refused);
    CHECK(without.words.find("asks for credentials") != std::string::npos);
}

TEST_CASE("the token flow sends credentials to the token server, and the token to the registry") {
    Fixture f;
    f.world.on_request = [&](const io::Request& request) -> io::Response {
        if (request.url.find("https://auth.example.com/token?") == 0) {
            CHECK(request.url == "https://auth.example.com/token?service=r.example.com&scope=repository%3Ateam%2Fapp%3Apull");
            CHECK(std::get<io::BasicAuth>(f.last_auth()).user == "ci");
            return {.status = 200, .headers = {}, .body = R"({"token": "very-long-token"})"};
        }
        if (std::holds_alternative<io::BearerAuth>(f.last_auth())) {
            CHECK(std::get<io::BearerAuth>(f.last_auth()).token.reveal() == "very-long-token");
            return found();
        }
        return {.status = 401, .headers = {{"WWW-Authenticate", R"(Bearer realm="https://auth.example.com/token",service="r.example.com",scope="repository:team/app:pull,push")"}}, .body = ""};
    };
    CHECK(f.ask("r.example.com/team/app:1", bot).digest == digest);
    CHECK(f.world.requests.size() == 3);
}

TEST_CASE("a token server without a token is an error of the world") {
    for (const char* body : {"", "{}", "<html>", R"({"token": 3})"}) {
        Fixture f;
        f.world.on_request = [&](const io::Request& request) -> io::Response {
            if (request.url.find("/token") != std::string::npos) return {.status = 200, .headers = {}, .body = body};
            return {.status = 401, .headers = {{"WWW-Authenticate", R"(Bearer realm="https://auth.example.com/token")"}}, .body = ""};
        };
        INFO(body);
        CHECK_THROWS_AS(f.ask("r.example.com/app:1"), Error);
    }
}

TEST_CASE("what a registry can say instead of yes") {
    Fixture f;
    io::Response response;
    f.world.on_request = [&](const io::Request&) { return response; };
    response = {.status = 404, .headers = {}, .body = R"({"errors": [{"code": "MANIFEST_UNKNOWN", "message": "manifest unknown"}]})"};
    CHECK(f.ask("r.example.com/app:1").answer == Lookup::Answer::missing);
    CHECK(f.ask("r.example.com/app:1").words == "status 404: manifest unknown");
    response = {.status = 403, .headers = {}, .body = ""};
    CHECK(f.ask("r.example.com/app:1").answer == Lookup::Answer::refused);
    response = {.status = 200, .headers = {}, .body = "<html>Sign in</html>"};
    CHECK(f.ask("r.example.com/app:1").answer == Lookup::Answer::nonsense);
    response = {.status = 500, .headers = {}, .body = ""};
    CHECK_THROWS_AS(f.ask("r.example.com/app:1"), Error);
    response = {.status = 401, .headers = {{"WWW-Authenticate", "Negotiate"}}, .body = ""};
    CHECK_THROWS_AS(f.ask("r.example.com/app:1"), Error);
}

TEST_CASE("a registry that does not say the digest has its manifest hashed") {
    Fixture f;
    const std::string manifest = R"({"schemaVersion": 2})";
    f.world.on_request = [&](const io::Request& request) -> io::Response {
        return {.status = 200, .headers = {}, .body = request.method == "GET" ? manifest : ""};
    };
    CHECK(f.ask("r.example.com/app:1").digest == "sha256:" + sha256(manifest));
}

TEST_CASE("plain HTTP is tried where it is allowed, and nowhere else") {
    Fixture f;
    f.world.on_request = [](const io::Request& request) -> io::Response {
        if (request.url.rfind("https://", 0) == 0) throw world_failure("HEAD: wrong version number");
        return found();
    };
    CHECK_THROWS_AS(f.ask("r.example.com/app:1"), Error);
    f.tls.allow_insecure = true;
    CHECK(f.ask("r.example.com/app:1").digest == digest);
}
