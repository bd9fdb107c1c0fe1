#include "catch.hpp"

#include "deployment/nomad_double.hpp"
#include "run-job/run_job.hpp"

#include <map>
#include <string>
#include <vector>

using namespace slipway;
using namespace slipway::run_job;
using nomad::Json;

namespace {

/// The whole step, and a Nomad that has version 0 of the job and takes version 1.
struct Step : NomadDouble {
    std::map<std::string, Json> answers; ///< to reads, by path, before all others
    std::string type = "service";
    std::function<void()> after_registration = [] {};
    int code = -1;

    Step() {
        add_version(0, true, "a:0");
        world.files.contents["web.json"] = R"({"ID": "web"})";
        on_write = [this](const std::string& path, const Json&) -> io::Response {
            if (path.ends_with("/validate/job")) return json({{"ValidationErrors", nullptr}});
            if (path.ends_with("/plan")) return json({{"Diff", {{"Type", "Edited"}, {"ID", "web"}}}, {"JobModifyIndex", 100}});
            if (path != "/v1/jobs") return json({{"EvalID", ""}});
            add_version(1, false, "a:1")["Type"] = type;
            after_registration();
            return json({{"EvalID", ""}, {"JobModifyIndex", 110}});
        };
        auto others = world.on_request;
        world.on_request = [this, others](const io::Request& request) {
            const auto path = request.url.substr(request.url.find("/v1/"));
            const auto known = answers.find(path.substr(0, path.find('?')));
            if (request.method == "GET" && known != answers.end()) return json(known->second);
            return request.url.ends_with("/v1/agent/self") ? io::Response{403, {}, "Permission denied"} : others(request);
        };
    }

    Step& run(const std::vector<std::string>& arguments) {
        cli::Step<RunJob> step;
        code = world.run(step, arguments);
        std::erase_if(writes, [](const auto& write) { return write.ends_with("/validate/job") || write.ends_with("/plan"); });
        return *this;
    }
    bool says(const std::string& text) const { return world.terminal.err.find(text) != std::string::npos; }
};

const std::string id = "7681a3b8-7d04-baca-fa64-bc9ed3f1a5c4";

} // namespace

TEST_CASE("a gate that could not be told which allocations are the canaries is not asked") {
    // It would judge the version before, and find it well.
    Step step;
    step.after_registration = [&] { step.add_deployment(id, 1, "running", 1, 1); };
    step.run({"web.json", "--gate", "check"});
    INFO(step.world.terminal.err);
    CHECK(step.code == 3);
    CHECK(step.says("it is not known which allocations are the canaries"));
    CHECK(step.says("nomad deployment promote " + id));
    CHECK(step.world.processes.commands.empty());
    CHECK(step.writes == std::vector<std::string>{"PUT /v1/jobs"});
}

TEST_CASE("what failed is stopped only as long as nobody registered something else") {
    for (const bool is_newer : {false, true}) {
        Step step;
        step.type = "batch";
        step.world.files.contents["web.json"] = R"({"ID": "web", "Type": "batch"})";
        step.answers["/v1/job/web/allocations"] = Json::array({{{"ID", id}, {"JobVersion", 1}, {"TaskGroup", "web"}, {"ClientStatus", "failed"}, {"DesiredStatus", "run"}}});
        step.answers["/v1/job/web/evaluations"] = Json::array({{{"ID", "e1"}, {"Status", "complete"}, {"JobModifyIndex", 110}}});
        // Whoever looks at the job for the first time sees the own version.
        int looks = 0;
        auto before = step.world.on_request;
        step.world.on_request = [&step, &looks, before, is_newer](const io::Request& request) {
            const bool is_job = request.method == "GET" && request.url.ends_with("/v1/job/web");
            if (is_job && is_newer && ++looks == 2) step.add_version(2, false, "a:2");
            return before(request);
        };
        step.run({"web.json", "--stop-on-failure"});
        INFO(step.world.terminal.err);
        CHECK(step.code == 1);
        CHECK(step.writes == (is_newer ? std::vector<std::string>{"PUT /v1/jobs"} : std::vector<std::string>{"PUT /v1/jobs", "DELETE /v1/job/web"}));
        CHECK(step.says("is superseded: version 2 was registered by somebody else") == is_newer);
    }
}

TEST_CASE("a payload that cannot be read is known before anything is registered") {
    Step step;
    step.run({"web.json", "--dispatch", "--payload", "missing"});
    CHECK(step.code == 2);
    CHECK(step.says("error: cannot read missing: No such file or directory"));
    CHECK(step.world.requests.empty());
}

TEST_CASE("a folder that has the job's name does not hide the job") {
    Step step;
    step.world.files.contents["web/main.go"] = "";
    step.run({"--stop", "web"});
    INFO(step.world.terminal.err);
    CHECK(step.code == 0);
    CHECK(step.writes == std::vector<std::string>{"DELETE /v1/job/web"});
}
