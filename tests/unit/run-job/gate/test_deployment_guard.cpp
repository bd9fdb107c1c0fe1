#include "catch.hpp"
#include "fakes.hpp"

#include "run-job/gate/deployment_guard.hpp"

#include <nlohmann/json.hpp>

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

using namespace slipway;
using namespace slipway::run_job;

namespace {

using Json = nlohmann::json;

/// A server whose reads wait, as Nomad's do, until there is something newer. Reads end with the cancellation of their connection.
class Server {
public:
    io::Response get(const std::string& path, bool waits, const io::Cancellation& cancellation) {
        std::unique_lock lock(mutex_);
        ++requests_;
        changed_.notify_all();
        while (waits && !is_new_) {
            changed_.wait_for(lock, std::chrono::milliseconds(2));
            cancellation.check();
        }
        if (path.find("/allocations/") != std::string::npos) return {200, {}, allocations_};
        is_new_ = false;
        if (status_ == 0) throw world_failure("GET " + path + ": connection refused");
        return {status_, {{"X-Nomad-Index", std::to_string(++index_)}}, deployment_};
    }
    void become(std::string deployment, int status = 200, std::string allocations = "[]") {
        const std::lock_guard lock(mutex_);
        deployment_ = std::move(deployment);
        allocations_ = std::move(allocations);
        status_ = status;
        is_new_ = true;
    }
    /// Waits until so many requests came.
    bool is_asked(int times) {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, std::chrono::seconds(30), [&] { return requests_ >= times; });
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::string deployment_;
    std::string allocations_ = "[]";
    int status_ = 200;
    int index_ = 10;
    int requests_ = 0;
    bool is_new_ = true;
};

std::string deployment(const std::string& status, Json groups) { return Json({{"ID", "d1"}, {"Status", status}, {"TaskGroups", std::move(groups)}}).dump(); }
Json group(int healthy, int unhealthy = 0, bool promoted = false) {
    return {{"DesiredTotal", 3}, {"DesiredCanaries", 1}, {"HealthyAllocs", healthy}, {"UnhealthyAllocs", unhealthy}, {"Promoted", promoted}};
}
std::string canary(const std::string& client_status, const std::string& desired_status = "run") {
    return Json::array({{{"ID", "1f604c66-0000"}, {"TaskGroup", "web"}, {"NodeName", "n1"}, {"ClientStatus", client_status}, {"DesiredStatus", desired_status}, {"DeploymentStatus", {{"Canary", true}, {"Healthy", true}}}}}).dump();
}

const auto healthy = deployment("running", {{"web", group(1)}});

/// A guard, and the server that it asks.
struct Guarded {
    fake::World world;
    Server server;
    std::string deployment_id = "d1";

    /// Its end must not wait for the server.
    template <class Check> void with_guard(Check check) {
        auto context = world.context();
        context.http_factory = [this](io::HttpSettings, io::Clock&, io::Log&, const io::Cancellation& cancellation) -> std::unique_ptr<io::HttpClient> {
            return std::make_unique<fake::Http>([this, &cancellation](const io::Request& request) {
                return server.get(request.url, request.url.find("index=") != std::string::npos, cancellation);
            });
        };
        nomad::ConnectionOptions options{.server = {.url = "http://127.0.0.1:4646"}};
        DeploymentGuard guard(options, {"web", ""}, deployment_id, world.clock.steady() + std::chrono::hours(1), context);
        check(guard);
    }
};

bool comes_to_decide(const DeploymentGuard& guard) {
    for (int i = 0; i < 6000 && !guard.is_decided(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    return guard.is_decided();
}

} // namespace

TEST_CASE("a guard notices what decides about a deployment whose canaries are healthy") {
    struct Row {
        const char* what;
        std::string deployment;
        int status = 200;
        std::string allocations = "[]";
        std::string dead_canary = {};
    };
    const std::vector<Row> rows = {
        {"failed", deployment("failed", {{"web", group(1)}})},
        {"cancelled", deployment("cancelled", {{"web", group(1)}})},
        {"successful", deployment("successful", {{"web", group(3, 0, true)}})},
        {"promoted by somebody else", deployment("running", {{"web", group(1, 0, true)}})},
        {"a canary is not healthy any more", deployment("running", {{"web", group(0, 1)}})},
        {"gone", "deployment not found", 404},
        {"a canary failed that was healthy", healthy, 200, canary("failed"), "canary 1f604c66 failed on node n1"},
        {"a canary was lost", healthy, 200, canary("lost"), "canary 1f604c66 was lost on node n1"},
        {"a canary ended", healthy, 200, canary("complete"), "canary 1f604c66 ended on node n1"},
    };
    for (const auto& row : rows) {
        INFO(row.what);
        Guarded guarded;
        guarded.server.become(healthy, 200, canary("running"));
        guarded.with_guard([&](const DeploymentGuard& guard) {
            CHECK(guarded.server.is_asked(2));
            CHECK_FALSE(guard.is_decided());
            guarded.server.become(row.deployment, row.status, row.allocations);
            CHECK(comes_to_decide(guard));
            CHECK(guard.dead_canary() == row.dead_canary);
            CHECK(guard.last()->status == (row.status == 404 ? "running" : Json::parse(row.deployment)["Status"]));
        });
    }
}

TEST_CASE("what says nothing about a deployment decides nothing") {
    struct Row {
        const char* what;
        std::string deployment;
        int status = 200;
        std::string allocations = "[]";
    };
    const std::vector<Row> rows = {
        {"nothing new", healthy},
        {"one that was unhealthy has its replacement", deployment("running", {{"web", group(1, 1)}})},
        {"a server that restarts", "", 0},
        {"a cluster without leader", "No cluster leader", 500},
        {"no JSON", "<html>"},
        {"no deployment", "{}"},
        {"another deployment", R"({"ID":"d2","Status":"failed","TaskGroups":null})"},
        {"a canary that Nomad stops", healthy, 200, canary("complete", "stop")},
        {"allocations of another kind", healthy, 200, R"([null,7,{"ID":7,"DeploymentStatus":[]}])"},
        {"no allocations", healthy, 200, "null"},
        {"no token", "Permission denied", 403},
    };
    for (const auto& row : rows) {
        INFO(row.what);
        Guarded guarded;
        guarded.server.become(row.deployment, row.status, row.allocations);
        guarded.with_guard([&](const DeploymentGuard& guard) {
            CHECK(guarded.server.is_asked(row.status == 403 ? 1 : 2));
            CHECK_FALSE(guard.is_decided());
        });
        if (row.status == 403) CHECK(guarded.world.terminal.err.find("cannot watch deployment d1 any more") != std::string::npos);
    }
}
