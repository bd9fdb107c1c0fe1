#include "catch.hpp"

#include "core/error.hpp"
#include "wait-for-slo/selector.hpp"

#include <string>

using namespace slipway;
using namespace slipway::wait_for_slo;

namespace {

std::string refusal(const std::string& text) {
    try {
        parse_selector(text);
    } catch (const Error& error) {
        CHECK(error.code() == ExitCode::misuse);
        return error.what();
    }
    return "taken";
}

} // namespace

TEST_CASE("plain selectors are taken, whatever stands in their quotes") {
    for (const char* text : {"requests_total", "job:requests:total", "up{job=\"a\"}", "{__name__=\"x\",a!=\"b\"}", "a{b=~\"5..\",c!~'x|y'}",
                             "a{b=\"}\"}", "a{b=\"\\\"\"}", "a{b=`\\`}", "a{b=\"rate(x[5m])\"}"}) {
        INFO(text);
        CHECK(to_string(parse_selector(text)) == text);
    }
}

TEST_CASE("blanks and a last comma do not matter") {
    CHECK(to_string(parse_selector("  a { b = \"c\" ,\n d!=\"e\", } ")) == "a{b=\"c\",d!=\"e\"}");
    CHECK(to_string(parse_selector("a{}")) == "a");
}

TEST_CASE("everything that is no selector is refused with its place") {
    CHECK(refusal("rate(a[5m])") == "at character 5: rate() is not understood, only a selector");
    CHECK(refusal("sum(a)").find("sum() is not understood") != std::string::npos);
    CHECK(refusal("a[5m]") == "at character 2: a range is not understood, only a selector");
    CHECK(refusal("a + b").find("at character 3: only a selector") == 0);
    CHECK(refusal("a offset 5m").find("at character 3") == 0);
    CHECK(refusal("a @ 1").find("at character 3") == 0);
    CHECK(refusal("(a)").find("at character 1: expressions are not understood") == 0);
    CHECK(refusal("a{b=\"c\"} or d").find("at character 10") == 0);
    CHECK(refusal("") == "there is no metric's name");
    CHECK(refusal("{}") == "there is no metric's name");
    CHECK(refusal("a{b}") == "at character 4: one of = != =~ !~ is expected after b");
    CHECK(refusal("a{b=c}") == "at character 5: a value in quotes is expected");
    CHECK(refusal("a{b=\"c}") == "at character 5: a quote is not closed");
    CHECK(refusal("a{b=\"c\\\"}") == "at character 5: a quote is not closed");
    CHECK(refusal("a{b=\"c\nd\"}") == "at character 5: a quote is not closed");
    CHECK(refusal("a{b=\"c\" d=\"e\"}") == "at character 9: a comma or } is expected");
    CHECK(refusal("a{b=\"c\"").find("a comma or } is expected") != std::string::npos);
    CHECK(refusal("a{\"b\"}") == "at character 3: a label's name is expected");
    CHECK(refusal("a{,}") == "at character 3: a label's name is expected");
    CHECK(refusal("5xx").find("at character 1") == 0);
    CHECK(refusal("a # comment").find("at character 3") == 0);
}

TEST_CASE("matchers without braces") {
    CHECK(parse_matchers("a=\"b\", c!~'d'") == std::vector<Matcher>{{"a", "=", "\"b\""}, {"c", "!~", "'d'"}});
    for (const char* text : {"", "a", "a=b", "{a=\"b\"}", "a=\"b\"}", "a=\"b\" c=\"d\""}) {
        INFO(text);
        CHECK_THROWS_AS(parse_matchers(text), Error);
    }
}

TEST_CASE("texts become strings and literal regular expressions of PromQL") {
    CHECK(promql_string("a\\\"b\nc") == "\"a\\\\\\\"b\\nc\"");
    CHECK(regex_literal("a.b|c/d-e") == "a\\.b\\|c/d-e");
}

TEST_CASE("a histogram is counted by one bucket") {
    CHECK(takes_all_buckets(parse_selector("latency_bucket")));
    CHECK(takes_all_buckets(parse_selector("latency_bucket{le=~\"0.5|1\"}")));
    CHECK_FALSE(takes_all_buckets(parse_selector("latency_bucket{a=\"b\",le=\"0.5\"}")));
    CHECK_FALSE(takes_all_buckets(parse_selector("latency_count")));
    CHECK_FALSE(takes_all_buckets(parse_selector("bucket")));
}
