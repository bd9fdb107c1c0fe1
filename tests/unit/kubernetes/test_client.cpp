#include "catch.hpp"

#include "failure.hpp"
#include "fakes.hpp"
#include "kubernetes/client.hpp"
#include "kubernetes/sizes.hpp"

#include <fstream>

using namespace slipway;
using namespace slipway::kubernetes;

namespace {

using Json = nlohmann::json;
using Outcome = Applied::Outcome;

const std::string rules_url = "https://k/base/apis/monitoring.coreos.com/v1/namespaces/prod/prometheusrules";
const Json rule = {{"metadata", {{"name", "myapp"}, {"namespace", "prod"}}}, {"spec", {{"groups", Json::array()}}}};

/// A server that always answers the same.
struct Answering {
    std::vector<io::Request> requests;
    io::Response response;
    fake::Http http{[this](const io::Request& request) {
        requests.push_back(request);
        return response;
    }};
    Client client{http, "https://k/base"};

    explicit Answering(int status, const std::string& body = "{}") : response{status, {}, body} {}
};

/// A failed answer in Kubernetes' form.
std::string status_text(int code, const std::string& reason, const std::string& message, const Json& details = Json::object()) {
    return Json{{"kind", "Status"}, {"apiVersion", "v1"}, {"status", "Failure"}, {"message", message}, {"reason", reason}, {"details", details}, {"code", code}}.dump();
}

Diagnostic failed(int status, const std::string& body, ExitCode code) {
    const auto error = failure_of([&] { Answering(status, body).client.apply(prometheus_rules, rule); });
    CHECK(error.code() == code);
    return error.diagnostics().at(0);
}

std::string refusal(int status, const std::string& body) { return failed(status, body, ExitCode::refused).message; }
std::string world(int status, const std::string& body) { return failed(status, body, ExitCode::world).message; }

constexpr const char* at = "PATCH https://k/base/apis/monitoring.coreos.com/v1/namespaces/prod/prometheusrules/myapp: status ";
constexpr const char* refuses = "Kubernetes refuses PrometheusRule prod/myapp: ";

/// The answers with that status in the recording of a real server.
std::vector<io::Response> recorded(int status) {
    std::ifstream file(std::string(SLIPWAY_SOURCE_DIR) + "/tests/support/recordings/kubernetes.jsonl");
    std::vector<io::Response> found;
    for (std::string line; std::getline(file, line);) {
        const auto json = Json::parse(line);
        if (!json.contains("response") || json["response"]["status"] != status) continue;
        found.push_back({status, {}, json["response"].contains("json") ? json["response"]["json"].dump() : json["response"]["text"].get<std::string>()});
    }
    return found;
}

} // namespace

TEST_CASE("kubernetes: an object is asked for by its path") {
    Answering asked(200, R"({"kind": "ConfigMap", "metadata": {}, "data": {"a": "b"}})");
    CHECK(asked.client.get(config_maps, "team a", "x?y")->at("data").at("a") == "b");
    CHECK(asked.requests.at(0).method == "GET");
    CHECK(asked.requests[0].url == "https://k/base/api/v1/namespaces/team%20a/configmaps/x%3Fy");
    asked.response.body = R"({"kind": "PrometheusRule", "metadata": {}})";
    asked.client.get(prometheus_rules, "prod", "myapp");
    CHECK(asked.requests.at(1).url == rules_url + "/myapp");
}

TEST_CASE("kubernetes: no name means all objects, or their namespace") {
    Answering asked(200);
    for (const char* name : {"", ".", "..", "../..", "a/b", "%2e%2e"}) {
        INFO(name);
        CHECK(failure_of([&] { asked.client.remove(prometheus_rules, "prod", name); }).code() == ExitCode::misuse);
        CHECK(failure_of([&] { asked.client.remove(prometheus_rules, name, "myapp"); }).code() == ExitCode::misuse);
        CHECK(failure_of([&] { asked.client.get(config_maps, "prod", name); }).code() == ExitCode::misuse);
        CHECK(failure_of([&] { asked.client.list(config_maps, name); }).code() == ExitCode::misuse);
        CHECK(failure_of([&] { asked.client.apply(config_maps, {{"metadata", {{"name", name}, {"namespace", "prod"}}}}); }).code() == ExitCode::misuse);
    }
    CHECK(asked.requests.empty());
    CHECK(failure_of([&] { asked.client.get(config_maps, "prod", ".."); }).what() == std::string("cannot ask Kubernetes for an object: '..' is no name of an object"));
    CHECK(failure_of([&] { asked.client.get(config_maps, "", "x"); }).what() == std::string("cannot ask Kubernetes for an object: the name of the namespace is empty"));
}

TEST_CASE("kubernetes: a missing object is nothing, a missing resource is a failure") {
    const auto missing = status_text(404, "NotFound", "prometheusrules.monitoring.coreos.com \"myapp\" not found", {{"name", "myapp"}, {"group", "monitoring.coreos.com"}, {"kind", "prometheusrules"}});
    CHECK_FALSE(Answering(404, missing).client.get(prometheus_rules, "prod", "myapp"));
    CHECK(Answering(404, missing).client.remove(prometheus_rules, "prod", "myapp") == Removal::absent);
    for (const auto& text : {std::string("404 page not found\n"), status_text(404, "NotFound", "the server could not find the requested resource")}) {
        const auto error = failure_of([&] { Answering(404, text).client.get(prometheus_rules, "prod", "myapp"); });
        CHECK(error.code() == ExitCode::world);
        CHECK(error.diagnostics().at(0).message.find("GET " + rules_url + "/myapp: status 404: ") == 0);
        CHECK(error.diagnostics()[0].hint == "the cluster has no resource prometheusrules.monitoring.coreos.com: install the Prometheus operator's resource definitions");
        CHECK(failure_of([&] { Answering(404, text).client.remove(prometheus_rules, "prod", "myapp"); }).code() == ExitCode::world);
        CHECK(failure_of([&] { Answering(404, text).client.list(prometheus_rules, "prod"); }).code() == ExitCode::world);
    }
    const auto elsewhere = failure_of([&] { Answering(404, "<html>Not here</html>").client.get(config_maps, "prod", "x"); });
    CHECK(elsewhere.diagnostics().at(0).hint == "is this really the address of a Kubernetes API server?");
    CHECK(failure_of([&] { Answering(404, "404 page not found").client.get({"example.com", "v1", "things", "Thing"}, "p", "x"); }).diagnostics().at(0).hint ==
          "the cluster has no resource things.example.com: install its resource definition");
}

TEST_CASE("kubernetes: apply") {
    Answering asked(201, R"({"kind": "PrometheusRule", "metadata": {"resourceVersion": "5"}})");
    asked.response.headers = {{"Warning", R"(299 - "old \"API\"", 299 - "b")"}, {"warning", "299 - \"c\""}, {"Warning", "199 x \"other\""}};
    auto applied = asked.client.apply(prometheus_rules, rule);
    CHECK(applied.ok());
    CHECK(applied.outcome == Outcome::created);
    CHECK(applied.object["metadata"]["resourceVersion"] == "5");
    CHECK(applied.warnings == std::vector<std::string>{"old \"API\"", "b", "c"});
    const auto& request = asked.requests.at(0);
    CHECK(request.method == "PATCH");
    CHECK(request.url == rules_url + "/myapp?fieldManager=slipway");
    CHECK(request.headers.at(0).name == "Content-Type");
    CHECK(request.headers[0].value == "application/apply-patch+yaml");
    CHECK(request.retry.also_unsafe_methods);
    auto sent = rule;
    sent["apiVersion"] = "monitoring.coreos.com/v1";
    sent["kind"] = "PrometheusRule";
    CHECK(Json::parse(std::get<std::string>(request.body)) == sent);

    asked.response = {200, {}, R"({"kind": "ConfigMap", "metadata": {}})"};
    applied = asked.client.apply(config_maps, {{"apiVersion", "v1"}, {"metadata", {{"name", "a"}, {"namespace", "b"}}}}, {.field_manager = "me & you", .force = true, .dry_run = true});
    CHECK(applied.outcome == Outcome::kept);
    CHECK(asked.requests.at(1).url == "https://k/base/api/v1/namespaces/b/configmaps/a?fieldManager=me%20%26%20you&force=true&dryRun=All");
}

TEST_CASE("kubernetes: an object that cannot be sent") {
    Answering asked(200);
    CHECK(failure_of([&] { asked.client.apply(config_maps, Json::object()); }).code() == ExitCode::misuse);
    CHECK(failure_of([&] { asked.client.apply(config_maps, {{"metadata", {{"name", "a"}}}}); }).code() == ExitCode::misuse);
    auto wrong = rule;
    wrong["x"] = "\xff";
    CHECK(failure_of([&] { asked.client.apply(prometheus_rules, wrong); }).what() == std::string("cannot apply PrometheusRule prod/myapp: it holds text that is no UTF-8"));
    CHECK(asked.requests.empty());
}

TEST_CASE("kubernetes: conflicts are an answer") {
    Answering asked(409);
    asked.response = recorded(409).at(1);
    const auto applied = asked.client.apply(prometheus_rules, rule);
    CHECK_FALSE(applied.ok());
    CHECK(applied.outcome == Outcome::conflict);
    CHECK(applied.conflicts == std::vector<Conflict>{{"somebody", ".spec.groups[name=\"g\"].rules"}});
    CHECK(applied.object.is_null());
    const auto error = to_error(applied, prometheus_rules, "prod", "myapp");
    CHECK(error.code() == ExitCode::refused);
    CHECK(error.diagnostics().at(0).message == "cannot apply PrometheusRule prod/myapp: .spec.groups[name=\"g\"].rules belongs to 'somebody'");

    const auto conflicts = [](const std::string& message, const Json& causes = nullptr) {
        return Answering(409, status_text(409, "Conflict", message, causes.is_null() ? Json::object() : Json{{"causes", causes}})).client.apply(prometheus_rules, rule);
    };
    const std::string with_time = R"(conflict with "kubectl \"edit\"" using v1 at 2026-11-22T04:08:47Z)";
    CHECK(conflicts("x", Json::array({{{"reason", "FieldManagerConflict"}, {"message", with_time}, {"field", ".data.a"}}})).conflicts == std::vector<Conflict>{{"kubectl \"edit\"", ".data.a"}});
    // From the message alone.
    CHECK(conflicts("Apply failed with 1 conflict: conflict with \"a b\" using v1: .data.x").conflicts == std::vector<Conflict>{{"a b", ".data.x"}});
    CHECK(conflicts("Apply failed with 3 conflicts: conflicts with \"a\":\n- .data.x\n- .data.y\nconflicts with \"b\" using v1:\n- .data.z").conflicts ==
          std::vector<Conflict>{{"a", ".data.x"}, {"a", ".data.y"}, {"b", ".data.z"}});
    CHECK(conflicts("Apply failed with 1 conflict: conflict with \"a\"").conflicts == std::vector<Conflict>{{"a", ""}});
    const auto changed = conflicts("Operation cannot be fulfilled on prometheusrules.monitoring.coreos.com \"myapp\": the object has been modified; please apply your changes to the latest version and try again");
    CHECK(changed.outcome == Outcome::outdated);
    CHECK(to_error(changed, prometheus_rules, "prod", "myapp").what() == std::string("cannot apply PrometheusRule prod/myapp: somebody changed it meanwhile"));
    CHECK(to_error({.outcome = Outcome::conflict}, prometheus_rules, "p", "n").what() == std::string("cannot apply PrometheusRule p/n: other managers own some of its fields"));
    CHECK(world(409, "proxy says no") == at + std::string("409: proxy says no"));
}

TEST_CASE("kubernetes: what the server refuses is told field by field") {
    const auto invalid = recorded(422);
    CHECK(refusal(422, invalid.at(1).body) == refuses + std::string("spec.groups[0].rules[0].expr: Required value"));
    const Json causes = Json::array({{{"reason", "FieldValueRequired"}, {"message", "Required value"}, {"field", "spec.a"}}, {{"reason", "FieldValueInvalid"}, {"message", "Invalid value: 1"}, {"field", "spec.b"}}});
    const auto error = failure_of([&] { Answering(422, status_text(422, "Invalid", "both", {{"causes", causes}})).client.apply(prometheus_rules, rule); });
    REQUIRE(error.diagnostics().size() == 2);
    CHECK(error.diagnostics()[1].message == refuses + std::string("spec.b: Invalid value: 1"));
    CHECK(refusal(400, recorded(400).at(0).body) == refuses + std::string("the name of the object (other) does not match the name on the URL (myapp)"));
    CHECK(refusal(422, status_text(422, "Invalid", "in one\nword")) == refuses + std::string("in one | word"));

    const auto schema = recorded(500).at(0);
    CHECK(refusal(500, schema.body) == refuses + std::string("spec.groups[name=\"g\"].rules[0].nonsense: field not declared in schema"));
    const auto several = "failed to create typed patch object (prod/myapp; v1, Kind=ConfigMap): errors:\n  .a: field not declared in schema\n  .b: field not declared in schema";
    CHECK(failure_of([&] { Answering(500, status_text(500, "", several)).client.apply(prometheus_rules, rule); }).diagnostics().size() == 2);

    const auto words = "admission webhook \"prometheusrulevalidate.monitoring.coreos.com\" denied the request: Rules are not valid";
    for (const int code : {400, 403, 422, 500}) CHECK(refusal(code, status_text(code, "Forbidden", words)) == refuses + std::string(words));
    CHECK(refusal(403, status_text(403, "Forbidden", "configmaps \"x\" is forbidden: exceeded quota: q, requested: count/configmaps=1")).find("exceeded quota") != std::string::npos);
    const auto missing = failed(404, status_text(404, "NotFound", "namespaces \"prod\" not found", {{"name", "prod"}, {"kind", "namespaces"}}), ExitCode::refused);
    CHECK(missing.message == refuses + std::string("there is no namespace 'prod'"));
}

TEST_CASE("kubernetes: too large") {
    auto large = rule;
    large["spec"]["x"] = std::string(1'600'000, 'x');
    for (const auto& response : {recorded(413).at(0), recorded(500).at(2), io::Response{500, {}, status_text(500, "", "rpc error: code = ResourceExhausted desc = trying to send message larger than max (2 vs. 1)")}}) {
        Answering asked(response.status, response.body);
        const auto error = failure_of([&] { asked.client.apply(prometheus_rules, large); });
        CHECK(error.code() == ExitCode::refused);
        CHECK(std::string(error.what()).find(refuses + std::string("it is too large (1.6 MB): ")) == 0);
    }
    CHECK(failed(413, "<html>413 Request Entity Too Large</html>", ExitCode::refused).hint == "make several objects of it"); // a proxy's
    large["spec"]["x"] = std::string(request_limit, 'x');
    Answering asked(200);
    CHECK(failure_of([&] { asked.client.apply(prometheus_rules, large); }).code() == ExitCode::refused);
    CHECK(asked.requests.empty()); // it would break the connection
    CHECK(request_limit == 3145728); // as in the recorded words
}

TEST_CASE("kubernetes: no access, and servers that are not well") {
    const auto forbidden = failed(403, recorded(403).at(1).body, ExitCode::world);
    CHECK(forbidden.message == at + std::string("403: prometheusrules.monitoring.coreos.com \"myapp\" is forbidden: User \"system:serviceaccount:ci:reader\" cannot patch resource "
                                                "\"prometheusrules\" in API group \"monitoring.coreos.com\" in the namespace \"prod\""));
    CHECK(forbidden.hint == "the account needs the verbs get, list, create, patch and delete for prometheusrules.monitoring.coreos.com in the namespace prod");
    const auto unknown = failed(401, recorded(401).at(0).body, ExitCode::world);
    CHECK(unknown.message == at + std::string("401: Unauthorized"));
    CHECK(unknown.hint == "the credentials are wrong or no longer valid");
    CHECK(failed(403, status_text(403, "Forbidden", "unable to create new content in namespace prod because it is being terminated"), ExitCode::world).hint == "the namespace is being deleted");
    CHECK(failed(415, status_text(415, "UnsupportedMediaType", "the body of the request was in an unknown format"), ExitCode::world).hint == "server-side apply needs Kubernetes 1.22 or newer");
    CHECK(world(429, status_text(429, "TooManyRequests", "too many requests, please try again later")) == at + std::string("429: too many requests, please try again later"));
    CHECK(world(503, "upstream connect error\n") == at + std::string("503: upstream connect error"));
    CHECK(world(500, status_text(500, "InternalError", "etcdserver: leader changed")) == at + std::string("500: etcdserver: leader changed"));
    CHECK(world(400, "<html>") == at + std::string("400: <html>"));
    CHECK(world(302, "") == at + std::string("302"));
    CHECK(world(502, std::string(499, 'x') + "\xc3\xa4").size() < 700);
    CHECK(failed(500, status_text(500, "InternalError", "Internal error occurred: failed calling webhook \"x\": connection refused"), ExitCode::world).hint.find("webhook") != std::string::npos);
    const auto undryable = failed(400, status_text(400, "BadRequest", "admission webhook \"x\" does not support dry run"), ExitCode::world);
    CHECK(undryable.message == at + std::string("400: admission webhook \"x\" does not support dry run"));
    CHECK(undryable.hint.find("sideEffects: None or NoneOnDryRun") != std::string::npos);
    CHECK(failure_of([] { Answering(200, "<html>").client.get(config_maps, "a", "b"); }).code() == ExitCode::world);
    CHECK(failure_of([] { Answering(200, "[]").client.apply(prometheus_rules, rule); }).code() == ExitCode::world);
    for (const char* other : {"{}", R"({"login": "https://sso"})", R"({"kind": "ConfigMap", "metadata": {}})", R"({"kind": "PrometheusRule"})"}) {
        CHECK(failed(200, other, ExitCode::world).message == "PATCH " + rules_url + "/myapp: the answer is no PrometheusRule");
        CHECK(failure_of([&] { Answering(200, other).client.get(prometheus_rules, "prod", "myapp"); }).diagnostics().at(0).message == "GET " + rules_url + "/myapp: the answer is no PrometheusRule");
    }
}

TEST_CASE("kubernetes: which answers are worth another try") {
    CHECK(is_final(recorded(500).at(0)));
    CHECK(is_final(recorded(500).at(2)));
    CHECK(is_final({500, {}, status_text(500, "", "admission webhook \"x\" denied the request: no")}));
    CHECK_FALSE(is_final({500, {}, status_text(500, "", "etcdserver: leader changed")}));
    CHECK_FALSE(is_final({503, {}, "request is too large"})); // not Kubernetes' words
    CHECK_FALSE(is_final({429, {}, ""}));
}

TEST_CASE("kubernetes: what was recorded of a real server means what we take it for") {
    for (const int status : {200, 201}) {
        for (const auto& response : recorded(status)) {
            if (response.body.find("PrometheusRule") == std::string::npos || response.body.find("managedFields") == std::string::npos) continue;
            CHECK(Answering(status, response.body).client.apply(prometheus_rules, rule).object["metadata"]["name"] == "myapp");
        }
    }
    CHECK_FALSE(Answering(404, recorded(404).at(1).body).client.get(prometheus_rules, "prod", "myapp"));
    CHECK(Answering(200, recorded(200).back().body).client.remove(prometheus_rules, "prod", "myapp") == Removal::removed);
}

TEST_CASE("kubernetes: removal, and only of what it was") {
    Answering asked(200, status_text(200, "", ""));
    CHECK(asked.client.remove(prometheus_rules, "prod", "myapp") == Removal::removed);
    CHECK(asked.requests.at(0).method == "DELETE");
    CHECK(asked.requests[0].url == rules_url + "/myapp");
    CHECK(std::holds_alternative<std::monostate>(asked.requests[0].body));
    asked.response = {409, {}, status_text(409, "Conflict", "Precondition failed: UID in precondition: u, UID in object meta: v")};
    CHECK(asked.client.remove(prometheus_rules, "prod", "myapp", {.uid = "u", .resource_version = "7"}) == Removal::outdated);
    CHECK(Json::parse(std::get<std::string>(asked.requests.at(1).body)) == Json::parse(R"({"apiVersion": "v1", "kind": "DeleteOptions", "preconditions": {"uid": "u", "resourceVersion": "7"}})"));
    asked.response = {403, {}, recorded(403).at(1).body};
    CHECK(failure_of([&] { asked.client.remove(prometheus_rules, "prod", "myapp"); }).code() == ExitCode::world);
}

TEST_CASE("kubernetes: a list comes in pages") {
    Answering asked(200, R"({"kind": "PrometheusRuleList", "metadata": {"continue": ""}, "items": [{"metadata": {"name": "b"}}]})");
    fake::Http pages([&](const io::Request& request) {
        asked.requests.push_back(request);
        return asked.requests.size() == 1 ? io::Response{200, {}, R"({"metadata": {"continue": "a/b"}, "items": [{"metadata": {"name": "a"}}]})"} : asked.response;
    });
    const auto found = Client(pages, "https://k/base").list(prometheus_rules, "prod", {.labels = "app=my app", .fields = {}});
    REQUIRE(found.size() == 2);
    CHECK(found[0]["kind"] == "PrometheusRule");
    CHECK(found[1]["apiVersion"] == "monitoring.coreos.com/v1");
    CHECK(found[1]["metadata"]["name"] == "b");
    CHECK(asked.requests.at(0).url == rules_url + "?limit=200&labelSelector=app%3Dmy%20app");
    CHECK(asked.requests.at(1).url == rules_url + "?limit=200&labelSelector=app%3Dmy%20app&continue=a%2Fb");
    CHECK(Answering(200, "{}").client.list(prometheus_rules, "prod").empty());
}

TEST_CASE("kubernetes: a list of what fields select") {
    Answering asked(200, R"({"kind": "EventList", "metadata": {}, "items": ["no object", null, {"reason": "Synced"}]})");
    const auto found = asked.client.list(events, "prod", {.labels = {}, .fields = "involvedObject.kind=Canary,involvedObject.name=web"});
    REQUIRE(found.size() == 1);
    CHECK(found[0]["kind"] == "Event");
    CHECK(asked.requests.at(0).url == "https://k/base/api/v1/namespaces/prod/events?limit=200&fieldSelector=involvedObject.kind%3DCanary%2CinvolvedObject.name%3Dweb");
    asked.client.list(pods, "prod", {.labels = "a in (b)", .fields = "status.phase=Failed"});
    CHECK(asked.requests.at(1).url == "https://k/base/api/v1/namespaces/prod/pods?limit=200&labelSelector=a%20in%20%28b%29&fieldSelector=status.phase%3DFailed");
}

TEST_CASE("kubernetes: the version") {
    Answering asked(200, R"({"major": "1", "minor": "34", "gitVersion": "v1.34.1"})");
    CHECK(asked.client.version() == "v1.34.1");
    CHECK(asked.requests.at(0).url == "https://k/base/version");
    CHECK(failure_of([] { Answering(200, "{}").client.version(); }).code() == ExitCode::world);
    CHECK(failure_of([] { Answering(401, "").client.version(); }).what() == std::string("GET https://k/base/version: status 401"));
}
