#include "catch.hpp"

#include "push-rules/push_rules.hpp"
#include "rule_server.hpp"

#include <csignal>
#include <string>
#include <vector>

using namespace slipway;
using slipway::push_rules::PushRules;

namespace {

std::string rules(const std::string& group, const std::string& expr) {
    return "groups:\n- name: " + group + "\n  rules:\n  - record: " + group + ":r\n    expr: " + expr + '\n';
}

/// A team's repository, a rules folder with somebody else's file, and a server that has loaded it.
struct Pipeline {
    fake::World world;
    fake::RuleServer server{world};
    int code = 0;

    Pipeline() {
        world.environment.variables["PROMETHEUS_URL"] = "http://127.0.0.1:9090";
        world.files.contents["/rules/foreign.yml"] = rules("foreign", "up");
        world.files.contents["in/a.yml"] = rules("a", "up");
        server.load();
    }

    std::string published(const std::string& name) const {
        const auto file = world.files.contents.find("/rules/" + name);
        return file == world.files.contents.end() ? "-" : file->second;
    }

    nlohmann::json run(std::vector<std::string> arguments = {}) {
        if (arguments.empty()) arguments = {"in"};
        if (std::find(arguments.begin(), arguments.end(), "--check") == arguments.end()) arguments.insert(arguments.end(), {"--rules-dir", "/rules"});
        arguments.emplace_back("--json");
        world.terminal.out.clear();
        world.terminal.err.clear();
        cli::Step<PushRules> step;
        code = world.run(step, arguments);
        return nlohmann::json::parse(world.terminal.out);
    }

    bool said(const std::string& words) const { return world.terminal.err.find(words) != std::string::npos; }
};

bool is(const io::Request& request, const std::string& path) { return request.url.find(path) != std::string::npos; }

std::vector<std::string> names(const nlohmann::json& list) { return list.get<std::vector<std::string>>(); }
using Names = std::vector<std::string>;

} // namespace

TEST_CASE("rules are published and proven loaded") {
    Pipeline pipeline;
    const auto json = pipeline.run();
    CHECK(pipeline.code == 0);
    CHECK(json.at("ok") == true);
    CHECK(json.at("loaded") == true);
    CHECK(json.at("error") == nullptr);
    CHECK(names(json.at("groups").at("added")) == Names{"a.yml:a"});
    CHECK(pipeline.published("a.yml") == rules("a", "up"));
    CHECK(pipeline.server.reloads == 1);
    REQUIRE(json.at("rules").size() == 1);
    CHECK(json.at("rules")[0] == nlohmann::json{{"file", "in/a.yml"}, {"line", 4}, {"name", "a:r"}, {"expr", "up"}});
}

TEST_CASE("the second time nothing is written and nothing reloaded") {
    Pipeline pipeline;
    pipeline.run();
    const auto json = pipeline.run();
    CHECK(pipeline.code == 0);
    CHECK(pipeline.server.reloads == 1);
    CHECK(json.at("loaded") == true);
    CHECK(names(json.at("groups").at("unchanged")) == Names{"a.yml:a"});
    CHECK(names(json.at("groups").at("added")).empty());
    CHECK(pipeline.said("nothing to do"));
}

TEST_CASE("unchanged rules that fail are told of") {
    Pipeline pipeline;
    pipeline.run();
    pipeline.server.evaluation = {{"health", "err"}, {"lastError", "many-to-many matching not allowed"}, {"lastEvaluation", "2026-11-24T14:02:11Z"}};
    pipeline.run();
    CHECK(pipeline.code == 0);
    CHECK(pipeline.said("warning: Prometheus cannot evaluate what was there before: record 'a:r' of group 'a' fails: many-to-many matching not allowed"));
}

TEST_CASE("unchanged files that are not loaded are loaded") {
    Pipeline pipeline;
    pipeline.world.files.contents["/rules/a.yml"] = rules("a", "up");
    const auto json = pipeline.run();
    CHECK(pipeline.code == 0);
    CHECK(json.at("loaded") == true);
    CHECK(pipeline.server.reloads == 1);
}

TEST_CASE("groups are compared with what lies in the folder") {
    Pipeline pipeline;
    const auto group = [](const std::string& name, const std::string& expr) { return rules(name, expr).substr(8); };
    pipeline.world.files.contents["/rules/a.yml"] = "groups:\n" + group("same", "up") + group("other", "up") + group("gone", "up");
    pipeline.world.files.contents["in/a.yml"] = "groups:\n" + group("other", "down") + group("same", "up") + group("fresh", "up");
    const auto json = pipeline.run();
    CHECK(pipeline.code == 0);
    CHECK(names(json.at("groups").at("added")) == Names{"a.yml:fresh"});
    CHECK(names(json.at("groups").at("changed")) == Names{"a.yml:other"});
    CHECK(names(json.at("groups").at("removed")) == Names{"a.yml:gone"});
    CHECK(names(json.at("groups").at("unchanged")) == Names{"a.yml:same"});
    CHECK(pipeline.published("foreign.yml") == rules("foreign", "up"));
}

TEST_CASE("what lies in the folder may be no rule file") {
    Pipeline pipeline;
    pipeline.world.files.contents["/rules/a.yml"] = "][";
    const auto json = pipeline.run();
    CHECK(pipeline.code == 0);
    CHECK(names(json.at("groups").at("added")) == Names{"a.yml:a"});
}

TEST_CASE("a dry run says what would be done, and does nothing") {
    Pipeline pipeline;
    const auto json = pipeline.run({"in", "--dry-run"});
    CHECK(pipeline.code == 0);
    CHECK(names(json.at("groups").at("added")) == Names{"a.yml:a"});
    CHECK(json.at("loaded") == false);
    CHECK(pipeline.published("a.yml") == "-");
    CHECK(pipeline.server.reloads == 0);
}

TEST_CASE("wrong rules never reach folder or server") {
    Pipeline pipeline;
    pipeline.world.files.contents["in/b.yml"] = "groups: [{name: b, rules: [{expr: up}]}]\n";
    const auto json = pipeline.run();
    CHECK(pipeline.code == 1);
    CHECK(json.at("ok") == false);
    CHECK(json.at("error").at("message") == "the rule has neither record nor alert");
    CHECK(json.at("error").at("file") == "in/b.yml");
    REQUIRE(json.at("problems").size() == 1);
    CHECK(json.at("problems")[0] == nlohmann::json{{"file", "in/b.yml"}, {"line", 1}, {"column", 28}, {"severity", "error"}, {"id", "record-or-alert"}, {"message", "the rule has neither record nor alert"}});
    CHECK(pipeline.server.reloads == 0);
    CHECK(pipeline.published("a.yml") == "-");
}

TEST_CASE("input that is no rule file is misuse, and all of it is named") {
    Pipeline pipeline;
    pipeline.world.files.contents["in/b.yml"] = "apiVersion: openslo/v1\nkind: SLO\n";
    pipeline.world.files.contents["in/c.yaml"] = "][";
    pipeline.world.files.contents["in/d.yml"] = "groups: []\n";
    const auto json = pipeline.run({"in", "missing.yml", "--check"});
    CHECK(pipeline.code == 2);
    CHECK(json.at("problems").size() == 5);
    CHECK(pipeline.said("in/b.yml:1:1: an OpenSLO document has no 'spec'"));
    CHECK(pipeline.said("in/c.yaml:1:1: wrong YAML"));
    CHECK(pipeline.said("in/d.yml:1:1: the file has no groups"));
    CHECK(pipeline.said("cannot read missing.yml"));
}

TEST_CASE("folders are read to every depth, in order, each file once") {
    Pipeline pipeline;
    auto& files = pipeline.world.files.contents;
    files["in/sub/deep/b.yaml"] = rules("b", "up");
    files["in/.hidden.yml"] = "][";
    files["in/.git/x.yml"] = "][";
    files["in/notes.txt"] = "][";
    files["explicit.rules"] = rules("e", "up");
    const auto json = pipeline.run({"in", "in/a.yml", "explicit.rules", "in", "--check"});
    CHECK(pipeline.code == 0);
    Names order;
    for (const auto& rule : json.at("rules")) order.push_back(rule.at("file"));
    CHECK(order == Names{"in/a.yml", "in/sub/deep/b.yaml", "explicit.rules"});
    files.erase("in/a.yml");
    files.erase("in/sub/deep/b.yaml");
    pipeline.run({"in", "--check"});
    CHECK(pipeline.code == 2);
    CHECK(pipeline.said("the folder holds no *.yml or *.yaml file"));
}

TEST_CASE("two files of one name cannot be published") {
    Pipeline pipeline;
    pipeline.world.files.contents["in/sub/a.yml"] = rules("b", "up");
    pipeline.run();
    CHECK(pipeline.code == 2);
    CHECK(pipeline.said("in/sub/a.yml: the file has the same name as in/a.yml"));
    CHECK(pipeline.server.reloads == 0);
    pipeline.run({"in", "--check"});
    CHECK(pipeline.code == 0); // a warning as long as nothing is published
}

TEST_CASE("a server that refuses the rules gets the old ones back") {
    Pipeline pipeline;
    pipeline.world.files.contents["/rules/a.yml"] = rules("a", "old");
    pipeline.server.load();
    pipeline.world.files.contents["in/a.yml"] = rules("a", "x+BROKEN");
    pipeline.world.files.contents["in/new.yml"] = rules("new", "up");
    const auto json = pipeline.run();
    CHECK(pipeline.code == 1);
    CHECK(json.at("ok") == false);
    CHECK(json.at("loaded") == false);
    CHECK(json.at("error").at("message") == "Prometheus refuses to load the rules: failed to reload config: one or more errors occurred");
    CHECK(json.at("problems")[1].at("message") == "wrong expression of record 'a:r': unexpected BROKEN");
    CHECK(json.at("problems")[1].at("line") == 5);
    CHECK(json.at("problems")[1].at("column") == 13);
    CHECK(pipeline.published("a.yml") == rules("a", "old"));
    CHECK(pipeline.published("new.yml") == "-");
    CHECK(pipeline.server.reloads == 2);
    CHECK(pipeline.said("the folder is as it was before, and Prometheus runs with the rules it had"));
}

TEST_CASE("a server that refuses the old state as well has another problem than these rules") {
    Pipeline pipeline;
    pipeline.world.files.contents["/rules/foreign.yml"] = "BROKEN";
    pipeline.run();
    CHECK(pipeline.code == 3);
    CHECK(pipeline.published("a.yml") == "-");
    CHECK(pipeline.said("it refuses without these changes, too"));
}

TEST_CASE("a server that says 200 and never loads the rules is not believed") {
    Pipeline pipeline;
    pipeline.world.files.contents["/rules/a.yml"] = rules("a", "old");
    pipeline.server.load();
    pipeline.server.lie = [](const io::Request& request) -> std::optional<io::Response> {
        if (is(request, "/-/reload")) return io::Response{.status = 200, .headers = {}, .body = ""};
        return std::nullopt;
    };
    const auto json = pipeline.run({"in", "--timeout", "10s"});
    CHECK(pipeline.code == 3);
    CHECK(json.at("loaded") == false);
    CHECK(json.at("error").at("message") == "Prometheus has not loaded the rules within 10s: group 'a' of a.yml is another one there: rule 1, record 'a:r', has other expression there");
    CHECK(pipeline.published("a.yml") == rules("a", "old"));
}

TEST_CASE("a server that reads another folder is told apart") {
    Pipeline pipeline;
    pipeline.world.files.contents["/elsewhere/other.yml"] = rules("other", "up");
    fake::RuleServer elsewhere(pipeline.world, "/elsewhere");
    elsewhere.load();
    const auto json = pipeline.run({"in", "--timeout", "2s"});
    CHECK(pipeline.code == 3);
    CHECK(json.at("error").at("message") == "Prometheus has not loaded the rules within 2s: it has loaded no file of the name a.yml");
    CHECK(json.at("error").at("hint") == "does 'rule_files:' of its configuration match the files in /rules? It has loaded /elsewhere/other.yml");
    CHECK(pipeline.published("a.yml") == "-");
}

TEST_CASE("a server that loads late is waited for") {
    Pipeline pipeline;
    int polls = 0;
    pipeline.server.lie = [&](const io::Request& request) -> std::optional<io::Response> {
        if (is(request, "/api/v1/rules") && ++polls < 5) return fake::RuleServer::success({{"groups", nlohmann::json::array()}});
        return std::nullopt;
    };
    pipeline.run();
    CHECK(pipeline.code == 0);
    CHECK(pipeline.world.clock.sleeps.size() == 3);
}

TEST_CASE("a server may see the folder under another path") {
    Pipeline pipeline;
    pipeline.server.lie = [&](const io::Request& request) -> std::optional<io::Response> {
        if (!is(request, "/api/v1/rules") || pipeline.server.reloads == 0) return std::nullopt;
        auto group = nlohmann::json::parse(R"({"name":"a","file":"/etc/prometheus/a.yml","interval":60,"rules":[{"type":"recording","name":"a:r","query":"up"}]})");
        return fake::RuleServer::success({{"groups", {group}}});
    };
    CHECK(pipeline.run().at("loaded") == true);
}

TEST_CASE("a file of the same name elsewhere proves nothing when the server knows ours") {
    Pipeline pipeline;
    pipeline.server.lie = [&](const io::Request& request) -> std::optional<io::Response> {
        if (!is(request, "/api/v1/rules") || pipeline.server.reloads == 0) return std::nullopt;
        auto right = nlohmann::json::parse(R"({"name":"a","file":"/elsewhere/a.yml","interval":60,"rules":[{"type":"recording","name":"a:r","query":"up"}]})");
        auto wrong = right;
        wrong["file"] = "/rules/a.yml";
        wrong["rules"][0]["query"] = "down";
        return fake::RuleServer::success({{"groups", {right, wrong}}});
    };
    pipeline.run({"in", "--timeout", "1s"});
    // Neither are the old rules back, as far as this server tells.
    CHECK(pipeline.code == 3);
    CHECK(pipeline.published("a.yml") == "-");
}

TEST_CASE("a group that is gone from the file must be gone from the server") {
    Pipeline pipeline;
    pipeline.world.files.contents["/rules/a.yml"] = rules("a", "up") + rules("gone", "up").substr(8);
    pipeline.server.load();
    pipeline.server.lie = [](const io::Request& request) -> std::optional<io::Response> {
        if (is(request, "/-/reload")) return io::Response{.status = 200, .headers = {}, .body = ""};
        return std::nullopt;
    };
    pipeline.run({"in", "--timeout", "1s"});
    CHECK(pipeline.code == 3);
    CHECK(pipeline.said("group 'gone' is still there, and no more in a.yml"));
}

TEST_CASE("rules count when they are evaluated") {
    Pipeline pipeline;
    pipeline.server.evaluation = {{"health", "unknown"}, {"lastEvaluation", "0001-01-01T00:00:00Z"}};
    int looks = 0;
    pipeline.server.lie = [&](const io::Request& request) -> std::optional<io::Response> {
        if (is(request, "/api/v1/rules") && ++looks == 5) pipeline.server.evaluation = {{"health", "ok"}, {"lastEvaluation", "2026-11-24T14:02:11.5Z"}};
        return std::nullopt;
    };
    CHECK(pipeline.run().at("loaded") == true);
    CHECK(pipeline.world.clock.sleeps.size() == 3);
}

TEST_CASE("rules that are never evaluated are taken back") {
    Pipeline pipeline;
    pipeline.server.evaluation = {{"health", "unknown"}, {"lastEvaluation", "0001-01-01T00:00:00Z"}};
    const auto json = pipeline.run({"in", "--timeout", "5s"});
    CHECK(pipeline.code == 3);
    // The group's interval of a minute comes on top.
    CHECK(json.at("error").at("message") == "Prometheus has loaded the rules, but not evaluated them within 1m5s: record 'a:r' of group 'a' has not been evaluated yet");
    CHECK(pipeline.published("a.yml") == "-");
    pipeline.run({"in", "--prove", "loaded"});
    CHECK(pipeline.code == 0);
}

TEST_CASE("an evaluation from before the reload proves nothing") {
    Pipeline pipeline;
    pipeline.world.files.contents["/rules/a.yml"] = rules("a", "old");
    pipeline.server.load();
    pipeline.server.evaluation = {{"health", "ok"}, {"lastEvaluation", "2026-11-24T14:02:11Z"}};
    pipeline.run({"in", "--timeout", "5s"});
    CHECK(pipeline.code == 3);
    CHECK(pipeline.published("a.yml") == rules("a", "old"));
}

TEST_CASE("rules that fail are taken back with the server's reason") {
    Pipeline pipeline;
    pipeline.server.evaluation = {{"health", "err"}, {"lastError", "many-to-many matching not allowed"}, {"lastEvaluation", "2026-11-24T14:02:11Z"}};
    const auto json = pipeline.run();
    CHECK(pipeline.code == 3);
    CHECK(json.at("error").at("message") == "Prometheus has loaded the rules, but cannot evaluate them: record 'a:r' of group 'a' fails: many-to-many matching not allowed");
    CHECK(pipeline.published("a.yml") == "-");
}

TEST_CASE("a name that no pattern of the server matches is seen before anything is written") {
    Pipeline pipeline;
    pipeline.server.config = "rule_files:\n- /elsewhere/*.rules\n- /elsewhere/b.yml\n";
    const auto json = pipeline.run();
    CHECK(pipeline.code == 3);
    CHECK(json.at("error").at("message") == "Prometheus would never read /rules/a.yml: no pattern of its 'rule_files:' matches this name");
    CHECK(json.at("error").at("hint") == "they are /elsewhere/*.rules, /elsewhere/b.yml; nothing was changed");
    CHECK(pipeline.server.reloads == 0);
    pipeline.server.config = "global: {}\n";
    pipeline.run();
    CHECK(pipeline.code == 3);
    pipeline.server.config = "rule_files: ['/mounted/there/[a-c]*.yml']\n";
    pipeline.run();
    CHECK(pipeline.code == 0);
}

TEST_CASE("a server whose metrics deny the reload is not believed") {
    const auto metrics = [](const char* successful, const char* time) {
        return std::string("prometheus_config_last_reload_success_timestamp_seconds ") + time + "\nprometheus_config_last_reload_successful " + successful + "\n";
    };
    for (const bool failed : {false, true}) {
        Pipeline pipeline;
        pipeline.server.metrics = metrics("1", "1.7e+09");
        pipeline.server.lie = [&](const io::Request& request) -> std::optional<io::Response> {
            if (failed && is(request, "/-/reload")) pipeline.server.metrics = metrics("0", "1.7e+09");
            return std::nullopt;
        };
        pipeline.run();
        CHECK(pipeline.code == 3);
        CHECK(pipeline.said(failed ? "says in its metrics that it failed" : "says in its metrics that it has not read its configuration again since"));
        CHECK(pipeline.published("a.yml") == "-");
    }
    Pipeline pipeline;
    pipeline.server.metrics = metrics("1", "1.7e+09");
    pipeline.server.lie = [&](const io::Request& request) -> std::optional<io::Response> {
        if (is(request, "/-/reload")) pipeline.server.metrics = metrics("1", "1.700000001e+09");
        return std::nullopt;
    };
    pipeline.run();
    CHECK(pipeline.code == 0);
}

TEST_CASE("what was there is kept, and comes back") {
    Pipeline pipeline;
    pipeline.world.files.contents["/rules/a.yml"] = rules("a", "old");
    pipeline.world.files.contents["in/new.yml"] = rules("new", "up");
    pipeline.server.load();
    pipeline.run({"in", "--snapshot", "before.json"});
    CHECK(pipeline.code == 0);
    CHECK(pipeline.published("a.yml") == rules("a", "up"));
    const auto json = pipeline.run({"--restore", "before.json"});
    CHECK(pipeline.code == 0);
    CHECK(json.at("loaded") == true);
    CHECK(names(json.at("groups").at("changed")) == Names{"a.yml:a"});
    CHECK(names(json.at("groups").at("removed")) == Names{"new.yml:new"});
    CHECK(json.at("rule_changes") == nlohmann::json{{"added", 0}, {"changed", 1}, {"removed", 1}, {"unchanged", 0}});
    CHECK(pipeline.published("a.yml") == rules("a", "old"));
    CHECK(pipeline.published("new.yml") == "-");
    CHECK(pipeline.published("foreign.yml") == rules("foreign", "up"));
    pipeline.world.files.contents["before.json"] = R"({"format":"slipway push-rules snapshot 1","target":"files","state":{"files":{"../x.yml":"groups: []"}}})";
    pipeline.run({"--restore", "before.json"});
    CHECK(pipeline.code == 2);
    pipeline.world.files.contents["before.json"] = R"({"format":"slipway push-rules snapshot 1","target":"mimir","state":{}})";
    pipeline.run({"--restore", "before.json"});
    CHECK(pipeline.said("it is a snapshot of the target 'mimir', not of 'files'"));
    pipeline.world.files.contents["before.json"] = "groups: []";
    pipeline.run({"--restore", "before.json"});
    CHECK(pipeline.said("it is no snapshot of push-rules"));
}

TEST_CASE("objectives and manifests are published as rule files") {
    Pipeline pipeline;
    pipeline.world.files.contents["in/slo.yaml"] = "version: prometheus/v1\nservice: s\nslos:\n- name: a\n  objective: 99.9\n  sli: {raw: {error_ratio_query: 'x[{{.window}}] or y'}}\n";
    pipeline.run();
    CHECK(pipeline.code == 1);
    CHECK(pipeline.said("in/slo.yaml:6:35: wrong expression"));
    pipeline.world.files.contents["in/slo.yaml"] = "version: prometheus/v1\nservice: s\nslos:\n- name: a\n  objective: 99.9\n  sli: {raw: {error_ratio_query: 'avg_over_time(x[{{.window}}])'}}\n";
    pipeline.world.files.contents["in/manifest.yml"] = "apiVersion: monitoring.coreos.com/v1\nkind: PrometheusRule\nmetadata: {name: m}\nspec:\n  groups: [{name: m, rules: [{record: m, expr: up}]}]\n";
    const auto json = pipeline.run();
    CHECK(pipeline.code == 0);
    CHECK(names(json.at("groups").at("added")) == Names{"a.yml:a", "manifest.yml:m", "slo.yaml:slo-s-a", "slo.yaml:slo-s-a-budget"});
    CHECK(pipeline.published("manifest.yml").find("groups:\n  - name: m\n") != std::string::npos);
    CHECK(pipeline.published("slo.yaml").find("record: slo:error_ratio:rate5m") != std::string::npos);
}

TEST_CASE("an unreachable server changes nothing") {
    Pipeline pipeline;
    pipeline.world.on_request = [](const io::Request& request) -> io::Response { throw world_failure(request.method + ' ' + request.url + ": connection refused"); };
    const auto json = pipeline.run();
    CHECK(pipeline.code == 3);
    CHECK(json.at("error").at("message") == "GET http://127.0.0.1:9090/api/v1/rules: connection refused");
    CHECK(json.at("error").at("hint") == "nothing was changed");
    CHECK(pipeline.published("a.yml") == "-");
}

TEST_CASE("answers that are not Prometheus' change nothing") {
    for (const auto& response : {io::Response{.status = 200, .headers = {}, .body = "<html>Sign in</html>"}, io::Response{.status = 200, .headers = {}, .body = "{\"status\":\"succ"},
                                 io::Response{.status = 503, .headers = {}, .body = "Service Unavailable"}, io::Response{.status = 401, .headers = {}, .body = "Unauthorized"}}) {
        INFO(response.body);
        Pipeline pipeline;
        pipeline.server.lie = [&](const io::Request&) { return std::optional(response); };
        pipeline.run();
        CHECK(pipeline.code == 3);
        CHECK(pipeline.said("nothing was changed"));
        CHECK(pipeline.published("a.yml") == "-");
        CHECK(pipeline.server.reloads == 0);
    }
}

TEST_CASE("a lifecycle API that is off is seen before anything is written") {
    Pipeline pipeline;
    pipeline.server.lifecycle = false;
    pipeline.run();
    CHECK(pipeline.code == 3);
    CHECK(pipeline.said("start it with --web.enable-lifecycle; nothing was changed"));
    CHECK(pipeline.server.reloads == 0);
}

TEST_CASE("a reload without a proper answer brings the old files back") {
    struct Case {
        io::Response response;
        const char* words;
    };
    for (const auto& [response, words] : std::vector<Case>{
             {{.status = 403, .headers = {}, .body = "Lifecycle API is not enabled."}, "the lifecycle API is off"},
             {{.status = 403, .headers = {}, .body = "Forbidden"}, "the server refuses the credentials (status 403)"},
             {{.status = 401, .headers = {}, .body = ""}, "the server refuses the credentials (status 401)"},
             {{.status = 404, .headers = {}, .body = ""}, "status 404: the server knows no reload there"},
             {{.status = 302, .headers = {}, .body = ""}, "status 302"},
             {{.status = 502, .headers = {}, .body = "Bad Gateway"}, "status 502: Bad Gateway"},
             {{.status = 500, .headers = {}, .body = "<html>oops</html>"}, "status 500: <html>oops</html>"},
         }) {
        INFO(words);
        Pipeline pipeline;
        pipeline.server.lie = [&answer = response](const io::Request& request) -> std::optional<io::Response> {
            if (is(request, "/-/reload")) return answer;
            return std::nullopt;
        };
        pipeline.run();
        CHECK(pipeline.code == 3);
        CHECK(pipeline.said(words));
        CHECK(pipeline.said("the folder is as it was before, but Prometheus has not loaded it again"));
        CHECK(pipeline.published("a.yml") == "-");
    }
}

TEST_CASE("a server that dies between write and reload leaves the old files") {
    Pipeline pipeline;
    pipeline.server.lie = [](const io::Request& request) -> std::optional<io::Response> {
        if (is(request, "/-/reload")) throw world_failure("POST " + request.url + ": connection reset");
        return std::nullopt;
    };
    const auto json = pipeline.run();
    CHECK(pipeline.code == 3);
    CHECK(json.at("error").at("message") == "POST http://127.0.0.1:9090/-/reload: connection reset");
    CHECK(pipeline.published("a.yml") == "-");
}

TEST_CASE("a folder that takes the second file no more loses the first as well") {
    Pipeline pipeline;
    pipeline.world.files.contents["in/b.yml"] = rules("b", "up");
    pipeline.world.files.contents["/rules/a.yml"] = rules("a", "old");
    pipeline.world.files.broken["/rules/b.yml"] = "No space left on device";
    const auto json = pipeline.run();
    CHECK(pipeline.code == 3);
    CHECK(json.at("error").at("message") == "cannot write /rules/b.yml: No space left on device");
    CHECK(json.at("error").at("hint") == "the folder is as it was before");
    CHECK(pipeline.published("a.yml") == rules("a", "old"));
    CHECK(pipeline.server.reloads == 0);
}

TEST_CASE("a way back that fails, too, is said") {
    Pipeline pipeline;
    pipeline.world.files.contents["in/a.yml"] = rules("a", "x+BROKEN");
    pipeline.server.lie = [&](const io::Request& request) -> std::optional<io::Response> {
        if (is(request, "/-/reload")) pipeline.world.files.broken["/rules/a.yml"] = "Read-only file system";
        return std::nullopt;
    };
    pipeline.run();
    CHECK(pipeline.code == 3);
    CHECK(pipeline.said("Prometheus refuses to load the rules"));
    CHECK(pipeline.said("the old state of a file is not back: cannot write /rules/a.yml: Read-only file system"));
    CHECK(pipeline.said("put the file right by hand"));
}

TEST_CASE("cancelled between write and proof, the old files are back and loaded") {
    Pipeline pipeline;
    pipeline.world.files.contents["/rules/a.yml"] = rules("a", "old");
    pipeline.server.load();
    pipeline.server.lie = [&](const io::Request& request) -> std::optional<io::Response> {
        if (is(request, "/-/reload") && pipeline.server.reloads == 1) throw Cancelled(SIGTERM);
        return std::nullopt;
    };
    pipeline.run();
    CHECK(pipeline.code == 143);
    CHECK(pipeline.published("a.yml") == rules("a", "old"));
    CHECK(pipeline.server.reloads == 2);
    CHECK(pipeline.said("the folder is as it was before, and Prometheus runs with the rules it had"));
    const auto& hurried = pipeline.world.requests.back();
    CHECK(hurried.timeout <= Duration{2'000});
    CHECK(hurried.retry.attempts == 1);
}

TEST_CASE("cancelled while the old state is loaded again, it is loaded in a hurry") {
    Pipeline pipeline;
    pipeline.world.files.contents["in/a.yml"] = rules("a", "x+BROKEN");
    pipeline.server.lie = [&](const io::Request& request) -> std::optional<io::Response> {
        if (is(request, "/-/reload") && pipeline.server.reloads == 2) throw Cancelled(SIGINT);
        return std::nullopt;
    };
    pipeline.run();
    CHECK(pipeline.code == 130);
    CHECK(pipeline.published("a.yml") == "-");
    CHECK(pipeline.server.reloads == 3);
}

TEST_CASE("another push-rules in the folder is waited for, but not for ever") {
    Pipeline pipeline;
    pipeline.world.files.locked.insert("/rules");
    pipeline.run({"in", "--timeout", "3s"});
    CHECK(pipeline.code == 4);
    CHECK(pipeline.said("another push-rules works in /rules and has not finished within 3s"));
    CHECK(pipeline.server.reloads == 0);
    pipeline.world.clock.on_sleep = [&] { pipeline.world.files.locked.clear(); };
    pipeline.run();
    CHECK(pipeline.code == 0);
    CHECK(pipeline.world.files.locked.empty()); // and given back
}

TEST_CASE("what somebody else wrote while we waited is compared anew") {
    Pipeline pipeline;
    pipeline.world.files.locked.insert("/rules");
    pipeline.world.clock.on_sleep = [&] {
        pipeline.world.files.locked.clear();
        pipeline.world.files.contents["/rules/a.yml"] = rules("a", "theirs");
        pipeline.server.load();
    };
    const auto json = pipeline.run();
    CHECK(pipeline.code == 0);
    CHECK(names(json.at("groups").at("changed")) == Names{"a.yml:a"});
}

TEST_CASE("options that are missing or wrong") {
    Pipeline pipeline;
    pipeline.world.environment.variables.clear();
    cli::Step<PushRules> step;
    CHECK(pipeline.world.run(step, {"in"}) == 2);
    CHECK(pipeline.said("missing --rules-dir"));
    CHECK(pipeline.said("missing --prometheus-url"));
    pipeline.run({"-", "--check"});
    CHECK(pipeline.code == 2);
    CHECK(pipeline.said("cannot read rules from standard input"));
    pipeline.run({"in", "--prometheus-url", "ftp://x", "--timeout", "0"});
    CHECK(pipeline.code == 2);
    CHECK(pipeline.said("is no http:// or https:// URL"));
    CHECK(pipeline.said("cannot use --timeout"));
    pipeline.run({"in", "--target", "ruler"});
    CHECK(pipeline.code == 2);
    CHECK(pipeline.said("'ruler' is none of files"));
}

TEST_CASE("a rules folder that is not there is a mistake of the call") {
    Pipeline pipeline;
    cli::Step<PushRules> step;
    CHECK(pipeline.world.run(step, {"in", "--rules-dir", "/nowhere"}) == 2);
    CHECK(pipeline.said("cannot publish into /nowhere: there is no such folder"));
}

TEST_CASE("people's names cannot fake lines of the result") {
    Pipeline pipeline;
    pipeline.world.files.contents["in/a.yml"] = "groups: [{name: \"a\\nadded b.yml:b\", rules: [{record: r, expr: up}]}]\n";
    cli::Step<PushRules> step;
    CHECK(pipeline.world.run(step, {"in", "--rules-dir", "/rules"}) == 0);
    CHECK(pipeline.world.terminal.out == "added a.yml:a\\x0aadded b.yml:b\n");
}
