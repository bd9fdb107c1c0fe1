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

json application() {
    return json::parse(R"({
        "metadata": {"name": "web", "namespace": "argocd"},
        "spec": {"project": "default", "source": {"repoURL": "https://h/x.git", "targetRevision": "main"}, "syncPolicy": {"automated": {}}},
        "status": {
            "sync": {"status": "Synced", "revision": ")" + ours + R"("},
            "health": {"status": "Healthy"},
            "operationState": {"phase": "Succeeded", "startedAt": "2026-11-24T12:00:00Z", "operation": {"retry": {"limit": 5}},
                               "syncResult": {"revision": ")" + ours + R"(", "resources": []}},
            "resources": [{"kind": "Deployment", "namespace": "prod", "name": "web", "status": "Synced", "health": {"status": "Healthy"}}]}})");
}

struct Case {
    fake::World world;
    json answer = application();
    Delivery delivery{.branch = "main", .commit = ours, .versions = {}, .rollback = "TAKE BACK", .is_in = [](const std::string&) { return false; }};
    WaitOptions options;
    std::unique_ptr<io::HttpClient> http;
    cli::Context context = world.context();
    std::unique_ptr<Follower> follower;

    Case() {
        options.argocd.url = "argocd.example";
        world.on_request = [this](const io::Request& request) -> io::Response {
            if (request.url.find("syncwindows") != std::string::npos) return {.status = 200, .headers = {}, .body = "{}"};
            return {.status = 200, .headers = {}, .body = answer.dump()};
        };
        http = context.http({});
        follower = follow_argocd({.kind = WaitTarget::Kind::argocd, .name_space = "", .name = "web"}, options, *http, delivery, context);
    }
    /// "arrived", "stuck: why", "CODE why" or the line.
    std::string look() {
        try {
            const auto standing = follower->look();
            return standing.arrived ? "arrived" : standing.stuck ? "stuck: " + standing.stuck->message : standing.line;
        } catch (const Error& error) {
            return words_of(error);
        }
    }
    std::string look_after(Duration time) {
        look();
        world.clock.sleep_for(time);
        return look();
    }
};

std::string judged(const std::function<void(json&)>& change) {
    Case one;
    change(one.answer);
    return one.look();
}

bool holds(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

/// Calls for each place of a document.
void each_place(json& node, const std::function<void(json&)>& visit) {
    visit(node);
    if (node.is_structured()) {
        for (auto& child : node) each_place(child, visit);
    }
}

} // namespace

TEST_CASE("Argo CD: served is Synced and Healthy at a revision with the commit, and no sync under way") {
    CHECK(judged([](json&) {}) == "arrived");
    CHECK(judged([](json& app) { app["status"].erase("operationState"); }) == "arrived"); // nothing had to be synced
    CHECK(judged([](json& app) { app["status"]["sync"]["revision"] = older; }) == "Synced at cccccccc, without the commit aaaaaaaa");
    CHECK(judged([](json& app) { app["status"]["sync"].erase("revision"); }) == "Synced at no revision yet, without the commit aaaaaaaa");
    CHECK(judged([](json& app) { app["status"]["health"]["status"] = "Progressing"; }) == "Synced at aaaaaaaa, Progressing");
    CHECK(judged([](json& app) { app["status"]["operationState"]["phase"] = "Running"; }) == "Synced at aaaaaaaa, syncing aaaaaaaa");
    CHECK(judged([](json& app) { app["operation"] = json::object(); }) == "Synced at aaaaaaaa, a sync is asked for");
    CHECK(judged([](json& app) { app["metadata"]["deletionTimestamp"] = "2026-11-24T12:00:00Z"; }) == "stuck: Argo CD application web will not serve the change: it is being deleted");
    CHECK(judged([](json& app) { app["spec"]["sourceHydrator"] = json::object(); app["status"]["sync"]["status"] = "OutOfSync"; }).find("stuck: ") == 0);
}

TEST_CASE("Argo CD: a sync has failed after its retries, and with our commit only") {
    const auto failed = [](const std::string& phase, int retries, const std::string& revision) {
        return [=](json& app) {
            auto& operation = app["status"]["operationState"];
            operation["phase"] = phase;
            operation["retryCount"] = retries;
            operation["message"] = "it is\ninvalid";
            operation["syncResult"]["revision"] = revision;
        };
    };
    CHECK(judged(failed("Failed", 5, ours)) == "1 Argo CD application web failed to sync aaaaaaaa after 5 retries: Failed: it is | invalid | Git still names it; to take it back: TAKE BACK");
    CHECK(judged(failed("Error", 5, ours)).find("1 Argo CD application web failed to sync") == 0);
    CHECK(judged(failed("Failed", 5, older)) == "arrived");
    CHECK(judged(failed("Failed", 2, ours)) == "Synced at aaaaaaaa, sync failed (2 of 5 retries): it is | invalid");
    Case left;
    failed("Failed", 2, ours)(left.answer);
    CHECK(holds(left.look_after(Duration{30'000}), "1 Argo CD application web failed to sync aaaaaaaa after 2 retries")); // nobody tries again
    Case terminated;
    failed("Failed", 0, ours)(terminated.answer);
    terminated.answer["status"]["operationState"]["message"] = "Operation terminated";
    CHECK(holds(terminated.look(), "1 Argo CD application web failed to sync aaaaaaaa: Failed: Operation terminated"));
}

TEST_CASE("Argo CD: degraded is an answer when it lasts and nothing progresses") {
    Case app;
    app.answer["status"]["health"]["status"] = "Degraded";
    app.answer["status"]["resources"][0]["health"] = json::parse(R"({"status": "Degraded", "message": "exceeded its progress deadline"})");
    CHECK(app.look() == "Synced at aaaaaaaa, Degraded: Deployment prod/web: Degraded: exceeded its progress deadline");
    app.world.clock.sleep_for(Duration{59'000});
    CHECK(holds(app.look(), "Synced at"));
    app.answer["status"]["resources"].push_back(json::parse(R"({"kind": "Job", "name": "x", "health": {"status": "Progressing"}})"));
    app.world.clock.sleep_for(Duration{59'000});
    CHECK(holds(app.look(), "Synced at"));
    app.answer["status"]["resources"].erase(1);
    CHECK(holds(app.look(), "Synced at")); // counted from now on
    app.world.clock.sleep_for(Duration{60'000});
    CHECK(app.look() == "1 Argo CD application web is degraded since 1m and more with aaaaaaaa: Deployment prod/web: Degraded: exceeded its progress deadline | Git still names it; to take it back: TAKE BACK");
}

TEST_CASE("Argo CD: errors of the application itself end the wait when they last, not when a server is away") {
    const auto with_error = [](Case& one, const std::string& message) {
        one.answer["status"]["sync"] = {{"status", "Unknown"}};
        one.answer["status"]["conditions"] = json::array({{{"type", "ComparisonError"}, {"message", message}}, {{"type", "OrphanedResourceWarning"}, {"message", "no error"}}});
    };
    Case broken;
    with_error(broken, "helm template failed");
    CHECK(broken.look() == "Unknown at no revision yet, without the commit aaaaaaaa; ComparisonError: helm template failed");
    CHECK(broken.look_after(Duration{120'000}) == "stuck: Argo CD application web will not serve the change: ComparisonError since 2m and more: helm template failed");
    Case away;
    with_error(away, "rpc error: code = Unavailable desc = connection error");
    CHECK(holds(away.look_after(Duration{600'000}), "; ComparisonError: rpc error: code = Unavailable"));
}

TEST_CASE("Argo CD: an application that is absent for two minutes is not waited for") {
    Case absent;
    absent.world.on_request = [](const io::Request&) -> io::Response { return {.status = 404, .headers = {}, .body = R"({"message": "not found"})"}; };
    CHECK_THROWS_AS(absent.follower->look(), Error);
    absent.world.clock.sleep_for(Duration{120'000});
    CHECK_THROWS_AS(absent.follower->look(), io::LastingError);
}

TEST_CASE("Argo CD: whatever stands at whichever place, the answer is honest") {
    const std::vector<json> values{nullptr, true, -1, 1.5, "", "\x1b[31m\n", json::array(), json::object(), json::array({1, nullptr, "x"})};
    std::size_t count = 0;
    auto whole = application();
    each_place(whole, [&](json& place) {
        const auto kept = place;
        for (const auto& value : values) {
            place = value;
            Case one;
            one.answer = whole;
            const auto words = one.look();
            CHECK(words.find('\x1b') == std::string::npos);
            CHECK(words.find("\n::") == std::string::npos);
            ++count;
        }
        place = kept;
    });
    CHECK(count > 200);
}
