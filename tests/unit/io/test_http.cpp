#include "catch.hpp"

#include "core/error.hpp"
#include "fakes.hpp"
#include "io/http.hpp"

using namespace slipway;
using namespace slipway::io;

namespace {

/// The retrying client over a server that is a function.
struct Retrying {
    fake::Terminal terminal;
    fake::Clock clock;
    Log log{terminal, clock, {.step = "test", .run_id = "run"}};
    std::vector<double> jitters;
    double jitter = 0.5;
    int requests = 0;
    std::function<Response(int)> server; ///< gets the number of the request, from 1

    Response send(Request request) {
        auto client = make_retrying_client(std::make_unique<fake::Http>([this](const Request&) { return server(++requests); }), clock, log,
                                           [this] { return jitter; });
        return client->send(request);
    }
};

Response status(int code, std::vector<Header> headers = {}) { return {.status = code, .headers = std::move(headers), .body = {}}; }

} // namespace

TEST_CASE("the parts of a URL") {
    struct Row {
        const char* url;
        const char* scheme;
        const char* host;
        const char* port;
        const char* user_info;
    };
    for (const auto& row : std::vector<Row>{{"http://Example.COM", "http", "example.com", "80", ""},
                                            {"HTTPS://example.com:8443/a?b#c", "https", "example.com", "8443", ""},
                                            {"https://u:p@ss@host/x@y", "https", "host", "443", "u:p@ss"},
                                            {"http://[::1]:9090/", "http", "::1", "9090", ""},
                                            {"http://[fe80::1]", "http", "fe80::1", "80", ""},
                                            {"http://host?q=a@b", "http", "host", "80", ""},
                                            {"http://host:", "http", "host", "80", ""}}) {
        INFO(row.url);
        const auto parts = split_url(row.url);
        REQUIRE(parts);
        CHECK(parts->scheme == row.scheme);
        CHECK(parts->host == row.host);
        CHECK(parts->port == row.port);
        CHECK(parts->user_info == row.user_info);
    }
    for (const char* url : {"", "host", "host:9090", "ftp://host", "http:/host", "http://", "http:///path", "http://:80", "http://[::1", "http://[::1]x", "file:///etc/passwd"}) {
        INFO(url);
        CHECK_FALSE(split_url(url));
    }
}

TEST_CASE("the same server is the same scheme, host and port") {
    CHECK(is_same_server("http://a/x", "http://A:80/y"));
    CHECK_FALSE(is_same_server("http://a", "https://a"));
    CHECK_FALSE(is_same_server("http://a", "http://a:81"));
    CHECK_FALSE(is_same_server("http://a", "http://a.b"));
    CHECK_FALSE(is_same_server("http://a", "nonsense"));
}

TEST_CASE("this machine is recognised, and nobody else") {
    for (const char* host : {"localhost", "127.0.0.1", "127.1.2.3", "::1"}) CHECK(is_loopback(host));
    for (const char* host : {"", "127.example.com", "localhost.example.com", "128.0.0.1", "1127.0.0.1", "::2", "0.0.0.0", "127.0.0.1.nip.io"}) {
        INFO(host);
        CHECK_FALSE(is_loopback(host));
    }
}

TEST_CASE("a URL is shown without credentials") {
    CHECK(url_for_people("https://host/path") == "https://host/path");
    CHECK(url_for_people("https://user:pass@host/path") == "https://host/path");
    CHECK(url_for_people("https://to@ken@host/a@b") == "https://host/a@b");
    CHECK(url_for_people("https://host/path?token=secret&x=y#z") == "https://host/path?...");
    CHECK(url_for_people("https://user:pass@host?x=a@b") == "https://host?...");
    CHECK(url_for_people("https://host#fragment@x") == "https://host");
    // A forgotten scheme does not make the password less secret.
    CHECK(url_for_people("user:pass@host:9090/path") == "host:9090/path");
    CHECK(url_for_people("user:pa/ss@host") == "host");
    CHECK(url_for_people("git@host:team/app") == "git@host:team/app");
}

TEST_CASE("headers that prove who asks") {
    for (const char* name : {"Authorization", "authorization", "Cookie", "PRIVATE-TOKEN", "Job-Token", "X-API-Key", "X-Vault-Token"}) CHECK(is_credential_header(name));
    for (const char* name : {"", "-token", "Content-Type", "X-Scope-OrgID", "Token-Kind"}) CHECK_FALSE(is_credential_header(name));
}

TEST_CASE("headers are found in any case") {
    const Response response{.status = 200, .headers = {{"Content-Type", "a"}, {"content-type", "b"}}, .body = {}};
    CHECK(response.header("CONTENT-TYPE") == "a");
    CHECK_FALSE(response.header("Date"));
    CHECK(response.ok());
    CHECK_FALSE(status(199).ok());
    CHECK_FALSE(status(300).ok());
}

TEST_CASE("a passing failure is asked again, with a growing delay, and the log says so") {
    Retrying t;
    t.server = [](int request) { return status(request < 4 ? 503 : 200); };
    CHECK(t.send({.url = "http://u:p@host/path?q=secret"}).status == 200);
    CHECK(t.requests == 4);
    CHECK(t.clock.sleeps == std::vector<Duration>{Duration{125}, Duration{250}, Duration{500}}); // half of 250, 500, 1000
    CHECK(t.terminal.err == "12:00:00 test[run]: warning: trying GET http://host/path?... again in 125ms (attempt 2 of 4): status 503\n"
                            "12:00:00 test[run]: warning: trying GET http://host/path?... again in 250ms (attempt 3 of 4): status 503\n"
                            "12:00:00 test[run]: warning: trying GET http://host/path?... again in 500ms (attempt 4 of 4): status 503\n");
}

TEST_CASE("after the last attempt the answer stands") {
    Retrying t;
    t.server = [](int) { return status(500); };
    CHECK(t.send({.url = "http://host/"}).status == 500);
    CHECK(t.requests == 4);
    Retrying once;
    once.server = t.server;
    CHECK(once.send({.url = "http://host/", .retry = {.attempts = 1}}).status == 500);
    CHECK(once.requests == 1);
    CHECK(once.terminal.err == "");
}

TEST_CASE("which answers are asked for again") {
    for (const int code : {408, 429, 500, 502, 503, 504, 599}) {
        INFO(code);
        Retrying t;
        t.server = [code](int request) { return status(request == 1 ? code : 200); };
        CHECK(t.send({.url = "http://host/"}).status == 200);
    }
    for (const int code : {200, 201, 301, 400, 401, 403, 404, 409, 422, 501, 505}) {
        INFO(code);
        Retrying t;
        t.server = [code](int) { return status(code); };
        CHECK(t.send({.url = "http://host/"}).status == code);
        CHECK(t.requests == 1);
    }
}

TEST_CASE("an answer that the caller knows to stand is not asked for again") {
    Retrying t;
    t.server = [](int request) { return Response{500, {}, request == 1 ? "no leader" : "refused"}; };
    const auto stands = [](const Response& response) { return response.body == "refused"; };
    CHECK(t.send({.url = "http://host/", .retry = {.stands = stands}}).body == "refused");
    CHECK(t.requests == 2);
}

TEST_CASE("which requests may be sent again") {
    for (const char* method : {"GET", "HEAD", "PUT", "DELETE"}) {
        INFO(method);
        Retrying t;
        t.server = [](int request) { return status(request == 1 ? 503 : 200); };
        CHECK(t.send({.method = method, .url = "http://host/"}).status == 200);
    }
    for (const char* method : {"POST", "PATCH"}) {
        INFO(method);
        Retrying t;
        t.server = [](int request) { return status(request == 1 ? 503 : 200); };
        CHECK(t.send({.method = method, .url = "http://host/"}).status == 503);
        CHECK(t.requests == 1);
        CHECK(t.send({.method = method, .url = "http://host/", .retry = {.also_unsafe_methods = true}}).status == 200);
    }
}

TEST_CASE("a broken connection is tried again, what cannot change is not") {
    Retrying t;
    t.server = [](int request) -> Response {
        if (request < 3) throw world_failure("GET http://host/: connection refused");
        return status(200);
    };
    CHECK(t.send({.url = "http://host/"}).status == 200);
    CHECK(t.terminal.err.find("(attempt 2 of 4): GET http://host/: connection refused\n") != std::string::npos);

    Retrying never;
    never.server = [](int) -> Response { throw world_failure("down"); };
    CHECK_THROWS_AS(never.send({.url = "http://host/"}), Error);
    CHECK(never.requests == 4);

    Retrying post;
    post.server = never.server;
    CHECK_THROWS_AS(post.send({.method = "POST", .url = "http://host/"}), Error);
    CHECK(post.requests == 1);

    Retrying lasting;
    lasting.server = [](int) -> Response { throw LastingError("certificate"); };
    CHECK_THROWS_AS(lasting.send({.url = "http://host/"}), LastingError);
    CHECK(lasting.requests == 1);

    Retrying wrong;
    wrong.server = [](int) -> Response { throw misuse("no URL"); };
    CHECK_THROWS_AS(wrong.send({.url = "http://host/"}), Error);
    CHECK(wrong.requests == 1);

    Retrying cancelled;
    cancelled.server = [](int) -> Response { throw Cancelled(15); };
    CHECK_THROWS_AS(cancelled.send({.url = "http://host/"}), Cancelled);
    CHECK(cancelled.requests == 1);
}

TEST_CASE("the delay is random between nothing and a limit") {
    for (const double jitter : {0.0, 0.999}) {
        Retrying t;
        t.jitter = jitter;
        t.server = [](int) { return status(503); };
        t.send({.url = "http://host/", .retry = {.attempts = 12}});
        REQUIRE(t.clock.sleeps.size() == 11);
        CHECK(t.clock.sleeps.front() == Duration{std::llround(250 * jitter)});
        CHECK(t.clock.sleeps.back() == Duration{std::llround(10'000 * jitter)});
    }
}

TEST_CASE("Retry-After is honoured, in seconds and as a date") {
    struct Row {
        std::vector<Header> headers;
        Duration delay;
    };
    const std::vector<Row> rows = {
        {{{"Retry-After", "7"}}, Duration{7'000}},
        {{{"retry-after", " 60 "}}, Duration{60'000}},
        {{{"Retry-After", "0"}}, Duration{125}},
        {{{"Retry-After", "Tue, 24 Nov 2026 12:00:30 GMT"}}, Duration{30'000}}, // our clock says 12:00:00
        {{{"Retry-After", "Tue, 24 Nov 2026 11:00:30 GMT"}}, Duration{125}},    // that is past
        // The server's clock is an hour behind ours.
        {{{"Date", "Tue, 24 Nov 2026 11:00:00 GMT"}, {"Retry-After", "Tue, 24 Nov 2026 11:00:05 GMT"}}, Duration{5'000}},
        {{{"Retry-After", "soon"}}, Duration{125}},
        {{{"Retry-After", "-5"}}, Duration{125}},
    };
    for (const auto& row : rows) {
        INFO(row.headers.back().value);
        Retrying t;
        t.server = [&](int request) { return request == 1 ? status(429, row.headers) : status(200); };
        CHECK(t.send({.url = "http://host/"}).status == 200);
        CHECK(t.clock.sleeps == std::vector<Duration>{row.delay});
    }
}

TEST_CASE("a server that asks for more patience than we have gets its answer reported") {
    for (const char* value : {"61", "99999999999", "Tue, 24 Nov 2026 13:00:00 GMT"}) {
        INFO(value);
        Retrying t;
        t.server = [&](int) { return status(503, {{"Retry-After", value}}); };
        CHECK(t.send({.url = "http://host/"}).status == 503);
        CHECK(t.requests == 1);
        CHECK(t.clock.sleeps.empty());
    }
}
