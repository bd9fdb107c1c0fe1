#include "catch.hpp"

#include "failure.hpp"
#include "nomad_double.hpp"
#include "run-job/deployment/promote.hpp"

using namespace slipway;
using namespace slipway::run_job;

namespace {

const std::string id = "35031292-42b9-8af4-79af-a512db5dab26";

struct Promoting : NomadDouble {
    Promoting() { add_deployment(id, 1, "running", 1, 1); }

    void promoted() { deployments[id]["TaskGroups"]["web"]["Promoted"] = true; }
    Promotion go() {
        auto context = world.context();
        auto nomad = api(context);
        return promote(id, nomad, context);
    }
};

} // namespace

TEST_CASE("healthy canaries are promoted, and proven to be") {
    Promoting nomad;
    nomad.on_write = [&](const std::string& path, const nomad::Json& body) {
        CHECK(path == "/v1/deployment/promote/" + id);
        CHECK(body == nomad::Json({{"DeploymentID", id}, {"All", true}}));
        nomad.promoted();
        return NomadDouble::json({{"EvalID", "e"}});
    };
    CHECK(nomad.go() == Promotion::done);
    CHECK(nomad.writes.size() == 1);
}

TEST_CASE("a promotion whose answer is lost is looked after before it is sent again") {
    Promoting nomad;
    nomad.on_write = [&](const std::string&, const nomad::Json&) -> io::Response {
        nomad.promoted();
        throw NomadDouble::lost();
    };
    CHECK(nomad.go() == Promotion::done);
    CHECK(nomad.writes.size() == 1);

    Promoting away;
    away.on_write = [&](const std::string&, const nomad::Json&) -> io::Response {
        if (away.writes.size() < 3) throw NomadDouble::lost();
        away.promoted();
        return NomadDouble::json({{"EvalID", "e"}});
    };
    CHECK(away.go() == Promotion::done);
    CHECK(away.writes.size() == 3);
}

TEST_CASE("a deployment that is shown without its groups proves no promotion") {
    Promoting nomad;
    int answers = 0;
    nomad.on_write = [&](const std::string&, const nomad::Json&) {
        nomad.deployments[id]["TaskGroups"] = nullptr;
        nomad.world.clock.on_sleep = [&] {
            if (++answers == 2) nomad.add_deployment(id, 1, "running", 1, 1)["TaskGroups"]["web"]["Promoted"] = true;
        };
        return NomadDouble::json({{"EvalID", "e"}});
    };
    CHECK(nomad.go() == Promotion::done);
    CHECK(answers >= 2);
    CHECK(nomad.writes.size() == 1);
}

TEST_CASE("Nomad's yes alone is no promotion") {
    // As for a group that does not exist.
    Promoting nomad;
    nomad.on_write = [](const std::string&, const nomad::Json&) { return NomadDouble::json({{"EvalID", "e"}}); };
    const auto error = failure_of([&] { nomad.go(); });
    CHECK(words_of(error) == "3 cannot promote deployment 35031292: Nomad says that it is done, and it still waits for promotion");
    CHECK(nomad.writes.size() == 1);
}

TEST_CASE("what cannot be promoted") {
    struct Row {
        const char* status;
        std::uint64_t healthy;
        const char* words;
        Promotion expected;
    };
    for (const auto& [status, healthy, words, expected] : {Row{"running", 0, "1 error occurred:\n\t* Task group \"web\" has 0/1 healthy allocations\n\n", Promotion::not_healthy},
                                                           Row{"failed", 1, "can't promote terminal deployment", Promotion::over},
                                                           Row{"cancelled", 1, "can't promote terminal deployment", Promotion::over}}) {
        INFO(status << ' ' << words);
        Promoting nomad;
        nomad.add_deployment(id, 1, status, 1, healthy);
        const std::string text = words;
        nomad.on_write = [&](const std::string&, const nomad::Json&) { return io::Response{500, {}, text}; };
        CHECK(nomad.go() == expected);
    }
    Promoting odd;
    odd.on_write = [](const std::string&, const nomad::Json&) { return io::Response{500, {}, "sentinel policy says no"}; };
    CHECK(words_of(failure_of([&] { odd.go(); })) == "1 cannot promote deployment 35031292: sentinel policy says no");
    Promoting gone;
    gone.deployments.clear();
    gone.on_write = [](const std::string&, const nomad::Json&) { return io::Response{500, {}, "deployment not found"}; };
    CHECK(gone.go() == Promotion::over);
}

TEST_CASE("a promotion is not tried for ever") {
    Promoting nomad;
    nomad.on_write = [](const std::string&, const nomad::Json&) -> io::Response { throw NomadDouble::lost(); };
    CHECK(failure_of([&] { nomad.go(); }).code() == ExitCode::world);
    CHECK(nomad.world.clock.now() - *parse_timestamp("2026-11-24T12:00:00Z") <= Duration{61'000});
}
