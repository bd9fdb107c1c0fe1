#include "failure.hpp"
#include "fakes.hpp"
#include "io/http.hpp"
#include "update-gitops-values/waiting/followers.hpp"

using namespace slipway;
using namespace slipway::update_gitops_values;
using nlohmann::json;

namespace {

const std::string ours(40, 'a');
const std::string older(40, 'c');

json kustomization() {
    return json::parse(R"({
        "apiVersion": "kustomize.toolkit.fluxcd.io/v1", "kind": "Kustomization",
        "metadata": {"name": "web", "namespace": "prod", "generation": 2, "uid": "u1"},
        "spec": {"interval": "10m", "sourceRef": {"kind": "GitRepository", "name": "gitops"}},
        "status": {"observedGeneration": 2, "lastAppliedRevision": "main@sha1:)" + ours + R"(", "lastAttemptedRevision": "main@sha1:)" + ours + R"(",
                   "conditions": [{"type": "Ready", "status": "True", "reason": "ReconciliationSucceeded", "message": "applied", "lastTransitionTime": "2026-11-24T12:00:00Z"}]}})");
}

json repository() {
    return json::parse(R"({
        "apiVersion": "source.toolkit.fluxcd.io/v1", "kind": "GitRepository", "metadata": {"name": "gitops", "namespace": "prod", "uid": "u2"},
        "spec": {"url": "https://h/x.git", "ref": {"branch": "main"}},
        "status": {"artifact": {"revision": "main@sha1:)" + older + R"("}, "conditions": []}})");
}

struct Case {
    fake::World world;
    json answer = kustomization();
    json source = repository();
    Delivery delivery{.branch = "main", .commit = ours, .versions = {}, .rollback = "TAKE BACK", .is_in = [](const std::string&) { return false; }};
    WaitOptions options;
    cli::Context context = world.context();
    std::unique_ptr<io::HttpClient> http = context.http({});
    kubernetes::Client cluster{*http, "https://k"};
    std::unique_ptr<Follower> follower;

    Case() {
        world.on_request = [this](const io::Request& request) -> io::Response {
            const auto& object = request.url.find("gitrepositories") != std::string::npos ? source : answer;
            return {.status = 200, .headers = {}, .body = object.dump()};
        };
        follower = follow_flux({.kind = WaitTarget::Kind::flux, .name_space = "prod", .name = "web"}, options, cluster, *http, delivery, context);
    }
    std::string look() {
        try {
            const auto standing = follower->look();
            return standing.arrived ? "arrived" : standing.stuck ? "stuck: " + standing.stuck->message : standing.line;
        } catch (const Error& error) {
            return words_of(error);
        }
    }
    void fails(const std::string& reason, const std::string& since) {
        answer["status"]["lastAppliedRevision"] = "main@sha1:" + older;
        answer["status"]["conditions"][0] = {{"type", "Ready"}, {"status", "False"}, {"reason", reason}, {"message", "words"}, {"lastTransitionTime", since}};
    }
};

std::string judged(const std::function<void(json&)>& change) {
    Case one;
    change(one.answer);
    return one.look();
}

void each_place(json& node, const std::function<void(json&)>& visit) {
    visit(node);
    if (node.is_structured()) {
        for (auto& child : node) each_place(child, visit);
    }
}

} // namespace

TEST_CASE("Flux: served is Ready with its present spec at a revision with the commit") {
    CHECK(judged([](json&) {}) == "arrived");
    CHECK(judged([](json& object) { object["metadata"]["generation"] = 3; }) == "at main@aaaaaaaa, its new spec is not looked at yet");
    CHECK(judged([](json& object) { object["status"]["conditions"][0]["status"] = "Unknown"; }) == "at main@aaaaaaaa, reconciling: applied");
    CHECK(judged([](json& object) { object["status"]["conditions"].push_back({{"type", "Reconciling"}, {"status", "True"}, {"message", "checking health"}}); }) ==
          "at main@aaaaaaaa, reconciling: checking health");
    CHECK(judged([](json& object) {
              object["status"]["lastAppliedRevision"] = object["status"]["lastAttemptedRevision"] = "main@sha1:" + older;
          }) == "at main@cccccccc; GitRepository prod/gitops (https://h/x.git) is at main@cccccccc, without the commit aaaaaaaa");
    CHECK(judged([](json& object) { object["spec"]["suspend"] = true; }) == "arrived"); // it serves, whatever comes later
}

TEST_CASE("Flux: two attempts that failed are an answer, one is not, and what is not there yet never is") {
    Case web;
    web.fails("BuildFailed", "2026-11-24T12:01:00Z");
    const auto line = "at main@cccccccc, failed to apply main@aaaaaaaa: BuildFailed: words; Flux tries again";
    CHECK(web.look() == line);
    CHECK(web.look() == line); // the same attempt
    // The second attempt is asked for, since it may be an interval away; once.
    std::size_t asked = 0;
    for (const auto& request : web.world.requests) asked += request.method == "PATCH" ? 1U : 0U;
    CHECK(asked == 1);
    web.fails("HealthCheckFailed", "2026-11-24T12:02:00Z");
    CHECK(web.look() == "1 Flux Kustomization prod/web failed 2 times to apply main@aaaaaaaa: HealthCheckFailed: words | Git still names it; to take it back: TAKE BACK");
    Case waiting;
    for (const auto* since : {"2026-11-24T12:01:00Z", "2026-11-24T12:02:00Z", "2026-11-24T12:03:00Z"}) {
        waiting.fails("DependencyNotReady", since);
        CHECK(waiting.look() == "at main@cccccccc, failed to apply main@aaaaaaaa: DependencyNotReady: words");
    }
}

TEST_CASE("Flux: whatever stands at whichever place, the answer is honest") {
    const std::vector<json> values{nullptr, true, -1, 1.5, "", "\x1b[31m\n", json::array(), json::object(), json::array({1, nullptr, "x"})};
    std::size_t count = 0;
    const auto try_all = [&](json whole, const std::function<void(Case&, const json&)>& take) {
        each_place(whole, [&](json& place) {
            const auto kept = place;
            for (const auto& value : values) {
                place = value;
                Case one;
                take(one, whole);
                const auto words = one.look();
                CHECK(words.find('\x1b') == std::string::npos);
                CHECK(words.find("\n::") == std::string::npos);
                ++count;
            }
            place = kept;
        });
    };
    try_all(kustomization(), [](Case& one, const json& object) { one.answer = object; });
    try_all(repository(), [](Case& one, const json& object) {
        one.source = object;
        one.answer["status"]["lastAppliedRevision"] = one.answer["status"]["lastAttemptedRevision"] = "main@sha1:" + older;
    });
    CHECK(count > 200);
}
