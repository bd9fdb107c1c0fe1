#include "catch.hpp"

#include "failure.hpp"
#include "fakes.hpp"
#include "nomad/http.hpp"

#include <string>

using namespace slipway;
using namespace slipway::nomad;

namespace {

/// A connection whose server always answers the same.
struct Asked {
    fake::World world;
    ConnectionOptions options{.server = {.url = "https://nomad.example:4646/"}};
    cli::Context context = world.context();

    explicit Asked(io::Response response) {
        world.on_request = [response = std::move(response)](const io::Request&) { return response; };
    }
    Answer get() { return Http(options, context).get("/v1/job/a", "team", {}, "read-job"); }
    Written write() { return Http(options, context).write("/v1/jobs", "team", {}, {{"Job", nullptr}}, "submit-job"); }
    Written ask() { return Http(options, context).ask("/v1/jobs/parse", "team", {{"JobHCL", ""}}, "parse-job"); }
};

const char* word(Written::Outcome outcome) {
    return outcome == Written::Outcome::done ? "done" : outcome == Written::Outcome::refused ? "refused" : "lost";
}

/// "OUTCOME words", or how it failed: whether asking again may help.
template <class Call> std::string outcome_of(Call call) {
    try {
        const Written written = call();
        return word(written.outcome) + (written.words.empty() ? "" : ' ' + written.words);
    } catch (const NoPermission& error) {
        return "forbidden " + words_of(error);
    } catch (const io::LastingError& error) {
        return "lasting " + words_of(error);
    } catch (const Error& error) {
        return "failed " + words_of(error);
    }
}

} // namespace

TEST_CASE("what an answer to a write means") {
    struct Row {
        io::Response response;
        std::string outcome;
    };
    const std::string url = "PUT https://nomad.example:4646/v1/jobs: ";
    const std::string hint = " | is --nomad-addr really a Nomad server's?";
    const std::string token = " | give a token with NOMAD_TOKEN or --nomad-token-file; it needs the capability submit-job in namespace 'team'";
    const std::vector<Row> rows{
        {{200, {}, R"({"EvalID": "x"})"}, "done"},
        {{200, {}, "<html>Sign in</html>"}, "lost " + url + "the answer is no JSON"},
        {{200, {}, ""}, "lost " + url + "the answer is no JSON"},
        {{200, {}, "[]"}, "done"},
        {{400, {}, "Job spec is empty"}, "refused Job spec is empty"},
        {{404, {{"x-nomad-index", "7"}}, ""}, "refused status 404"},
        {{404, {}, "job not found\n"}, "refused job not found"},
        {{404, {}, "404 page not found"}, "lost " + url + "status 404: 404 page not found"},
        {{405, {}, "Invalid method"}, "refused Invalid method"},
        {{409, {}, "conflict"}, "refused conflict"},
        {{413, {}, ""}, "refused status 413"},
        {{500, {}, "1 error occurred:\n\t* a\x1b[2J\n\n"}, "refused a\\x1b[2J"},
        {{500, {}, "rpc error: rpc error: Enforcing job modify index 0: job already exists"}, "refused Enforcing job modify index 0: job already exists"},
        {{500, {}, "rpc error: EOF"}, "lost " + url + "status 500: EOF"},
        {{500, {}, "No cluster leader"}, "lost " + url + "status 500: No cluster leader"},
        {{500, {}, "rpc error: leadership lost while committing log"}, "lost " + url + "status 500: leadership lost while committing log"},
        {{408, {}, ""}, "lost " + url + "status 408"},
        {{429, {}, "rate limited"}, "lost " + url + "status 429: rate limited"},
        {{502, {}, "<html>\n<body>Bad"}, "lost " + url + "status 502: <html> | <body>Bad"},
        {{504, {}, ""}, "lost " + url + "status 504"},
        {{401, {}, ""}, "forbidden 3 " + url + "status 401" + token},
        {{403, {}, "Permission denied"}, "forbidden 3 " + url + "status 403: Permission denied" + token},
        {{302, {}, ""}, "lasting 3 " + url + "status 302" + hint},
        {{407, {}, "proxy"}, "lasting 3 " + url + "status 407: proxy" + hint},
        {{501, {}, ""}, "lasting 3 " + url + "status 501" + hint},
        {{0, {}, ""}, "lasting 3 " + url + "status 0" + hint},
    };
    for (const auto& row : rows) {
        INFO(row.response.status << ' ' << row.response.body);
        Asked asked(row.response);
        CHECK(outcome_of([&] { return asked.write(); }) == row.outcome);
        CHECK(asked.world.requests.at(0).retry.attempts == 1);
    }
}

TEST_CASE("a write without an answer is lost, and what no repetition heals goes through") {
    Asked asked({});
    asked.world.on_request = [](const io::Request&) -> io::Response { throw world_failure("PUT x: connection reset"); };
    CHECK(outcome_of([&] { return asked.write(); }) == "lost PUT x: connection reset");
    asked.world.on_request = [](const io::Request&) -> io::Response { throw io::LastingError("certificate"); };
    CHECK(outcome_of([&] { return asked.write(); }) == "lasting 3 certificate");
    asked.world.on_request = [](const io::Request&) -> io::Response { throw misuse("credentials would travel unprotected"); };
    CHECK(outcome_of([&] { return asked.write(); }) == "failed 2 credentials would travel unprotected");
    asked.world.on_request = [](const io::Request&) -> io::Response { throw Cancelled(15); };
    CHECK_THROWS_AS(asked.write(), Cancelled);
}

TEST_CASE("questions are repeated, except what Nomad refuses") {
    Asked asked({500, {}, "rpc error: bad job"});
    CHECK(outcome_of([&] { return asked.ask(); }) == "refused bad job");
    const auto& retry = asked.world.requests.at(0).retry;
    CHECK(retry.attempts > 1);
    CHECK(retry.stands({500, {}, "bad job"}));
    CHECK_FALSE(retry.stands({500, {}, "No cluster leader"}));
    CHECK(outcome_of([] { return Asked({500, {}, "No cluster leader"}).ask(); }) == "failed 3 PUT https://nomad.example:4646/v1/jobs/parse: status 500: No cluster leader");
    CHECK(outcome_of([] { return Asked({200, {}, "<"}).ask(); }) ==
          "lasting 3 PUT https://nomad.example:4646/v1/jobs/parse: the answer is no JSON object | is --nomad-addr really a Nomad server's?");
}

TEST_CASE("what an answer to a read means") {
    const auto found = Asked({200, {{"X-Nomad-Index", "18446744073709551615"}}, "x"}).get();
    CHECK(found.index == 18446744073709551615u);
    CHECK(found.text == "x");
    for (const char* odd : {"", "-1", "x", "18446744073709551616"}) {
        INFO(odd);
        CHECK(Asked({200, {{"X-Nomad-Index", odd}}, ""}).get().index == 0);
    }
    CHECK(Asked({404, {}, "eval not found"}).get().status == 404);
    CHECK_THROWS_AS(Asked({504, {}, ""}).get(), GatewayTimeout);
    CHECK_THROWS_AS(Asked({403, {}, ""}).get(), NoPermission);
    CHECK_THROWS_AS(Asked({301, {}, ""}).get(), io::LastingError);
    CHECK(words_of(failure_of([] { Asked({404, {}, "404 page not found\n"}).get(); })) ==
          "3 GET https://nomad.example:4646/v1/job/a: status 404: 404 page not found | is --nomad-addr really a Nomad server's?");
}

TEST_CASE("what is sent") {
    Asked asked({200, {}, "{}"});
    asked.options.region = "e u";
    asked.options.server.token = Secret("0000-token");
    Http http(asked.options, asked.context);
    http.write("/v1/job/a%2Fb", "t&m", {{"purge", ""}, {"x", "1/2"}}, {}, "submit-job");
    http.write("/v1/jobs", "", {}, {{"bytes", "a\xff"}}, "submit-job");
    http.get("/v1/jobs", "", {}, "list-jobs", Duration{1234});
    const auto& requests = asked.world.requests;
    REQUIRE(requests.size() == 3);
    CHECK(requests[0].method == "DELETE");
    CHECK(requests[0].url == "https://nomad.example:4646/v1/job/a%2Fb?namespace=t%26m&region=e%20u&x=1%2F2");
    CHECK(std::holds_alternative<std::monostate>(requests[0].body));
    CHECK(requests[1].method == "PUT");
    CHECK(std::get<std::string>(requests[1].body) == "{\"bytes\":\"a\xEF\xBF\xBD\"}");
    CHECK(requests[2].method == "GET");
    CHECK(requests[2].timeout == Duration{1234});
    REQUIRE(asked.world.connections.size() == 1); // one for all
    CHECK(asked.world.connections[0].secret_headers.at(0).value == "0000-token");
}

TEST_CASE("lists of errors in one line") {
    CHECK(read_errors("2 errors occurred:\n\t* Task group web validation failed: 1 error occurred:\n\t* Missing task driver\n\n\n\t* job priority must be between [1, 100]\n\n") ==
          "Task group web validation failed: Missing task driver; job priority must be between [1, 100]");
    CHECK(read_errors("1 error occurred:\n") == "");
    CHECK(read_errors("it occurred: x\n* y") == "it occurred: x; y");
    CHECK(read_errors("one\ntwo") == "one | two");
    CHECK(read_errors("") == "");
}
