#include "catch.hpp"

#include "failure.hpp"
#include "fakes.hpp"
#include "http_server.hpp"
#include "prometheus/ruler_api.hpp"

#include <algorithm>
#include <string>

using namespace slipway;
using namespace slipway::prometheus;

namespace {

/// A server that always answers the same.
struct Asked {
    io::Response answer;
    std::vector<io::Request> requests = {};
    fake::Http http{[this](const io::Request& request) {
        requests.push_back(request);
        return answer;
    }};

    explicit Asked(int status, std::string body = {}) : answer{.status = status, .headers = {}, .body = std::move(body)} {}
    RulerApi api(RulerKind kind = RulerKind::mimir) { return RulerApi(http, "http://ruler:8080", kind); }
};

std::string line_and_hint(const Error& error) {
    const auto& hint = error.diagnostics().front().hint;
    return std::string(error.what()) + (hint.empty() ? "" : " [" + hint + ']');
}

} // namespace

TEST_CASE("each server has its rules in a place of its own") {
    CHECK(RulerAddress("http://m:8080", RulerKind::mimir).rules("a", "b") == "http://m:8080/prometheus/config/v1/rules/a/b");
    CHECK(RulerAddress("http://m:8080/", RulerKind::cortex).rules("a") == "http://m:8080/api/v1/rules/a");
    CHECK(RulerAddress("https://m", RulerKind::loki).rules() == "https://m/loki/api/v1/rules");
    CHECK(RulerAddress("https://m", RulerKind::loki).language() == "https://m/loki");
    for (const auto kind : {RulerKind::mimir, RulerKind::cortex, RulerKind::loki}) CHECK(RulerAddress("http://m/x/", kind).prometheus() == "http://m/x/prometheus");
    for (const char* base : {"http://m/x", "http://m/x/", "http://m/x/prometheus", "http://m/x/prometheus//"}) {
        INFO(base);
        CHECK(RulerAddress(base, RulerKind::mimir).rules() == "http://m/x/prometheus/config/v1/rules");
        CHECK(RulerAddress(base, RulerKind::mimir).prometheus() == "http://m/x/prometheus");
    }
    CHECK(RulerAddress("http://prometheus", RulerKind::mimir).rules() == "http://prometheus/prometheus/config/v1/rules");
    CHECK(RulerAddress("http://m/my-prometheus", RulerKind::mimir).rules() == "http://m/my-prometheus/prometheus/config/v1/rules");
    for (const char* wrong : {"", "mimir:8080", "ftp://m", "http://", "http://m?x=1", "http://m/#x"}) {
        INFO(wrong);
        CHECK(failure_of([&] { RulerAddress(wrong, RulerKind::mimir); }).code() == ExitCode::misuse);
    }
    CHECK(parse_ruler_kind("loki") == RulerKind::loki);
    CHECK(parse_ruler_kind("thanos") == std::nullopt);
}

TEST_CASE("names are encoded as one part of the path") {
    const RulerAddress address("http://m", RulerKind::cortex);
    CHECK(address.rules("my app/web", "a/b c") == "http://m/api/v1/rules/my%20app%2Fweb/a%2Fb%20c");
    CHECK(address.rules("100%", "\xC3\xBC?#") == "http://m/api/v1/rules/100%25/%C3%BC%3F%23");
    CHECK(address.rules(".", "..") == "http://m/api/v1/rules/%2E/%2E%2E");
    CHECK(address.rules("...", "a..b") == "http://m/api/v1/rules/.../a..b");
    CHECK(failure_of([&] { address.rules(""); }).code() == ExitCode::misuse);
    CHECK(failure_of([&] { address.rules("a", ""); }).code() == ExitCode::misuse);
}

TEST_CASE("names arrive as they were sent") {
    fake::HttpServer server([](const fake::ServedRequest&) { return fake::answer(202, R"({"status":"success"})"); });
    fake::World world;
    const auto client = io::make_curl_client({}, world.cancellation);
    RulerApi api(*client, server.url("/x"), RulerKind::cortex);
    api.delete_group("..", "a/b %");
    api.set_group(".", "..", "name: ..\n");
    const auto requests = server.requests();
    REQUIRE(requests.size() == 2);
    CHECK(requests[0].method + ' ' + requests[0].target == "DELETE /x/api/v1/rules/%2E%2E/a%2Fb%20%25");
    CHECK(requests[1].method + ' ' + requests[1].target == "POST /x/api/v1/rules/%2E");
    CHECK(requests[1].headers.at("content-type") == "application/yaml");
    CHECK(requests[1].body == "name: ..\n");
}

TEST_CASE("nothing stored is no failure") {
    Asked empty(404, "no rule groups found\n");
    CHECK(empty.api().list().empty());
    CHECK(empty.api().groups("app").empty());
    CHECK(empty.api().groups_of({"a", "b"}).size() == 2);
    CHECK(empty.requests[1].url == "http://ruler:8080/prometheus/config/v1/rules/app");
    for (const char* body : {"", "{}\n", "app: []\n"}) {
        INFO(body);
        Asked other(200, body);
        CHECK(other.api().groups("app").empty());
    }
}

TEST_CASE("stored groups are read") {
    Asked asked(200, "app:\n    - name: g\n      interval: 30s\n      rules:\n        - record: r\n          expr: up\n");
    const auto groups = asked.api().groups("app");
    REQUIRE(groups.size() == 1);
    CHECK(groups[0].name() == "g");
    CHECK(groups[0].text() == "name: g\ninterval: 30s\nrules:\n  - record: r\n    expr: up\n");
    CHECK(asked.api().list().at("app").size() == 1);
    CHECK(line_and_hint(failure_of([&] { asked.api().groups("a/b"); })) == "GET http://ruler:8080/prometheus/config/v1/rules/a%2Fb: the answer is about another namespace: app");
}

TEST_CASE("an address without a ruler API says so") {
    for (const char* body : {"404 page not found\n", "<html>no rule groups found</html>", ""}) {
        INFO(body);
        Asked asked(404, body);
        const auto error = failure_of([&] { asked.api().list(); });
        CHECK(error.code() == ExitCode::world);
        const auto text = line_and_hint(error);
        CHECK(text.find("GET http://ruler:8080/prometheus/config/v1/rules: the ruler API is not there: status 404") == 0);
        CHECK(text.find("-ruler.enable-api") != std::string::npos);
        CHECK(failure_of([&] { asked.api().set_group("a", "g", "name: g\n"); }).code() == ExitCode::world);
        CHECK(failure_of([&] { asked.api().delete_group("a", "g"); }).code() == ExitCode::world);
    }
    Asked asked(405);
    CHECK(line_and_hint(failure_of([&] { asked.api(RulerKind::cortex).set_group("a", "g", "name: g\n"); })).find("-experimental.ruler.enable-api") != std::string::npos);
    CHECK(line_and_hint(failure_of([&] { asked.api(RulerKind::loki).list(); })).find("enable_api") != std::string::npos);
}

TEST_CASE("a login page is no answer") {
    Asked page(200, "<!DOCTYPE html>\n<html><title>Sign in</title></html>");
    for (const auto& error : {failure_of([&] { page.api().list(); }), failure_of([&] { page.api().set_group("a", "g", "name: g\n"); }), failure_of([&] { page.api().delete_group("a", "g"); })}) {
        CHECK(error.code() == ExitCode::world);
        CHECK(std::string(error.what()).find(": the answer is not the ruler API's: <!DOCTYPE html> | <html>") != std::string::npos);
        CHECK(line_and_hint(error).find("a page for people, such as a login") != std::string::npos);
    }
    Asked redirect(302);
    CHECK(std::string(failure_of([&] { redirect.api().set_group("a", "g", "name: g\n"); }).what()) == "POST http://ruler:8080/prometheus/config/v1/rules/a: status 302");
}

TEST_CASE("a missing tenant has a hint") {
    Asked asked(401, "no org id\n");
    const std::string words = ": the server wants to know the tenant: no org id [give it with --tenant]";
    CHECK(line_and_hint(failure_of([&] { asked.api().list(); })) == "GET http://ruler:8080/prometheus/config/v1/rules" + words);
    CHECK(line_and_hint(failure_of([&] { asked.api().set_group("a", "g", ""); })) == "POST http://ruler:8080/prometheus/config/v1/rules/a" + words);
    CHECK(failure_of([&] { asked.api().list(); }).code() == ExitCode::world);
    Asked credentials(401, "Unauthorized");
    CHECK(std::string(failure_of([&] { credentials.api().list(); }).what()) == "GET http://ruler:8080/prometheus/config/v1/rules: the server refuses the credentials (status 401: Unauthorized)");
    Asked forbidden(403);
    CHECK(std::string(failure_of([&] { forbidden.api().list(); }).what()) == "GET http://ruler:8080/prometheus/config/v1/rules: the server refuses the credentials (status 403)");
}

TEST_CASE("a refused group is told with the server's words") {
    Asked asked(400, "per-user rules per rule group limit (limit: 20 actual: 30) exceeded\n");
    auto error = failure_of([&] { asked.api().set_group("app", "g", "name: g\n"); });
    CHECK(error.code() == ExitCode::refused);
    CHECK(std::string(error.what()) == "the server refuses group 'g' of namespace 'app': per-user rules per rule group limit (limit: 20 actual: 30) exceeded");
    asked.answer.body = "\n";
    error = failure_of([&] { asked.api().set_group("app", "g", "name: g\n"); });
    CHECK(error.code() == ExitCode::refused);
    CHECK(std::string(error.what()) == "the server refuses group 'g' without saying why");
    CHECK_FALSE(error.diagnostics().front().hint.empty());
    asked.answer = {.status = 413, .headers = {}, .body = ""};
    CHECK(std::string(failure_of([&] { asked.api().set_group("app", "g", ""); }).what()) == "the server refuses group 'g' of namespace 'app': status 413");
}

TEST_CASE("a group is stored, whatever success looks like") {
    for (const auto& answer : {io::Response{202, {}, R"({"status":"success"})"}, io::Response{202, {}, ""}, io::Response{204, {}, ""}, io::Response{200, {}, R"({"status":"success","data":null})"}}) {
        Asked asked(answer.status, answer.body);
        asked.api().set_group("app", "g", "name: g\n");
        REQUIRE(asked.requests.size() == 1);
        CHECK(asked.requests[0].retry.also_unsafe_methods);
        CHECK(asked.requests[0].retry.attempts == 4);
    }
    Asked odd(202, R"({"status":"error","error":"x"})");
    CHECK(failure_of([&] { odd.api().set_group("app", "g", "name: g\n"); }).code() == ExitCode::world);
    CHECK(failure_of([&] { odd.api().set_group("app", "", "name: g\n"); }).code() == ExitCode::misuse);
}

TEST_CASE("what is not there is deleted") {
    for (const auto& answer : {io::Response{202, {}, R"({"status":"success"})"}, io::Response{404, {}, "group does not exist\n"}, io::Response{404, {}, "group namespace does not exist\n"},
                               io::Response{404, {}, "no rule groups found\n"}, io::Response{204, {}, ""}}) {
        Asked asked(answer.status, answer.body);
        asked.api().delete_group("app", "g");
        asked.api().delete_namespace("app");
        CHECK(asked.requests[0].method + ' ' + asked.requests[0].url == "DELETE http://ruler:8080/prometheus/config/v1/rules/app/g");
        CHECK(asked.requests[1].url == "http://ruler:8080/prometheus/config/v1/rules/app");
    }
    Asked broken(500, "store unavailable\n");
    CHECK(std::string(failure_of([&] { broken.api().delete_group("app", "g"); }).what()) == "DELETE http://ruler:8080/prometheus/config/v1/rules/app/g: status 500: store unavailable");
    CHECK(failure_of([&] { broken.api().delete_namespace(""); }).code() == ExitCode::misuse);
    CHECK(broken.requests.size() == 1);
}

TEST_CASE("storing a group is repeated when the server is busy") {
    fake::World world;
    std::vector<int> statuses = {429, 503, 202};
    std::size_t asked = 0;
    auto client = io::make_retrying_client(std::make_unique<fake::Http>([&](const io::Request&) { return io::Response{statuses.at(asked++), {}, ""}; }), world.clock, world.log, [] { return 0.5; });
    RulerApi(*client, "http://ruler", RulerKind::mimir).set_group("app", "g", "name: g\n");
    CHECK(asked == 3);
    statuses = {500, 500, 500, 500};
    asked = 0;
    CHECK(std::string(failure_of([&] { RulerApi(*client, "http://ruler", RulerKind::mimir).set_group("app", "g", ""); }).what()) == "POST http://ruler/prometheus/config/v1/rules/app: status 500");
    CHECK(asked == 4);
}
