#include "catch.hpp"

#include "cli/server_options.hpp"
#include "core/error.hpp"
#include "fakes.hpp"

using namespace slipway;
using namespace slipway::cli;

namespace {

std::vector<std::string> problems_of(const ServerOptions& server, const TlsOptions& tls = {}) {
    std::vector<Diagnostic> problems;
    check_server("prometheus", server, tls, problems);
    std::vector<std::string> messages;
    for (const auto& problem : problems) messages.push_back(problem.message);
    return messages;
}

io::HttpSettings settings_of(fake::World& world, const ServerOptions& server, const TlsOptions& tls = {}) {
    auto context = world.context();
    connect(server, tls, context);
    return world.connections.back();
}

} // namespace

TEST_CASE("the options of a server have the names that the design promises") {
    OptionSet options;
    ServerOptions server;
    TlsOptions tls;
    declare_server(options, "prometheus", server, "the Prometheus server", Tenants::yes);
    declare_tls(options, tls);
    std::vector<std::string> flags;
    for (const auto& option : options.all()) flags.push_back(option->flag());
    CHECK(flags == std::vector<std::string>{"--prometheus-url", "--prometheus-token-file", "--prometheus-user", "--prometheus-password-file",
                                            "--prometheus-header-file", "--tenant", "--ca-file", "--client-cert", "--client-key", "--allow-insecure"});
    for (std::size_t i = 6; i < 10; ++i) CHECK(options.all()[i]->traits().shared);
}

TEST_CASE("a server whose address is what is wanted gives the option its name alone") {
    OptionSet options;
    ServerOptions server;
    declare_server(options, "expect-scraped", server, "a Prometheus", Tenants::yes, "");
    std::vector<std::string> flags;
    for (const auto& option : options.all()) flags.push_back(option->flag());
    CHECK(flags == std::vector<std::string>{"--expect-scraped", "--expect-scraped-token-file", "--expect-scraped-user", "--expect-scraped-password-file",
                                            "--expect-scraped-header-file", "--tenant"});
    std::vector<Diagnostic> problems;
    check_server("expect-scraped", {.url = "host:9090"}, {}, problems, "");
    check_server("expect-scraped", {.url = "https://u:p@host", .token = Secret("secret-value")}, {}, problems, "");
    check_server("expect-scraped", {.user = "u"}, {}, problems, "");
    REQUIRE(problems.size() == 3);
    CHECK(problems[0].message == "cannot use --expect-scraped: 'host:9090' is no http:// or https:// URL");
    CHECK(problems[1].message == "--expect-scraped names a user, and --expect-scraped-token-file another way to log in: give one");
    CHECK(problems[2].message == "--expect-scraped-user and --expect-scraped-password-file belong together");
}

TEST_CASE("what contradicts itself is refused") {
    const Secret secret("secret-value");
    CHECK(problems_of({}).empty());
    CHECK(problems_of({.url = "https://host", .token = secret}).empty());
    CHECK(problems_of({.url = "https://host", .user = "u", .password = secret}).empty());
    CHECK(problems_of({.url = "host:9090"}) == std::vector<std::string>{"cannot use --prometheus-url: 'host:9090' is no http:// or https:// URL"});
    CHECK(problems_of({.url = "user:hunter2@host"})[0].find("hunter2") == std::string::npos);
    CHECK(problems_of({.token = secret, .user = "u", .password = secret}) == std::vector<std::string>{"--prometheus-token-file and --prometheus-user are two ways to log in: give one"});
    CHECK(problems_of({.url = "https://u:p@host", .token = secret}) ==
          std::vector<std::string>{"--prometheus-url names a user, and --prometheus-token-file another way to log in: give one"});
    CHECK(problems_of({.user = "u"}) == std::vector<std::string>{"--prometheus-user and --prometheus-password-file belong together"});
    CHECK(problems_of({.password = secret}).size() == 1);
    CHECK(problems_of({}, {.client_key = "k"}) == std::vector<std::string>{"--client-key needs --client-cert"});
    CHECK(problems_of({}, {.client_cert = "c"}).empty()); // the key may be in the same file
}

TEST_CASE("a client gets the settings, and their secrets are hidden") {
    fake::World world;
    const auto bearer = settings_of(world, {.url = "https://host", .token = Secret("tok123")}, {.ca_file = "ca", .client_cert = "c", .client_key = "k", .allow_insecure = true});
    CHECK(std::get<io::BearerAuth>(bearer.auth).token.reveal() == "tok123");
    CHECK(bearer.ca_file == "ca");
    CHECK(bearer.client_certificate == "c");
    CHECK(bearer.client_key == "k");
    CHECK(bearer.allow_insecure);
    const auto basic = settings_of(world, {.url = "https://host", .user = "u", .password = Secret("p")});
    CHECK(std::get<io::BasicAuth>(basic.auth).user == "u");
    const auto in_url = settings_of(world, {.url = "https://us%40er:p%3Assw0rd@host"});
    CHECK(std::get<io::BasicAuth>(in_url.auth).user == "us@er");
    CHECK(std::get<io::BasicAuth>(in_url.auth).password.reveal() == "p:ssw0rd");
    CHECK(world.log.redact("p:ssw0rd") == "***");
    const auto tenant = settings_of(world, {.url = "https://host", .tenant = "team"});
    REQUIRE(tenant.headers.size() == 1);
    CHECK(tenant.headers[0].name == "X-Scope-OrgID");
    CHECK(tenant.headers[0].value == "team");
}

TEST_CASE("headers come from a file, and count as secrets") {
    fake::World world;
    world.files.contents["headers"] = "X-Key: hunter2secret\r\n\nX-Other:a: b\n";
    const auto settings = settings_of(world, {.url = "https://host", .header_file = "headers"});
    REQUIRE(settings.secret_headers.size() == 2);
    CHECK(settings.secret_headers[0].name == "X-Key");
    CHECK(settings.secret_headers[0].value == "hunter2secret");
    CHECK(settings.secret_headers[1].value == "a: b");
    CHECK(world.log.redact("hunter2secret") == "***");

    world.files.contents["headers"] = "X-Key: a\nhunter3secret\n";
    try {
        settings_of(world, {.url = "https://host", .header_file = "headers"});
        FAIL("accepted");
    } catch (const Error& error) {
        CHECK(error.code() == ExitCode::misuse);
        CHECK(std::string(error.what()) == "headers:2: this line is no 'Name: value'"); // and not the line
    }
    CHECK_THROWS_AS(settings_of(world, {.url = "https://host", .header_file = "missing"}), Error);
}

TEST_CASE("the base of a server's URLs") {
    CHECK(base_url({.url = "https://host/prefix//"}) == "https://host/prefix");
    CHECK(base_url({.url = "https://u:p@host:9090/"}) == "https://host:9090");
    CHECK(base_url({.url = "https://host"}) == "https://host");
}
