#include "catch.hpp"

#include "selectors.hpp"
#include "core/error.hpp"
#include "wait-for-slo/queries/selector.hpp"

#include <string>

using namespace slipway;
using namespace slipway::wait_for_slo;

namespace {

std::string refused_matchers(const std::string& text) {
    try {
        parse_matchers(text);
    } catch (const Error& error) {
        CHECK(error.code() == ExitCode::misuse);
        return error.what();
    }
    return "taken";
}

std::string canonical(const std::string& text) { return to_string(parse_selector(text)); }

} // namespace

TEST_CASE("a selector has one canonical text") {
    struct Row {
        std::string text;
        std::string canonical;
    };
    for (const auto& row : {
             Row{"requests_total", "requests_total"},
             Row{"job:requests:total", "job:requests:total"},
             Row{"  a { b = \"c\" ,\n a!=\"e\", } ", "a{a!=\"e\",b=\"c\"}"},
             Row{"a{}", "a"},
             Row{"a{c='d',b=`e`,c=\"d\"}", "a{b=\"e\",c=\"d\"}"},
             Row{"{__name__=\"x\",a!=\"b\"}", "x{a!=\"b\"}"},
             Row{"{__name__=~\"x|y\",a=\"b\"}", "{__name__=~\"x|y\",a=\"b\"}"},
             Row{"{\"my.metric\",\"a.b\"=\"c\"}", "{\"a.b\"=\"c\",__name__=\"my.metric\"}"},
             Row{"{__name__!=\"y\",a=\"b\",__name__=\"x\"}", "{__name__!=\"y\",__name__=\"x\",a=\"b\"}"},
             Row{"a{b=\"}\"}", "a{b=\"}\"}"},
             Row{"a{b=\"\\\"\"}", "a{b=\"\\\"\"}"},
             Row{"a{b=`\\`}", "a{b=\"\\\\\"}"},
             Row{"a{b=\"line\\nbreak\"}", "a{b=\"line\\nbreak\"}"},
             Row{"a{b=\"größe\"}", "a{b=\"größe\"}"},
             Row{"a{b=\"rate(x[5m])\"}", "a{b=\"rate(x[5m])\"}"},
             Row{"up offset 0s", "up"},
             Row{"a # what it is", "a"},
         }) {
        INFO(row.text);
        CHECK(canonical(row.text) == row.canonical);
        CHECK(canonical(row.canonical) == row.canonical);
    }
}

TEST_CASE("selectors are equal by what they mean") {
    CHECK(parse_selector("a{b=\"c\",d=\"e\"}") == parse_selector("a{d='e',b='c',}"));
    CHECK_FALSE(parse_selector("a{b=\"c\"}") == parse_selector("a{b=~\"c\"}"));
    CHECK_FALSE(parse_selector("a") == parse_selector("b"));
}

TEST_CASE("matchers without braces") {
    const auto matchers = parse_matchers("a=\"b\", c!~'d|e',");
    REQUIRE(matchers.size() == 2);
    CHECK(to_string(Selector{"x", matchers}) == "x{a=\"b\",c!~\"d|e\"}");
    CHECK(parse_matchers("version=\"\"").size() == 1);
    CHECK(parse_matchers("a=\"} or y{\"").front().value == "} or y{");
    for (const char* text : {"", " ", "a", "a=b", "{a=\"b\"}", "a=\"b\"}", "a=\"b\" c=\"d\"", "a=\"b\"} or y{c=\"d\"", "a=\"b\"}[5m", "a=\"b\"} #", "a=\"b\"} offset 5m #", "__name__=\"y\"", "__name__=~\"y\"",
                             "\"metric\"", ",", "a=~\"(\""}) {
        INFO(text);
        CHECK(refused_matchers(text) != "taken");
    }
    CHECK(refused_matchers("a=\"b\" c").find("at character 7: ") == 0);
}

TEST_CASE("a histogram is counted by one bucket") {
    CHECK(takes_all_buckets(parse_selector("latency_bucket")));
    CHECK(takes_all_buckets(parse_selector("latency_bucket{le=~\"0.5|1\"}")));
    CHECK(takes_all_buckets(parse_selector("latency_bucket{le!=\"0.5\"}")));
    CHECK(takes_all_buckets(parse_selector("latency_bucket{le=~\".*\"}")));
    CHECK_FALSE(takes_all_buckets(parse_selector("latency_bucket{a=\"b\",le=\"0.5\"}")));
    CHECK_FALSE(takes_all_buckets(parse_selector("latency_bucket{le=~\"0\\\\.5|0\\\\.50\"}")));
    CHECK_FALSE(takes_all_buckets(parse_selector("latency_bucket{le=~\"1|1.0\"}")));
    CHECK_FALSE(takes_all_buckets(parse_selector("latency_bucket{le=\"+Inf\"}")));
    CHECK_FALSE(takes_all_buckets(parse_selector("latency_count")));
    CHECK_FALSE(takes_all_buckets(parse_selector("bucket")));
}

TEST_CASE("values become literal regular expressions") {
    CHECK(regex_literal("a.b|c/d-e") == "a\\.b\\|c/d-e");
    const std::vector<std::string> one = {"a.b"};
    const std::vector<std::string> two = {"a.b", "c"};
    CHECK(to_string(Selector{"x", {matcher_of_values("l", one)}}) == "x{l=\"a.b\"}");
    CHECK(to_string(Selector{"x", {matcher_of_values("l", two)}}) == "x{l=~\"a\\\\.b|c\"}");
    const std::vector<std::string> hostile = {"", "\\", "\"", "a\nb", "^$", "(?i)x", "größe", ".*"};
    const SelectorMatcher matcher(Selector{{}, {matcher_of_values("l", hostile)}});
    for (const auto& value : hostile) {
        INFO(value);
        CHECK(matcher.matches({{"l", value}}));
    }
    for (const char* other : {"x", "X", "b", "a"}) CHECK_FALSE(matcher.matches({{"l", other}}));
    CHECK(matcher.matches({}));
}

TEST_CASE("a series is taken as Prometheus takes it") {
    struct Row {
        std::string selector;
        Labels labels;
        bool takes;
    };
    const Labels series = {{"__name__", "x"}, {"code", "500"}, {"job", "a"}};
    for (const auto& row : {
             Row{"x", series, true},
             Row{"y", series, false},
             Row{"x{code=\"500\"}", series, true},
             Row{"x{code=~\"5..\"}", series, true},
             Row{"x{code=~\"5\"}", series, false},
             Row{"x{code!~\"5..\"}", series, false},
             Row{"x{code!=\"200\",job=\"a\"}", series, true},
             Row{"x{version=\"\"}", series, true},
             Row{"x{version!=\"\"}", series, false},
             Row{"x{version!=\"b\"}", series, true},
             Row{"x{version=~\".+\"}", series, false},
             Row{"x{version=~\".*\"}", series, true},
             Row{"{__name__=~\"x|y\"}", series, true},
             Row{"x", {{"job", "a"}}, false},
         }) {
        INFO(row.selector);
        CHECK(SelectorMatcher(parse_selector(row.selector)).matches(row.labels) == row.takes);
    }
}

TEST_CASE("conditions that no series can satisfy together") {
    const auto matcher = [](const char* text) { return parse_matchers(text).front(); };
    CHECK(contradict(matcher("a=\"b\""), matcher("a=\"c\"")));
    CHECK(contradict(matcher("a=\"200\""), matcher("a=~\"5..\"")));
    CHECK(contradict(matcher("a!=\"b\""), matcher("a=\"b\"")));
    CHECK(contradict(matcher("a=\"\""), matcher("a!=\"\"")));
    CHECK_FALSE(contradict(matcher("a=\"b\""), matcher("b=\"c\"")));
    CHECK_FALSE(contradict(matcher("a=\"500\""), matcher("a=~\"5..\"")));
    CHECK_FALSE(contradict(matcher("a=~\"4..\""), matcher("a=~\"5..\"")));
}
