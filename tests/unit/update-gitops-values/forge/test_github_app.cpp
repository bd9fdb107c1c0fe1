#include "catch.hpp"

#include "failure.hpp"
#include "scripted_forge.hpp"
#include "signing_keys.hpp"
#include "update-gitops-values/forge/github_app.hpp"

#include <chrono>

using namespace slipway;
using namespace slipway::update_gitops_values;

namespace {

const std::string api = "https://api.github.com";
const ForgeProject project{.kind = ForgeProject::Kind::github, .api = api, .path = "ops/gitops"};
const std::string find = "GET /repos/ops/gitops/installation";
const std::string make = "POST /app/installations/7/access_tokens";
const std::string give_back = "DELETE /installation/token";

struct App : ScriptedForge {
    cli::Context context = world.context();
    ForgeOptions options;
    cli::TlsOptions tls;

    App() : ScriptedForge(api) {
        options.app_id = "4711";
        options.app_key = Secret(make_rsa_key().pem());
    }
    App& gives(const std::string& token) {
        on(find, 200, R"({"id": 7})").on(make, 201, R"({"token": ")" + token + R"("})");
        return *this;
    }
    std::string failure() {
        return words_of(failure_of([&] { InstallationToken(project, options, tls, context); }));
    }
};

} // namespace

TEST_CASE("an app's token is for one repository, and is given back", "[forge]") {
    App app;
    app.gives("ghs_first-token").on(give_back, 204, "");
    {
        InstallationToken token(project, app.options, app.tls, app.context);
        CHECK(token.value().reveal() == "ghs_first-token");
        CHECK(app.sent(1) == json::Value::parse(R"({"repositories": ["gitops"], "permissions": {"contents": "write"}})"));
        CHECK(app.left() == 1);
    }
    CHECK(app.left() == 0);
}

TEST_CASE("an app's token is renewed before it ends, and Git is told", "[forge]") {
    App app;
    app.options.mode = "pull-request";
    app.gives("ghs_first-token");
    InstallationToken token(project, app.options, app.tls, app.context);
    CHECK(app.sent(1)["permissions"]["pull_requests"] == "write");
    std::vector<std::string> told;
    token.on_renewal([&](const Secret& now) { told.push_back(now.reveal()); });
    app.world.clock.time += std::chrono::minutes(49);
    CHECK(token.value().reveal() == "ghs_first-token");
    app.world.clock.time += std::chrono::minutes(2);
    app.gives("ghs_second-token").on(give_back, 204, "");
    CHECK(token.value().reveal() == "ghs_second-token");
    CHECK(token.value().reveal() == "ghs_second-token");
    CHECK(told == std::vector<std::string>{"ghs_second-token"});
    CHECK(app.left() == 0);
    app.on(give_back, 404, "{}"); // what does not work at the end is nobody's trouble
}

TEST_CASE("what an app may not", "[forge]") {
    App app;
    app.on(find, 404, R"({"message": "Not Found"})");
    CHECK(app.failure().starts_with("3 cannot get a token of the app 4711 for ops/gitops: the app is not installed for this repository, or there is none of that name | "));
    app.on(find, 200, R"({"id": 7, "suspended_at": "2026-11-24T12:00:00Z"})");
    CHECK(app.failure().find("its installation is suspended") != std::string::npos);
    app.on(find, 200, R"({"id": 7})").on(make, 422, R"({"message": "The permissions requested are not granted to this installation."})");
    CHECK(app.failure().find("GitHub does not give it: The permissions requested are not granted") != std::string::npos);
    app.on(find, 200, R"({"id": "7"})");
    CHECK(app.failure().find("it has no id") != std::string::npos);
    app.on(find, 200, R"({"id": 7})").on(make, 201, "{}");
    CHECK(app.failure().find("it has no token") != std::string::npos);
    app.on(find, 401, R"({"message": "A JSON web token could not be decoded"})");
    CHECK(app.failure().find("do --github-app-id and --github-app-key-file belong together, and is this machine's clock right?") != std::string::npos);
    app.options.app_key = Secret("no key");
    CHECK(app.failure().starts_with("2 cannot use --github-app-key-file: "));
    CHECK(app.left() == 0);
}
