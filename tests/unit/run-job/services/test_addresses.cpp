#include "catch.hpp"
#include "fakes.hpp"

#include "run-job/services/addresses.hpp"

#include <nlohmann/json.hpp>

#include <map>
#include <string>
#include <vector>

using namespace slipway;
using namespace slipway::run_job;

namespace {

using Json = nlohmann::json;

Json service(const std::string& name, const std::string& provider, const std::string& port) { return {{"Name", name}, {"Provider", provider}, {"PortLabel", port}, {"Tags", {"own"}}}; }

std::string allocation(const std::string& id, int port, Json services) {
    const Json json = {{"ID", id},
                       {"TaskGroup", "web"},
                       {"AllocatedResources", {{"Shared", {{"Ports", {{{"Label", "http"}, {"HostIP", "10.0.0.7"}, {"Value", port}}}}}}}},
                       {"Job", {{"TaskGroups", {{{"Name", "web"}, {"Services", std::move(services)}}}}}}};
    return json.dump();
}

struct Cluster {
    fake::World world;
    std::map<std::string, std::string> answers; ///< by path; 404 for others

    /// @param ids  "a1", or "a1 of 7" for another version than 0
    std::vector<nomad::ServiceAddress> addresses(const std::vector<std::string>& ids) {
        world.on_request = [this](const io::Request& request) -> io::Response {
            const auto path = request.url.substr(std::string("http://127.0.0.1:4646").size());
            const auto answer = answers.find(path);
            return answer == answers.end() ? io::Response{404, {}, "not found"} : io::Response{200, {}, answer->second};
        };
        auto context = world.context();
        nomad::Http http({.server = {.url = "http://127.0.0.1:4646"}}, context);
        nomad::JobApi api(http, {"web", ""}, world.clock.steady() + std::chrono::minutes(1), context);
        std::vector<nomad::Allocation> allocations;
        for (const auto& id : ids) {
            const auto of = id.find(" of ");
            allocations.push_back(nomad::read_allocation({{"ID", id.substr(0, of)}, {"JobVersion", of == std::string::npos ? 0u : static_cast<unsigned>(std::stoul(id.substr(of + 4)))}}));
        }
        return addresses_of(allocations, api);
    }
};

} // namespace

TEST_CASE("services are where Nomad has them registered, else where the allocation has its ports") {
    Cluster cluster;
    const auto services = Json::array({service("web", "nomad", "http"), service("web-consul", "consul", "http")});
    cluster.answers = {{"/v1/allocation/a1", allocation("a1", 8000, services)},
                       {"/v1/allocation/a2", allocation("a2", 8001, services)},
                       {"/v1/service/web", R"([{"ServiceName":"web","AllocID":"a1","Address":"192.168.0.1","Port":9000,"Tags":["canary"]},
                                               {"ServiceName":"web","AllocID":"other","Address":"192.168.0.1","Port":9001}])"}};
    const auto addresses = cluster.addresses({"a1", "a2", "gone"});
    CHECK(addresses == std::vector<nomad::ServiceAddress>{{"web", "nomad", "192.168.0.1:9000", "a1", {"canary"}},
                                                          {"web-consul", "consul", "10.0.0.7:8000", "a1", {"own"}},
                                                          {"web", "nomad", "10.0.0.7:8001", "a2", {"own"}},
                                                          {"web-consul", "consul", "10.0.0.7:8001", "a2", {"own"}}});
    CHECK(cluster.world.requests.size() == 4); // the service once
}

TEST_CASE("what Nomad tells of a service at once is not asked of each allocation") {
    const std::string registered = R"([{"ServiceName":"web","AllocID":"a1","Address":"::1","Port":1},{"ServiceName":"web","AllocID":"a2","Address":"::1","Port":2},
                                       {"ServiceName":"web","AllocID":"a3","Address":"::1","Port":3}])";
    const auto web = Json::array({service("web", "nomad", "http")});
    const auto none = Json::array();
    struct Case {
        std::string what;
        std::map<std::string, Json> services; ///< by allocation; the others are not there
        std::vector<std::string> ids;
        std::string addresses;
        std::vector<std::string> read; ///< allocations
    };
    const std::vector<Case> cases = {
        {"of one version", {{"a1", web}}, {"a1", "a2", "a3"}, "[::1]:1,[::1]:2,[::1]:3", {"a1"}},
        {"two versions", {{"a1", web}, {"a3", web}}, {"a1", "a2", "a3 of 1"}, "[::1]:1,[::1]:2,[::1]:3", {"a1", "a3"}},
        {"one is not registered", {{"a1", web}, {"late", web}}, {"a1", "late", "a2"}, "[::1]:1,10.0.0.7:8000,[::1]:2", {"a1", "late"}},
        {"the first is gone", {{"a2", web}}, {"a1", "a2", "a3"}, "[::1]:2,[::1]:3", {"a1", "a2"}},
        {"no services", {{"a1", none}}, {"a1", "a2", "a3"}, "", {"a1"}},
        {"one of another provider", {{"a1", Json::array({web[0], service("web", "consul", "http")})}, {"a2", web}}, {"a1", "a2"}, "[::1]:1,10.0.0.7:8000,[::1]:2", {"a1", "a2"}},
    };
    for (const auto& one : cases) {
        INFO(one.what);
        Cluster cluster;
        cluster.answers["/v1/service/web"] = registered;
        for (const auto& [id, services] : one.services) cluster.answers["/v1/allocation/" + id] = allocation(id, 8000, services);
        CHECK(address_list(cluster.addresses(one.ids)) == one.addresses);
        std::vector<std::string> read;
        for (const auto& request : cluster.world.requests) {
            if (const auto at = request.url.find("/v1/allocation/"); at != std::string::npos) read.push_back(request.url.substr(at + 15));
        }
        CHECK(read == one.read);
    }
}

TEST_CASE("one name for several ports has each address once") {
    Cluster cluster;
    cluster.answers = {{"/v1/allocation/a1", allocation("a1", 8000, Json::array({service("web", "nomad", "http"), service("web", "nomad", "http")}))},
                       {"/v1/service/web", R"([{"ServiceName":"web","AllocID":"a1","Address":"::1","Port":1},{"ServiceName":"web","AllocID":"a1","Address":"::1","Port":2}])"}};
    const auto addresses = cluster.addresses({"a1"});
    CHECK(addresses.size() == 2);
    CHECK(address_list(addresses) == "[::1]:1,[::1]:2");
}

TEST_CASE("answers of another kind are no addresses") {
    for (const char* text : {"null", "[]", "7", R"({"ID":7,"Job":null})", R"({"Job":{"TaskGroups":[null,{"Name":"","Services":[7,null,{"Name":3}]}]}})"}) {
        INFO(text);
        Cluster cluster;
        cluster.answers = {{"/v1/allocation/a1", text}};
        CHECK(cluster.addresses({"a1"}).empty());
    }
    for (const char* text : {"null", "{}", "[null,7,{}]", R"([{"AllocID":"a1","Address":null,"Port":"x"}])"}) {
        INFO(text);
        Cluster cluster;
        cluster.answers = {{"/v1/allocation/a1", allocation("a1", 8000, Json::array({service("web", "nomad", "http")}))}, {"/v1/service/web", text}};
        CHECK(address_list(cluster.addresses({"a1"})) == "10.0.0.7:8000");
    }
}

TEST_CASE("a list of addresses has each once, in order") {
    CHECK(address_list({}).empty());
    CHECK(address_list({{"b", "", "h:2", "a1", {}}, {"a", "", "h:1", "a1", {}}, {"c", "", "h:2", "a2", {}}}) == "h:2,h:1");
}
