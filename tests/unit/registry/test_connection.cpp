#include "catch.hpp"

#include "core/encoding.hpp"
#include "core/error.hpp"
#include "failure.hpp"
#include "fakes.hpp"
#include "registry/connection.hpp"

using namespace slipway;
using namespace slipway::registry;

namespace {

const std::string scope = "repository:team/app:pull";
const Credentials bot{.user = "ci", .password = Secret("sesame-open")};

std::string header_of(const io::Request& request, const std::string& name) {
    for (const auto& header : request.headers) {
        if (header.name == name) return header.value;
    }
    return {};
}

io::Response asks(const std::string& challenge) { return {.status = 401, .headers = {{"WWW-Authenticate", challenge}}, .body = ""}; }

const char* const bearer = R"(Bearer realm="https://auth.example.com/token",service="r.example.com",scope="repository:team/app:pull")";

struct Fixture {
    fake::World world;
    cli::Context context = world.context();
    std::optional<Credentials> credentials;
    cli::TlsOptions tls;
    std::unique_ptr<Connection> connection;

    io::Response send(const std::string& url = "/v2/team/app/manifests/1", const std::string& wanted = scope) {
        if (!connection) connection = std::make_unique<Connection>("r.example.com", Access{credentials, tls}, context);
        return connection->send({.url = url}, wanted);
    }

    /// A registry that wants the token that `tokens` counts, from a token server.
    int tokens = 0;
    std::string lifetime = R"(, "expires_in": 300)";
    void require_token() {
        world.on_request = [this](const io::Request& request) -> io::Response {
            if (request.url.rfind("https://auth.example.com/token", 0) == 0) {
                return {.status = 200, .headers = {}, .body = R"({"token": "very-long-token-)" + std::to_string(++tokens) + '"' + lifetime + '}'};
            }
            if (header_of(request, "Authorization") == "Bearer very-long-token-" + std::to_string(tokens)) return {.status = 200, .headers = {}, .body = "yes"};
            return asks(bearer);
        };
    }
};

} // namespace

TEST_CASE("a registry that asks for nothing gets no credentials") {
    Fixture f;
    f.credentials = bot;
    f.world.on_request = [](const io::Request&) { return io::Response{.status = 200, .headers = {}, .body = ""}; };
    CHECK(f.send().status == 200);
    REQUIRE(f.world.requests.size() == 1);
    CHECK(f.world.requests[0].url == "https://r.example.com/v2/team/app/manifests/1");
    CHECK(header_of(f.world.requests[0], "Authorization").empty());
}

TEST_CASE("Docker Hub is found where it lives") {
    Fixture f;
    f.world.on_request = [](const io::Request&) { return io::Response{.status = 200, .headers = {}, .body = ""}; };
    Connection("docker.io", {}, f.context).send({.url = "/v2/library/debian/manifests/12"}, "");
    CHECK(f.world.requests[0].url == "https://registry-1.docker.io/v2/library/debian/manifests/12");
}

TEST_CASE("basic authentication, once the registry has asked for it") {
    Fixture f;
    f.credentials = bot;
    f.world.on_request = [](const io::Request& request) -> io::Response {
        return header_of(request, "Authorization") == "Basic " + base64("ci:sesame-open") ? io::Response{.status = 200, .headers = {}, .body = ""} : asks("Basic realm=\"Registry\"");
    };
    CHECK(f.send().status == 200);
    CHECK(f.send().status == 200);
    CHECK(f.world.requests.size() == 3); // the second time it is known
    f.connection.reset();
    f.credentials.reset();
    CHECK(f.send().status == 401);
}

TEST_CASE("the token flow sends credentials to the token server, and the token to the registry") {
    Fixture f;
    f.credentials = bot;
    f.require_token();
    CHECK(f.send().body == "yes");
    REQUIRE(f.world.requests.size() == 3);
    CHECK(f.world.requests[1].url == "https://auth.example.com/token?service=r.example.com&scope=repository%3Ateam%2Fapp%3Apull");
    CHECK(std::get<io::BasicAuth>(f.world.connections.back().auth).user == "ci");
    CHECK(f.world.log.redact("very-long-token-1") == "***");

    SECTION("a token is kept as long as it is good") {
        f.send();
        CHECK(f.tokens == 1);
        f.world.clock.time += Duration{291'000};
        f.send();
        CHECK(f.tokens == 2);
    }
    SECTION("each scope has its own") {
        f.send("/v2/team/app/blobs/x", "repository:team/app:pull,push repository:team/base:pull");
        CHECK(f.tokens == 2);
        CHECK(f.world.requests.back().url == "https://r.example.com/v2/team/app/blobs/x");
        CHECK(f.world.requests[f.world.requests.size() - 2].url ==
              "https://auth.example.com/token?service=r.example.com&scope=repository%3Ateam%2Fapp%3Apull%2Cpush&scope=repository%3Ateam%2Fbase%3Apull");
    }
    SECTION("one that is refused before its time is replaced once") {
        f.tokens = 7;
        CHECK(f.send().body == "yes");
        CHECK(f.tokens == 8);
    }
}

TEST_CASE("an identity token goes to the token server as a form") {
    Fixture f;
    f.credentials = Credentials{.user = {}, .password = {}, .identity_token = Secret("identity/token")};
    f.require_token();
    CHECK(f.send().body == "yes");
    CHECK(f.world.requests[1].method == "POST");
    CHECK(f.world.requests[1].url == "https://auth.example.com/token");
    CHECK(std::get<std::string>(f.world.requests[1].body) ==
          "grant_type=refresh_token&service=r.example.com&client_id=slipway&scope=repository%3Ateam%2Fapp%3Apull&refresh_token=identity%2Ftoken");
}

TEST_CASE("a registry that never takes its own tokens is asked twice, not for ever") {
    Fixture f;
    f.require_token();
    const auto lying = f.world.on_request;
    f.world.on_request = [&](const io::Request& request) { return request.url.find("/token") != std::string::npos ? lying(request) : asks(bearer); };
    CHECK(f.send().status == 401);
    CHECK(f.tokens == 1);
}

TEST_CASE("credentials do not follow an address that the registry gives on another server") {
    Fixture f;
    f.credentials = bot;
    f.require_token();
    f.send();
    f.world.on_request = [](const io::Request&) { return asks(bearer); };
    CHECK(f.send("https://storage.example.com/upload/1").status == 401);
    CHECK(f.world.requests.back().url == "https://storage.example.com/upload/1");
    CHECK(header_of(f.world.requests.back(), "Authorization").empty());
    CHECK(f.tokens == 1);
}

TEST_CASE("a token server without a token is an error of the world") {
    for (const char* body : {"", "{}", "<html>", R"({"token": 3})", R"({"token": ""})"}) {
        Fixture f;
        f.world.on_request = [&](const io::Request& request) -> io::Response {
            if (request.url.find("/token") != std::string::npos) return {.status = 200, .headers = {}, .body = body};
            return asks(bearer);
        };
        INFO(body);
        CHECK(failure_of([&] { f.send(); }).code() == ExitCode::world);
    }
}

TEST_CASE("a token server that refuses is quoted, and who asked is said") {
    Fixture f;
    f.credentials = bot;
    f.world.on_request = [&](const io::Request& request) -> io::Response {
        if (request.url.find("/token") == std::string::npos) return asks(bearer);
        return {.status = 403, .headers = {}, .body = R"({"errors": [{"code": "DENIED", "message": "user is locked"}]})"};
    };
    const auto error = failure_of([&] { f.send(); });
    CHECK(std::string(error.what()) == "cannot log in to r.example.com: GET https://auth.example.com/token: no token: status 403: user is locked");
    CHECK(error.diagnostics()[0].hint == "asked as user ci");
}

TEST_CASE("a way to authenticate that nobody knows is an error") {
    for (const char* challenge : {"Negotiate", "", "Bearer service=\"x\""}) {
        Fixture f;
        f.world.on_request = [&](const io::Request&) { return asks(challenge); };
        INFO(challenge);
        CHECK(failure_of([&] { f.send(); }).code() == ExitCode::world);
    }
}

TEST_CASE("plain HTTP is tried where it is allowed, and nowhere else") {
    Fixture f;
    f.world.on_request = [](const io::Request& request) -> io::Response {
        if (request.url.rfind("https://", 0) == 0) throw world_failure("GET: wrong version number");
        return {.status = 200, .headers = {}, .body = ""};
    };
    CHECK_THROWS_AS(f.send(), Error);
    f.connection.reset();
    f.tls.allow_insecure = true;
    CHECK(f.send().status == 200);
    CHECK(f.world.requests.back().url == "http://r.example.com/v2/team/app/manifests/1");
    CHECK(f.send().status == 200);
    CHECK(f.world.requests.size() == 4); // the scheme is found once
}

TEST_CASE("challenges as servers write them") {
    const auto challenge = parse_challenge(R"(Bearer realm="https://a/t?x=1,2", Service=plain , scope="a:b:c \"d\"")");
    CHECK(challenge.scheme == "bearer");
    CHECK(challenge.get("realm") == "https://a/t?x=1,2");
    CHECK(challenge.get("service") == "plain");
    CHECK(challenge.get("scope") == "a:b:c \"d\"");
    CHECK(challenge.get("error").empty());
    CHECK(parse_challenge("Basic").scheme == "basic");
    CHECK(parse_challenge("").scheme.empty());
    CHECK(parse_challenge("Bearer realm=\"open").get("realm") == "open");
}

TEST_CASE("a registry's words") {
    CHECK(words_of({.status = 404, .headers = {}, .body = R"({"errors": [{"code": "MANIFEST_UNKNOWN", "message": "manifest unknown"}, {"code": "X"}]})"}) ==
          "status 404: manifest unknown: X");
    CHECK(words_of({.status = 502, .headers = {}, .body = "<html>"}) == "status 502");
    CHECK(words_of({.status = 400, .headers = {}, .body = R"({"errors": [3, {"message": 4}]})"}) == "status 400");
}
