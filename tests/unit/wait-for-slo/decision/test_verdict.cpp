#include "catch.hpp"

#include "core/error.hpp"
#include "wait-for-slo/decision/verdict.hpp"
#include "wait-for-slo/decision/wording.hpp"

#include <string>

using namespace slipway;
using namespace slipway::wait_for_slo;

TEST_CASE("verdicts, their words and their exit codes") {
    CHECK(to_string(Verdict::holds) == "holds");
    CHECK(to_string(Verdict::violated) == "violated");
    CHECK(to_string(Verdict::inconclusive) == "inconclusive");
    CHECK(to_string(Verdict::error) == "error");
    CHECK(exit_code_of(Verdict::holds) == ExitCode::done);
    CHECK(exit_code_of(Verdict::violated) == ExitCode::refused);
    CHECK(exit_code_of(Verdict::inconclusive) == ExitCode::inconclusive);
    CHECK(exit_code_of(Verdict::error) == ExitCode::world);
}

TEST_CASE("another exit code for a verdict") {
    CHECK(parse_exit_code("inconclusive=0").verdict == Verdict::inconclusive);
    CHECK(parse_exit_code("inconclusive=0").code == ExitCode::done);
    CHECK(static_cast<int>(parse_exit_code("error=255").code) == 255);
    for (const char* wrong : {"", "=", "0", "inconclusive", "inconclusive=", "inconclusive=-1", "inconclusive=256", "inconclusive=1x", "inconclusive= 1",
                              "Holds=0", "maybe=0", "holds =0", "holds=99999999999999999999"}) {
        INFO(wrong);
        CHECK_THROWS_AS(parse_exit_code(wrong), Error);
    }
}

TEST_CASE("numbers as people read them") {
    CHECK(percent(0.2013) == "20.1 %");
    CHECK(percent(0.00042) == "0.042 %");
    CHECK(percent(0) == "0 %");
    CHECK(percent(1) == "100 %");
    CHECK(exact_percent(0.001) == "0.1 %");
    CHECK(exact_percent(0.00125) == "0.125 %");
    CHECK(exact_percent(1e-6) == "0.0001 %");
    CHECK(factor(0) == "0.0");
    CHECK(factor(4) == "4.0");
    CHECK(factor(0.034) == "0.03");
    CHECK(factor(119.7) == "120");
    CHECK(number(2) == "2");
    CHECK(number(0.5) == "0.5");
    CHECK(events(812.4) == "812");
    CHECK(events(-3) == "0");
    CHECK(events(1e300) == "1000000000000000000");
}
