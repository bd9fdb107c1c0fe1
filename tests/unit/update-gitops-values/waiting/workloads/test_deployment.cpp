#include "catch.hpp"

#include "failure.hpp"
#include "fakes.hpp"
#include "io/http.hpp"
#include "update-gitops-values/waiting/followers.hpp"

using namespace slipway;
using namespace slipway::update_gitops_values;
using nlohmann::json;

namespace {

/// One whose controller gave up on the version before.
struct Case {
    fake::World world;
    json answer = json::parse(R"({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "namespace": "prod", "generation": 2},
        "spec": {"replicas": 1, "progressDeadlineSeconds": 60, "selector": {"matchLabels": {"app": "web"}}, "template": {"spec": {"containers": [{"name": "web", "image": "r/web:v2"}]}}},
        "status": {"observedGeneration": 2, "replicas": 2, "updatedReplicas": 1, "availableReplicas": 1,
                   "conditions": [{"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded", "message": "timed out", "lastUpdateTime": "2026-11-24T12:00:00Z"}]}})");
    Delivery delivery{.branch = "main", .commit = std::string(40, 'a'), .versions = {.texts = {"v1"}}, .rollback = {}, .is_in = {}};
    cli::Context context = world.context();
    std::unique_ptr<io::HttpClient> http = context.http({});
    kubernetes::Client cluster{*http, "https://k"};
    std::unique_ptr<Follower> follower = follow_deployment({.kind = WaitTarget::Kind::deployment, .name_space = "prod", .name = "web"}, cluster, delivery, context);

    Case() {
        world.on_request = [this](const io::Request& request) -> io::Response {
            const bool is_it = request.url.find("/deployments/web") != std::string::npos;
            return {.status = 200, .headers = {}, .body = is_it ? answer.dump() : R"({"items": []})"};
        };
    }
    std::string look() {
        try {
            const auto standing = follower->look();
            return standing.arrived ? "arrived" : standing.line;
        } catch (const Error& error) {
            return words_of(error);
        }
    }
    void comes_back() {
        answer["metadata"]["generation"] = 3;
        answer["status"]["observedGeneration"] = 3;
        answer["spec"]["template"]["spec"]["containers"][0]["image"] = "r/web:v1";
    }
};

const std::string left_behind = "its controller still tells that the version before did not become available in time";

} // namespace

TEST_CASE("deployment: the deadline of the version that is taken back is not that of the one that comes back") {
    Case one;
    CHECK(one.look() == "not applied yet: prod/web still has image r/web:v2");
    one.comes_back();
    CHECK(one.look() == left_behind);
    one.answer["status"] = {{"observedGeneration", 3}, {"replicas", 1}, {"updatedReplicas", 1}, {"availableReplicas", 1}};
    CHECK(one.look() == "arrived");
}

TEST_CASE("deployment: a deadline that stays is one's own in the end") {
    Case one;
    one.look();
    one.comes_back();
    CHECK(one.look() == left_behind);
    one.world.clock.sleep_for(Duration{59'000});
    CHECK(one.look() == left_behind);
    one.world.clock.sleep_for(Duration{1'000});
    CHECK(one.look().find("did not become available in time: ProgressDeadlineExceeded: timed out") != std::string::npos);
}

TEST_CASE("deployment: a deadline that is over anew, and one that nobody saw before, count at once") {
    Case anew;
    anew.look();
    anew.comes_back();
    anew.answer["status"]["conditions"][0]["lastUpdateTime"] = "2026-11-24T12:10:00Z";
    CHECK(anew.look().find("did not become available in time") != std::string::npos);
    Case late;
    late.comes_back();
    CHECK(late.look().find("did not become available in time") != std::string::npos);
}
