#include "catch.hpp"

#include "fakes.hpp"
#include "prometheus/ruler_proof.hpp"

#include <string>

using namespace slipway;
using namespace slipway::prometheus;

namespace {

/// A server that evaluates one group, "app:g" with one rule, and knows forms of expressions when it is told to.
struct Server {
    std::string query;
    std::string form = {}; ///< of every expression; empty: it does not know that question
    std::vector<std::string> urls = {};
    fake::Http http{[this](const io::Request& request) -> io::Response {
        urls.push_back(request.url);
        if (request.url.find("format_query") != std::string::npos) {
            if (form.empty()) return {.status = 404, .headers = {}, .body = "404 page not found"};
            return {.status = 200, .headers = {}, .body = R"({"status":"success","data":")" + form + "\"}"};
        }
        return {.status = 200, .headers = {}, .body = R"({"status":"success","data":{"groups":[{"name":"g","file":"app","interval":60,"rules":[{"type":"recording","name":"r","query":")" +
                                                     query + R"(","labels":{},"health":"unknown","lastEvaluation":"0001-01-01T00:00:00Z"}]}]}})"};
    }};
};

RulerState wanted(const std::string& expr, RulerKind kind = RulerKind::mimir, const std::string& name = "g") {
    return {{"app", {read_ruler_group("name: " + name + "\nrules:\n- record: r\n  expr: '" + expr + "'\n", kind, "x.yml")}}};
}

std::string words(const std::vector<UnprovenGroup>& groups) {
    std::string text;
    for (const auto& group : groups) text += (text.empty() ? "" : "; ") + group.name_space + ':' + group.group + ' ' + group.why;
    return text;
}

std::string missing(Server& server, const RulerState& state, const std::vector<RulerChange>& removed = {}, RulerKind kind = RulerKind::mimir) {
    RulerProof proof(server.http, {"http://ruler/x", kind});
    return words(proof.missing(state, removed));
}

} // namespace

TEST_CASE("a group that is evaluated as it is stored is proven without further questions") {
    Server server{.query = "rate(x[4w])"};
    CHECK(missing(server, wanted("rate(x[28d])")) == "");
    CHECK(server.urls == std::vector<std::string>{"http://ruler/x/prometheus/api/v1/rules"});
    CHECK(missing(server, wanted("rate(y[28d])")) == "app:g rule 1, record 'r', has other expression there");
    CHECK(server.urls.size() == 2);
}

TEST_CASE("groups that are missing, and those that are still there") {
    Server server{.query = "up"};
    CHECK(missing(server, wanted("up", RulerKind::mimir, "h")) == "app:h it is not loaded");
    CHECK(missing(server, {}, {{"app", "g", ""}, {"app", "gone", ""}}) == "app:g it is still loaded");
    CHECK(missing(server, wanted("up"), {{"web", "g", ""}}) == "");
}

TEST_CASE("Loki is asked for its form of LogQL") {
    Server server{.query = "sum by (a)(rate({b=\\\"c\\\"} |= \\\"d\\\"[5m]))", .form = "the same"};
    const auto state = wanted("sum(rate({b=\"c\"} |= \"d\" [5m])) by (a)", RulerKind::loki);
    CHECK(missing(server, state, {}, RulerKind::loki) == "");
    CHECK(server.urls.at(0) == "http://ruler/x/prometheus/api/v1/rules");
    CHECK(server.urls.at(1) == "http://ruler/x/loki/api/v1/format_query");
    server.form.clear();
    RulerProof proof(server.http, {"http://ruler/x", RulerKind::loki});
    CHECK(proof.missing(state).empty());
    CHECK(proof.left_out_expressions());
}

TEST_CASE("what else differs explains more than an expression") {
    Server server{.query = "down"};
    CHECK(missing(server, {{"app", {read_ruler_group("name: g\nrules:\n- {record: r, expr: up}\n- {record: s, expr: up}\n", RulerKind::mimir, "x.yml")}}}) == "app:g it has 1 rule there");
}

TEST_CASE("only the interval of groups that are asked for is waited for") {
    Server server{.query = "up"};
    RulerProof proof(server.http, {"http://ruler/x", RulerKind::mimir});
    REQUIRE(proof.missing(wanted("up")).empty());
    CHECK(proof.longest_interval({{"app", "g"}}) == Duration{60'000});
    CHECK(proof.longest_interval({{"app", "h"}}) == Duration{0});
    CHECK(proof.longest_interval({}) == Duration{0});
    CHECK(proof.evaluation({{"app", "g"}}, Timestamp{}).state == Evaluation::State::pending);
    CHECK(proof.evaluation({{"app", "h"}}, Timestamp{}).state == Evaluation::State::done);
}
