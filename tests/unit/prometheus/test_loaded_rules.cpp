#include "catch.hpp"

#include "core/error.hpp"
#include "fakes.hpp"
#include "prometheus/loaded_rules.hpp"

#include <string>

using namespace slipway;
using namespace slipway::prometheus;

namespace {

struct Server {
    fake::Http::Handler answer;
    std::vector<io::Request> requests;
    fake::Http http{[this](const io::Request& request) {
        requests.push_back(request);
        return answer(request);
    }};
    Api api{http, "http://prometheus:9090"};
};

io::Response ok(const std::string& data) { return {.status = 200, .headers = {}, .body = R"({"status":"success","data":)" + data + "}"}; }

Group group_of(const std::string& rule) {
    const auto file = read_rule_file("groups: [{name: a, interval: 30s, rules: [" + rule + "]}]", "x.yml");
    return file.groups.at(0);
}

LoadedGroup loaded(LoadedRule rule) { return {.name = "a", .file = "/rules/x.yml", .interval = Duration{30'000}, .rules = {std::move(rule)}}; }

} // namespace

TEST_CASE("what a server has loaded is read") {
    Server server;
    server.answer = [](const io::Request&) {
        return ok(R"({"groups":[{"name":"a","file":"/rules/x.yml","interval":90,"rules":[
            {"type":"recording","name":"r","query":"up","labels":{"l":"1"},"health":"ok"},
            {"type":"alerting","name":"A","query":"up == 0","duration":60.5,"keepFiringFor":5,"labels":{},"annotations":{"s":"t"},"alerts":[]}]},
            {"name":"b","file":"/rules/y.yml","interval":1,"rules":[]}]})");
    };
    const auto groups = loaded_groups(server.api);
    REQUIRE(groups.size() == 2);
    CHECK(groups[0].interval == Duration{90'000});
    REQUIRE(groups[0].rules.size() == 2);
    CHECK(groups[0].rules[0] == LoadedRule{.kind = RuleKind::recording, .name = "r", .query = "up", .labels = {{"l", "1"}}});
    CHECK(groups[0].rules[1].hold == Duration{60'500});
    CHECK(groups[0].rules[1].keep_firing == Duration{5'000});
    CHECK(groups[0].rules[1].annotations == Labels{{"s", "t"}});
    CHECK(groups[1].file == "/rules/y.yml");
}

TEST_CASE("an answer of another shape is the world's failure") {
    for (const char* data : {"{}", "[]", R"({"groups":[{}]})", R"({"groups":[{"name":"a","file":"f","interval":1,"rules":[{"type":"recording"}]}]})", R"({"groups":[{"name":1,"file":"f","interval":1,"rules":[]}]})"}) {
        INFO(data);
        Server server;
        server.answer = [&](const io::Request&) { return ok(data); };
        try {
            loaded_groups(server.api);
            FAIL("no error");
        } catch (const Error& error) {
            CHECK(error.code() == ExitCode::world);
            CHECK(std::string(error.what()).find("GET http://prometheus:9090/api/v1/rules: the answer is not the Prometheus API's") == 0);
        }
    }
}

TEST_CASE("a rule that the server prints in the same way needs no question") {
    Server server;
    RuleComparison comparison(server.api);
    const auto ours = group_of("{record: r, expr: 'sum by (a,b) ( rate(x{l=\"a b\"}[5m]) )  and  y', labels: {l: 1, empty: ''}}");
    CHECK(comparison.difference(ours, loaded({.name = "r", .query = "sum by (a, b) (rate(x{l=\"a b\"}[5m])) and y", .labels = {{"l", "1"}}})) == "");
    CHECK(server.requests.empty());
}

TEST_CASE("expressions are compared by their syntax") {
    Server server;
    RuleComparison comparison(server.api);
    const auto ours = group_of("{record: r, expr: 'rate(x{b=\"1\", a=\"2\"}[28d])'}");
    CHECK(comparison.difference(ours, loaded({.name = "r", .query = "rate(x{a=\"2\",b=\"1\"}[4w])"})) == "");
    CHECK(comparison.difference(ours, loaded({.name = "r", .query = "rate(y[4w])"})) == "rule 1, record 'r', has other expression there");
    CHECK(server.requests.empty());
}

TEST_CASE("of what we cannot read the server is asked for its form of both") {
    Server server;
    server.answer = [](const io::Request& request) {
        const auto& body = std::get<std::string>(request.body);
        CHECK(request.url == "http://prometheus:9090/api/v1/format_query");
        return ok(body == "query=new%28x%5B28d%5D%29" || body == "query=new%28x%5B4w%5D%29" ? R"~("new(x[4w])")~" : R"("other")");
    };
    RuleComparison comparison(server.api);
    const auto ours = group_of("{record: r, expr: 'new(x[28d])'}");
    CHECK(comparison.difference(ours, loaded({.name = "r", .query = "new(x[4w])"})) == "");
    CHECK(server.requests.size() == 2);
    CHECK(comparison.difference(ours, loaded({.name = "r", .query = "new(y[4w])"})) == "rule 1, record 'r', has other expression there");
    CHECK(server.requests.size() == 3); // our own form is known by now
    CHECK_FALSE(comparison.left_out_expressions());
}

TEST_CASE("rules are evaluated, not yet, or fail") {
    const auto state = [](const LoadedRule& rule, Timestamp since = {}) {
        const auto evaluation = evaluation_of(loaded(rule), since);
        return std::to_string(static_cast<int>(evaluation.state)) + evaluation.why;
    };
    const Timestamp noon{Duration{1'000'000}};
    CHECK(state({.name = "r"}) == "0");
    CHECK(state({.name = "r", .health = Health::ok, .last_evaluation = noon}) == "0");
    CHECK(state({.name = "r", .health = Health::ok, .last_evaluation = noon}, noon) == "1record 'r' of group 'a' has not been evaluated yet");
    CHECK(state({.name = "r", .health = Health::unknown}) == "1record 'r' of group 'a' has not been evaluated yet");
    CHECK(state({.name = "r", .health = Health::err, .last_error = "many-to-many\nmatching", .last_evaluation = noon}) == "2record 'r' of group 'a' fails: many-to-many | matching");
    // What failed before is not known of the rule as it is now.
    CHECK(state({.name = "r", .health = Health::err, .last_evaluation = noon}, noon) == "1record 'r' of group 'a' has not been evaluated yet");
}

TEST_CASE("an expression that the server cannot parse is not what it has loaded") {
    Server server;
    server.answer = [](const io::Request&) { return io::Response{.status = 400, .headers = {}, .body = R"({"status":"error","errorType":"bad_data","error":"1:4: parse error"})"}; };
    RuleComparison comparison(server.api);
    CHECK(comparison.difference(group_of("{record: r, expr: 'sum('}"), loaded({.name = "r", .query = "sum(x)"})) != "");
}

TEST_CASE("a server without a form to show leaves expressions out, and that is known") {
    Server server;
    server.answer = [](const io::Request&) { return io::Response{.status = 404, .headers = {}, .body = "404 page not found"}; };
    RuleComparison comparison(server.api);
    CHECK(comparison.difference(group_of("{record: r, expr: 'new(x[28d])'}"), loaded({.name = "r", .query = "new(x[4w])"})) == "");
    CHECK(comparison.left_out_expressions());
}

TEST_CASE("every part of a rule counts") {
    Server server;
    server.answer = [](const io::Request& request) { return ok('"' + std::get<std::string>(request.body) + '"'); };
    RuleComparison comparison(server.api);
    const auto alert = group_of("{alert: A, expr: up, for: 1m, keep_firing_for: 2m, labels: {l: 1}, annotations: {s: 'a\n\n  b'}}");
    const LoadedRule right{.kind = RuleKind::alerting, .name = "A", .query = "up", .labels = {{"l", "1"}}, .annotations = {{"s", "a b"}}, .hold = Duration{60'000}, .keep_firing = Duration{120'000}};
    CHECK(comparison.difference(alert, loaded(right)) == "");
    const auto with = [&](auto change) {
        auto rule = right;
        change(rule);
        return comparison.difference(alert, loaded(rule));
    };
    CHECK(with([](auto& rule) { rule.name = "B"; }) == "rule 1, alert 'A', has other name there");
    CHECK(with([](auto& rule) { rule.kind = RuleKind::recording; }) == "rule 1, alert 'A', has other name there");
    CHECK(with([](auto& rule) { rule.hold = Duration{1}; }) == "rule 1, alert 'A', has other 'for' there");
    CHECK(with([](auto& rule) { rule.keep_firing = Duration{1}; }) == "rule 1, alert 'A', has other 'keep_firing_for' there");
    CHECK(with([](auto& rule) { rule.keep_firing = std::nullopt; }) == "");
    CHECK(with([](auto& rule) { rule.labels = {}; }) == "rule 1, alert 'A', has other labels there");
    CHECK(with([](auto& rule) { rule.annotations["s"] = "ab"; }) == "rule 1, alert 'A', has other annotations there");
    CHECK(with([](auto& rule) { rule.query = "down"; }) == "rule 1, alert 'A', has other expression there");
    auto more = loaded(right);
    more.rules.push_back(right);
    CHECK(comparison.difference(alert, more) == "it has 2 rules there");
    auto slower = loaded(right);
    slower.interval = Duration{60'000};
    CHECK(comparison.difference(alert, slower) == "its interval is 1m there");
}

TEST_CASE("labels of a group are labels of its rules") {
    Server server;
    RuleComparison comparison(server.api);
    auto group = group_of("{record: r, expr: up, labels: {own: 1}}");
    group.labels = {{"team", "a"}, {"own", "0"}};
    CHECK(comparison.difference(group, loaded({.name = "r", .query = "up", .labels = {{"own", "1"}, {"team", "a"}}})) == "");
}

TEST_CASE("a server explains why it refuses an expression") {
    Server server;
    server.answer = [](const io::Request&) { return io::Response{.status = 400, .headers = {}, .body = R"({"status":"error","errorType":"bad_data","error":"invalid parameter \"query\": 1:5: parse error: unclosed left parenthesis"})"}; };
    CHECK(why_refused(server.api, "sum(") == "1:5: parse error: unclosed left parenthesis");
    server.answer = [](const io::Request&) { return ok(R"("up")"); };
    CHECK(why_refused(server.api, "up") == std::nullopt);
    server.answer = [](const io::Request&) { return io::Response{.status = 404, .headers = {}, .body = ""}; };
    CHECK(why_refused(server.api, "up") == std::nullopt);
}
