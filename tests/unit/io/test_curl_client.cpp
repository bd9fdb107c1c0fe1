#include "catch.hpp"

#include "core/encoding.hpp"
#include "core/error.hpp"
#include "fakes.hpp"
#include "http_server.hpp"
#include "io/http.hpp"

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <thread>

using namespace slipway;
using namespace slipway::io;
using fake::answer;
using fake::Answer;
using fake::HttpServer;
using fake::ServedRequest;

namespace {

/// No proxy of the machine that runs the tests, nor of another test.
struct NoProxies {
    NoProxies() {
        for (const char* name : {"http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY", "REQUEST_METHOD"}) ::unsetenv(name);
    }
    ~NoProxies() {
        for (const char* name : {"http_proxy", "HTTP_PROXY", "no_proxy", "REQUEST_METHOD"}) ::unsetenv(name);
    }
};

struct Client {
    NoProxies no_proxies;
    Cancellation cancellation;
    std::unique_ptr<HttpClient> http;

    explicit Client(HttpSettings settings = {}) : http(make_curl_client(std::move(settings), cancellation)) {}
    Response send(Request request) { return http->send(request); }
    Response get(const std::string& url) { return http->send({.url = url}); }
    Error failure(Request request) {
        try {
            http->send(request);
        } catch (const Error& error) {
            return error;
        }
        FAIL("no error for " << request.url);
        throw std::logic_error("unreachable");
    }
};

HttpServer::Handler always(Answer reply) {
    return [reply = std::move(reply)](const ServedRequest&) { return reply; };
}

std::string header_of(const ServedRequest& request, const std::string& name) {
    const auto found = request.headers.find(name);
    return found == request.headers.end() ? "" : found->second;
}

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

struct Disk {
    DiskFiles files;
    TemporaryFolder folder{files};
    std::string put(const std::string& name, const std::string& bytes) {
        files.write_atomic(folder.path() / name, bytes, Access::usual);
        return (folder.path() / name).string();
    }
};

} // namespace

TEST_CASE("every status is an answer, with its headers and body") {
    HttpServer server(always(answer(500, "why", "X-One: 1\r\nX-Empty:\r\n")));
    Client client;
    const auto response = client.get(server.url("/path?q=1"));
    CHECK(response.status == 500);
    CHECK(response.body == "why");
    CHECK(response.header("x-one") == "1");
    CHECK(response.header("x-empty") == "");
    CHECK(server.requests().at(0).method == "GET");
    CHECK(server.requests().at(0).target == "/path?q=1");
    CHECK(header_of(server.requests().at(0), "user-agent") == "slipway");
}

TEST_CASE("a connection is used again") {
    HttpServer server(always(answer(200, "ok")));
    Client client;
    for (int i = 0; i < 3; ++i) CHECK(client.get(server.url()).ok());
    CHECK(server.requests().at(2).connection == 1);
}

TEST_CASE("what must not be sent twice is not, when a kept connection is closed without an answer") {
    HttpServer server([](const ServedRequest& request) { return request.method == "PUT" ? Answer{"", Answer::Then::close} : answer(200, "x"); });
    Client client;
    client.get(server.url());
    client.failure({.method = "PUT", .url = server.url(), .body = std::string("b"), .retry = {.own_connection = true}});
    client.get(server.url());
    const auto requests = server.requests();
    REQUIRE(requests.size() == 3);
    CHECK(requests[1].connection != requests[0].connection);
    CHECK(requests[2].connection == requests[0].connection);
}

TEST_CASE("bodies are sent from memory and from a file") {
    HttpServer server([](const ServedRequest& request) { return answer(200, request.body); });
    Client client;
    Disk disk;
    std::string bytes;
    for (int i = 0; i < 300'000; ++i) bytes += static_cast<char>(i * 13);
    for (const char* method : {"POST", "PUT", "PATCH", "GET"}) {
        INFO(method);
        CHECK(client.send({.method = method, .url = server.url(), .headers = {{"Content-Type", "x/y"}}, .body = bytes}).body == bytes);
        CHECK(server.requests().back().method == method);
        CHECK(header_of(server.requests().back(), "content-type") == "x/y");
        CHECK(header_of(server.requests().back(), "expect") == "");
    }
    CHECK(client.send({.method = "PUT", .url = server.url(), .body = FileBody{disk.put("body", bytes)}}).body == bytes);
    CHECK(client.send({.method = "POST", .url = server.url(), .body = std::string()}).ok());
    CHECK(header_of(server.requests().back(), "content-length") == "0");
    CHECK(client.send({.method = "POST", .url = server.url()}).ok());
    CHECK(header_of(server.requests().back(), "content-length") == "0");
    CHECK(client.send({.method = "DELETE", .url = server.url()}).ok());
    CHECK(server.requests().back().method == "DELETE");
}

TEST_CASE("the end of a file is a body, too, and the sender is told how far it is") {
    HttpServer server([](const ServedRequest& request) { return answer(200, request.body); });
    Client client;
    Disk disk;
    const auto file = disk.put("body", "0123456789");
    std::uint64_t sent = 0;
    CHECK(client.send({.method = "PATCH", .url = server.url(), .body = FileBody{file, 4}, .on_sent = [&](std::uint64_t bytes) { sent = bytes; }}).body == "456789");
    CHECK(sent == 6);
    CHECK(client.send({.method = "PUT", .url = server.url(), .body = FileBody{file, 10}}).body.empty());
    CHECK(client.failure({.method = "PUT", .url = server.url(), .body = FileBody{file, 11}}).code() == ExitCode::misuse);
}

TEST_CASE("a body goes into a file, unless the answer is a no") {
    Disk disk;
    const auto file = disk.put("into", "old and longer");
    int status = 200;
    HttpServer server([&](const ServedRequest&) { return answer(status, "content"); });
    Client client;
    CHECK(client.send({.url = server.url(), .into = file}).body.empty());
    CHECK(disk.files.read(file) == "content");
    status = 404;
    CHECK(client.send({.url = server.url(), .into = file}).body == "content");
    CHECK(disk.files.read(file).empty());
    status = 200;
    CHECK(contains(client.failure({.url = server.url(), .most_bytes = 3, .into = file}).what(), "larger than 3 bytes"));
    CHECK(contains(client.failure({.url = server.url(), .into = "/no/such/folder/file"}).what(), "cannot write /no/such/folder/file: No such file"));
    CHECK(contains(client.failure({.url = server.url(), .into = "/dev/full"}).what(), "cannot write /dev/full: No space left on device"));
}

TEST_CASE("a transfer in which nothing moves is given up, however long it may take") {
    HttpServer server(always({.bytes = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", .then = Answer::Then::hang}));
    Client client;
    CHECK(contains(client.failure({.url = server.url(), .timeout = Duration{0}, .stall = Duration{1000}}).what(), "nothing moved for 1s"));
}

TEST_CASE("a body that cannot be read is a misuse, and nothing is sent") {
    HttpServer server(always(answer(200, "")));
    Client client;
    Disk disk;
    CHECK(client.failure({.method = "PUT", .url = server.url(), .body = FileBody{"/no/such/file"}}).code() == ExitCode::misuse);
    CHECK(std::string(client.failure({.method = "PUT", .url = server.url(), .body = FileBody{disk.folder.path()}}).what()) ==
          "cannot send " + disk.folder.path().string() + ": it is no regular file");
    CHECK(server.requests().empty());
}

TEST_CASE("HEAD has no body to wait for") {
    HttpServer server(always(Answer{.bytes = "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"}));
    Client client;
    const auto response = client.send({.method = "HEAD", .url = server.url(), .timeout = Duration{5000}});
    CHECK(response.header("Content-Length") == "1000");
    CHECK(response.body == "");
    CHECK(server.requests().at(0).method == "HEAD");
}

TEST_CASE("a client sends its headers on every request, and no header can smuggle in another") {
    HttpServer server(always(answer(200, "")));
    Client client({.headers = {{"X-Scope-OrgID", "team"}, {"X-Empty", ""}}, .secret_headers = {{"X-Key", "secret"}}});
    client.send({.url = server.url(), .headers = {{"Accept", "x/y"}}});
    const auto request = server.requests().at(0);
    CHECK(header_of(request, "x-scope-orgid") == "team");
    CHECK(header_of(request, "x-key") == "secret");
    CHECK(header_of(request, "accept") == "x/y");
    CHECK(request.headers.count("x-empty") == 1);
    for (const auto& header : std::vector<Header>{{"X", "a\r\nY: b"}, {"X\nY", "a"}, {"X: Y", "a"}, {"", "a"}}) {
        CHECK(client.failure({.url = server.url(), .headers = {header}}).code() == ExitCode::misuse);
    }
    CHECK(server.requests().size() == 1);
    CHECK_THROWS_AS(Client({.auth = BearerAuth{Secret("tok\r\nX-Evil: 1")}}), Error);
}

TEST_CASE("a token that ends is asked for with each request") {
    HttpServer server(always(answer(200, "")));
    int asked = 0;
    Client client({.auth = BearerAuth{Secret("first"), [&asked] { return Secret("token-" + std::to_string(++asked)); }}});
    client.get(server.url());
    client.get(server.url());
    CHECK(header_of(server.requests().at(0), "authorization") == "Bearer token-1");
    CHECK(header_of(server.requests().at(1), "authorization") == "Bearer token-2");
}

TEST_CASE("credentials are sent as the protocol says") {
    HttpServer server(always(answer(200, "")));
    Client({.auth = BearerAuth{Secret("tok123")}}).get(server.url());
    CHECK(header_of(server.requests().at(0), "authorization") == "Bearer tok123");
    Client({.auth = BasicAuth{"user", Secret("pa:ss")}}).get(server.url());
    CHECK(header_of(server.requests().at(1), "authorization") == "Basic " + base64("user:pa:ss"));
    Client().get(server.url());
    CHECK(header_of(server.requests().at(2), "authorization") == "");
}

TEST_CASE("credentials do not travel over plain HTTP to another machine") {
    const Request request{.url = "http://prometheus.example.com/"};
    for (const auto& settings : std::vector<HttpSettings>{{.auth = BearerAuth{Secret("t")}},
                                                          {.auth = BasicAuth{"u", Secret("p")}},
                                                          {.headers = {{"Authorization", "x"}}},
                                                          {.secret_headers = {{"X-Key", "x"}}}}) {
        Client client(settings);
        const auto error = client.failure(request);
        CHECK(error.code() == ExitCode::misuse);
        CHECK(contains(error.what(), "cannot send credentials to http://prometheus.example.com/: plain HTTP"));
    }
    Client client;
    CHECK(client.failure({.url = "http://user:pass@prometheus.example.com/"}).code() == ExitCode::misuse);
    CHECK(client.failure({.url = "http://prometheus.example.com/", .headers = {{"Job-Token", "x"}}}).code() == ExitCode::misuse);
    CHECK(client.failure({.url = "ftp://host/"}).code() == ExitCode::misuse);
}

TEST_CASE("with permission credentials travel over plain HTTP") {
    HttpServer proxy(always(answer(200, "by proxy")));
    Client client({.auth = BearerAuth{Secret("t")}, .allow_insecure = true});
    ::setenv("http_proxy", proxy.url("").c_str(), 1);
    CHECK(client.get("http://prometheus.example.com/").body == "by proxy");
    CHECK(header_of(proxy.requests().at(0), "authorization") == "Bearer t");
}

TEST_CASE("a proxy is used as the environment says") {
    HttpServer proxy(always(answer(200, "by proxy")));
    HttpServer direct(always(answer(200, "direct")));
    Client client;
    SECTION("in lower case") {
        ::setenv("http_proxy", proxy.url("").c_str(), 1);
        CHECK(client.get("http://service.example.com/x").body == "by proxy");
        CHECK(proxy.requests().at(0).target == "http://service.example.com/x");
    }
    SECTION("in upper case, which CGI programs must not trust") {
        ::setenv("HTTP_PROXY", proxy.url("").c_str(), 1);
        CHECK(client.get("http://service.example.com/x").body == "by proxy");
        ::setenv("REQUEST_METHOD", "GET", 1);
        CHECK(client.failure({.url = "http://service.invalid/x"}).code() == ExitCode::world);
    }
    SECTION("the exceptions go directly") {
        ::setenv("HTTP_PROXY", proxy.url("").c_str(), 1);
        ::setenv("no_proxy", "service.invalid", 1);
        CHECK(client.failure({.url = "http://service.invalid/x"}).code() == ExitCode::world);
        CHECK(proxy.requests().empty());
    }
    SECTION("a client that passes by all proxies goes directly") {
        Client past({.past_proxies = true});
        ::setenv("http_proxy", proxy.url("").c_str(), 1);
        ::setenv("all_proxy", proxy.url("").c_str(), 1);
        CHECK(past.failure({.url = "http://service.invalid/x"}).code() == ExitCode::world);
        CHECK(proxy.requests().empty());
    }
    SECTION("this machine itself is reached directly") {
        ::setenv("http_proxy", proxy.url("").c_str(), 1);
        CHECK(client.get(direct.url()).body == "direct");
    }
}

TEST_CASE("redirects of GET and HEAD are followed") {
    HttpServer server([](const ServedRequest& request) {
        if (request.target == "/a") return answer(302, "", "Location: /b\r\n");
        if (request.target == "/b") return answer(307, "", "Location: c?x=1\r\n");
        return answer(200, "there", "X-Seen: " + header_of(request, "authorization") + "\r\n");
    });
    Client client({.auth = BearerAuth{Secret("tok123")}, .secret_headers = {{"X-Key", "k"}}});
    const auto response = client.get(server.url("/a"));
    CHECK(response.body == "there");
    CHECK(response.header("X-Seen") == "Bearer tok123"); // still the same server
    CHECK(header_of(server.requests().back(), "x-key") == "k");
    CHECK(server.requests().back().target == "/c?x=1");
    CHECK(client.send({.method = "HEAD", .url = server.url("/a")}).status == 200);
    CHECK(client.send({.method = "POST", .url = server.url("/a")}).status == 302);
    CHECK(client.send({.method = "PUT", .url = server.url("/a"), .body = std::string("x")}).status == 302);
}

TEST_CASE("a redirect to another server takes no credentials along") {
    HttpServer other(always(answer(200, "other")));
    HttpServer server([&](const ServedRequest& request) {
        // The same host under another name or port is another server.
        return answer(302, "", "Location: " + (request.target == "/name" ? other.url("/", "localhost") : other.url("/")) + "\r\n");
    });
    for (const char* path : {"/name", "/port"}) {
        for (const auto& settings : std::vector<HttpSettings>{
                 {.auth = BearerAuth{Secret("tok123")}, .headers = {{"X-Scope-OrgID", "team"}}, .secret_headers = {{"X-Key", "k"}}},
                 {.auth = BasicAuth{"u", Secret("p")}, .headers = {{"Cookie", "c"}}}}) {
            Client client(settings);
            CHECK(client.send({.url = server.url(path), .headers = {{"Authorization", "mine"}, {"Accept", "x/y"}}}).body == "other");
            const auto seen = other.requests().back();
            CHECK(seen.headers.count("authorization") == 0);
            CHECK(seen.headers.count("x-key") == 0);
            CHECK(seen.headers.count("cookie") == 0);
            CHECK(header_of(seen, "accept") == "x/y");
        }
    }
}

TEST_CASE("a redirect that leads nowhere is an error at once") {
    HttpServer server([](const ServedRequest& request) { return answer(302, "", request.target == "/file" ? "Location: file:///etc/passwd\r\n" : "Location: /again\r\n"); });
    Client client;
    CHECK_THROWS_AS(client.get(server.url("/loop")), LastingError);
    CHECK(server.requests().size() == 6);
    const auto error = client.failure({.url = server.url("/file")});
    CHECK(error.code() == ExitCode::world);
    CHECK(contains(error.what(), "redirected to 'file:///etc/passwd', which is no http:// or https:// URL"));
    HttpServer nowhere(always(answer(302, "")));
    CHECK(client.get(nowhere.url()).status == 302);
}

TEST_CASE("no answer is a broken world, told without credentials") {
    Client client;
    std::string closed;
    {
        HttpServer server(always(answer(200, "")));
        closed = server.url("/path?secret=1");
    }
    const auto error = client.failure({.url = "http://user:pass@" + closed.substr(7)});
    CHECK(error.code() == ExitCode::world);
    CHECK(contains(error.what(), "GET http://127.0.0.1:"));
    CHECK(contains(error.what(), "/path?...: "));
    CHECK_FALSE(contains(error.what(), "pass"));
    CHECK(client.failure({.url = "http://service.invalid/"}).code() == ExitCode::world);
    CHECK(client.failure({.url = "http://127.0.0.1:port/"}).code() == ExitCode::misuse);
}

TEST_CASE("cut and broken answers are errors, not short results") {
    Client client;
    HttpServer cut(always(Answer{.bytes = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf", .then = Answer::Then::close}));
    CHECK(client.failure({.url = cut.url()}).code() == ExitCode::world);
    HttpServer chunk(always(Answer{.bytes = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n", .then = Answer::Then::close}));
    CHECK(client.failure({.url = chunk.url()}).code() == ExitCode::world);
    HttpServer empty(always(Answer{.bytes = "", .then = Answer::Then::close}));
    CHECK(client.failure({.url = empty.url()}).code() == ExitCode::world);
    HttpServer nonsense(always(Answer{.bytes = "SSH-2.0-OpenSSH\r\n\r\n", .then = Answer::Then::close}));
    CHECK(client.failure({.url = nonsense.url()}).code() == ExitCode::world);
    HttpServer packed(always(answer(200, "no gzip", "Content-Encoding: gzip\r\n")));
    CHECK(client.failure({.url = packed.url()}).code() == ExitCode::world);
    // None of that spoils the next request.
    HttpServer good(always(answer(200, "good")));
    CHECK(client.get(good.url()).body == "good");
}

TEST_CASE("an answer that is too large is refused, and not asked for again") {
    HttpServer server(always(answer(200, std::string(5000, 'x'))));
    Client client;
    CHECK(client.send({.url = server.url(), .most_bytes = 5000}).body.size() == 5000);
    try {
        client.send({.url = server.url(), .most_bytes = 4999});
        FAIL("no error");
    } catch (const LastingError& error) {
        CHECK(contains(error.what(), ": the answer is larger than 4999 bytes"));
    }
}

TEST_CASE("a server that says nothing is given up in time") {
    HttpServer silent(always(Answer{.bytes = "", .then = Answer::Then::hang}));
    HttpServer slow(always(Answer{.bytes = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf", .then = Answer::Then::hang}));
    Client client;
    for (const auto& url : {silent.url("/x"), slow.url("/x")}) {
        const auto error = client.failure({.url = url, .timeout = Duration{100}});
        CHECK(error.code() == ExitCode::world);
        CHECK(std::string(error.what()) == "GET " + url + ": no complete answer within 100ms");
    }
    HttpServer good(always(answer(200, "good")));
    CHECK(client.send({.url = good.url(), .timeout = Duration{1000LL * 3600 * 24 * 365}}).body == "good");
}

TEST_CASE("cancellation ends a transfer") {
    HttpServer slow(always(Answer{.bytes = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf", .then = Answer::Then::hang}));
    Client client;
    std::thread canceller([&] {
        while (slow.requests().empty()) std::this_thread::yield();
        client.cancellation.request(SIGTERM);
    });
    const auto before = std::chrono::steady_clock::now();
    CHECK_THROWS_AS(client.get(slow.url()), Cancelled);
    canceller.join();
    CHECK(std::chrono::steady_clock::now() - before < std::chrono::seconds(5));
    CHECK_THROWS_AS(client.get(slow.url()), Cancelled);
}

TEST_CASE("certificates are checked, against the system's authorities and one of our own") {
    const fake::Authority authority("Test authority");
    const fake::Authority stranger("Another authority");
    HttpServer server(always(answer(200, "secure")), {.certificate = authority.issue("server", "IP:127.0.0.1"), .client_authority = {}});
    Disk disk;
    const auto ca = disk.put("ca.pem", authority.certificate());
    const auto wrong_ca = disk.put("wrong.pem", stranger.certificate());

    CHECK(Client({.ca_file = ca}).get(server.url()).body == "secure");
    CHECK(Client({.allow_insecure = true}).get(server.url()).body == "secure");
    for (const std::string& file : {std::string(), wrong_ca}) {
        Client client({.ca_file = file});
        try {
            client.get(server.url());
            FAIL("trusted");
        } catch (const LastingError& error) {
            CHECK(error.code() == ExitCode::world);
            CHECK(contains(error.what(), "certificate"));
            CHECK(contains(error.diagnostics().front().hint, "--ca-file"));
        }
    }
    // A certificate for another name.
    CHECK_THROWS_AS(Client({.ca_file = ca}).get(server.url("/", "localhost")), LastingError);
    // Over TLS credentials may travel.
    CHECK(Client({.auth = BearerAuth{Secret("tok123")}, .ca_file = ca}).get(server.url()).ok());
    CHECK(header_of(server.requests().back(), "authorization") == "Bearer tok123");
}

TEST_CASE("a certificate may have another name than the URL, and authorities may lie in a folder") {
    const fake::Authority authority("Test authority");
    HttpServer server(always(answer(200, "secure")), {.certificate = authority.issue("server", "DNS:server.global.nomad"), .client_authority = {}});
    Disk disk;
    const auto ca = disk.put("ca.pem", authority.certificate());
    disk.put("README", "no certificate");
    const auto folder = std::filesystem::path(ca).parent_path().string();
    Client named({.ca_file = folder, .tls_server_name = "server.global.nomad"});
    CHECK(named.get(server.url("/a?b=c")).body == "secure");
    CHECK(server.requests().back().target == "/a?b=c");
    CHECK_THROWS_AS(Client({.ca_file = ca}).get(server.url()), LastingError);
    CHECK_THROWS_AS(Client({.ca_file = ca, .tls_server_name = "client.global.nomad"}).get(server.url()), LastingError);
}

TEST_CASE("a server may ask for a client's certificate") {
    const fake::Authority authority("Test authority");
    HttpServer server(always(answer(200, "secure")), {.certificate = authority.issue("server", "IP:127.0.0.1"), .client_authority = authority.certificate()});
    Disk disk;
    const auto client = authority.issue("release-bot", "");
    const auto ca = disk.put("ca.pem", authority.certificate());
    const auto certificate = disk.put("client.pem", client.certificate);
    const auto key = disk.put("client.key", client.key);
    const auto both = disk.put("both.pem", client.certificate + client.key);

    CHECK(Client({.ca_file = ca, .client_certificate = certificate, .client_key = key}).get(server.url()).ok());
    CHECK(server.requests().back().client_certificate == "release-bot");
    CHECK(Client({.ca_file = ca, .client_certificate = both, .client_key = both}).get(server.url()).ok());
    CHECK(Client({.ca_file = ca}).failure({.url = server.url()}).code() == ExitCode::world);
    const auto mismatch = Client({.ca_file = ca, .client_certificate = certificate, .client_key = ca}).failure({.url = server.url()});
    CHECK(mismatch.code() == ExitCode::misuse);
    CHECK(contains(mismatch.diagnostics().front().hint, "--client-cert"));
}

TEST_CASE("files for TLS that cannot be used are told before any request") {
    Disk disk;
    for (const auto& settings : std::vector<HttpSettings>{{.ca_file = "/no/such.pem"},
                                                          {.client_certificate = "/no/such.pem"},
                                                          {.client_key = "/no/such.pem"},
                                                          {.ca_file = disk.put("ca.pem", "no certificate")}}) {
        try {
            const Client client(settings);
            FAIL("accepted");
        } catch (const Error& error) {
            CHECK(error.code() == ExitCode::misuse);
        }
    }
}

TEST_CASE("the client of the steps repeats over the real one") {
    std::atomic<int> count = 0;
    HttpServer server([&](const ServedRequest&) { return ++count < 3 ? Answer{.bytes = "", .then = Answer::Then::close} : answer(200, "at last"); });
    fake::Clock clock;
    fake::Terminal terminal;
    Log log(terminal, clock, {.step = "test", .run_id = "run"});
    const NoProxies no_proxies;
    const Cancellation cancellation;
    CHECK(make_http_client({}, clock, log, cancellation)->send({.url = server.url()}).body == "at last");
    CHECK(contains(terminal.err, "(attempt 3 of 4): GET http://127.0.0.1:"));
}
