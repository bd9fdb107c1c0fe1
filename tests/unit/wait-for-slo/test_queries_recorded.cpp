#include "catch.hpp"

#include "selectors.hpp"
#include "core/error.hpp"
#include "wait-for-slo/queries/recorded.hpp"

#include <nlohmann/json.hpp>

#include <string>

using namespace slipway;
using namespace slipway::wait_for_slo;
using Json = nlohmann::json;

namespace {

Json rule(const std::string& name, const std::string& query, const Json& labels = Json::object()) {
    return {{"type", "recording"}, {"name", name}, {"query", query}, {"labels", labels}, {"health", "ok"}, {"lastEvaluation", "2026-11-24T15:02:11.123456789+01:00"}};
}

Json group(const std::string& name, const Json& rules, double interval = 30) {
    return {{"name", name}, {"file", "/etc/rules.yml"}, {"interval", interval}, {"lastEvaluation", "2026-11-24T14:02:11.987654321Z"}, {"rules", rules}};
}

Json answer(const Json& groups) { return {{"groups", groups}}; }

std::string expanded(const Json& rules, const std::string& count) {
    try {
        return to_string(RecordingRules(answer(Json::array({group("g", rules)}))).expand(parse_event_count(count, Records::expanded)));
    } catch (const Error& error) {
        CHECK(error.code() == ExitCode::misuse);
        return error.what();
    }
}

std::string found(const Json& groups, const std::string& selector) {
    try {
        std::string text;
        for (const auto& one : RecordingRules(answer(groups)).find_groups({parse_selector(selector)})) {
            text += to_string(one.selector) + " by " + one.group + " every " + std::to_string(one.interval_ms) + " at " + (one.last_evaluation_ms ? std::to_string(*one.last_evaluation_ms) : "never") + one.last_error;
        }
        return text;
    } catch (const Error& error) {
        CHECK(error.code() == ExitCode::misuse);
        return error.what();
    }
}

} // namespace

TEST_CASE("recorded metrics become what their rules read") {
    struct Row {
        std::string query;
        std::string count;
        std::string sources;
    };
    for (const auto& row : {
             Row{"x_total", "r", "x_total"},
             Row{"x_total", "y", "y"},
             Row{"x_total{a=\"quote\\\"back\\\\slash\"}", "r{b=\"größe\\n\"}", "x_total{a=\"quote\\\"back\\\\slash\",b=\"größe\\n\"}"},
             Row{"sum by (job) (x_total)", "r", "x_total"},
             Row{"sum by (job) (x_total)", "r{job=\"a\"}", "x_total{job=\"a\"}"},
             Row{"sum by (job) (x_total{code=\"200\"})", "r{job=~\"a|b\"}", "x_total{code=\"200\",job=~\"a|b\"}"},
             Row{"sum without (pod) (x_total)", "r{job=\"a\"}", "x_total{job=\"a\"}"},
             Row{"sum by (job) (rate(x_total[5m]))", "sum(r)", "x_total"},
             Row{"sum by (job) (rate(x_total[5m]))", "sum(r{job=\"a\"}) - y", "x_total{job=\"a\"} - y"},
             Row{"sum by (job) (x_total) - sum by (job) (y_total)", "y - r{job=\"a\"}", "y - x_total{job=\"a\"} + y_total{job=\"a\"}"},
             Row{"x_total + on(job) y_total", "r{job=\"a\"}", "x_total{job=\"a\"} + y_total{job=\"a\"}"},
             Row{"x_total + ignoring(pod) y_total", "r{job=\"a\"}", "x_total{job=\"a\"} + y_total{job=\"a\"}"},
             Row{"sum by (job) (x_total) or vector(0)", "r{job=\"a\"}", "x_total{job=\"a\"}"},
             // A label that does not survive is empty.
             Row{"sum by (job) (x_total)", "r{pod=\"\"}", "x_total"},
             Row{"sum by (job) (x_total)", "r{pod!=\"p\"}", "x_total"},
             Row{"sum without (pod) (x_total)", "r{pod!=\"p\",job=\"a\"}", "x_total{job=\"a\"}"},
             Row{"sum(sum by (job) (x_total))", "r{job=\"\"}", "x_total"},
             // Terms of which no series can satisfy the condition.
             Row{"sum by (code) (x_total{code=\"200\"}) + sum by (code) (x_total{code=\"500\"})", "r{code=\"500\"}", "x_total{code=\"500\"}"},
             Row{"sum by (le) (l_bucket)", "r{le=\"0.5\"}", "l_bucket{le=\"0.5\"}"},
         }) {
        INFO(row.query + "; " + row.count);
        CHECK(expanded(Json::array({rule("r", row.query)}), row.count) == row.sources);
    }
}

TEST_CASE("a rule that sets a label must set what is asked for") {
    const auto rules = Json::array({rule("r", "sum by (job) (x_total)", {{"env", "prod"}}), rule("r", "sum by (job) (y_total)", {{"env", "test"}}), rule("r", "z_total", {{"env", "none"}, {"job", "z"}})});
    CHECK(expanded(rules, "r{env=\"prod\"}") == "x_total");
    CHECK(expanded(rules, "r{env=\"prod\",job=\"a\"}") == "x_total{job=\"a\"}");
    CHECK(expanded(rules, "r{env=~\"prod|test\"}") == "x_total + y_total");
    CHECK(expanded(rules, "r") == "x_total + y_total + z_total");
    CHECK(expanded(rules, "r{job=\"z\"}") == "x_total{job=\"z\"} + y_total{job=\"z\"} + z_total");
    CHECK(expanded(rules, "r{env=\"dev\"}") == "cannot expand the recorded metric r{env=\"dev\"}: no rule that records it gives series with these labels");
    // An empty label of a rule takes the label away.
    CHECK(expanded(Json::array({rule("r", "x_total", {{"pod", ""}})}), "r{pod=\"\"}") == "x_total");
}

TEST_CASE("rules that read other rules' metrics") {
    CHECK(expanded(Json::array({rule("a", "sum by (job) (b)"), rule("b", "sum by (job, code) (rate(x_total[1m]))")}), "a{job=\"j\"}") == "x_total{job=\"j\"}");
    Json chain = Json::array();
    for (int i = 0; i < 12; ++i) chain.push_back(rule("r" + std::to_string(i), "sum by (job) (r" + std::to_string(i + 1) + ")"));
    CHECK(expanded(chain, "r4") == "r12");
    CHECK(expanded(chain, "r3").find("cannot expand the recorded metric r11: rules that read other rules' metrics are more than 8 deep, or go round in circles") == 0);
    CHECK(expanded(Json::array({rule("r", "r + x_total")}), "r").find("go round in circles") != std::string::npos);
    Json wide = Json::array();
    for (int i = 0; i < 7; ++i) {
        std::string sum;
        for (int k = 0; k < 50; ++k) sum += (k == 0 ? "" : " + ") + ("w" + std::to_string(i + 1));
        wide.push_back(rule("w" + std::to_string(i), sum));
    }
    CHECK(expanded(wide, "w0").find("more than 10000 selectors") != std::string::npos);
}

TEST_CASE("what cannot be expanded is refused with the reason") {
    struct Row {
        Json rules;
        std::string count;
        std::string why;
    };
    for (const auto& row : {
             Row{Json::array({rule("r", "max by (job) (x_total)")}), "r", "cannot expand the recorded metric r: max(...) cannot be counted, in max by (job) (x_total)"},
             Row{Json::array({rule("r", "a / b")}), "r", "cannot expand the recorded metric r: a ratio ('/') cannot be counted, in a / b"},
             Row{Json::array({rule("r", "sum(x_total offset 5m)")}), "r", "cannot expand the recorded metric r: offset and @ cannot be counted: they look at another time, in sum(x_total offset 5m)"},
             Row{Json::array({rule("r", "what is this")}), "r", "cannot expand the recorded metric r: its expression is not understood"},
             Row{Json::array({rule("r", "sum by (job) (x_total)")}), "r{version=\"b\"}", "cannot expand the recorded metric r{version=\"b\"}: its rules leave no label 'version' on its series"},
             Row{Json::array({rule("r", "sum(sum by (pod) (x_total))")}), "r{pod=\"b\"}", "cannot expand the recorded metric r{pod=\"b\"}: its rules leave no label 'pod' on its series"},
             Row{Json::array({rule("r", "a_total - on(job) b_total")}), "r{pod=\"b\"}", "cannot expand the recorded metric r{pod=\"b\"}: its rules leave no label 'pod' on its series"},
             Row{Json::array({rule("r", "a_total"), rule("r", "b_total")}), "r", "cannot expand the recorded metric r: several rules record it with the same labels, in the groups /etc/rules.yml;g and /etc/rules.yml;g"},
             Row{Json::array({rule("r", "a_total", {{"a", "1"}}), rule("r", "rate(b_total[5m])", {{"a", "2"}})}), "r", "cannot expand the recorded metric r: some of its rules record counters and others rates"},
             Row{Json::array({rule("r", "sum(l_bucket)")}), "r", "cannot expand the recorded metric r: the buckets of a histogram cannot be counted together: each event is in several of them, in sum(l_bucket)"},
             Row{Json::array({rule("r", "a_total")}), "b:rate5m", "'b:rate5m' is by its name a recorded rate or ratio, which cannot be counted"},
             Row{Json::array({rule("r", "rate(b:rate5m[5m])")}), "r", "cannot expand the recorded metric r: 'b:rate5m' is by its name a recorded rate or ratio, which cannot be counted, in rate(b:rate5m[5m])"},
             Row{Json::array({rule("r", "a_total")}), "{__name__=~\"r|s\"}", "cannot expand the recorded metric {__name__=~\"r|s\"}: among others it takes the recorded metric 'r'"},
             Row{Json::array({rule("r", "a_total")}), "a_total - r", "what the recorded metrics are made of counts nothing: a_total - r"},
             Row{Json::array({rule("r", "vector(0)")}), "r", "cannot expand the recorded metric r: no rule that records it gives series with these labels"},
         }) {
        INFO(row.why);
        CHECK(expanded(row.rules, row.count).find(row.why) == 0);
    }
    // The name is the record's, not the source's.
    CHECK(expanded(Json::array({rule("r", "a_total")}), "{__name__=\"r\",__name__!=\"a_total\"}") == "a_total");
    // The same rule loaded twice is one.
    CHECK(expanded(Json::array({rule("r", "a_total"), rule("r", "a_total")}), "r") == "a_total");
}

TEST_CASE("several reasons are told of together") {
    const RecordingRules rules(answer(Json::array({group("g", Json::array({rule("r", "max(a)"), rule("s", "min(b)")}))})));
    try {
        rules.expand(parse_event_count("r + s + r"));
        FAIL("they were expanded");
    } catch (const Error& error) {
        CHECK(error.diagnostics().size() == 2);
    }
}

TEST_CASE("recorded selectors are found with their group") {
    const auto groups = Json::array({group("one", Json::array({rule("r", "sum by (job) (x_total)"), rule("rate", "sum(rate(x_total[5m]))"), rule("ratio", "a / b"), rule("both", "x_total", {{"a", "1"}})})),
                                     group("two", Json::array({rule("both", "x_total", {{"a", "2"}}), rule("big", "max(x_total)"), rule("le", "sum by (le) (l_bucket)")}), 0.5)});
    CHECK(found(groups, "r") == "r by /etc/rules.yml;one every 30000 at 1795528931987");
    CHECK(found(groups, "r{job=\"a\"}") == "r{job=\"a\"} by /etc/rules.yml;one every 30000 at 1795528931987");
    CHECK(found(groups, "x_total").empty());
    CHECK(found(groups, "both{a=\"2\"}") == "both{a=\"2\"} by /etc/rules.yml;two every 500 at 1795528931987");
    CHECK(found(groups, "both{a=\"3\"}").empty());
    CHECK(found(groups, "le{le=\"1\"}").find("le{le=\"1\"} by ") == 0);
    CHECK(found(groups, "both") == "cannot count the recorded metric both: the groups /etc/rules.yml;one and /etc/rules.yml;two record it, each at times of its own");
    CHECK(found(groups, "rate") == "cannot count the recorded metric rate: 'rate' is a rate and no counter, in sum(rate(x_total[5m]))");
    CHECK(found(groups, "ratio") == "cannot count the recorded metric ratio: a ratio ('/') cannot be counted, in a / b");
    CHECK(found(groups, "big") == "cannot count the recorded metric big: max(...) cannot be counted, in max(x_total)");
    CHECK(found(groups, "{__name__=~\"r|x\"}") == "cannot count the recorded metric {__name__=~\"r|x\"}: by a pattern it takes 'r' among others");
    CHECK(found(groups, "{job=\"a\"}").empty());
    CHECK(found(groups, "{__name__=\"r\",__name__!=\"x\"}").find("{__name__!=\"x\",__name__=\"r\"} by ") == 0);
}

TEST_CASE("a record of records is a counter when these are") {
    const auto groups = Json::array({group("g", Json::array({rule("good", "sum(a)"), rule("a", "sum by (job) (x_total)"), rule("bad", "sum(b)"), rule("b", "sum by (job) (rate(x_total[5m]))"), rule("circle", "circle + x_total")}))});
    CHECK(found(groups, "good").find("good by ") == 0);
    CHECK(found(groups, "bad") == "cannot count the recorded metric bad: 'b' is a rate and no counter, in sum by (job) (rate(x_total[5m]))");
    CHECK(found(groups, "circle").find("go round in circles") != std::string::npos);
}

TEST_CASE("all counts of an objective are expanded") {
    const RecordingRules rules(answer(Json::array({group("g", Json::array({rule("good:rate5m", "sum by (job) (rate(x_total{code!~\"5..\"}[5m]))"), rule("all:rate5m", "sum by (job) (rate(x_total[5m]))"), rule("m", "max(x)")}))})));
    const auto objective = rules.expand(objective_of({.good = "sum(good:rate5m)", .total = "sum(all:rate5m)", .objective_percent = 99}, Records::expanded));
    CHECK(to_string(*objective.good) == "x_total{code!~\"5..\"}");
    CHECK(to_string(*objective.total) == "x_total");
    CHECK_THROWS_AS(rules.expand(objective_of({.good = "m", .total = "x", .objective_percent = 99})), Error);
}

TEST_CASE("evaluations are read as servers say them") {
    struct Row {
        Json of_group;
        Json of_rule;
        std::string expected;
    };
    for (const auto& row : {
             Row{"2026-11-24T14:02:11.987654321Z", "2026-11-24T14:02:12Z", "1795528931987"},
             Row{"2026-11-24T15:32:11.9+01:30", "", "1795528931900"},
             Row{"0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z", "never"},
             Row{nullptr, "2026-11-24T06:02:11-08:00", "1795528931000"},
             Row{"yesterday", "2026-11-24T14:02:11Z", "1795528931000"},
             Row{"", "", "never"},
         }) {
        auto one = group("g", Json::array({rule("r", "x_total")}));
        one["lastEvaluation"] = row.of_group;
        one["rules"][0]["lastEvaluation"] = row.of_rule;
        CHECK(found(Json::array({one}), "r") == "r by /etc/rules.yml;g every 30000 at " + row.expected);
    }
    auto failing = group("g", Json::array({rule("r", "x_total")}));
    failing["rules"][0]["health"] = "err";
    failing["rules"][0]["lastError"] = "too many samples";
    CHECK(found(Json::array({failing}), "r").find("too many samples") != std::string::npos);
    CHECK(found(Json::array({group("g", Json::array({rule("r", "x_total")}), 0)}), "r").find("does not say how often") != std::string::npos);
}

TEST_CASE("replicas that show the same groups are one") {
    const auto one = group("g", Json::array({rule("r", "x_total")}));
    CHECK(found(Json::array({one, one}), "r").find("r by /etc/rules.yml;g") == 0);
    CHECK(to_string(RecordingRules(answer(Json::array({one, one}))).expand(parse_event_count("r"))) == "x_total");
}

TEST_CASE("answers that are no rules") {
    for (const auto& data : {Json(), Json::array(), Json("<html>"), Json::object(), Json{{"groups", 5}}, Json{{"groups", {{{"name", 5}}}}}, Json{{"groups", {{{"name", "g"}}}}}, Json{{"groups", {{{"name", "g"}, {"rules", {5}}}}}},
                             Json{{"groups", {{{"name", "g"}, {"rules", {{{"type", "recording"}, {"name", "r"}}}}}}}}, Json{{"groups", {{{"name", "g"}, {"interval", "x"}, {"rules", Json::array()}}}}},
                             Json{{"groups", {{{"name", "g"}, {"rules", {{{"type", "recording"}, {"name", "r"}, {"query", "x"}, {"labels", {{"a", 5}}}}}}}}}}}) {
        INFO(data.dump());
        try {
            const RecordingRules rules(data);
            FAIL("it was taken");
        } catch (const Error& error) {
            CHECK(error.code() == ExitCode::world);
        }
    }
    CHECK(RecordingRules(answer(Json::array())).find_groups({parse_selector("r")}).empty());
    const auto alert = Json{{"type", "alerting"}, {"name", "r"}, {"query", "x"}};
    CHECK(found(Json::array({group("g", Json::array({alert}))}), "r").empty());
    auto no_labels = rule("r", "x_total");
    no_labels["labels"] = nullptr;
    CHECK(found(Json::array({group("g", Json::array({no_labels}))}), "r").find("r by ") == 0);
}
