#include "catch.hpp"

#include "failure.hpp"
#include "fakes.hpp"
#include "grafana_fake.hpp"
#include "push-rules/dashboards/dashboards.hpp"

#include <functional>

using namespace slipway;
using namespace slipway::push_rules;

namespace {

using Json = nlohmann::ordered_json;
using Names = std::vector<std::string>;

slo::Objective objective(const std::string& service, const std::string& name) {
    slo::Objective made{.service = service, .name = name, .target = 0.999};
    made.indicator.numerator = slo::WindowedQuery({{"sum(rate(errors_total{job=\"api\"}[", 0, false}, {"", 0, true}, {"]))", 0, false}}, "", {});
    made.indicator.total = slo::WindowedQuery({{"sum(rate(events_total{job=\"api\"}[", 0, false}, {"", 0, true}, {"]))", 0, false}}, "", {});
    return made;
}

const std::string url = "http://127.0.0.1:3000";

struct Push {
    fake::World world;
    fake::Grafana grafana;
    DashboardOptions options;
    Release release{.version = "v1.2", .commit = "abc", .deployed = true};
    std::vector<ServiceDashboard> dashboards;

    explicit Push(std::vector<slo::Objective> objectives = {objective("shop", "a"), objective("pay", "b"), objective("shop", "c")}) {
        options.grafana.url = url + '/';
        world.on_request = [this](const io::Request& request) { return grafana.answer(request, url); };
        dashboards = make_dashboards(objectives, {}, options);
    }
    DashboardOutcome push() {
        auto context = world.context();
        return push_dashboards(options, {}, dashboards, release, context);
    }
    DashboardOutcome compare() {
        auto context = world.context();
        return compare_dashboards(options, {}, dashboards, context);
    }
    std::size_t sent(const std::string& path) const {
        std::size_t count = 0;
        for (const auto& request : world.requests) count += request.method == "POST" && request.url == url + path;
        return count;
    }
    bool said(const std::string& words) const { return world.terminal.err.find(words) != std::string::npos; }
};

std::vector<std::string> mistakes(const DashboardOptions& options, bool publishes = true) {
    std::vector<Diagnostic> problems;
    check(options, publishes, problems);
    std::vector<std::string> found;
    for (const auto& problem : problems) found.push_back(problem.message);
    return found;
}

} // namespace

TEST_CASE("each service has a dashboard of its objectives") {
    const Push push;
    REQUIRE(push.dashboards.size() == 2);
    CHECK(push.dashboards[0].service == "shop");
    CHECK(push.dashboards[0].uid == "slo-shop");
    CHECK(push.dashboards[0].file_stem() == "shop");
    CHECK(push.dashboards[1].service == "pay");
    CHECK(push.dashboards[0].text().starts_with("{\n  \"uid\": \"slo-shop\",\n"));
    CHECK(push.dashboards[0].text().ends_with("}\n"));
    auto sliced = objective("odd", "x");
    sliced.budgeting = slo::Budgeting::time_slices;
    CHECK(make_dashboards({sliced}, {.names = slo::Names::sloth}, {}).empty());
}

TEST_CASE("dashboards as files") {
    Push push;
    auto context = push.world.context();
    push.options.path = "out";
    auto files = dashboard_files(push.options, push.dashboards, "");
    REQUIRE(files.size() == 2);
    CHECK(files[0].path == "out/shop.json");
    CHECK(files[1].path == "out/pay.json");
    CHECK(write_dashboards(files, context) == Names{"out/shop.json", "out/pay.json"});
    CHECK(Json::parse(push.world.files.contents.at("out/pay.json")).at("uid") == "slo-pay");
    CHECK(write_dashboards(files, context).empty());
    CHECK(push.said("out/pay.json is the same already"));
    push.options.path = "one.JSON";
    const auto several = failure_of([&] { dashboard_files(push.options, push.dashboards, ""); });
    CHECK(several.code() == ExitCode::misuse);
    CHECK(std::string(several.what()) == "cannot use --dashboard: one.JSON holds one dashboard, and there are 2 services: shop, pay");
    push.dashboards.pop_back();
    CHECK(dashboard_files(push.options, push.dashboards, "").at(0).path == "one.JSON");
    push.options.path = "";
    CHECK(dashboard_files(push.options, push.dashboards, "").empty());
    push.world.files.broken["out/x.json"] = "No space left on device";
    CHECK(failure_of([&] { write_dashboards({{"out/x.json", "a"}}, context); }).code() == ExitCode::world);
}

TEST_CASE("dashboards as ConfigMaps") {
    Push push;
    push.options.format = "configmap";
    push.options.labels = {"team=web,release=on"};
    const auto text = as_configmap(push.dashboards[0], push.options, "monitoring");
    const std::string head = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: dashboard-slo-shop\n  namespace: monitoring\n  labels:\n    grafana_dashboard: \"1\"\n    release: \"on\"\n    team: web\ndata:\n  shop.json: |\n    {\n      \"uid\": \"slo-shop\",\n";
    CHECK(text.substr(0, head.size()) == head);
    push.options.labels = {"grafana_dashboard=yes"};
    CHECK(as_configmap(push.dashboards[0], push.options, "").find("  labels:\n    grafana_dashboard: \"yes\"\ndata:") != std::string::npos);
    push.options.path = "all.yaml";
    const auto files = dashboard_files(push.options, push.dashboards, "");
    REQUIRE(files.size() == 1);
    CHECK(files[0].content.find("\n---\napiVersion: v1\n") != std::string::npos);
    push.options.path = "out";
    CHECK(dashboard_files(push.options, push.dashboards, "").at(1).path == "out/pay.yaml");
    for (const char* service : {"Shop", "a_b", "a-"}) {
        const auto made = as_configmap(make_dashboards({objective(service, "x")}, {}, {}).at(0), push.options, "");
        const auto begin = made.find("name: ") + 6;
        const auto name = made.substr(begin, made.find('\n', begin) - begin);
        INFO(name);
        CHECK(name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string::npos);
        CHECK(name.back() != '-');
        CHECK(name.size() == std::string("dashboard-slo--01234567").size() + std::string(service).size());
    }
    std::vector<slo::Objective> many;
    for (int i = 0; i < 150; ++i) many.push_back(objective("big", "objective-" + std::to_string(i)));
    CHECK(failure_of([&] { as_configmap(make_dashboards(many, {}, {}).at(0), push.options, ""); }).code() == ExitCode::refused);
}

TEST_CASE("dashboards are published once, and read back") {
    Push push;
    const auto first = push.push();
    CHECK(first.code == ExitCode::done);
    CHECK(first.created == Names{"shop", "pay"});
    CHECK(first.annotated == Names{"shop", "pay"});
    CHECK(push.grafana.dashboards.at("slo-shop").at("title") == "shop: service level objectives");
    REQUIRE(push.grafana.annotations.size() == 2);
    CHECK(push.grafana.annotations[0].at("tags") == Json::array({"deploy", "shop", "v1.2"}));
    CHECK(push.grafana.annotations[0].at("text") == "Deployed shop v1.2 (commit abc)");
    CHECK(push.grafana.annotations[0].at("dashboardUID") == "slo-shop");
    CHECK(push.grafana.annotations[0].at("time") == push.world.clock.time.time_since_epoch().count());
    CHECK(push.said("created the dashboard of shop: http://127.0.0.1:3000/d/slo-shop"));

    push.release.deployed = false;
    const auto second = push.push();
    CHECK(second.unchanged == Names{"shop", "pay"});
    CHECK(second.created.empty());
    CHECK(second.annotated.empty());
    CHECK(push.sent("/api/dashboards/db") == 2);
    CHECK(push.said("the dashboard of shop is the same already: nothing to do"));

    push.release.deployed = true;
    CHECK(push.push().annotated == Names{"shop", "pay"});
    CHECK(push.sent("/api/dashboards/db") == 2);

    push.release.deployed = false;
    push.grafana.dashboards["slo-pay"]["panels"][1]["title"] = "somebody's own";
    const auto third = push.push();
    CHECK(third.changed == Names{"pay"});
    CHECK(third.unchanged == Names{"shop"});
    CHECK(third.annotated == Names{"pay"});
}

TEST_CASE("a comparison only asks") {
    Push push;
    CHECK(push.compare().created == Names{"shop", "pay"});
    push.push();
    push.grafana.dashboards["slo-pay"]["title"] = "x";
    const auto before = push.world.requests.size();
    const auto outcome = push.compare();
    CHECK(outcome.unchanged == Names{"shop"});
    CHECK(outcome.changed == Names{"pay"});
    for (auto i = before; i < push.world.requests.size(); ++i) CHECK(push.world.requests[i].method == "GET");
}

TEST_CASE("folders of dashboards") {
    Push push;
    push.options.folder = "team";
    CHECK(push.push().created.size() == 2);
    CHECK(push.sent("/api/folders") == 1);
    CHECK(push.grafana.folder_of.at("slo-pay") == "team");
    push.options.folder = "";
    CHECK(push.push().unchanged.size() == 2);
    push.grafana.dashboards["slo-pay"]["title"] = "x";
    push.push();
    CHECK(push.grafana.folder_of.at("slo-pay") == "team"); // it stays where it is
    push.options.folder = "other";
    CHECK(push.push().changed == Names{"shop", "pay"});
    CHECK(push.grafana.folder_of.at("slo-pay") == "other");
}

TEST_CASE("what Grafana refuses keeps no other dashboard away") {
    Push push;
    push.grafana.misbehave = [](const io::Request& request) -> std::optional<io::Response> {
        const auto* body = std::get_if<std::string>(&request.body);
        if (body && request.url.ends_with("/db") && body->find("slo-shop") != std::string::npos) return io::Response{400, {}, R"({"message":"Dashboard title cannot be empty"})"};
        return std::nullopt;
    };
    const auto outcome = push.push();
    CHECK(outcome.code == ExitCode::refused);
    CHECK(outcome.created == Names{"pay"});
    CHECK(outcome.annotated == Names{"pay"});
    REQUIRE(outcome.diagnostics.size() == 1);
    CHECK(outcome.diagnostics[0].message.find("Dashboard title cannot be empty") != std::string::npos);
}

TEST_CASE("a Grafana that does not answer is not asked for each") {
    Push push;
    push.grafana.misbehave = [](const io::Request&) { return io::Response{401, {}, R"({"message":"Unauthorized"})"}; };
    const auto outcome = push.push();
    CHECK(outcome.code == ExitCode::world);
    CHECK(outcome.diagnostics.size() == 1);
    CHECK(push.world.requests.size() == 1);
}

TEST_CASE("dashboards from files of the server") {
    Push push;
    push.push();
    push.grafana.dashboards["slo-shop"]["title"] = "x";
    push.grafana.provisioned.insert("slo-shop");
    const auto outcome = push.push();
    CHECK(outcome.code == ExitCode::refused);
    CHECK(outcome.diagnostics.at(0).message.find("from a file of its own") != std::string::npos);
    CHECK(outcome.unchanged == Names{"pay"});
}

TEST_CASE("a dashboard that is not there as it was sent is said") {
    Push push;
    push.grafana.loses = "description";
    const auto outcome = push.push();
    CHECK(outcome.code == ExitCode::world);
    CHECK(outcome.created.empty());
    CHECK(outcome.annotated.empty());
    CHECK(outcome.diagnostics.at(0).message == "Grafana took the dashboard of 'shop' and shows something else: description is another one there");
    CHECK(push.world.clock.sleeps.size() == 3);
}

TEST_CASE("a mark that cannot be made is a warning") {
    Push push;
    push.grafana.misbehave = [](const io::Request& request) -> std::optional<io::Response> {
        if (request.url.ends_with("/api/annotations")) return io::Response{403, {}, R"({"message":"Access denied"})"};
        return std::nullopt;
    };
    const auto outcome = push.push();
    CHECK(outcome.code == ExitCode::done);
    CHECK(outcome.created == Names{"shop", "pay"});
    CHECK(outcome.annotated.empty());
    REQUIRE(outcome.diagnostics.size() == 1);
    CHECK(outcome.diagnostics[0].severity == Severity::warning);
    CHECK(push.sent("/api/annotations") == 1);
}

TEST_CASE("without a URL nothing is asked") {
    Push push;
    push.options.grafana.url = "";
    CHECK(push.push().created.empty());
    CHECK(push.world.requests.empty());
}

TEST_CASE("the release that the CI names") {
    CHECK(release_of({.commit = "abcdef", .short_commit = "abc", .tag = "v1"}, true).version == "v1");
    CHECK(release_of({.commit = "abcdef", .short_commit = "abc"}, true).version == "abc");
    CHECK(release_of({}, false).version.empty());
}

TEST_CASE("options of dashboards") {
    cli::OptionSet set;
    DashboardOptions options;
    declare(set, options);
    std::vector<std::string> names;
    for (const auto& option : set.all()) {
        names.push_back(option->name());
        if (option->name() == "grafana-url") CHECK(option->traits().variables.empty());
        if (option->name() == "grafana-token") CHECK(option->traits().variables.size() == 2);
    }
    CHECK(names == Names{"dashboard", "dashboard-format", "dashboard-labels", "dashboard-datasource", "grafana-url", "grafana-token", "grafana-user", "grafana-password", "grafana-header-file", "grafana-folder"});
    CHECK_FALSE(options.wanted());
    CHECK(mistakes({}).empty());
    CHECK(mistakes({.path = "out", .grafana = {.url = "https://g"}, .folder = "team"}).empty());
    CHECK(mistakes({.format = "configmap"}) == Names{"cannot use --dashboard-format: no dashboard is written"});
    CHECK(mistakes({.path = "a.json", .format = "configmap"}).size() == 1);
    CHECK(mistakes({.path = "a.yml"}).size() == 1);
    CHECK(mistakes({.path = "a", .labels = {"a=b"}}).size() == 1);
    CHECK(mistakes({.path = "a", .format = "configmap", .labels = {"a"}}) == Names{"cannot use --dashboard-labels: 'a' is no assignment"});
    CHECK(mistakes({.folder = "team"}).size() == 1);
    CHECK(mistakes({.folder = "team"}, false).empty());
    CHECK(mistakes({.grafana = {.url = "https://g"}, .folder = "Team A"}).size() == 1);
    CHECK(mistakes({.grafana = {.url = "grafana"}}).size() == 1);
    CHECK(mistakes({.grafana = {.url = "https://g", .user = "x"}}).size() == 1);
    CHECK(mistakes({.grafana = {.url = "grafana"}}, false).empty());
}
