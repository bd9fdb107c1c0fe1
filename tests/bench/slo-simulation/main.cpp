// Plays one scenario many times and prints, as JSON, what wait-for-slo's own decision makes of it, and what Flagger and Argo Rollouts would do
// with the same scrapes. tests/bench/wait-for-slo runs it, and holds the scenarios and their bars.
//
//     slo-simulation '{"events_per_second": 10, "phases": [[0, 0.05]], "runs": 2000, "seed": 1}'
//     slo-simulation --speed
#include "slo-simulation/rivals.hpp"
#include "slo-simulation/traffic.hpp"
#include "wait-for-slo/decision/decision.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <ctime>
#include <exception>
#include <iostream>
#include <map>
#include <string>
#include <vector>

namespace {

using namespace slipway;
using namespace slipway::slo_simulation;
using nlohmann::json;

struct Scenario {
    Service release = {};
    std::vector<Service> baseline = {}; ///< none or one
    wait_for_slo::Policy policy = {};
    double watch = 600;
    double tick = 5;
    double scrape_interval = 15;
    double rivals_end = 1800;
    unsigned seed = 1;
    int runs = 2000;
};

Service read_service(const json& given) {
    Service service;
    service.pods = given.value("pods", service.pods);
    service.events_per_second = given.value("events_per_second", service.events_per_second);
    service.clump = given.value("clump", service.clump);
    if (given.contains("phases")) {
        service.phases.clear();
        for (const auto& phase : given.at("phases")) service.phases.push_back({phase.at(0), phase.at(1)});
    }
    return service;
}

Scenario read_scenario(const json& given) {
    Scenario scenario;
    scenario.release = read_service(given);
    if (given.contains("baseline")) scenario.baseline.push_back(read_service(given.at("baseline")));
    auto& policy = scenario.policy;
    policy.objective = given.value("objective", 0.999);
    policy.max_burn_rate = given.value("max_burn_rate", policy.max_burn_rate);
    policy.detectable_burn_rate = given.value("detectable_burn_rate", policy.detectable_burn_rate);
    policy.alpha = given.value("alpha", policy.alpha);
    policy.min_events = given.value("min_events", policy.min_events);
    policy.early_pass = given.value("early_pass", policy.early_pass);
    if (given.value("method", "betting") == "sprt") policy.method = wait_for_slo::Method::sprt;
    if (const auto why = wait_for_slo::why_impossible(policy); !why.empty()) throw std::runtime_error(why);
    scenario.watch = given.value("watch", scenario.watch);
    scenario.tick = given.value("tick", scenario.tick);
    scenario.scrape_interval = given.value("scrape_interval", scenario.scrape_interval);
    scenario.seed = given.value("seed", scenario.seed);
    scenario.runs = given.value("runs", scenario.runs);
    return scenario;
}

/// What many runs came to.
struct Outcomes {
    std::map<std::string, int> verdicts = {};
    std::vector<double> seconds = {}; ///< until it was taken back, or passed early

    json summary(int runs) {
        std::sort(seconds.begin(), seconds.end());
        // Over all runs: where fewer than half are taken back, there is no median.
        const auto quantile = [&](double share) -> json {
            const auto index = static_cast<std::size_t>(std::ceil(share * runs)) - 1;
            return index < seconds.size() ? json(seconds[index]) : json(nullptr);
        };
        json shares = json::object();
        for (const auto& [verdict, count] : verdicts) shares[verdict] = static_cast<double>(count) / runs;
        return {{"shares", shares}, {"median", quantile(0.5)}, {"p90", quantile(0.9)}};
    }
};

void decide(const Scenario& scenario, const Trace& release, const std::vector<Trace>& baseline, Outcomes& outcomes) {
    wait_for_slo::Decision decision(scenario.policy, !baseline.empty());
    Sample before;
    Sample baseline_before;
    for (double time = scenario.tick; time <= scenario.watch; time += scenario.tick) {
        const auto now = seen(release, time);
        const auto other = baseline.empty() ? Sample{} : seen(baseline.front(), time);
        decision.observe({now.bad - before.bad, now.total - before.total, other.bad - baseline_before.bad, other.total - baseline_before.total},
                         time / scenario.watch);
        before = now;
        baseline_before = other;
        if (decision.violated()) {
            outcomes.seconds.push_back(time);
            break;
        }
        if (decision.may_pass_early()) break;
    }
    ++outcomes.verdicts[to_string(decision.at_end().verdict)];
}

json simulate(const Scenario& scenario) {
    Outcomes decision;
    Outcomes of_flagger;
    Outcomes of_argo;
    const auto note = [](Outcomes& outcomes, const TakenBack& taken_back) {
        ++outcomes.verdicts[taken_back ? "violated" : "holds"];
        if (taken_back) outcomes.seconds.push_back(*taken_back);
    };
    for (int run = 0; run < scenario.runs; ++run) {
        std::seed_seq seeds{scenario.seed, static_cast<unsigned>(run)};
        Random random(seeds);
        const double end = std::max(scenario.watch, scenario.rivals_end);
        const auto release = play(scenario.release, scenario.scrape_interval, end, random);
        std::vector<Trace> baseline;
        for (const auto& one : scenario.baseline) baseline.push_back(play(one, scenario.scrape_interval, end, random));
        decide(scenario, release, baseline, decision);
        note(of_flagger, flagger(release, scenario.rivals_end));
        note(of_argo, argo(release, scenario.rivals_end));
    }
    return {{"wait-for-slo", decision.summary(scenario.runs)}, {"flagger", of_flagger.summary(scenario.runs)}, {"argo", of_argo.summary(scenario.runs)}};
}

/// What a thousand objectives cost that are watched for ten minutes with a tick of 5 s.
json speed() {
    constexpr int objectives = 1000;
    constexpr int ticks = 120;
    std::vector<wait_for_slo::Decision> decisions(objectives, wait_for_slo::Decision({.objective = 0.999, .objectives = objectives, .early_pass = true}));
    const auto begin = std::clock();
    double sum = 0;
    for (int tick = 1; tick <= ticks; ++tick) {
        for (auto& decision : decisions) {
            decision.observe({tick % 20 == 0 ? 1.0 : 0.0, 200}, static_cast<double>(tick) / ticks);
            sum += decision.evidence() + decision.interval().high + (decision.violated() || decision.may_pass_early() ? 1 : 0);
        }
    }
    const double seconds = static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
    return {{"objectives", objectives}, {"seconds_each_tick", seconds / ticks}, {"bytes_each", sizeof(wait_for_slo::Decision)}, {"checksum", sum}};
}

} // namespace

int main(int argc, char** argv) {
    try {
        if (argc != 2) throw std::runtime_error("call it with one scenario as JSON, or with --speed");
        const std::string what = argv[1];
        std::cout << (what == "--speed" ? speed() : simulate(read_scenario(json::parse(what)))).dump() << '\n';
        return 0;
    } catch (const std::exception& error) {
        std::cerr << "slo-simulation: " << error.what() << '\n';
        return 2;
    }
}
