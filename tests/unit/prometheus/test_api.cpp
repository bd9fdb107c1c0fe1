#include "catch.hpp"

#include "core/error.hpp"
#include "fakes.hpp"
#include "prometheus/api.hpp"

#include <nlohmann/json.hpp>

#include <cmath>
#include <string>

using namespace slipway;
using prometheus::Api;

namespace {

/// A server with one answer for everything.
struct Server {
    io::Response response;
    std::vector<io::Request> requests;
    fake::Http http{[this](const io::Request& request) {
        requests.push_back(request);
        return response;
    }};
    Api api{http, "http://prometheus:9090/base"};

    Server(int status, std::string body) : response{.status = status, .headers = {}, .body = std::move(body)} {}
};

template <class Call> Error failure(Call call) {
    try {
        call();
    } catch (const Error& error) {
        return error;
    }
    FAIL("no error");
    throw std::logic_error("unreachable");
}

std::string success(const std::string& data) { return R"({"status":"success","data":)" + data + "}"; }

const char* const vector = R"({"resultType":"vector","result":[
    {"metric":{"__name__":"up","job":"a"},"value":[1764000000.5,"1"]},
    {"metric":{},"value":[1764000000,"NaN"]}, {"metric":{},"value":[1764000000,"+Inf"]}]})";

} // namespace

TEST_CASE("an instant query gives series with labels and samples") {
    Server server(200, success(vector));
    server.response.headers = {{"Date", "Tue, 24 Nov 2026 12:00:00 GMT"}};
    const auto result = server.api.query("up{job=\"a\"} + 1", parse_timestamp("2026-11-24T11:59:00Z"));
    REQUIRE(result.series.size() == 3);
    CHECK(result.series[0].labels.at("job") == "a");
    CHECK(result.series[0].samples.at(0).time == Approx(1764000000.5));
    CHECK(result.series[0].samples.at(0).value == 1);
    CHECK(std::isnan(result.series[1].samples.at(0).value));
    CHECK(std::isinf(result.series[2].samples.at(0).value));
    CHECK(result.server_time == parse_timestamp("2026-11-24T12:00:00Z"));
    REQUIRE(server.requests.size() == 1);
    const auto& request = server.requests[0];
    CHECK(request.method == "POST");
    CHECK(request.url == "http://prometheus:9090/base/api/v1/query");
    CHECK(std::get<std::string>(request.body) == "query=up%7Bjob%3D%22a%22%7D%20%2B%201&time=2026-11-24T11%3A59%3A00Z");
    CHECK(request.retry.also_unsafe_methods);
}

TEST_CASE("scalars and ranges are read, too") {
    CHECK(Server(200, success(R"({"resultType":"scalar","result":[1,"2.5"]})")).api.query("2.5").series.at(0).samples.at(0).value == 2.5);
    const auto matrix = Server(200, success(R"({"resultType":"matrix","result":[{"metric":{"a":"b"},"values":[[1,"1"],[2,"3"]]}]})")).api.query("up[5m]");
    REQUIRE(matrix.series.at(0).samples.size() == 2);
    CHECK(matrix.series[0].samples[1].value == 3);
    CHECK(failure([] { Server(200, success(R"({"resultType":"string","result":[1,"x"]})")).api.query("\"x\""); }).code() == ExitCode::misuse);
}

TEST_CASE("a server's warnings come along") {
    Server server(200, R"({"status":"success","warnings":["partial"],"data":{"resultType":"vector","result":[]}})");
    CHECK(server.api.query("up").warnings == std::vector<std::string>{"partial"});
}

TEST_CASE("a query that the server calls wrong is our mistake, in its words") {
    const auto error = failure([] { Server(400, R"({"status":"error","errorType":"bad_data","error":"1:3: parse error: unexpected end"})").api.query("a+"); });
    CHECK(error.code() == ExitCode::misuse);
    CHECK(std::string(error.what()) == "the server refuses the query: 1:3: parse error: unexpected end");
}

TEST_CASE("everything else that is no proper answer is the world's failure") {
    const auto words = [](int status, const std::string& body) {
        const auto error = failure([&] { Server(status, body).api.query("up"); });
        CHECK(error.code() == ExitCode::world);
        return std::string(error.what());
    };
    const std::string front = "POST http://prometheus:9090/base/api/v1/query: ";
    CHECK(words(200, "<html>Sign in</html>") == front + "the answer is not the Prometheus API's: <html>Sign in</html>");
    CHECK(words(200, R"({"status":"succ)") == front + R"(the answer is not the Prometheus API's: {"status":"succ)");
    CHECK(words(200, R"({"status":"success"})") == front + R"(the answer has no data: {"status":"success"})");
    CHECK(words(200, success(R"({"resultType":"vector"})")).find("the answer is not the Prometheus API's") != std::string::npos);
    CHECK(words(200, success(R"({"resultType":"vector","result":[{"value":[1,2]}]})")).find("the answer is not the Prometheus API's") != std::string::npos);
    CHECK(words(200, "[]").find("the answer is not the Prometheus API's") != std::string::npos);
    CHECK(words(502, "Bad\nGateway") == front + "status 502: Bad | Gateway");
    CHECK(words(422, R"({"status":"error","errorType":"execution","error":"too many samples"})") == front + "the server could not answer: too many samples");
    CHECK(words(500, R"({"status":"error","errorType":5,"error":{"code":7,"message":"no upstream"}})") == front + R"(the server could not answer: {"code":7,"message":"no upstream"})");
    CHECK(words(500, R"({"status":"error","errorType":null,"error":null})") == front + "the server could not answer: no reason given");
    CHECK(words(401, "no") == front + "the server refuses the credentials (status 401)");
    CHECK(words(403, "") == front + "the server refuses the credentials (status 403)");
}

TEST_CASE("a query without its tenant has a hint") {
    const auto error = failure([] { Server(401, "no org id\n").api.query("up"); });
    CHECK(error.code() == ExitCode::world);
    CHECK(std::string(error.what()) == "POST http://prometheus:9090/base/api/v1/query: the server wants to know the tenant: no org id");
    CHECK(error.diagnostics().front().hint == "give it with --tenant");
}

TEST_CASE("a path that not every server knows") {
    CHECK(Server(404, "404 page not found").api.get_if_known("/api/v1/x") == std::nullopt);
    CHECK(Server(405, "").api.get_if_known("/api/v1/x") == std::nullopt);
    Server server(200, success("[1]"));
    CHECK(*server.api.get_if_known("/api/v1/x") == nlohmann::json::array({1}));
    CHECK(server.requests.back().method == "GET");
    server.api.get_if_known("/api/v1/x", "a=b");
    CHECK(server.requests.back().method == "POST");
    CHECK(failure([] { Server(500, "").api.get_if_known("/api/v1/x"); }).code() == ExitCode::world);
}

TEST_CASE("a reload is sent once, and its answer is the caller's business") {
    Server server(500, "failed to reload config");
    const auto response = server.api.reload(Duration{7'000});
    CHECK(response.status == 500);
    REQUIRE(server.requests.size() == 1);
    CHECK(server.requests[0].method == "POST");
    CHECK(server.requests[0].url == "http://prometheus:9090/base/-/reload");
    CHECK(server.requests[0].timeout == Duration{7'000});
    CHECK(server.requests[0].retry.attempts == 1);
}

TEST_CASE("patience applies to every question") {
    Server server(200, success("{}"));
    Api api(server.http, "http://prometheus", {Duration{1'000}, 1});
    api.get("/api/v1/rules");
    CHECK(server.requests[0].timeout == Duration{1'000});
    CHECK(server.requests[0].retry.attempts == 1);
}
