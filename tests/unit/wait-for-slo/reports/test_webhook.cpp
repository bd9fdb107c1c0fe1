// Who is told of a verdict, what, and what happens when that fails.
#include "catch.hpp"

#include "core/hmac.hpp"
#include "fakes.hpp"
#include "wait-for-slo/reports/webhook.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

using namespace slipway;
using namespace slipway::wait_for_slo;

namespace {

const std::string slack = "https://hooks.slack.com/services/T0001/B0002/XXXXsecretXXXX";
const std::string own = "https://user:pass-word@ci.example.com:8443/hooks/secret-path?key=value";

ObjectiveWatch watched(const std::string& name, double bad, double total) {
    WatchedObjective objective{.name = name, .policy = {.objective = 0.99}};
    ObjectiveWatch watch(std::move(objective), 5);
    ObjectiveReading reading{.counts = {bad, total}, .total_matches = true, .numerator_matches = true};
    watch.take(reading, Duration{60'000}, 1);
    return watch;
}

/// A verdict with numbers, and who is told of it.
struct Told {
    fake::World world;
    ReportOptions options;
    Result result;
    std::shared_ptr<Findings> found = std::make_shared<Findings>();

    explicit Told(Verdict verdict = Verdict::violated, const std::string& reason = "20 % of 1000 events were bad") {
        found->objectives.push_back(watched("availability", 200, 1000));
        result.outcome = {.verdict = verdict, .code = exit_code_of(verdict), .reason = reason, .objectives = {{verdict, reason}}};
        result.found = found;
        options.on_pass = {"https://pass.example.com/hooks/1"};
        options.on_fail = {"https://fail.example.com/hooks/1"};
        world.ci = {.system = ci::System::gitlab, .commit = "0123456789abcdef0123456789abcdef01234567", .short_commit = "01234567", .branch = "main", .pipeline_url = "https://git.example.com/p/1",
                    .job_url = "https://git.example.com/j/2", .project_name = "team/app"};
        world.on_request = [](const io::Request&) { return io::Response{.status = 200, .headers = {}, .body = "ok"}; };
    }

    Told& go() {
        auto context = world.context();
        hide_webhooks(options, context);
        notify(result, options, {}, context);
        return *this;
    }
    nlohmann::json body(std::size_t request = 0) const { return nlohmann::json::parse(std::get<std::string>(world.requests.at(request).body)); }
    std::optional<std::string> header(const std::string& name, std::size_t request = 0) const {
        for (const auto& header : world.requests.at(request).headers) {
            if (header.name == name) return header.value;
        }
        return std::nullopt;
    }
    bool says(const std::string& text) const { return world.terminal.err.find(text) != std::string::npos; }
};

} // namespace

TEST_CASE("each verdict is posted to those who want to know it") {
    const auto verdict = GENERATE(Verdict::holds, Verdict::violated, Verdict::inconclusive, Verdict::error);
    Told told(verdict);
    told.go();
    REQUIRE(told.world.requests.size() == 1);
    CHECK(told.world.requests[0].url == (verdict == Verdict::holds ? told.options.on_pass[0] : told.options.on_fail[0]));
    CHECK(told.body().at("verdict") == to_string(verdict));
    CHECK(told.body().at("exit_code") == static_cast<int>(exit_code_of(verdict)));
}

TEST_CASE("a cancelled watch has no verdict, and nobody is told") {
    Told told(Verdict::inconclusive);
    told.result.outcome.code = GENERATE(ExitCode::interrupted, ExitCode::terminated);
    CHECK(told.go().world.requests.empty());
    CHECK(told.world.terminal.err.empty());
}

TEST_CASE("what is posted, whole") {
    Told told;
    told.found->analyses.push_back({"canary", {Verdict::holds, "all checks passed"}, {}});
    told.go();
    CHECK(told.body() == nlohmann::json::parse(R"({
        "text": "*wait-for-slo: violated*: availability: 20 % of 1000 events were bad (team/app, main, 01234567) https://git.example.com/j/2",
        "step": "wait-for-slo", "verdict": "violated", "reason": "20 % of 1000 events were bad", "exit_code": 1,
        "objectives": [{"name": "availability", "verdict": "violated", "error_rate": 0.2, "burn_rate": 20.0, "good": 800, "total": 1000}],
        "objectives_left_out": 0,
        "checks": [{"name": "canary", "verdict": "holds", "reason": "all checks passed"}],
        "command": null,
        "ci": {"system": "GitLab", "project": "team/app", "pipeline_url": "https://git.example.com/p/1", "job_url": "https://git.example.com/j/2",
               "commit": "0123456789abcdef0123456789abcdef01234567", "branch": "main", "tag": null},
        "run_id": "run", "time": "2026-11-24T12:00:00Z"})"));
    const auto& request = told.world.requests[0];
    CHECK(request.method == "POST");
    CHECK(told.header("Content-Type") == "application/json");
    CHECK_FALSE(told.header("X-Hub-Signature-256"));
    CHECK(request.timeout == Duration{10'000});
    CHECK(request.retry.also_unsafe_methods);
    CHECK(request.retry.attempts == 3);
    CHECK(told.says("posted the verdict to https://fail.example.com"));
}

TEST_CASE("a command that failed is a failure, although the service holds") {
    Told told(Verdict::holds, "no bad event");
    told.found->command = CommandRecord{.argv = {"deploy", "--token", "x"}, .exit_code = GENERATE(0, 3, -1), .ended = "exit code 3"};
    const bool failed = told.found->command->exit_code != 0;
    told.go();
    CHECK(told.world.requests.at(0).url == (failed ? told.options.on_fail : told.options.on_pass)[0]);
    CHECK(told.body().at("command") == nlohmann::json{{"exit_code", told.found->command->exit_code}, {"ended", "exit code 3"}});
    CHECK((told.body().at("text").get<std::string>().find("*wait-for-slo: holds*: the command failed: exit code 3; availability: no bad event") == 0) == failed);
}

TEST_CASE("without a CI and without events, and a verdict before anything was watched") {
    Told told(Verdict::error, "the server does not answer");
    told.world.ci = {};
    told.found->objectives = {ObjectiveWatch({.name = "availability", .policy = {.objective = 0.99}}, 5)};
    SECTION("an objective") {
        told.go();
        CHECK(told.body().at("objectives")[0].at("error_rate").is_null());
        CHECK(told.body().at("text") == "*wait-for-slo: error*: availability: the server does not answer");
    }
    SECTION("none") {
        told.found->objectives.clear();
        told.result.outcome.objectives.clear();
        told.go();
        CHECK(told.body().at("objectives").empty());
        CHECK(told.body().at("text") == "*wait-for-slo: error*: the server does not answer");
    }
    CHECK(told.body().at("ci").at("system").is_null());
}

TEST_CASE("of many objectives those that decided come first, and a hundred are enough") {
    Told told;
    told.found->objectives.clear();
    told.result.outcome.objectives.clear();
    for (int i = 0; i < 250; ++i) {
        told.found->objectives.push_back(watched("o" + std::to_string(i), i == 249 ? 500 : 0, 1000));
        told.result.outcome.objectives.push_back({i == 249 ? Verdict::violated : Verdict::inconclusive, ""});
    }
    told.go();
    CHECK(told.body().at("objectives").size() == 100);
    CHECK(told.body().at("objectives")[0].at("name") == "o249");
    CHECK(told.body().at("objectives")[1].at("name") == "o0");
    CHECK(told.body().at("objectives_left_out") == 150);
}

TEST_CASE("the signature is that of the bytes that are sent, and the key is the same for all addresses of one verdict") {
    Told told;
    told.options.on_fail = {own, slack};
    told.options.webhook_secret = Secret("it is a secret");
    told.go();
    REQUIRE(told.world.requests.size() == 2);
    for (std::size_t i = 0; i < 2; ++i) CHECK(told.header("X-Hub-Signature-256", i) == "sha256=" + hmac_sha256(told.options.webhook_secret, std::get<std::string>(told.world.requests[i].body)));
    CHECK(told.header("Idempotency-Key", 0) == told.header("Idempotency-Key", 1));
    CHECK(told.header("Idempotency-Key")->size() == 32);
    const auto key = told.header("Idempotency-Key");
    told.world.clock.time += Duration{1'000};
    CHECK(told.go().header("Idempotency-Key", 2) != key);
}

TEST_CASE("chats that refuse fields which they do not know get the text alone") {
    Told told;
    told.options.on_fail = {slack, "https://chat.googleapis.com/v1/spaces/A/messages?key=k&token=t", "https://discord.com/api/webhooks/1/x/slack", "https://mattermost.example.com/hooks/xyz", "https://hooks.slack.com.example.com/x"};
    told.go();
    for (std::size_t i = 0; i < 5; ++i) CHECK((told.body(i).size() == 1) == (i < 3));
    CHECK(told.body(0).at("text") == told.body(3).at("text"));
}

TEST_CASE("the text cannot be made to say something else, and stays short") {
    const std::string evil = "a<!channel> & <https://evil|click> @all\n*x*";
    Told told(Verdict::violated, evil);
    told.go();
    const std::string text = told.body().at("text");
    CHECK(text.find("a&lt;!channel&gt; &amp; &lt;https://evil|click&gt; @\xE2\x80\x8B""all | *x*") != std::string::npos);
    CHECK(told.body().at("reason") == evil);
    told.result.outcome.reason = std::string(1'999, 'x') + std::string(200'000, '\xC3') + "\xB6";
    told.go();
    CHECK(told.body(1).at("text").get<std::string>().size() < 3'500);
    // Cut between characters, not within one.
    told.result.outcome.reason = std::string(1'999, 'x') + "\xC3\xB6\xC3\xB6";
    told.go();
    CHECK(told.body(2).at("text").get<std::string>().find("xxx... (team") != std::string::npos);
}

TEST_CASE("what is secret is in no message and no body, the address's path least of all") {
    Told told(Verdict::violated, "GET https://p/?token=tok-en-of-prometheus: no");
    told.options.on_fail = {slack, own};
    told.options.webhook_secret = Secret("key-of-the-webhook");
    auto context = told.world.context();
    context.commands.mask(Secret("tok-en-of-prometheus"));
    // What a client says names the address as it is, but for user and query.
    told.world.on_request = [](const io::Request& request) -> io::Response { throw world_failure("POST " + io::url_for_people(request.url) + ": connection refused"); };
    told.go();
    CHECK(told.says("the verdict was not posted to https://hooks.slack.com: POST https://hooks.slack.com***: connection refused"));
    CHECK(told.says("the verdict was not posted to https://ci.example.com:8443: POST https://ci.example.com:8443***"));
    for (const char* secret : {"XXXXsecret", "T0001", "secret-path", "key=value", "pass-word", "key-of-the-webhook"}) CHECK_FALSE(told.says(secret));
    REQUIRE(told.world.requests.size() == 2);
    CHECK(told.body(1).at("reason") == "GET https://p/?token=***: no");
    CHECK(told.body(1).at("text").get<std::string>().find("tok-en") == std::string::npos);
    // The password of the address goes the way of passwords.
    CHECK(std::get<io::BasicAuth>(told.world.connections.at(1).auth).password.reveal() == "pass-word");
    CHECK(webhooks_for_people(told.options) == "would post the verdict to https://pass.example.com when it is 'holds'\nwould post the verdict to https://hooks.slack.com when it is any other than 'holds'\n"
                                               "would post the verdict to https://ci.example.com:8443 when it is any other than 'holds'\n");
}

TEST_CASE("who cannot be told is named, the others are told all the same") {
    Told told;
    told.options.on_fail = {"https://a.example.com/hook", "https://b.example.com/hook", "https://c.example.com/hook", "https://d.example.com/hook"};
    told.world.on_request = [](const io::Request& request) -> io::Response {
        if (request.url.find("//a.") != std::string::npos) throw io::LastingError("POST https://a.example.com/hook: certificate", "name it with --ca-file");
        if (request.url.find("//b.") != std::string::npos) return {.status = 404, .headers = {}, .body = "no_service\n" + std::string(5'000, 'x')};
        if (request.url.find("//c.") != std::string::npos) return {.status = 307, .headers = {{"Location", "https://evil.example.com/"}}, .body = ""};
        return {.status = 204, .headers = {}, .body = ""};
    };
    told.go();
    CHECK(told.says("not posted to https://a.example.com: POST https://a.example.com/hook: certificate")); // too short a path to be a secret
    CHECK(told.says("name it with --ca-file"));
    CHECK(told.says("not posted to https://b.example.com: status 404: no_service | xxx"));
    CHECK(told.says("not posted to https://c.example.com: status 307: a redirect, which is not followed"));
    CHECK(told.says("posted the verdict to https://d.example.com"));
    CHECK(told.world.terminal.err.size() < 2'000);
    CHECK(told.world.requests.size() == 4);
}

TEST_CASE("a cancellation meanwhile ends it, and the verdict stays") {
    Told told;
    told.options.on_fail = {slack, own};
    told.world.on_request = [](const io::Request&) -> io::Response { throw Cancelled(15); };
    told.go();
    CHECK(told.says("not posted to https://hooks.slack.com: cancelled"));
    CHECK(told.world.requests.size() == 1);
}

TEST_CASE("an address that cannot be one is refused without being shown") {
    ReportOptions options;
    options.on_pass = {"hooks.slack.com/services/secret-path", "ftp://x/secret-path", "https://ok.example.com"};
    options.on_fail = {"https://discord.com/api/webhooks/1/secret-path", "https://discord.com/api/webhooks/1/x/slack?wait=true", ""};
    std::vector<Diagnostic> problems;
    check_webhooks(options, problems);
    REQUIRE(problems.size() == 4);
    CHECK(problems[0].message == "cannot use --on-pass: it is no http:// or https:// URL");
    CHECK(problems[2].message == "cannot use --on-fail: https://discord.com takes Slack's form at another address");
    CHECK(problems[2].hint == "append /slack to the webhook's address");
    for (const auto& problem : problems) CHECK((problem.message + problem.hint).find("secret-path") == std::string::npos);
}
