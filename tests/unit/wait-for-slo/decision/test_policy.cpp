#include "catch.hpp"

#include "wait-for-slo/decision/policy.hpp"

#include <cmath>
#include <limits>
#include <string>
#include <vector>

using namespace slipway::wait_for_slo;

TEST_CASE("the two error rates of an objective") {
    struct Case {
        double objective;
        double max_burn_rate;
        double detectable_burn_rate;
        double allowed;
        double detectable;
    };
    const std::vector<Case> cases = {
        {0.999, 1, 10, 0.001, 0.01},
        {0.9999, 1, 10, 0.0001, 0.001},
        {0.999999, 1, 10, 1e-6, 1e-5},
        {0.95, 1, 10, 0.05, 0.5},
        {0.91, 1, 10, 0.09, 0.9},
        // Ten times the budget would be everything: half-way instead.
        {0.9, 1, 10, 0.1, 0.55},
        {0.5, 1, 10, 0.5, 0.75},
        {0.2, 1, 10, 0.8, 0.9},
        // At least twice what is allowed.
        {0.999, 6, 10, 0.006, 0.012},
        {0.999, 1, 1, 0.001, 0.002},
        {0.999, 5, 5, 0.005, 0.01},
        {0.95, 12, 12, 0.6, 0.8},
        {0.999, 0.5, 10, 0.0005, 0.01},
        {0.999, 14.4, 1000, 0.0144, 0.5072},
    };
    for (const auto& one : cases) {
        INFO("objective " << one.objective << ", burn rates " << one.max_burn_rate << " and " << one.detectable_burn_rate);
        const Policy policy{.objective = one.objective, .max_burn_rate = one.max_burn_rate, .detectable_burn_rate = one.detectable_burn_rate};
        CHECK(policy.allowed() == one.allowed);
        CHECK(policy.detectable() == Approx(one.detectable).epsilon(1e-12));
        CHECK(why_impossible(policy).empty());
    }
}

TEST_CASE("alpha is shared by the objectives when it comes to a violation") {
    CHECK(Policy{.objective = 0.999}.violation_alpha() == 0.01);
    CHECK(Policy{.objective = 0.999, .objectives = 4}.violation_alpha() == 0.0025);
}

TEST_CASE("policies that nothing can be judged by") {
    const double nan = std::numeric_limits<double>::quiet_NaN();
    const double infinity = std::numeric_limits<double>::infinity();
    struct Case {
        Policy policy;
        std::string why;
    };
    const std::vector<Case> cases = {
        {{.objective = 0}, "the objective is not above 0 and below 100 %"},
        {{.objective = 1}, "the objective is not above 0 and below 100 %"},
        {{.objective = 99.9}, "the objective is not above 0 and below 100 %"},
        {{.objective = nan}, "the objective is not above 0 and below 100 %"},
        {{.objective = 1 - 1e-15}, "the objective leaves no error budget that could be told from 0"},
        {{.objective = 0.95, .max_burn_rate = 30, .detectable_burn_rate = 40},
         "--max-burn-rate 30 would allow that every event is bad, since the objective's budget is 5 %: it must be below 20"},
        {{.objective = 0.95, .max_burn_rate = 20, .detectable_burn_rate = 20},
         "--max-burn-rate 20 would allow that every event is bad, since the objective's budget is 5 %: it must be below 20"},
        {{.objective = 0.999, .max_burn_rate = 15}, "--detectable-burn-rate 10 is below --max-burn-rate 15: what is allowed cannot be ruled out as well"},
        {{.objective = 0.999, .max_burn_rate = 1, .detectable_burn_rate = 0.5},
         "--detectable-burn-rate 0.5 is below --max-burn-rate 1: what is allowed cannot be ruled out as well"},
        {{.objective = 0.999, .max_burn_rate = 0}, "--max-burn-rate is not above 0"},
        {{.objective = 0.999, .max_burn_rate = -1}, "--max-burn-rate is not above 0"},
        {{.objective = 0.999, .max_burn_rate = nan}, "--max-burn-rate is not above 0"},
        {{.objective = 0.999, .max_burn_rate = infinity}, "--max-burn-rate is not above 0"},
        {{.objective = 0.999, .max_burn_rate = 1e-11}, "--max-burn-rate 1e-11 allows no bad event among a million million"},
        {{.objective = 0.999, .detectable_burn_rate = nan}, "--detectable-burn-rate is not above 0"},
        {{.objective = 0.999, .detectable_burn_rate = infinity}, "--detectable-burn-rate is not above 0"},
        {{.objective = 0.999, .alpha = 0}, "--alpha is not between 1e-12 and 0.5"},
        {{.objective = 0.999, .alpha = 0.6}, "--alpha is not between 1e-12 and 0.5"},
        {{.objective = 0.999, .alpha = nan}, "--alpha is not between 1e-12 and 0.5"},
        {{.objective = 0.999, .min_events = -1}, "--min-events is not 0 or more"},
        {{.objective = 0.999, .min_events = infinity}, "--min-events is not 0 or more"},
        {{.objective = 0.999, .objectives = 0}, "there is no objective"},
    };
    for (const auto& one : cases) {
        INFO("expected: " << one.why);
        CHECK(why_impossible(one.policy) == one.why);
    }
}
