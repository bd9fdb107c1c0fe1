#include "catch.hpp"

#include "failure.hpp"
#include "run-job/registration/registration.hpp"
#include "small_nomad.hpp"

#include <string>
#include <vector>

using namespace slipway;
using namespace slipway::run_job;

namespace {

using Fault = SmallNomad::Fault;

nomad::Json spec_of(int count) { return {{"ID", "web"}, {"Name", "web"}, {"Type", "service"}, {"Count", count}}; }

JobFile file_of(const nomad::Json& spec) {
    JobFile file;
    file.path = "web.hcl";
    file.key = {"web", ""};
    file.type = "service";
    file.job = spec;
    return file;
}

/// Plans, lets the world change, and registers.
Registered register_upon(SmallNomad& server, const nomad::Json& spec, OnConflict on_conflict, const std::function<void()>& meanwhile = [] {}) {
    return server.with([&](nomad::JobApi& api, nomad::Client& client, cli::Context& context) {
        auto planned = plan_job(file_of(spec), client);
        meanwhile();
        return register_planned(planned, api, client, on_conflict, context);
    });
}

std::string refusal(SmallNomad& server, const nomad::Json& spec, OnConflict on_conflict, const std::function<void()>& meanwhile = [] {}) {
    return words_of(failure_of([&] { register_upon(server, spec, on_conflict, meanwhile); }));
}

} // namespace

TEST_CASE("a plan tells what would change, and upon what") {
    SmallNomad server;
    server.put(spec_of(1));
    server.instead = [](const io::Request& request) -> std::optional<io::Response> {
        if (!request.url.ends_with("/plan")) return std::nullopt;
        return io::Response{200, {}, R"({"JobModifyIndex": 101, "Diff": {"Type": "Edited", "ID": "web", "TaskGroups": [{"Type": "Edited", "Name": "g",
            "Updates": {"canary": 1, "ignore": 2}, "Fields": [{"Type": "Edited", "Name": "Count", "Old": "1", "New": "2", "Annotations": ["forces create"]}]}]},
            "FailedTGAllocs": {"g": {"NodesEvaluated": 1, "ConstraintFiltered": {"${attr.kernel.name} = plan9": 1}}}})"};
    };
    const auto planned = server.with([](nomad::JobApi&, nomad::Client& client, cli::Context&) { return plan_job(file_of(spec_of(2)), client); });
    CHECK(planned.changes);
    CHECK(planned.job_modify_index == 101);
    CHECK(planned.unplaceable == std::vector<std::string>{"group g: 1 node filtered by ${attr.kernel.name} = plan9"});
    CHECK(planned.difference() == "~ job \"web\"\n  ~ group \"g\" (1 canary, 2 ignore)\n    ~ Count: \"1\" => \"2\" (forces create)\n");
    CHECK(server.sent == 0);
}

TEST_CASE("a plan that is none is not taken for one without changes") {
    for (const char* lie : {"{}", "[]", "null", R"({"Diff": null})", R"({"Diff": []})", R"({"Diff": {"Type": 3}})", R"({"Diff": {}, "JobModifyIndex": "x"})"}) {
        INFO(lie);
        SmallNomad server;
        server.instead = [&](const io::Request&) { return io::Response{200, {}, lie}; };
        const auto error = failure_of([&] { server.with([](nomad::JobApi&, nomad::Client& client, cli::Context&) { return plan_job(file_of(spec_of(2)), client).changes; }); });
        CHECK(error.code() == ExitCode::world);
    }
}

TEST_CASE("a new job and a changed one are registered upon their plan") {
    SmallNomad server;
    const auto first = register_upon(server, spec_of(1), OnConflict::fail);
    CHECK(first.changed);
    CHECK(first.version == 0);
    CHECK(first.job_modify_index == 101);
    CHECK(first.evaluation == "eval-101");
    CHECK(server.last_body["EnforceIndex"] == true);
    CHECK(server.last_body["JobModifyIndex"] == 0);
    CHECK_FALSE(server.last_body.contains("Submission"));

    const auto second = register_upon(server, spec_of(2), OnConflict::fail);
    CHECK(second.changed);
    CHECK(second.version == 1);
    CHECK(server.last_body["JobModifyIndex"] == 101);
    CHECK(server.processed == 2);
}

TEST_CASE("a job that Nomad has already is not registered") {
    SmallNomad server;
    server.put(spec_of(1));
    const auto registered = register_upon(server, spec_of(1), OnConflict::fail);
    CHECK_FALSE(registered.changed);
    CHECK(registered.version == 0);
    CHECK(registered.job_modify_index == 101);
    CHECK(registered.evaluation.empty());
    CHECK(server.sent == 0);
}

TEST_CASE("whoever was faster is named, and is overwritten only when that is wanted") {
    struct Row {
        const char* what;
        std::function<void(SmallNomad&)> before;
        std::function<void(SmallNomad&)> meanwhile;
        std::string refusal;
    };
    const std::string hint = " | run this step again, or with --retry-on-conflict, which plans again by itself";
    const std::string begin = "1 job web was changed by somebody else since the plan: ";
    const std::vector<Row> rows{
        {"another version", [](SmallNomad& server) { server.put(spec_of(1)); }, [](SmallNomad& server) { server.put(spec_of(7)); },
         begin + "version 1 with modify index 102 stands where 101 was planned upon" + hint},
        {"a first version", [](SmallNomad&) {}, [](SmallNomad& server) { server.put(spec_of(7)); }, begin + "version 0 with modify index 101 stands where there was none" + hint},
        {"purged", [](SmallNomad& server) { server.put(spec_of(1)); }, [](SmallNomad& server) { server.job = nullptr; }, begin + "there is none where 101 was planned upon" + hint},
        {"what was planned as unchanged", [](SmallNomad& server) { server.put(spec_of(2)); }, [](SmallNomad& server) { server.put(spec_of(7)); },
         begin + "version 1 with modify index 102 stands where 101 was planned upon" + hint},
        {"what was planned as unchanged is purged", [](SmallNomad& server) { server.put(spec_of(2)); }, [](SmallNomad& server) { server.job = nullptr; },
         begin + "there is none where 101 was planned upon" + hint},
    };
    for (const auto& row : rows) {
        INFO(row.what);
        SmallNomad careful;
        row.before(careful);
        CHECK(refusal(careful, spec_of(2), OnConflict::fail, [&] { row.meanwhile(careful); }) == row.refusal);
        CHECK(careful.processed == 0);

        SmallNomad again;
        row.before(again);
        const auto registered = register_upon(again, spec_of(2), OnConflict::plan_again, [&] { row.meanwhile(again); });
        CHECK(registered.changed);
        CHECK(again.processed == 1);
        CHECK(again.job["Count"] == 2);
        CHECK(registered.job_modify_index == again.index);
        CHECK(again.world.terminal.err.find("planned again") != std::string::npos);
    }
}

TEST_CASE("a race against the same job is none") {
    for (const auto on_conflict : {OnConflict::fail, OnConflict::plan_again}) {
        SmallNomad server;
        server.put(spec_of(1));
        const auto registered = register_upon(server, spec_of(2), on_conflict, [&] { server.put(spec_of(2)); });
        CHECK_FALSE(registered.changed);
        CHECK(registered.version == 1);
        CHECK(server.processed == 0);
    }
}

TEST_CASE("a race that is lost again and again ends") {
    SmallNomad server;
    server.put(spec_of(1));
    server.before_write = [&](const std::string&) { server.put(spec_of(static_cast<int>(server.index))); };
    CHECK(refusal(server, spec_of(2), OnConflict::plan_again) ==
          "1 job web was changed by somebody else since the plan: version 6 with modify index 107 stands where 106 was planned upon, and so on 5 times | somebody else registers it all the time");
    CHECK(server.processed == 0);
}

TEST_CASE("when answers are lost nothing is registered twice") {
    struct Row {
        std::vector<Fault> faults;
        int sent;
    };
    for (const bool existed : {false, true}) {
        for (const auto& row : {Row{{Fault::before}, 2}, Row{{Fault::after}, 1}, Row{{Fault::late}, 2}, Row{{Fault::before, Fault::before, Fault::after}, 3}, Row{{Fault::late, Fault::before}, 2}}) {
            CAPTURE(existed, row.sent, row.faults.size());
            SmallNomad server;
            if (existed) server.put(spec_of(1));
            server.faults = row.faults;
            const auto registered = register_upon(server, spec_of(2), OnConflict::fail);
            CHECK(registered.changed);
            CHECK(registered.version == (existed ? 1 : 0));
            CHECK(registered.evaluation == "eval-" + std::to_string(server.index));
            CHECK(server.processed == 1);
            CHECK(server.sent == row.sent);
            CHECK(server.world.terminal.err.find("the answer to the registration is lost") != std::string::npos);
        }
    }
}

TEST_CASE("a lost answer beside a faster one is a lost race") {
    SmallNomad server;
    server.put(spec_of(1));
    server.faults = {Fault::before};
    server.before_write = [&](const std::string&) { server.put(spec_of(7)); };
    CHECK(refusal(server, spec_of(2), OnConflict::fail).starts_with("1 job web was changed by somebody else since the plan: version 1 with modify index 102 stands where 101 was planned upon"));
    CHECK(server.processed == 0);
}

TEST_CASE("a server that loses every answer is given up at the deadline") {
    SmallNomad server;
    server.faults.assign(1000, Fault::before);
    CHECK(refusal(server, spec_of(2), OnConflict::fail) ==
          "3 cannot register job web: connection refused | whether it is registered is not known: run this step again");
    CHECK(server.sent < 200);
}

TEST_CASE("what Nomad refuses is told in its words, and not sent again") {
    SmallNomad server;
    server.instead = [](const io::Request& request) -> std::optional<io::Response> {
        if (!request.url.ends_with("/v1/jobs")) return std::nullopt;
        return io::Response{500, {}, "1 error occurred:\n* Task group \"g\" should have\n\n"};
    };
    CHECK(refusal(server, spec_of(2), OnConflict::plan_again) == "1 Nomad refuses job web: Task group \"g\" should have");
}

TEST_CASE("a version that was replaced at once is still ours") {
    SmallNomad server;
    server.put(spec_of(1));
    bool done = false;
    server.instead = [&](const io::Request& request) -> std::optional<io::Response> {
        if (request.method == "GET" && server.processed == 1 && !done) {
            done = true;
            server.put(spec_of(9));
        }
        return std::nullopt;
    };
    const auto registered = register_upon(server, spec_of(2), OnConflict::fail);
    CHECK(registered.version == 1);
    CHECK(registered.job_modify_index == 102);
    CHECK(registered.evaluation == "eval-102");
}

TEST_CASE("a server that answers with an older job is asked until it knows") {
    SmallNomad server;
    server.put(spec_of(1));
    const auto old = server.job;
    int stale = 3;
    server.instead = [&](const io::Request& request) -> std::optional<io::Response> {
        if (request.method != "GET" || server.processed == 0 || stale-- <= 0) return std::nullopt;
        return io::Response{200, {}, old.dump()};
    };
    CHECK(register_upon(server, spec_of(2), OnConflict::fail).version == 1);
    stale = 1'000'000;
    CHECK(refusal(server, spec_of(3), OnConflict::fail) == "3 registered job web, and Nomad does not show it | look at it with nomad job status");
    CHECK(server.processed == 2);
}

TEST_CASE("answers to a registration that say nothing do not crash") {
    for (const char* lie : {"{}", R"({"JobModifyIndex": "x", "EvalID": 7, "Warnings": []})", R"({"JobModifyIndex": -1})"}) {
        INFO(lie);
        SmallNomad server;
        server.put(spec_of(1));
        server.instead = [&](const io::Request& request) -> std::optional<io::Response> {
            if (!request.url.ends_with("/v1/jobs")) return std::nullopt;
            return io::Response{200, {}, lie};
        };
        const auto registered = register_upon(server, spec_of(2), OnConflict::fail);
        CHECK(registered.changed);
        CHECK(registered.evaluation.empty());
    }
}

TEST_CASE("a periodic job starts nothing by itself") {
    SmallNomad server;
    server.instead = [&](const io::Request& request) -> std::optional<io::Response> {
        if (request.url.ends_with("/v1/jobs")) {
            auto spec = spec_of(1);
            spec["Type"] = "batch";
            spec["Periodic"] = {{"Enabled", true}, {"Spec", "0 0 * * *"}};
            server.put(spec);
            return io::Response{200, {}, R"({"EvalID": "", "JobModifyIndex": 101})"};
        }
        return std::nullopt;
    };
    const auto registered = register_upon(server, spec_of(2), OnConflict::fail);
    CHECK(registered.periodic);
    CHECK_FALSE(registered.parameterized);
    CHECK(registered.type == "batch");
    CHECK(registered.evaluation.empty());
}
