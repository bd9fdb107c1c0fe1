#include "catch.hpp"

#include "failure.hpp"
#include "fakes.hpp"
#include "grafana/client.hpp"

#include <string>
#include <vector>

using namespace slipway;
using namespace slipway::grafana;

namespace {

const std::string base = "http://grafana.test/sub";

/// A Grafana that always answers the same, and what it was asked.
struct Asked {
    std::vector<io::Request> requests;
    fake::Http http;
    Client client{http, base};

    explicit Asked(int status, std::string body) : http([this, status, body = std::move(body)](const io::Request& request) {
          requests.push_back(request);
          return io::Response{status, {}, body};
      }) {}

    Json sent() const { return Json::parse(std::get<std::string>(requests.at(0).body)); }
};

std::string first_line(const Error& error) { return to_line(error.diagnostics().front()); }

const Json model = {{"uid", "slo-shop"}, {"title", "shop"}, {"panels", Json::array({Json{{"id", 1}, {"title", "a"}}})}};

} // namespace

TEST_CASE("a dashboard is read by its uid") {
    Asked asked(200, R"({"dashboard": {"uid": "slo-shop", "version": 3}, "meta": {"folderUid": "team", "provisioned": false, "version": 3}})");
    const auto stored = asked.client.dashboard("slo-shop");
    REQUIRE(stored);
    CHECK(stored->model.at("version") == 3);
    CHECK(stored->folder_uid == "team");
    CHECK_FALSE(stored->provisioned);
    CHECK(asked.requests.at(0).method == "GET");
    CHECK(asked.requests.at(0).url == base + "/api/dashboards/uid/slo-shop");
    CHECK(Asked(200, R"({"dashboard": {}, "meta": {"provisioned": true}})").client.dashboard("x")->provisioned);
    CHECK_FALSE(Asked(404, R"({"message":"Dashboard not found","traceID":""})").client.dashboard("x"));
    CHECK_FALSE(Asked(404, R"({"message":"dashboards.dashboard.grafana.app \"x\" not found"})").client.dashboard("x"));
}

TEST_CASE("what is no answer of Grafana is none") {
    const auto why = [](int status, const std::string& body) { return failure_of([&] { Asked(status, body).client.dashboard("x"); }); };
    for (const auto& [status, body, said] : std::vector<std::tuple<int, std::string, std::string>>{
             {200, "<!DOCTYPE html>\n<html><title>Sign in</title>", "the answer is not Grafana's: <!DOCTYPE html> | <html><title>Sign in</title>"},
             {200, "[1]", "the answer is not Grafana's: [1]"},
             {200, R"({"status":"success"})", R"(the answer is not Grafana's: {"status":"success"})"},
             {200, "", "the answer is not Grafana's"},
             {302, "<a href=\"/login\">Found</a>.", "status 302: <a href=\"/login\">Found</a>."},
             {404, "404 page not found\n", "status 404: 404 page not found"},
             {404, R"({"message":"Not found"})", "status 404: Not found"},
             {500, R"({"message":"Failed to get dashboard"})", "status 500: Failed to get dashboard"},
             {502, "<html>", "status 502: <html>"}}) {
        const auto error = why(status, body);
        INFO(body);
        CHECK(error.code() == ExitCode::world);
        CHECK(first_line(error) == "GET " + base + "/api/dashboards/uid/x: " + said);
    }
    CHECK(why(404, R"({"message":"Not found"})").diagnostics()[0].hint.starts_with("is --grafana-url"));
    const auto unknown = why(401, R"({"message":"Invalid API key"})");
    CHECK(unknown.code() == ExitCode::world);
    CHECK(first_line(unknown) == "GET " + base + "/api/dashboards/uid/x: Grafana refuses the credentials (status 401: Invalid API key)");
    CHECK(unknown.diagnostics()[0].hint.find("--grafana-token-file") != std::string::npos);
    const auto forbidden = why(403, R"({"accessErrorId":"ACE1","message":"You'll need additional permissions to perform this action. Permissions needed: dashboards:read","title":"Access denied"})");
    CHECK(forbidden.code() == ExitCode::world);
    CHECK(first_line(forbidden).find("Permissions needed: dashboards:read)") != std::string::npos);
    CHECK(forbidden.diagnostics()[0].hint.find("role Editor") != std::string::npos);
    CHECK(first_line(why(403, "<html>")) == "GET " + base + "/api/dashboards/uid/x: Grafana does not permit it (status 403)");
    CHECK(first_line(why(500, "{\"message\":\"a\x1b[2J\"}")).find('\x1b') == std::string::npos);
}

TEST_CASE("a dashboard is stored in place of the one with its uid") {
    Asked asked(200, R"({"id":1,"uid":"slo-shop","url":"/d/slo-shop/shop","status":"success","version":1,"slug":"shop"})");
    auto with_version = model;
    with_version["version"] = 7;
    asked.client.save(with_version, "team", "1.2.3");
    const auto& request = asked.requests.at(0);
    CHECK(request.method == "POST");
    CHECK(request.url == base + "/api/dashboards/db");
    CHECK(request.retry.also_unsafe_methods);
    const auto sent = asked.sent();
    CHECK(sent.at("overwrite") == true);
    CHECK(sent.at("folderUid") == "team");
    CHECK(sent.at("message") == "1.2.3");
    CHECK(sent.at("dashboard").at("id").is_null());
    CHECK_FALSE(sent.at("dashboard").contains("version"));
    CHECK(sent.at("dashboard").at("panels") == model.at("panels"));
    Asked without_folder(200, R"({"uid":"slo-shop","status":"success"})");
    without_folder.client.save(model, "", "");
    CHECK_FALSE(without_folder.sent().contains("folderUid"));
}

TEST_CASE("what Grafana does not take") {
    const auto why = [](int status, const std::string& body) { return failure_of([&] { Asked(status, body).client.save(model, "team", ""); }); };
    const auto where = "POST " + base + "/api/dashboards/db: ";
    const auto name = why(412, R"({"message":"A dashboard with the same name in the folder already exists","status":"name-exists"})");
    CHECK(name.code() == ExitCode::refused);
    CHECK(first_line(name) == where + "Grafana refuses it (status 412): A dashboard with the same name in the folder already exists");
    CHECK(name.diagnostics()[0].hint.find("same title") != std::string::npos);
    CHECK(why(412, R"({"message":"The dashboard has been changed by someone else","status":"version-mismatch"})").diagnostics()[0].hint.find("run again") != std::string::npos);
    const auto provisioned = why(400, R"({"message":"Cannot save provisioned dashboard"})");
    CHECK(provisioned.code() == ExitCode::refused);
    CHECK(provisioned.diagnostics()[0].hint.find("--dashboard") != std::string::npos);
    CHECK(why(400, R"({"error":"bad"})").code() == ExitCode::refused);
    CHECK(why(413, "<html>").code() == ExitCode::world);
    CHECK(first_line(why(404, R"({"message":"folder not found"})")) == where + "status 404: folder not found");
    const auto other = why(200, R"({"uid":"other","status":"success"})");
    CHECK(other.code() == ExitCode::refused);
    CHECK(first_line(other) == where + "Grafana stored the dashboard as 'other' instead of 'slo-shop'");
}

TEST_CASE("folders") {
    CHECK(Asked(200, R"({"id":1,"uid":"team","title":"Team"})").client.has_folder("team"));
    CHECK_FALSE(Asked(404, R"({"message":"folder not found","status":"not-found"})").client.has_folder("team"));
    CHECK(failure_of([] { Asked(404, "nothing here").client.has_folder("team"); }).code() == ExitCode::world);
    const auto forbidden = failure_of([] { Asked(403, R"({"message":"no"})").client.has_folder("team"); });
    CHECK(forbidden.diagnostics()[0].hint.find("folders:read") != std::string::npos);
    Asked asked(200, R"({"uid":"team"})");
    asked.client.make_folder("team", "Team");
    CHECK(asked.requests.at(0).url == base + "/api/folders");
    CHECK(asked.sent() == Json{{"uid", "team"}, {"title", "Team"}});
    CHECK(failure_of([] { Asked(400, R"({"message":"uid contains illegal characters"})").client.make_folder("a/b", ""); }).code() == ExitCode::refused);
}

TEST_CASE("a folder that somebody else makes meanwhile") {
    for (const bool there : {true, false}) {
        fake::Http http([&](const io::Request& request) {
            if (request.method == "POST") return io::Response{412, {}, R"({"message":"the folder has been changed by someone else","status":"version-mismatch"})"};
            return there ? io::Response{200, {}, R"({"uid":"team"})"} : io::Response{404, {}, R"({"message":"folder not found"})"};
        });
        Client client(http, base);
        if (there) CHECK_NOTHROW(client.make_folder("team", "team"));
        else CHECK(failure_of([&] { client.make_folder("team", "team"); }).code() == ExitCode::refused);
    }
}

TEST_CASE("an annotation is sent once") {
    Asked asked(200, R"({"message":"Annotation added","id":1})");
    asked.client.annotate({.dashboard_uid = "slo-shop", .time = *parse_timestamp("2026-11-24T12:00:00.250Z"), .tags = {"deploy", "shop", "1.2"}, .text = "Deployed shop 1.2"});
    CHECK(asked.requests.at(0).url == base + "/api/annotations");
    CHECK_FALSE(asked.requests.at(0).retry.also_unsafe_methods);
    CHECK(asked.sent().dump() == R"({"dashboardUID":"slo-shop","time":1795521600250,"tags":["deploy","shop","1.2"],"text":"Deployed shop 1.2"})");
    const auto forbidden = failure_of([] { Asked(403, R"({"message":"Access denied"})").client.annotate({}); });
    CHECK(forbidden.diagnostics()[0].hint.find("annotations:create") != std::string::npos);
}

TEST_CASE("a request that may have arrived is not sent again where it would count twice") {
    int count = 0;
    fake::World world;
    const auto http = io::make_retrying_client(std::make_unique<fake::Http>([&](const io::Request&) {
                                                   ++count;
                                                   return io::Response{503, {}, "{}"};
                                               }),
                                               world.clock, world.log, [] { return 0.5; });
    Client client(*http, base);
    failure_of([&] { client.annotate({}); });
    CHECK(count == 1);
    count = 0;
    failure_of([&] { client.save(model, "", ""); });
    CHECK(count == 4);
}

TEST_CASE("a stored dashboard is compared with what was sent") {
    const auto with = [](const char* key, const Json& value) {
        auto changed = model;
        changed[key] = value;
        return changed;
    };
    CHECK(difference(model, model).empty());
    CHECK(difference(model, with("id", 5)).empty());
    CHECK(difference(with("version", 1), with("version", 9)).empty());
    CHECK(difference(with("id", nullptr), model).empty());
    CHECK(difference(model, with("weekStart", "")).empty());
    CHECK(difference(with("schemaVersion", 39), with("schemaVersion", 41)).empty());
    CHECK(difference(with("schemaVersion", 39), with("schemaVersion", 38)) == "schemaVersion");
    CHECK(difference(with("max", 1), with("max", 1.0)).empty());
    CHECK(difference(with("x", nullptr), model).empty());
    CHECK(difference(with("title", "other"), model) == "title");
    CHECK(difference(with("tags", Json::array()), model) == "tags");
    CHECK(difference(model, with("panels", Json::array())) == "panels");
    CHECK(difference(model, Json::parse(R"({"uid": "slo-shop", "title": "shop", "panels": [{"id": 1, "title": "b", "more": 1}]})")) == "panels[0].title");
    CHECK(difference(model, Json::parse(R"({"uid": "slo-shop", "title": "shop", "panels": ["a"]})")) == "panels[0]");
    CHECK(difference(model, Json::array()) == "the whole");
    CHECK(difference(with("x", "1"), with("x", 1)) == "x");
}
