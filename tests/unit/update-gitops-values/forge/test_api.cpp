#include "catch.hpp"
#include "failure.hpp"
#include "fakes.hpp"
#include "update-gitops-values/forge/api.hpp"

#include <deque>

namespace slipway::update_gitops_values {
namespace {

struct Asked {
    fake::World world;
    cli::Context context = world.context();
    std::deque<io::Response> answers;
    ForgeApi api{"https://forge.example.com/api/v4", {.forge = "GitLab", .needs = "the token needs the scope api"}, {}, context};

    Asked() {
        world.on_request = [this](const io::Request& request) -> io::Response {
            if (answers.empty()) throw world_failure(request.method + ' ' + request.url + ": connection reset");
            auto answer = answers.front();
            answers.pop_front();
            return answer;
        };
    }
    ApiCall call(const std::string& method = "GET") { return {.method = method, .path = "/projects/1/things?private_token=x", .what = "cannot see it"}; }
    std::string fails(const io::Response& answer, const std::string& method = "GET") {
        answers = {answer};
        return words_of(failure_of([&] { api.send(call(method)); }));
    }
};

io::Response json_answer(int status, const std::string& body, std::vector<io::Header> headers = {}) { return {.status = status, .headers = std::move(headers), .body = body}; }

TEST_CASE("JSON goes out and comes in", "[forge]") {
    Asked asked;
    asked.answers = {json_answer(200, R"({"iid": 7})"), json_answer(204, ""), json_answer(200, "[]")};
    auto call = asked.call("POST");
    call.body = json::Value{{"title", "a \xff b"}};
    CHECK(json::number(asked.api.send(call).body, "iid") == 7);
    const auto& sent = asked.world.requests.front();
    CHECK(sent.url == "https://forge.example.com/api/v4/projects/1/things?private_token=x");
    CHECK(std::get<std::string>(sent.body) == "{\"title\":\"a \xEF\xBF\xBD b\"}");
    CHECK_FALSE(sent.retry.also_unsafe_methods);
    CHECK(asked.api.send(asked.call()).body.is_null());
    CHECK(asked.api.send(asked.call()).body.is_array());
}

TEST_CASE("What a forge does not do is said in its words", "[forge]") {
    Asked asked;
    CHECK(asked.fails(json_answer(401, R"({"message": "401 Unauthorized"})")) ==
          "3 cannot see it: GitLab refuses the token: 401 Unauthorized (status 401 of GET https://forge.example.com/api/v4/projects/1/things?...) | it may have expired or been revoked; --forge-token-file gives another");
    CHECK(asked.fails(json_answer(403, R"({"error": "insufficient_scope", "error_description": "The request requires higher privileges", "scope": "api"})")).find(
              "GitLab does not permit it: insufficient_scope: The request requires higher privileges (status 403 of GET") != std::string::npos);
    CHECK(asked.fails(json_answer(403, R"({"error": "insufficient_scope", "scope": "api"})")).ends_with("| the token needs the scope api; for this GitLab wants api"));
    CHECK(asked.fails(json_answer(403, R"({"message": "no"})", {{"X-Accepted-GitHub-Permissions", "pull_requests=write"}})).ends_with("for this GitLab wants pull_requests=write"));
    CHECK(asked.fails(json_answer(404, R"({"message": "404 Project Not Found"})")).find("it is absent, or this token may not see it: 404 Project Not Found") != std::string::npos);
    CHECK(asked.fails(json_answer(409, R"({"message": ["Another open merge request already exists: !7"]})")).starts_with("1 cannot see it: GitLab declines it: Another open merge request already exists: !7 (status 409"));
    CHECK(asked.fails(json_answer(422, R"({"message": "Validation Failed", "errors": [{"resource": "PullRequest", "field": "head", "code": "invalid"}, {"message": "no commits"}, "third"]})")).find(
              "Validation Failed: head invalid, no commits, third (status 422") != std::string::npos);
    CHECK(asked.fails(json_answer(400, R"({"message": {"title": ["is too long", "is odd"]}})")).find("title is too long, is odd (status 400") != std::string::npos);
    CHECK(asked.fails(json_answer(502, "<html><head><title>Bad\nGateway</title></head></html>")).starts_with("3 cannot see it: GitLab has a trouble of its own: Bad | Gateway (status 502"));
    CHECK(asked.fails(json_answer(307, R"({"message": "Moved"})", {{"Location", "https://forge.example.com/api/v4/projects/2?token=x"}}), "POST").find("sends this elsewhere, as for a repository that was renamed: Moved, to https://forge.example.com/api/v4/projects/2?... (status 307") != std::string::npos);
    CHECK(asked.fails(json_answer(418, "")).starts_with("3 cannot see it: GitLab does not do it (status 418"));
}

TEST_CASE("An answer of something else is no answer", "[forge]") {
    Asked asked;
    CHECK(asked.fails(json_answer(200, "<!doctype html><html><head><TITLE lang=en>Sign in \x1b[31m</title>")) ==
          "3 cannot see it: the answer to GET https://forge.example.com/api/v4/projects/1/things?... is not GitLab's: Sign in \\x1b[31m | is this really the address of GitLab's API, and no page or proxy in front of it? --forge-url gives another");
    CHECK(asked.fails(json_answer(200, std::string(100'000, '['))).find("is not GitLab's") != std::string::npos);
    CHECK(asked.fails(json_answer(422, std::string(100'000, '['))).starts_with("1 cannot see it: GitLab declines it: [[["));
    CHECK(asked.fails(json_answer(422, std::string(1'000'000, 'x'))).size() < 600);
    CHECK(asked.fails(json_answer(422, "[1, 2]")).find("declines it: [1, 2] (") != std::string::npos);
    CHECK(asked.fails(json_answer(422, R"({"message": 7, "errors": {"a": {"b": {"c": {"d": "e"}}}}})")).starts_with("1 cannot see it: GitLab declines it"));
}

TEST_CASE("A limit of requests is waited for, within bounds", "[forge]") {
    Asked asked;
    const auto ok = json_answer(200, "{}");
    const auto waited_for = [&](const io::Response& limit, const std::string& method) {
        asked.world.clock.sleeps.clear();
        asked.answers = {limit, ok};
        CHECK(asked.api.send(asked.call(method)).ok());
        Duration sum{0};
        for (const auto sleep : asked.world.clock.sleeps) sum += sleep;
        return sum.count() / 1000;
    };
    CHECK(waited_for(json_answer(403, R"({"message": "You have exceeded a secondary rate limit"})", {{"Retry-After", "30"}}), "POST") == 30);
    CHECK(waited_for(json_answer(403, R"({"message": "You have exceeded a secondary rate limit"})"), "POST") == 60);
    CHECK(waited_for(json_answer(429, "", {{"Retry-After", "0"}}), "GET") == 1);
    const auto now = std::chrono::duration_cast<std::chrono::seconds>(asked.world.clock.now().time_since_epoch()).count();
    CHECK(waited_for(json_answer(403, "{}", {{"x-ratelimit-remaining", "0"}, {"x-ratelimit-reset", std::to_string(now + 200)}}), "PATCH") == 201);
    CHECK(asked.world.terminal.err.find("GitLab limits requests: trying POST https://forge.example.com/api/v4/projects/1/things?... again in 30s: You have exceeded a secondary rate limit") != std::string::npos);
    CHECK_FALSE(waited_for(json_answer(200, R"({"labels": [{"name": "RATE_LIMITED"}]})"), "POST"));
    CHECK(waited_for(json_answer(200, R"({"data": null, "errors": [{"type": "RATE_LIMITED", "message": "API rate limit exceeded"}]})"), "POST") == 60);

    asked.answers = {json_answer(403, R"({"message": "API rate limit exceeded"})", {{"Retry-After", "3000"}})};
    auto call = asked.call("POST");
    call.survives_loss = true; // nothing is lost: it was not carried out
    CHECK(words_of(failure_of([&] { asked.api.send(call); })).starts_with("3 cannot see it: GitLab limits requests, and asks to wait for another 50m: API rate limit exceeded (status 403 of POST"));
    asked.answers = {json_answer(429, "", {{"Retry-After", "200"}}), json_answer(429, "", {{"Retry-After", "200"}}), ok};
    CHECK_THROWS_AS(asked.api.send(asked.call()), Error);
    // 403 alone is none.
    CHECK(asked.fails(json_answer(403, R"({"message": "Forbidden"})", {{"x-ratelimit-remaining", "4000"}})).find("does not permit it: Forbidden") != std::string::npos);
}

TEST_CASE("What became of a request may be unknown", "[forge]") {
    Asked asked;
    auto call = asked.call("POST");
    call.expected = {500, 409};
    CHECK(words_of(failure_of([&] { asked.api.send(call); })).starts_with("3 POST https://forge.example.com/api/v4/projects/1/things?private_token=x: connection reset"));
    call.survives_loss = true;
    CHECK(asked.api.send(call).lost.ends_with("connection reset"));
    asked.answers = {json_answer(500, R"({"message": "oops"})"), json_answer(409, R"({"message": "exists"})")};
    CHECK(asked.api.send(call).lost == "status 500: oops");
    CHECK(asked.api.send(call).says("EXISTS"));
    CHECK(asked.world.requests.back().retry.own_connection);
}

std::string pages(Asked& asked, const std::string& link, std::size_t most = 100) {
    asked.answers = {json_answer(200, "[1,2]", {{"Link", link}}), json_answer(200, "[3]")};
    std::string seen;
    asked.api.each(asked.call(), [&](const json::Value& item) {
        seen += item.dump();
        return seen.size() < most;
    });
    return seen;
}

TEST_CASE("A list has pages, of the API's own server", "[forge]") {
    Asked asked;
    CHECK(pages(asked, R"(<https://forge.example.com/api/v4/a?page=1>; rel="prev", <https://forge.example.com/api/v4/a?page=2>; rel="next")") == "123");
    CHECK(asked.world.requests.back().url == "https://forge.example.com/api/v4/a?page=2");
    CHECK(pages(asked, R"(<https://evil.example/api/v4/a?page=2>; rel="next")") == "123");
    CHECK(asked.world.requests.back().url == "https://forge.example.com/api/v4/a?page=2");
    CHECK(pages(asked, R"(<https://forge.example.com/api/v4/a?page=2>; rel="last")") == "12");
    CHECK(pages(asked, R"(<https://forge.example.com/api/v4/a?page=2>; rel=next)", 2) == "12");
    CHECK(pages(asked, "<broken") == "12");
    CHECK(words_of(failure_of([&] { pages(asked, R"(<https://forge.example.com/elsewhere>; rel="next")"); })).find("its next page is elsewhere") != std::string::npos);
    asked.answers = {json_answer(200, "{}")};
    CHECK(words_of(failure_of([&] { asked.api.each(asked.call(), [](const json::Value&) { return true; }); })).find("is not GitLab's: it is no list") != std::string::npos);
}

TEST_CASE("JSON of wrong types is read as nothing", "[forge]") {
    const auto value = json::Value::parse(R"({"a": 1, "b": "x", "c": null, "d": [1], "e": true, "f": 1e300, "g": 18446744073709551615})");
    CHECK(json::text(value, "a").empty());
    CHECK(json::number(value, "b") == 0);
    CHECK(json::number(value, "f") == 0);
    CHECK(json::number(value, "g") == 0);
    CHECK_FALSE(json::is_true(value, "a"));
    CHECK(json::is_true(value, "e"));
    CHECK(json::items(json::at(value, "a")).empty());
    CHECK(json::items(json::at(value, "d")).size() == 1);
    CHECK(json::at(json::at(value, "c"), "x").is_null());
    CHECK(json::text(json::Value(), "a").empty());
}

TEST_CASE("Credentials of the options come before the token", "[forge]") {
    fake::World world;
    auto context = world.context();
    ForgeOptions options;
    CHECK(std::get<io::BearerAuth>(api_settings(options, {Secret("of git 4711")}, {}, context).auth).token.reveal() == "of git 4711");
    CHECK(world.log.redact("of git 4711") == "***");
    options.server.token = Secret("of the forge");
    CHECK(std::get<io::BearerAuth>(api_settings(options, {Secret("of git 4711")}, {}, context).auth).token.reveal() == "of the forge");
    CHECK(has_own_credentials(options.server));
    CHECK_FALSE(has_own_credentials({}));
}

} // namespace
} // namespace slipway::update_gitops_values
