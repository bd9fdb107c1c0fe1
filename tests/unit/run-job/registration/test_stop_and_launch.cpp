#include "catch.hpp"

#include "core/encoding.hpp"
#include "failure.hpp"
#include "run-job/registration/launch.hpp"
#include "run-job/registration/stop.hpp"
#include "small_nomad.hpp"

#include <string>
#include <vector>

using namespace slipway;
using namespace slipway::run_job;

namespace {

using Fault = SmallNomad::Fault;
using Purge = nomad::JobApi::Purge;

Stopped stop(SmallNomad& server, Purge purge) {
    return server.with([&](nomad::JobApi& api, nomad::Client&, cli::Context& context) { return stop_job(api, purge, context); });
}

Launched dispatch(SmallNomad& server, const std::vector<std::string>& meta, const std::string& payload = {}) {
    return server.with([&](nomad::JobApi& api, nomad::Client&, cli::Context& context) { return dispatch_job(api, meta, payload, context); });
}

Launched force(SmallNomad& server) {
    return server.with([](nomad::JobApi& api, nomad::Client&, cli::Context& context) { return force_job(api, context); });
}

nomad::Json web() { return {{"ID", "web"}, {"Type", "service"}}; }

} // namespace

TEST_CASE("a job is stopped once, whatever becomes of the answers") {
    struct Row {
        const char* what;
        std::vector<Fault> faults;
        int sent;
        int processed;
    };
    for (const auto purge : {Purge::no, Purge::yes}) {
        for (const auto& row : {Row{"answered", {}, 1, 1}, Row{"not heard", {Fault::before, Fault::before}, 3, 1}, Row{"done without an answer", {Fault::after}, 1, 1}}) {
            INFO(row.what << (purge == Purge::yes ? ", purged" : ""));
            SmallNomad server;
            server.put(web());
            server.put(web());
            server.faults = row.faults;
            const auto stopped = stop(server, purge);
            CHECK(stopped.changed);
            CHECK(stopped.version == 1u);
            CHECK(server.sent == row.sent);
            CHECK(server.processed == row.processed);
        }
    }
}

TEST_CASE("what is not there, or has stopped, is not stopped") {
    SmallNomad server;
    auto stopped = stop(server, Purge::yes);
    CHECK_FALSE(stopped.changed);
    CHECK_FALSE(stopped.version);
    CHECK(server.world.terminal.err.find("job web is not there: nothing to stop") != std::string::npos);

    server.put(web());
    server.job["Stop"] = true;
    stopped = stop(server, Purge::no);
    CHECK_FALSE(stopped.changed);
    CHECK(stopped.version == 0u);
    CHECK(server.sent == 0);
    // A purge takes away what has stopped.
    CHECK(stop(server, Purge::yes).changed);
    CHECK(server.job.is_null());
}

TEST_CASE("what Nomad does not stop, or never answers, is told") {
    SmallNomad server;
    server.put(web());
    server.faults.assign(1000, Fault::before);
    CHECK(words_of(failure_of([&] { stop(server, Purge::no); })) == "3 cannot stop job web: connection refused");
    server.instead = [](const io::Request& request) -> std::optional<io::Response> {
        if (request.method != "DELETE") return std::nullopt;
        return io::Response{500, {}, "job is protected"};
    };
    CHECK(words_of(failure_of([&] { stop(server, Purge::no); })) == "1 cannot stop job web: job is protected");
}

TEST_CASE("a parameterized job is dispatched once, whatever becomes of the answers") {
    for (const auto fault : {Fault::none, Fault::before, Fault::after, Fault::late}) {
        CAPTURE(static_cast<int>(fault));
        SmallNomad server;
        server.faults = {fault};
        const auto launched = dispatch(server, {"who=me", "what=a=b", "empty="}, std::string("\0payload", 8));
        CHECK(launched.job_id == "web/dispatch-1");
        CHECK(launched.evaluation == "eval-of-child");
        CHECK(server.processed == 1);
        CHECK(server.last_body["Meta"].dump() == R"({"empty":"","what":"a=b","who":"me"})");
        CHECK(server.last_body["Payload"] == base64(std::string("\0payload", 8)));
    }
    SmallNomad server;
    CHECK(dispatch(server, {"who=me"}).job_id == "web/dispatch-1");
    CHECK(dispatch(server, {"who=me"}).job_id == "web/dispatch-2"); // another one, not a repetition
}

TEST_CASE("a dispatch that Nomad refuses, or of which it tells nothing, fails") {
    SmallNomad server;
    CHECK(words_of(failure_of([&] { dispatch(server, {}); })) == "1 cannot dispatch job web: Dispatch did not provide required meta keys: [who]");
    CHECK(server.sent == 1);
    server.faults.assign(1000, Fault::before);
    CHECK(words_of(failure_of([&] { dispatch(server, {"who=me"}); })) == "3 cannot start job web: connection refused | whether it was started is not known");
    for (const char* lie : {"{}", "null", R"({"DispatchedJobID": 7})"}) {
        INFO(lie);
        server.instead = [&](const io::Request&) { return io::Response{200, {}, lie}; };
        CHECK(failure_of([&] { dispatch(server, {"who=me"}); }).code() == ExitCode::world);
        CHECK(failure_of([&] { force(server); }).code() == ExitCode::world);
    }
}

TEST_CASE("a periodic job is started once, whatever becomes of the answer") {
    for (const auto fault : {Fault::none, Fault::before, Fault::after}) {
        CAPTURE(static_cast<int>(fault));
        SmallNomad server;
        server.put(web());
        server.children = {"web/periodic-before"};
        server.faults = {fault};
        const auto launched = force(server);
        CHECK(launched.job_id == "web/periodic-1");
        CHECK(launched.evaluation == "eval-of-child");
        CHECK(server.processed == 1);
    }
    SmallNomad server;
    CHECK(words_of(failure_of([&] { force(server); })) == "1 cannot start job web: job not found");
}

TEST_CASE("a child without an evaluation is waited for, and not started again") {
    SmallNomad server;
    server.put(web());
    server.faults = {Fault::after};
    int empty_answers = 3;
    server.instead = [&](const io::Request& request) -> std::optional<io::Response> {
        if (request.url.find("%2Fperiodic-1/evaluations") == std::string::npos) return std::nullopt;
        if (empty_answers-- > 0) return io::Response{200, {}, "[]"};
        return std::nullopt;
    };
    CHECK(force(server).evaluation == "eval-of-child");
    CHECK(server.processed == 1);
    CHECK(empty_answers < 0);
}
