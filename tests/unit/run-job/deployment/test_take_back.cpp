#include "catch.hpp"

#include "failure.hpp"
#include "nomad_double.hpp"
#include "run-job/deployment/take_back.hpp"

using namespace slipway;
using namespace slipway::run_job;

namespace {

const std::string bad = "7681a3b8-7d04-baca-fa64-bc9ed3f1a5c4";
const std::string back = "139fd593-bc93-8d5b-76d1-ca8a61ec357a";

/// Versions 0 and 1 were healthy, version 2 is to be taken back.
struct Taking : NomadDouble {
    std::vector<nomad::Json> bodies;
    bool loses_answers = false; ///< after they were obeyed
    std::uint64_t canaries_of_old = 0;

    Taking() {
        add_version(0, true, "a:0");
        add_version(1, true, "a:1");
        add_version(2, false, "a:2");
        add_deployment(bad, 2, "running", 1, 1);
        on_write = [this](const std::string& path, const nomad::Json& body) { return obey(path, body); };
    }

    io::Response obey(const std::string& path, const nomad::Json& body) {
        bodies.push_back(body);
        nomad::Json answer = {{"EvalID", ""}};
        if (path == "/v1/deployment/fail/" + bad) {
            add_deployment(bad, 2, "failed", 1, 1, "Deployment marked as failed");
            answer["RevertedJobVersion"] = nullptr;
        } else if (path == "/v1/job/web/revert") {
            come_back(body.at("JobVersion").get<std::uint64_t>());
        } else if (path == "/v1/deployment/promote/" + back) {
            add_deployment(back, 3, "successful", 1, 2)["TaskGroups"]["web"]["Promoted"] = true;
        } else {
            return {500, {}, "unexpected " + path};
        }
        if (loses_answers) throw lost();
        return json(answer);
    }

    /// A version again, as a new and higher one.
    void come_back(std::uint64_t version) {
        add_version(versions.front().at("Version").get<std::uint64_t>() + 1, true, "a:" + std::to_string(version));
        add_deployment(back, 3, canaries_of_old > 0 ? "running" : "successful", canaries_of_old, 2);
    }

    TakenBack go(FollowBack follow = FollowBack::to_its_end, const std::string& deployment = bad) {
        auto context = world.context();
        auto nomad = api(context);
        Timeline timeline(context.clock);
        Follower follower(nomad, {}, timeline, context);
        const Registered registered{.key = {"web", ""}, .type = "service", .version = 2, .job_modify_index = 120, .evaluation = "", .changed = true, .periodic = false, .parameterized = false};
        return take_back(registered, deployment, follow, nomad, follower, context);
    }
};

} // namespace

TEST_CASE("a version is taken back to the newest stable one") {
    Taking nomad;
    const auto taken = nomad.go();
    CHECK(taken.end == TakenBack::End::reverted);
    CHECK(taken.reverted_to == 1);
    CHECK(taken.new_version == 3);
    CHECK(nomad.writes == std::vector<std::string>{"PUT /v1/deployment/fail/" + bad, "PUT /v1/job/web/revert"});
    CHECK(nomad.bodies.at(1) == nomad::Json({{"JobID", "web"}, {"JobVersion", 1}, {"EnforcePriorVersion", 2}}));
}

TEST_CASE("what came back before is followed, and nothing is sent again") {
    // A taking back that was cancelled and goes on, or somebody else's.
    Taking nomad;
    nomad.add_deployment(bad, 2, "failed", 1, 1, "Deployment marked as failed");
    nomad.come_back(1);
    const auto taken = nomad.go();
    CHECK(taken.end == TakenBack::End::reverted);
    CHECK(taken.reverted_to == 1);
    CHECK(taken.new_version == 3);
    CHECK(nomad.writes.empty());
    // Another job under a higher number is another job, also where the server shows no groups of either.
    Taking other;
    other.add_deployment(bad, 2, "failed", 1, 1, "Deployment marked as failed");
    other.come_back(1);
    for (auto& version : other.versions) version.erase("TaskGroups");
    CHECK(other.go().end == TakenBack::End::superseded);
    CHECK(other.writes.empty());
}

TEST_CASE("what did not run long enough to be stable does not come back") {
    Taking nomad;
    nomad.versions.at(1)["Stable"] = false;
    CHECK(nomad.go().reverted_to == 0);
    Taking stopped;
    stopped.versions.at(1)["Stop"] = true;
    CHECK(stopped.go().reverted_to == 0);
    Taking none;
    for (auto& version : none.versions) version["Stable"] = false;
    const auto taken = none.go();
    CHECK(taken.end == TakenBack::End::nothing_to_go_back_to);
    CHECK(taken.words == "Nomad has marked no earlier version as stable");
    CHECK(none.writes.size() == 1);
}

TEST_CASE("lost answers of a taking back do nothing twice") {
    Taking nomad;
    nomad.loses_answers = true;
    const auto taken = nomad.go();
    CHECK(taken.end == TakenBack::End::reverted);
    CHECK(taken.reverted_to == 1);
    CHECK(nomad.writes.size() == 2);
}

TEST_CASE("a version that comes back with canaries of its own is promoted") {
    Taking nomad;
    nomad.canaries_of_old = 1;
    const auto taken = nomad.go();
    CHECK(taken.end == TakenBack::End::reverted);
    CHECK(nomad.writes.back() == "PUT /v1/deployment/promote/" + back);
}

TEST_CASE("what Nomad takes back by itself is followed") {
    for (const bool failed_before : {false, true}) {
        INFO(failed_before);
        Taking nomad;
        const auto roll_back = [&] {
            nomad.add_deployment(bad, 2, "failed", 1, 0, "Failed due to unhealthy allocations - rolling back to job version 1");
            nomad.come_back(1);
        };
        if (failed_before) roll_back();
        nomad.on_write = [&](const std::string&, const nomad::Json&) {
            roll_back();
            return NomadDouble::json({{"RevertedJobVersion", 1}});
        };
        const auto taken = nomad.go();
        CHECK(taken.end == TakenBack::End::reverted);
        CHECK(taken.reverted_to == 1);
        CHECK(taken.new_version == 3);
        CHECK(nomad.writes.size() == (failed_before ? 0 : 1));
    }
}

TEST_CASE("a newer version is never reverted over") {
    Taking before;
    before.add_deployment(bad, 2, "cancelled", 1, 1);
    before.add_version(3, false, "a:3");
    const auto taken = before.go();
    CHECK(taken.end == TakenBack::End::superseded);
    CHECK(taken.new_version == 3);
    CHECK(before.writes.empty());

    // Between our look and the revert.
    Taking between;
    between.on_write = [&](const std::string& path, const nomad::Json& body) -> io::Response {
        if (path != "/v1/job/web/revert") return between.obey(path, body);
        between.add_version(3, false, "a:3");
        return {500, {}, "Current job has version 3; enforcing version 2"};
    };
    CHECK(between.go().end == TakenBack::End::superseded);

    // And with the answer lost, so that it could be taken for ours.
    Taking unsure;
    unsure.on_write = [&](const std::string& path, const nomad::Json& body) -> io::Response {
        if (path != "/v1/job/web/revert") return unsure.obey(path, body);
        unsure.add_version(3, false, "a:3");
        throw NomadDouble::lost();
    };
    CHECK(unsure.go().end == TakenBack::End::superseded);
}

TEST_CASE("without following it is over once the old version is registered") {
    Taking nomad;
    nomad.canaries_of_old = 1;
    const auto taken = nomad.go(FollowBack::not_at_all);
    CHECK(taken.end == TakenBack::End::following);
    CHECK(taken.reverted_to == 1);
}

TEST_CASE("a job without a deployment is reverted all the same") {
    Taking nomad;
    nomad.deployments.clear();
    CHECK(nomad.go(FollowBack::not_at_all, "").reverted_to == 1);
    CHECK(nomad.writes == std::vector<std::string>{"PUT /v1/job/web/revert"});
    Taking gone;
    gone.versions.clear();
    CHECK(gone.go(FollowBack::not_at_all, "").end == TakenBack::End::nothing_to_go_back_to);
}

TEST_CASE("words of a roll back that are none") {
    for (const char* words : {"rolling back to job version ", "rolling back to job version x", "rolling back to job version 99999999999999999999", "rolling back to job version 1; more"}) {
        INFO(words);
        Taking nomad;
        nomad.add_deployment(bad, 2, "failed", 1, 0, words);
        CHECK(nomad.go(FollowBack::not_at_all).reverted_to == 1);
        CHECK(nomad.writes == std::vector<std::string>{"PUT /v1/job/web/revert"});
    }
}
