// What a decision promises about many releases: drawn anew each time, against limits that a wrong test exceeds by far.
#include "catch.hpp"

#include "sampling.hpp"
#include "wait-for-slo/decision/decision.hpp"

#include <cmath>
#include <optional>
#include <random>

using namespace slipway;
using namespace slipway::wait_for_slo;

namespace {

constexpr int ticks = 60;

struct Traffic {
    double events = 18;    ///< in one tick
    double error_rate = 0;
    double clump = 1;      ///< bad events come in groups of this size
    int healthy_first = 0; ///< ticks without a bad event at the beginning
    double baseline_events = 0;
};

class Releases {
public:
    explicit Releases(const Policy& policy) : policy_(policy), random_(static_cast<std::mt19937::result_type>(sampling::seed())) {}

    struct Outcome {
        std::optional<int> violated_at; ///< tick
        Verdict verdict;
    };

    Outcome watch(const Traffic& traffic) {
        Decision decision(policy_, traffic.baseline_events > 0);
        for (int tick = 1; tick <= ticks; ++tick) {
            const bool healthy = tick <= traffic.healthy_first;
            const double bad = healthy ? 0 : bad_of(traffic.events, traffic);
            decision.observe({bad, traffic.events, bad_of(traffic.baseline_events, traffic), traffic.baseline_events}, static_cast<double>(tick) / ticks);
            if (decision.violated()) return {tick, Verdict::violated};
        }
        return {std::nullopt, decision.at_end().verdict};
    }

    double share(const Traffic& traffic, Verdict verdict, int runs) {
        int count = 0;
        for (int run = 0; run < runs; ++run) count += watch(traffic).verdict == verdict ? 1 : 0;
        return static_cast<double>(count) / runs;
    }

private:
    double bad_of(double events, const Traffic& traffic) {
        return std::binomial_distribution<int>(static_cast<int>(events / traffic.clump), traffic.error_rate)(random_) * traffic.clump;
    }

    Policy policy_;
    std::mt19937 random_;
};

/// Three standard deviations above a probability.
double limit(double probability, int runs) { return probability + 3 * std::sqrt(probability * (1 - probability) / runs); }

} // namespace

TEST_CASE("a release exactly at what is allowed is rarely called violated, however often one looks") {
    INFO("seed " << sampling::seed());
    const int runs = static_cast<int>(sampling::cases(500, 5000));
    for (const auto method : {Method::betting, Method::sprt}) {
        for (const double alpha : {0.01, 0.05}) {
            for (const double allowed : {0.001, 0.01, 0.05, 0.2, 0.6}) {
                for (const double events : {1.0, 20.0, 200.0}) {
                    INFO("method " << static_cast<int>(method) << ", allowed " << allowed << ", " << events << " events a tick, alpha " << alpha);
                    Releases releases({.objective = 1 - allowed, .alpha = alpha, .method = method});
                    CHECK(releases.share({.events = events, .error_rate = allowed}, Verdict::violated, runs) <= limit(alpha, runs));
                }
            }
        }
    }
}

TEST_CASE("a release at the detectable error rate rarely passes") {
    INFO("seed " << sampling::seed());
    const int runs = static_cast<int>(sampling::cases(500, 5000));
    for (const double objective : {0.999, 0.95, 0.9, 0.5}) {
        for (const double events : {1.0, 20.0}) {
            INFO("objective " << objective << ", " << events << " events a tick");
            const Policy policy{.objective = objective, .alpha = 0.05};
            CHECK(Releases(policy).share({.events = events, .error_rate = policy.detectable()}, Verdict::holds, runs) <= limit(policy.pass_alpha(), runs));
        }
    }
}

TEST_CASE("a canary that is as its baseline is rarely called worse") {
    INFO("seed " << sampling::seed());
    const int runs = static_cast<int>(sampling::cases(500, 5000));
    for (const double error_rate : {0.001, 0.02, 0.3}) {
        for (const double baseline : {5.0, 50.0, 500.0}) {
            INFO("error rate " << error_rate << ", " << baseline << " events of the baseline a tick");
            Releases releases({.objective = 0.9999, .alpha = 0.05});
            CHECK(releases.share({.events = 50, .error_rate = error_rate, .baseline_events = baseline}, Verdict::violated, runs) <= limit(0.05, runs));
        }
    }
}

TEST_CASE("rare clumps of errors within what is allowed are no violation") {
    INFO("seed " << sampling::seed());
    const int runs = static_cast<int>(sampling::cases(500, 5000));
    Releases releases({.objective = 0.999});
    CHECK(releases.share({.events = 200, .error_rate = 0.001, .clump = 10}, Verdict::violated, runs) <= limit(0.01, runs));
}

TEST_CASE("a release exactly at what is allowed passes, when there is enough of it") {
    INFO("seed " << sampling::seed());
    Releases releases({.objective = 0.99});
    CHECK(releases.share({.events = 50, .error_rate = 0.01}, Verdict::holds, 300) > 0.97);
}

TEST_CASE("four times the allowed errors are found before half of the watch is over") {
    INFO("seed " << sampling::seed());
    Releases releases({.objective = 0.95});
    int early = 0;
    for (int run = 0; run < 300; ++run) early += releases.watch({.events = 18, .error_rate = 0.2}).violated_at.value_or(ticks) <= ticks / 2 ? 1 : 0;
    CHECK(early >= 297);
}

TEST_CASE("a release that goes wrong late is found as well") {
    INFO("seed " << sampling::seed());
    CHECK(Releases({.objective = 0.95}).share({.events = 18, .error_rate = 0.3, .healthy_first = 45}, Verdict::violated, 300) > 0.99);
}
