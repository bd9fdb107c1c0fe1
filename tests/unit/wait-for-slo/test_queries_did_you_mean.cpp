#include "catch.hpp"

#include "selectors.hpp"
#include "wait-for-slo/queries/did_you_mean.hpp"

#include <string>

using namespace slipway::wait_for_slo;

namespace {

const std::vector<std::string> metrics = {"http_requests_total", "http_requests_created", "up", "jobs_done_total"};
const std::vector<Labels> series = {
    {{"__name__", "http_requests_total"}, {"status_code", "200"}, {"method", "GET"}, {"job", "shop"}},
    {{"__name__", "http_requests_total"}, {"status_code", "500"}, {"method", "POST"}, {"job", "shop"}},
    {{"__name__", "http_requests_total"}, {"status_code", "404"}, {"method", "GET"}, {"job", "shop"}, {"route", "/a"}},
};

std::string meant(const std::string& selector) {
    const auto suggestion = did_you_mean(parse_selector(selector), metrics, series);
    return suggestion ? suggestion->message + "; " + suggestion->hint : "nothing";
}

} // namespace

TEST_CASE("what was meant by a selector that matches nothing") {
    struct Row {
        std::string selector;
        std::string suggestion;
    };
    for (const auto& row : {
             Row{"http_request_total", "the metric http_request_total does not exist; did you mean http_requests_total?"},
             Row{"jobs_done", "the metric jobs_done does not exist; did you mean jobs_done_total?"},
             Row{"up_total", "the metric up_total does not exist; did you mean up?"},
             Row{"zzzzzzzzzzz", "the metric zzzzzzzzzzz does not exist; the server has no metric of a similar name"},
             Row{"http_requests_total{status_code=\"20O\"}", "no series of http_requests_total has status_code=\"20O\"; did you mean status_code=\"200\"?"},
             Row{"http_requests_total{method=\"get\"}", "no series of http_requests_total has method=\"get\"; did you mean method=\"GET\"?"},
             Row{"http_requests_total{method=~\"get|put\"}", "no series of http_requests_total has method=~\"get|put\"; did you mean method=~\"(?i:get|put)\"?"},
             Row{"http_requests_total{status_code=\"5..\"}", "no series of http_requests_total has status_code=\"5..\"; did you mean status_code=~\"5..\"?"},
             Row{"http_requests_total{status_code=~\"5\"}", "no series of http_requests_total has status_code=~\"5\"; did you mean status_code=~\"5.*\"?"},
             Row{"http_requests_total{status_code=~\"3..\"}", "no series of http_requests_total has status_code=~\"3..\"; the values of status_code are \"200\", \"404\", \"500\""},
             Row{"http_requests_total{method=~\"DELETE|PUT\"}", "no series of http_requests_total has method=~\"DELETE|PUT\"; the values of method are \"GET\", \"POST\""},
             Row{"http_requests_total{status=\"200\"}", "no series of http_requests_total has a label `status`; did you mean `status_code`?"},
             Row{"http_requests_total{code=~\"5..\"}", "no series of http_requests_total has a label `code`; did you mean `status_code`?"},
             Row{"http_requests_total{verb=\"GET\"}", "no series of http_requests_total has a label `verb`; did you mean `method`?"},
             Row{"http_requests_total{qqqqqqqq=\"zzzzzz\"}", "no series of http_requests_total has a label `qqqqqqqq`; there are \"job\", \"method\", \"route\", \"status_code\""},
             Row{"http_requests_total{job!=\"shop\"}", "no series of http_requests_total has job!=\"shop\"; the values of job are \"shop\""},
             Row{"http_requests_total{status_code!~\"2..|4..|5..\"}", "no series of http_requests_total has status_code!~\"2..|4..|5..\"; the values of status_code are \"200\", \"404\", \"500\""},
             Row{"http_requests_total{status_code=\"200\",method=\"POST\"}", "no series of http_requests_total has both status_code=\"200\" and method=\"POST\"; each of them alone has series: leave one of them out"},
             Row{"up{status=\"200\"}", "no series of the total has a label `status`; did you mean `status_code`?"},
             Row{"http_requests_total{status_code=\"500\"}", "nothing"},
             Row{"http_requests_total", "nothing"},
             Row{"http_requests_total{version!=\"old\"}", "nothing"},
             Row{"http_requests_total{route!=\"/a\"}", "nothing"},
         }) {
        INFO(row.selector);
        CHECK(meant(row.selector) == row.suggestion);
    }
}

TEST_CASE("a bucket's bound is meant as a number") {
    const std::vector<Labels> buckets = {{{"__name__", "l_bucket"}, {"le", "0.1"}}, {{"__name__", "l_bucket"}, {"le", "1.0"}}, {{"__name__", "l_bucket"}, {"le", "10.0"}}};
    const auto suggestion = did_you_mean(parse_selector("l_bucket{le=\"1\"}"), {}, buckets);
    REQUIRE(suggestion);
    CHECK(suggestion->hint == "did you mean le=\"1.0\"?");
}

TEST_CASE("nothing is guessed where nothing is known") {
    CHECK_FALSE(did_you_mean(parse_selector("x{a=\"b\"}"), {}, {}));
    CHECK_FALSE(did_you_mean(parse_selector("up"), metrics, {}));
    CHECK(did_you_mean(parse_selector("upp"), metrics, {}));
    CHECK_FALSE(did_you_mean(parse_selector("{__name__=~\"a|b\"}"), metrics, series));
}

TEST_CASE("hostile names and values stay in one line of sensible length") {
    const std::string evil = "\x1b[2J\nquote\"back\\slash" + std::string(100'000, 'v');
    const std::vector<Labels> hostile = {{{"__name__", "m"}, {"l", evil}}};
    const std::vector<std::string> names = {"m", "x\x1b[2J"};
    for (const auto& selector : {Selector{"m", {make_matcher("l", slipway::promql::MatchOp::equal, "zzz")}}, Selector{"x\x1b[2K", {}}, Selector{"m", {make_matcher("k", slipway::promql::MatchOp::equal, "zzz")}}}) {
        const auto suggestion = did_you_mean(selector, names, hostile);
        REQUIRE(suggestion);
        const auto text = suggestion->message + suggestion->hint;
        CHECK(text.find('\x1b') == std::string::npos);
        CHECK(text.find('\n') == std::string::npos);
        CHECK(text.size() < 1000);
    }
}
