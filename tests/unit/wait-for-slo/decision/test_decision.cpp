#include "catch.hpp"

#include "wait-for-slo/decision/decision.hpp"

#include <cmath>
#include <limits>
#include <string>
#include <vector>

using namespace slipway::wait_for_slo;

namespace {

/// The same counts again and again, over the whole watch.
Decision watched(const Policy& policy, const TickCounts& tick, int ticks, bool has_baseline = false) {
    Decision decision(policy, has_baseline);
    for (int i = 1; i <= ticks; ++i) decision.observe(tick, static_cast<double>(i) / ticks);
    return decision;
}

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

} // namespace

TEST_CASE("how many clean events an objective needs") {
    struct Case {
        double objective;
        double alpha;
        double missing;
    };
    for (const auto& one : std::vector<Case>{
             {0.999, 0.01, 866}, {0.999, 0.001, 1095}, {0.9999, 0.01, 8696}, {0.99, 0.01, 83}, {0.95, 0.01, 13}, {0.9, 0.01, 11}, {0.5, 0.01, 7}}) {
        INFO("objective " << one.objective << ", alpha " << one.alpha);
        const Policy policy{.objective = one.objective, .alpha = one.alpha};
        CHECK(Decision(policy).missing_clean_events() == one.missing);
        Decision decision(policy);
        decision.observe({.bad = 0, .total = one.missing - 1}, 1);
        CHECK(decision.missing_clean_events() == 1);
        CHECK(decision.at_end().verdict == Verdict::inconclusive);
        decision.observe({.bad = 0, .total = 1}, 1);
        CHECK(decision.missing_clean_events() == 0);
        CHECK(decision.at_end().verdict == Verdict::holds);
    }
}

TEST_CASE("alpha is divided by the objectives for a violation, not for a pass") {
    const Policy many{.objective = 0.999, .objectives = 100};
    CHECK(Decision(many).missing_clean_events() == Decision({.objective = 0.999}).missing_clean_events());
    CHECK(Decision(many).needed() == Approx(10000));
    CHECK(Decision({.objective = 0.999}).needed() == Approx(100));
    CHECK(Decision(many).evidence() == Approx(1));
}

TEST_CASE("a violation is proven by three observations with errors, and stays") {
    Decision decision({.objective = 0.999});
    decision.observe({1000, 1000}, 0.01);
    decision.observe({1000, 1000}, 0.02);
    CHECK_FALSE(decision.violated());
    decision.observe({1000, 1000}, 0.03);
    CHECK(decision.violated());
    CHECK(decision.evidence() >= decision.needed());
    CHECK(decision.violation().verdict == Verdict::violated);
    CHECK(decision.violation().reason == "of 3000 events 3000 were bad (100 %), the objective allows 0.1 %; burn rate 1000");
    for (int i = 4; i <= 100; ++i) decision.observe({0, 1e6}, i / 100.0);
    CHECK(decision.violated());
    CHECK(decision.at_end().verdict == Verdict::violated);
}

TEST_CASE("two observations with errors are no violation, whatever alpha, the method and the time") {
    for (const auto method : {Method::betting, Method::sprt}) {
        for (const bool has_baseline : {false, true}) {
            for (const double begin : {0.01, 0.98}) { // where all bets have begun and none has lost
                INFO("method " << static_cast<int>(method) << ", baseline " << has_baseline << ", from " << begin);
                Decision decision({.objective = 0.999, .alpha = 0.2, .method = method}, has_baseline);
                decision.observe({}, begin);
                decision.observe({1000, 1000, 0, 1000}, begin + 0.001);
                decision.observe({1000, 1000, 0, 1000}, begin + 0.002);
                CHECK(decision.evidence() > decision.needed());
                CHECK_FALSE(decision.violated());
                decision.observe({0, 10, 0, 10}, begin + 0.003);
                CHECK_FALSE(decision.violated());
                decision.observe({1000, 1000, 0, 1000}, begin + 0.004);
                CHECK(decision.violated());
            }
        }
    }
}

TEST_CASE("one outage is no violation") {
    Decision decision({.objective = 0.999});
    for (int i = 1; i <= 100; ++i) decision.observe({i == 50 ? 1000.0 : 0.0, 1000}, i / 100.0);
    CHECK_FALSE(decision.violated());
}

TEST_CASE("the sentence of a violation") {
    CHECK(watched({.objective = 0.95}, {.bad = 2, .total = 10}, 45).violation().reason ==
          "of 450 events 90 were bad (20 %), the objective allows 5 %; burn rate 4.0");
    CHECK(watched({.objective = 0.95, .max_burn_rate = 2}, {.bad = 3, .total = 10}, 45).violation().reason ==
          "of 450 events 135 were bad (30 %), the objective allows 5 %; burn rate 6.0 of at most 2");
    Decision late({.objective = 0.95});
    for (int i = 1; i <= 90; ++i) late.observe({0, 100}, i / 100.0);
    for (int i = 91; i <= 100 && !late.violated(); ++i) late.observe({20, 100}, i / 100.0);
    REQUIRE(late.violated());
    CHECK(contains(late.violation().reason, "were bad (20 %), which the better ones before cannot make up for: of 9"));
    CHECK(contains(late.violation().reason, "of the last "));
}

TEST_CASE("what the end of the watch brings") {
    struct Case {
        const char* what;
        Policy policy;
        TickCounts tick;
        Verdict verdict;
        std::string reason;
    };
    const Policy usual{.objective = 0.999};
    const std::vector<Case> cases = {
        {"nobody came", usual, {}, Verdict::inconclusive, "there were no events: nobody used what is being watched"},
        {"no errors", usual, {.bad = 0, .total = 90}, Verdict::holds, "of 900 events 0 were bad (0 %), the objective allows 0.1 %; burn rate 0.0"},
        {"within", {.objective = 0.95}, {.bad = 1, .total = 100}, Verdict::holds, "of 1000 events 10 were bad (1 %), the objective allows 5 %; burn rate 0.2"},
        {"exactly what is allowed", {.objective = 0.95}, {.bad = 5, .total = 100}, Verdict::holds,
         "of 1000 events 50 were bad (5 %), the objective allows 5 %; burn rate 1.0"},
        {"more than allowed, and perhaps by chance", {.objective = 0.95}, {.bad = 6, .total = 100}, Verdict::holds,
         "of 1000 events 60 were bad (6 %), the objective allows 5 %; burn rate 1.2, not proven to be above 1"},
        {"another burn rate is allowed", {.objective = 0.95, .max_burn_rate = 2}, {.bad = 11, .total = 100}, Verdict::holds,
         "of 1000 events 110 were bad (11 %), the objective allows 5 %; burn rate 2.2 of at most 2, not proven to be above 2"},
        {"too few", usual, {.bad = 0, .total = 30}, Verdict::inconclusive,
         "of 300 events 0 were bad (0 %), the objective allows 0.1 %; burn rate 0.0: too few events to tell, 566 more without a bad one are needed"},
        {"fewer than the user wants", {.objective = 0.999, .min_events = 1000}, {.bad = 0, .total = 90}, Verdict::inconclusive,
         "of 900 events 0 were bad (0 %), the objective allows 0.1 %; burn rate 0.0: too few events to tell, 100 more without a bad one are needed"},
    };
    for (const auto& one : cases) {
        INFO(one.what);
        const auto found = watched(one.policy, one.tick, 10).at_end();
        CHECK(to_string(found.verdict) == to_string(one.verdict));
        CHECK(found.reason == one.reason);
    }
}

TEST_CASE("what cannot rule out the detectable error rate is no pass") {
    Decision decision({.objective = 0.999});
    for (int i = 1; i <= 10; ++i) decision.observe({i == 3 ? 1.0 : i == 7 ? 1.0 : 0.0, 50}, i / 10.0);
    CHECK_FALSE(decision.violated());
    CHECK(decision.at_end().verdict == Verdict::inconclusive);
    CHECK(decision.at_end().reason == "of 500 events 2 were bad (0.4 %), the objective allows 0.1 %; burn rate 4.0: a burn rate of 10 cannot be ruled out, 973 "
                                      "more without a bad one are needed");
    CHECK(decision.missing_clean_events() == 973);
}

TEST_CASE("clumps of bad events make the others count less") {
    const auto decide = [](bool clumped) {
        Decision decision({.objective = 0.99});
        for (int i = 1; i <= 100; ++i) decision.observe({clumped ? (i == 50 ? 10.0 : 0.0) : (i % 10 == 0 ? 1.0 : 0.0), 10}, i / 100.0);
        return decision;
    };
    CHECK(decide(false).at_end().verdict == Verdict::holds);
    const auto clumped = decide(true);
    CHECK_FALSE(clumped.violated());
    CHECK(clumped.counts().dispersion() == Approx(10.0).epsilon(0.02));
    CHECK(clumped.at_end().reason == "of 1000 events 10 were bad (1 %), the objective allows 1 %; burn rate 1.0: too few events to tell, as the bad ones come in "
                                     "clumps of about 10, 1759 more without a bad one are needed");
    Decision fewer({.objective = 0.99});
    for (int i = 1; i <= 50; ++i) fewer.observe({i == 25 ? 10.0 : 0.0, 10}, i / 50.0);
    CHECK(fewer.at_end().verdict == Verdict::inconclusive);
    CHECK(contains(fewer.at_end().reason, "a burn rate of 10 cannot be ruled out, as the bad ones come in clumps of about 10, "));
}

TEST_CASE("a pass before the end needs ten times the events, and the policy's leave") {
    const Policy early{.objective = 0.999, .early_pass = true};
    for (const auto& policy : {early, Policy{.objective = 0.999}}) {
        Decision decision(policy);
        decision.observe({0, 8600}, 0.1);
        CHECK_FALSE(decision.may_pass_early());
        CHECK(decision.at_end().verdict == Verdict::holds);
        decision.observe({0, 100}, 0.2);
        CHECK(decision.may_pass_early() == policy.early_pass);
    }
    Decision few({.objective = 0.999, .min_events = 10000, .early_pass = true});
    few.observe({0, 9999}, 0.1);
    CHECK_FALSE(few.may_pass_early());
    few.observe({0, 1}, 0.1);
    CHECK(few.may_pass_early());
    CHECK_FALSE(watched(early, {1000, 1000}, 10).may_pass_early());
}

TEST_CASE("Wald's test decides when it is wanted") {
    const Policy policy{.objective = 0.999, .method = Method::sprt};
    CHECK(Decision(policy).missing_clean_events() == 508);
    CHECK(Decision(policy).needed() == Approx(99));
    Decision bad(policy);
    bad.observe({10, 100}, 0.1);
    CHECK_FALSE(bad.violated());
    bad.observe({10, 100}, 0.2);
    bad.observe({10, 100}, 0.3);
    CHECK(bad.violated());
    CHECK(bad.violation().reason == "of 300 events 30 were bad (10 %), the objective allows 0.1 %; burn rate 100");
    CHECK(watched(policy, {0, 51}, 10).at_end().verdict == Verdict::holds);
    CHECK(watched(policy, {0, 50}, 10).at_end().verdict == Verdict::inconclusive);
    // What was good for long hides what goes wrong late: the manual's reason for the other method.
    Decision late(policy);
    for (int i = 1; i <= 50; ++i) late.observe({0, 100}, i / 60.0);
    for (int i = 51; i <= 60; ++i) late.observe({10, 100}, i / 60.0);
    CHECK_FALSE(late.violated());
    late = Decision({.objective = 0.999});
    for (int i = 1; i <= 50; ++i) late.observe({0, 100}, i / 60.0);
    for (int i = 51; i <= 60; ++i) late.observe({10, 100}, i / 60.0);
    CHECK(late.violated());
}

TEST_CASE("canary against baseline") {
    struct Case {
        const char* what;
        TickCounts tick; ///< sixty times
        Verdict verdict;
        std::string reason;
    };
    const std::vector<Case> cases = {
        {"a bad canary beside a good baseline", {.bad = 2, .total = 100, .baseline_bad = 0, .baseline_total = 100}, Verdict::violated,
         "of 6000 events 120 were bad (2 %), the objective allows 0.1 %; burn rate 20; proven worse than the baseline, where 0 of 6000 were bad (0 %)"},
        {"both good", {.bad = 0, .total = 100, .baseline_bad = 0, .baseline_total = 100}, Verdict::holds,
         "of 6000 events 0 were bad (0 %), the objective allows 0.1 %; burn rate 0.0; of the baseline 0 of 6000 were bad (0 %)"},
        {"both had an outage", {.bad = 20, .total = 100, .baseline_bad = 20, .baseline_total = 100}, Verdict::inconclusive,
         "of 6000 events 1200 were bad (20 %), the objective allows 0.1 %; burn rate 200; of the baseline 1200 of 6000 were bad (20 %): both had an outage, which "
         "says nothing about the release"},
        {"the canary repairs what the baseline has", {.bad = 0, .total = 100, .baseline_bad = 20, .baseline_total = 100}, Verdict::holds,
         "of 6000 events 0 were bad (0 %), the objective allows 0.1 %; burn rate 0.0; of the baseline 1200 of 6000 were bad (20 %)"},
        {"no baseline", {.bad = 0, .total = 100, .baseline_bad = 0, .baseline_total = 0}, Verdict::inconclusive,
         "of 6000 events 0 were bad (0 %), the objective allows 0.1 %; burn rate 0.0: the baseline had no events, so there is nothing to compare with"},
        {"no baseline, and a bad canary", {.bad = 20, .total = 100, .baseline_bad = 0, .baseline_total = 0}, Verdict::inconclusive,
         "of 6000 events 1200 were bad (20 %), the objective allows 0.1 %; burn rate 200: the baseline had no events, so there is nothing to compare with"},
        {"no canary", {.bad = 0, .total = 0, .baseline_bad = 20, .baseline_total = 100}, Verdict::inconclusive,
         "there were no events: nobody used what is being watched"},
    };
    for (const auto& one : cases) {
        INFO(one.what);
        const auto found = watched({.objective = 0.999}, one.tick, 60, true).at_end();
        CHECK(to_string(found.verdict) == to_string(one.verdict));
        CHECK(found.reason == one.reason);
    }
}

TEST_CASE("a canary that is proven worse, and keeps the objective, is neither violated nor a pass") {
    const auto found = watched({.objective = 0.9}, {.bad = 5, .total = 100, .baseline_bad = 0, .baseline_total = 100}, 60, true).at_end();
    CHECK(to_string(found.verdict) == "inconclusive");
    CHECK(found.reason == "of 6000 events 300 were bad (5 %), the objective allows 10 %; burn rate 0.5; of the baseline 0 of 6000 were bad (0 %): proven worse "
                          "than the baseline, and still within what is allowed");
}

TEST_CASE("a canary that leaves what is allowed after it was proven worse is violated") {
    Decision decision({.objective = 0.9}, true);
    for (int i = 1; i <= 30; ++i) decision.observe({5, 100, 0, 100}, i / 60.0);
    CHECK_FALSE(decision.violated());
    for (int i = 31; i <= 60; ++i) decision.observe({30, 100, 0, 100}, i / 60.0);
    CHECK(decision.violated());
}

TEST_CASE("an outage that hits both does not take the canary back") {
    Decision decision({.objective = 0.999}, true);
    for (int i = 1; i <= 120; ++i) {
        const bool outage = i > 60 && i <= 72;
        decision.observe({outage ? 20.0 : 0.0, 50, outage ? 80.0 : 0.0, 200}, i / 120.0);
    }
    CHECK_FALSE(decision.violated());
    CHECK(to_string(decision.at_end().verdict) == "inconclusive");
    CHECK(contains(decision.at_end().reason, "both had an outage"));
}

TEST_CASE("a canary as bad as its baseline holds, when it is not much worse and neither had an outage") {
    // 10 errors in 1000 events each: neither can rule out 1 %, nor is either proven above it.
    const auto both = [](double canary_each, double baseline_each) {
        Decision decision({.objective = 0.999}, true);
        for (int i = 1; i <= 60; ++i) {
            const bool turn = i % 3 == 0;
            decision.observe({turn ? canary_each : 0, 40, turn ? baseline_each : 0, 40}, i / 60.0);
        }
        return decision;
    };
    const auto alike = both(1, 1);
    CHECK(to_string(alike.at_end().verdict) == "holds");
    CHECK(alike.at_end().reason == "of 2400 events 20 were bad (0.83 %), the objective allows 0.1 %; burn rate 8.3; of the baseline 20 of 2400 were bad (0.83 %): "
                                   "the baseline is as bad");
    CHECK(to_string(both(1, 0).at_end().verdict) == "violated");
    // Few errors say too little about their ratio.
    Decision few({.objective = 0.999}, true);
    for (int i = 1; i <= 60; ++i) few.observe({i % 30 == 0 ? 1.0 : 0.0, 5, i % 30 == 1 ? 1.0 : 0.0, 5}, i / 60.0);
    CHECK(to_string(few.at_end().verdict) == "inconclusive");
    CHECK(contains(few.at_end().reason, "a burn rate of 10 cannot be ruled out"));
    // The fewest events are asked for here as well.
    Decision asked({.objective = 0.999, .min_events = 5000}, true);
    for (int i = 1; i <= 60; ++i) asked.observe({i % 3 == 0 ? 1.0 : 0.0, 40, i % 3 == 0 ? 1.0 : 0.0, 40}, i / 60.0);
    CHECK(to_string(asked.at_end().verdict) == "inconclusive");
}

TEST_CASE("canary and baseline are compared, though no tick has new samples of both") {
    Decision decision({.objective = 0.999}, true);
    for (int i = 1; i <= 60; ++i) decision.observe(i % 2 == 0 ? TickCounts{5, 100, 0, 0} : TickCounts{0, 0, 0, 100}, i / 60.0);
    CHECK(decision.violated());
    CHECK(decision.counts().total() + decision.baseline().total() == 6000);
}

TEST_CASE("a baseline that goes away leaves a bad canary without a verdict, not with a pass") {
    Decision decision({.objective = 0.999}, true);
    for (int i = 1; i <= 30; ++i) decision.observe({0, 100, 0, 100}, i / 60.0);
    for (int i = 31; i <= 60; ++i) decision.observe({20, 100, 0, 0}, i / 60.0);
    CHECK(to_string(decision.at_end().verdict) == "inconclusive");
}

TEST_CASE("counts that cannot be are taken for the nearest that can") {
    const double nan = std::numeric_limits<double>::quiet_NaN();
    const double infinity = std::numeric_limits<double>::infinity();
    struct Case {
        TickCounts tick;
        double bad;
        double total;
    };
    const std::vector<Case> cases = {
        {{.bad = 5, .total = 3}, 3, 3},       {{.bad = -5, .total = 3}, 0, 3},      {{.bad = 1, .total = -3}, 0, 0}, {{.bad = nan, .total = 3}, 0, 3},
        {{.bad = 1, .total = nan}, 0, 0},     {{.bad = 1, .total = infinity}, 0, 0}, {{.bad = infinity, .total = 4}, 0, 4},
        {{.bad = 0.5, .total = 1.5}, 0.5, 1.5}, {{.bad = 3, .total = 0}, 0, 0},
    };
    for (const bool has_baseline : {false, true}) {
        for (const auto& one : cases) {
            INFO(one.tick.bad << " of " << one.tick.total);
            Decision decision({.objective = 0.999}, has_baseline);
            decision.observe({one.tick.bad, one.tick.total, one.tick.bad, one.tick.total}, 0.5);
            CHECK(decision.counts().bad() == one.bad);
            CHECK(decision.counts().total() == one.total);
            CHECK(decision.baseline().total() == (has_baseline ? one.total : 0));
            CHECK(std::isfinite(decision.evidence()));
        }
    }
}

TEST_CASE("a decision stays sensible at the ends of the scale") {
    for (const double objective : {0.999999, 0.999, 0.9, 0.5, 0.1}) {
        for (const auto method : {Method::betting, Method::sprt}) {
            INFO("objective " << objective << ", method " << static_cast<int>(method));
            const Policy policy{.objective = objective, .method = method};
            REQUIRE(why_impossible(policy).empty());
            CHECK(to_string(watched(policy, {.bad = 0, .total = 5e6}, 120).at_end().verdict) == "holds");
            CHECK(to_string(watched(policy, {.bad = 5e6, .total = 5e6}, 120).at_end().verdict) == "violated");
            CHECK(to_string(watched(policy, {.bad = 0, .total = 1e12}, 120).at_end().verdict) == "holds");
            CHECK(std::isfinite(watched(policy, {.bad = 1, .total = 1e15}, 10000).evidence()));
        }
    }
}

TEST_CASE("observations without events change nothing but the time") {
    Decision decision({.objective = 0.99});
    decision.observe({3, 10}, 0.01);
    const auto before = decision.evidence();
    for (int i = 0; i < 100; ++i) decision.observe({0, 0}, 0.02);
    CHECK(decision.evidence() == Approx(before));
    CHECK(decision.counts().total() == 10);
}

TEST_CASE("numbers for those who watch") {
    const auto decision = watched({.objective = 0.95}, {.bad = 1, .total = 20}, 5);
    CHECK(decision.error_rate() == Approx(0.05));
    CHECK(decision.burn_rate() == Approx(1));
    CHECK(decision.interval().low == Approx(0.0215436792).epsilon(1e-5));
    CHECK(decision.interval().high == Approx(0.1117505).epsilon(1e-5));
    CHECK(Decision({.objective = 0.95}).burn_rate() == 0);
    CHECK(Decision({.objective = 0.95}).interval().high == 1);
    CHECK(std::isinf(watched({.objective = 0.999}, {1e6, 1e6}, 1000).evidence()));
}
