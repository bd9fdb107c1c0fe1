#include "catch.hpp"

#include "core/error.hpp"
#include "wait-for-slo/queries/conditions.hpp"

#include <string>

using namespace slipway;
using namespace slipway::wait_for_slo;

namespace {

std::vector<promql::Matcher> conditions(const std::string& text) { return text.empty() ? std::vector<promql::Matcher>{} : parse_matchers(text); }

std::string with(const std::string& count, const std::string& where) {
    try {
        return to_string(restricted(parse_event_count(count), conditions(where), "--where"));
    } catch (const Error& error) {
        CHECK(error.code() == ExitCode::misuse);
        return error.what();
    }
}

std::string instance(const std::string& addresses) {
    try {
        return to_string(Selector{"x", {address_matcher(addresses)}});
    } catch (const Error& error) {
        CHECK(error.code() == ExitCode::misuse);
        return error.what();
    }
}

} // namespace

TEST_CASE("conditions come into every selector") {
    CHECK(with("a_total", "version=\"b\"") == "a_total{version=\"b\"}");
    CHECK(with("sum(rate(a_total{c=~\"5..\"}[5m])) - sum(rate(d_total[5m]))", "version=\"b\",job!=\"e\"") == "a_total{c=~\"5..\",job!=\"e\",version=\"b\"} - d_total{job!=\"e\",version=\"b\"}");
    CHECK(with("a_total{version=\"b\"}", "version=\"b\"") == "a_total{version=\"b\"}");
    CHECK(with("a_total{version=~\"b|c\"}", "version=\"b\"") == "a_total{version=\"b\",version=~\"b|c\"}");
    CHECK(with("a_total", "") == "a_total");
    CHECK(with("a_total", "version=\"x\\\"} or vector(1) #\"") == "a_total{version=\"x\\\"} or vector(1) #\"}");
}

TEST_CASE("conditions that can never match are refused") {
    CHECK(with("a_total{version=\"c\"}", "version=\"b\"") == "cannot use --where version=\"b\": it can match no series of a_total{version=\"c\"}, which asks for version=\"c\"");
    CHECK(with("a_total{code=\"200\"}", "code=~\"5..\"") == "cannot use --where code=~\"5..\": it can match no series of a_total{code=\"200\"}, which asks for code=\"200\"");
    CHECK(with("a_total{version!=\"b\"}", "version=\"b\"") == "cannot use --where version=\"b\": it can match no series of a_total{version!=\"b\"}, which asks for version!=\"b\"");
    CHECK(with("a_total", "version=\"b\",version=\"c\"") == "cannot use --where: no series can have both version=\"b\" and version=\"c\"");
    const auto objective = objective_of({.good = "a_total{v=\"c\"} + b_total{v=\"d\"}", .total = "a_total{v=\"c\"} + b_total{v=\"d\"} + c_total", .objective_percent = 99});
    try {
        restricted(objective, conditions("v=\"b\""), "--where");
        FAIL("it was taken");
    } catch (const Error& error) {
        CHECK(error.diagnostics().size() == 2);
    }
}

TEST_CASE("canary and baseline") {
    const auto objective = objective_of({.good = "g_total", .total = "x_total", .objective_percent = 99});
    struct Row {
        std::string where;
        std::string baseline;
        std::string canary_total;
        std::string baseline_total;
    };
    for (const auto& row : {
             Row{"version=\"new\"", "version=\"old\"", "x_total{version=\"new\"}", "x_total{version=\"old\"}"},
             Row{"version=\"new\",job=\"a\"", "version=\"old\"", "x_total{job=\"a\",version=\"new\"}", "x_total{job=\"a\",version=\"old\"}"},
             Row{"version=\"new\"", "track=\"stable\"", "x_total{version=\"new\"}", "x_total{track=\"stable\",version=\"new\"}"},
             Row{"", "version=\"old\"", "x_total", "x_total{version=\"old\"}"},
             Row{"version=\"new\",version!=\"x\"", "version!=\"new\",version!=\"\"", "x_total{version!=\"x\",version=\"new\"}", "x_total{version!=\"\",version!=\"new\"}"},
         }) {
        const Conditions given{conditions(row.where), conditions(row.baseline)};
        const auto canary = canary_of(objective, given);
        CHECK(to_string(*canary.total) == row.canary_total);
        CHECK(to_string(*baseline_of(objective, given).total) == row.baseline_total);
    }
    const auto own = objective_of({.good = "g_total{version=\"new\"}", .total = "x_total", .objective_percent = 99});
    CHECK_THROWS_AS(baseline_of(own, {{}, conditions("version=\"old\"")}), Error);
}

TEST_CASE("addresses become instances") {
    CHECK(instance("10.0.0.1:8080") == "x{instance=\"10.0.0.1:8080\"}");
    CHECK(instance("10.0.0.1:8080,10.0.0.2:8080") == "x{instance=~\"10\\\\.0\\\\.0\\\\.1:8080|10\\\\.0\\\\.0\\\\.2:8080\"}");
    CHECK(instance(" a:1 \n b-c.d_e:65535\r\n\ta:1,,") == "x{instance=~\"a:1|b-c\\\\.d_e:65535\"}");
    CHECK(instance("[::1]:80") == "x{instance=\"[::1]:80\"}");
    CHECK(instance("[fe80::1%eth0]:80,a:1") == "x{instance=~\"\\\\[fe80::1%eth0\\\\]:80|a:1\"}");
    CHECK(instance("") == "there is no address");
    CHECK(instance(" ,\n") == "there is no address");
    for (const char* wrong : {"a", "a:", ":80", "a:0", "a:65536", "a:123456", "a:8o", "a:-1", "::1:80", "[::1]", "[]:80", "[1]:80", "[zz::]:80", "a b|c:80", "http://a:80", "a\":80", "a|b:80", ".*:+"}) {
        INFO(wrong);
        CHECK(instance(wrong).find("is no address") != std::string::npos);
    }
    try {
        address_matcher("a,b,c:1");
        FAIL("they were taken");
    } catch (const Error& error) {
        CHECK(error.diagnostics().size() == 2);
    }
}
