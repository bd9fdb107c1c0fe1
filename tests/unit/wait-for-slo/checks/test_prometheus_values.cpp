#include "catch.hpp"

#include "core/encoding.hpp"
#include "fakes.hpp"
#include "wait-for-slo/checks/prometheus_values.hpp"

#include <memory>
#include <string>
#include <vector>

using namespace slipway;
using namespace slipway::wait_for_slo;

namespace {

std::string success(const std::string& type, const std::string& result, const std::string& more = {}) { return R"({"status":"success","data":{"resultType":")" + type + R"(","result":)" + result + '}' + more + '}'; }
std::string vector_of(const std::string& samples) { return success("vector", '[' + samples + ']'); }

/// Replicas p0, p1, ... with what each answers.
struct Replicas {
    std::vector<io::Response> answers;
    std::vector<std::string> asked; ///< hosts
    std::string query;
    std::unique_ptr<PrometheusValues> values;

    explicit Replicas(std::vector<io::Response> its_answers) : answers(std::move(its_answers)) {
        std::vector<std::unique_ptr<ServerView>> views;
        for (std::size_t i = 0; i < answers.size(); ++i) {
            const auto host = "p" + std::to_string(i);
            auto client = std::make_unique<fake::Http>([this, i, host](const io::Request& request) {
                asked.push_back(host);
                query = percent_decode(std::get<std::string>(request.body));
                if (answers[i].status == 0) throw world_failure(request.method + ' ' + request.url + ": connection refused");
                return answers[i];
            });
            views.push_back(std::make_unique<ServerView>(std::move(client), ServerView::Settings{.url = "http://" + host + ":9090", .replica_label = {}}));
        }
        values = std::make_unique<PrometheusValues>(std::move(views));
    }

    QueryValue ask(const std::string& text = "x") { return values->ask(text); }
    std::string failure(ExitCode code) {
        try {
            ask();
        } catch (const Error& error) {
            CHECK(error.code() == code);
            return error.what();
        }
        return {};
    }
};

io::Response ok(const std::string& body) { return {.status = 200, .headers = {}, .body = body}; }
const io::Response away{.status = 0, .headers = {}, .body = {}};

} // namespace

TEST_CASE("values of Prometheus' answers") {
    const std::string two = R"({"metric":{"a":"1"},"value":[1,"0.5"]},{"metric":{"a":"2"},"value":[1,"NaN"]})";
    const auto vector = Replicas({ok(vector_of(two))}).ask();
    CHECK_FALSE(vector.is_scalar);
    REQUIRE(vector.values.size() == 2);
    CHECK(vector.values[0] == 0.5);
    CHECK(std::isnan(vector.values[1]));
    CHECK(Replicas({ok(vector_of(""))}).ask().values.empty());
    CHECK(Replicas({ok(vector_of(R"({"metric":{},"value":[1,"+Inf"]})"))}).ask().values == std::vector<double>{std::numeric_limits<double>::infinity()});
    const auto scalar = Replicas({ok(success("scalar", R"([1,"3"])"))}).ask("scalar(x) + 1");
    CHECK(scalar.is_scalar);
    CHECK(scalar.values == std::vector<double>{3});
    // Argo's provider takes all values of a range, in one list.
    CHECK(Replicas({ok(success("matrix", R"([{"metric":{},"values":[[1,"1"],[2,"2"]]},{"metric":{},"values":[[1,"3"]]}])"))}).ask("x[1m]").values == std::vector<double>{1, 2, 3});
    Replicas one({ok(vector_of(two))});
    one.ask("sum(rate(x[5m])) / 2");
    CHECK(one.query.rfind("query=sum(rate(x[5m])) / 2&", 0) == 0);
}

TEST_CASE("an answer from which data may be missing is none") {
    Replicas partial({ok(success("vector", "[]", R"(,"warnings":["store a:10901 is away"])"))});
    CHECK(partial.failure(ExitCode::world).find("store a:10901 is away") != std::string::npos);
    CHECK_FALSE(Replicas({{.status = 302, .headers = {{"Location", "http://login/"}}, .body = "<html>"}}).failure(ExitCode::world).empty());
    CHECK_FALSE(Replicas({{.status = 503, .headers = {}, .body = "Service Unavailable"}}).failure(ExitCode::world).empty());
    CHECK_FALSE(Replicas({{.status = 401, .headers = {}, .body = "no"}}).failure(ExitCode::world).empty());
    CHECK(Replicas({{.status = 400, .headers = {}, .body = R"({"status":"error","errorType":"bad_data","error":"unknown function"})"}}).failure(ExitCode::misuse) == "the server refuses the query: unknown function");
}

TEST_CASE("the replica that answered is asked first") {
    const auto good = ok(vector_of(R"({"metric":{},"value":[1,"1"]})"));
    Replicas replicas({away, good, good});
    replicas.ask();
    replicas.ask();
    CHECK(replicas.asked == std::vector<std::string>{"p0", "p1", "p1"});
    replicas.answers = {good, away, away};
    replicas.asked.clear();
    replicas.ask();
    CHECK(replicas.asked == std::vector<std::string>{"p1", "p2", "p0"});
    replicas.answers = {away, away, away};
    CHECK(replicas.failure(ExitCode::world) == "POST http://p0:9090/api/v1/query: connection refused");
    // What one replica refuses, the others refuse as well.
    replicas.answers = {{.status = 400, .headers = {}, .body = R"({"status":"error","errorType":"bad_data","error":"no"})"}, good, good};
    CHECK(replicas.failure(ExitCode::misuse) == "the server refuses the query: no");
}
