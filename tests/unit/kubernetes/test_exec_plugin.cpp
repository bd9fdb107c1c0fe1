#include "catch.hpp"

#include "failure.hpp"
#include "fakes.hpp"
#include "kubernetes/exec_plugin.hpp"

using namespace slipway;
using namespace slipway::kubernetes;

namespace {

/// A plugin that answers with a text.
struct Plugin {
    fake::World world;
    ExecPlugin plugin{.api_version = {"client.authentication.k8s.io/v1", {"k", 5, 1}}, .command = {"cloud-login", {"k", 6, 1}}, .place = {"k", 4, 1}};
    io::ProcessResult result{.exit_code = 0};
    nlohmann::json cluster;

    explicit Plugin(const std::string& out = {}) {
        world.processes.installed = {"cloud-login"};
        result.out = out;
        world.processes.on_run = [this](const io::Command&) { return result; };
    }
    ExecCredentials run() {
        auto context = world.context();
        return run_exec_plugin(plugin, cluster, context);
    }
    std::string fails(ExitCode code = ExitCode::world) {
        const auto error = failure_of([&] { run(); });
        CHECK(error.code() == code);
        return to_line(error.diagnostics().at(0));
    }
};

std::string answer(const std::string& status, const std::string& version = "v1") {
    return R"({"kind": "ExecCredential", "apiVersion": "client.authentication.k8s.io/)" + version + R"(", "status": )" + status + "}";
}

constexpr const char* prefix = "k:6:1: cannot get credentials from 'cloud-login': ";

} // namespace

TEST_CASE("exec plugin: it is told who asks, and its token is hidden") {
    Plugin asked(answer(R"({"token": "token-of-the-cloud", "expirationTimestamp": "2026-11-24T12:00:01Z"})"));
    asked.plugin.arguments = {"get", "--cluster=a b"};
    asked.plugin.environment.emplace_back("PROFILE", Secret("team"));
    CHECK(asked.run().token.reveal() == "token-of-the-cloud");
    REQUIRE(asked.world.processes.commands.size() == 1);
    const auto& command = asked.world.processes.commands[0];
    CHECK(command.argv == std::vector<std::string>{"cloud-login", "get", "--cluster=a b"});
    CHECK(command.environment.all().at("PROFILE") == "team");
    CHECK(command.timeout == Duration{60'000});
    CHECK(nlohmann::json::parse(*command.environment.all().at("KUBERNETES_EXEC_INFO")) ==
          nlohmann::json::parse(R"({"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "spec": {"interactive": false}})"));
    CHECK(asked.world.log.redact("a token-of-the-cloud b") == "a *** b");
}

TEST_CASE("exec plugin: the cluster is told to those that want it; the older version of the API") {
    Plugin asked(answer(R"({"clientCertificateData": "CERT", "clientKeyData": "KEY-OF-PLUGIN"})", "v1beta1"));
    asked.plugin.api_version.text = "client.authentication.k8s.io/v1beta1";
    asked.plugin.interactive_mode.text = "IfAvailable";
    asked.cluster = {{"server", "https://x"}, {"config", nullptr}};
    const auto found = asked.run();
    CHECK(found.certificate == "CERT");
    CHECK(found.key.reveal() == "KEY-OF-PLUGIN");
    CHECK(found.token.empty());
    CHECK(nlohmann::json::parse(*asked.world.processes.commands.at(0).environment.all().at("KUBERNETES_EXEC_INFO")) ==
          nlohmann::json::parse(R"({"apiVersion": "client.authentication.k8s.io/v1beta1", "kind": "ExecCredential",
              "spec": {"interactive": false, "cluster": {"server": "https://x", "config": null}}})"));
    CHECK(asked.world.log.redact("KEY-OF-PLUGIN") == "***");
}

TEST_CASE("exec plugin: forms that cannot be run") {
    Plugin asked;
    asked.plugin.api_version.text = "client.authentication.k8s.io/v1alpha1";
    CHECK(asked.fails(ExitCode::misuse) == "k:5:1: cannot use the plugin's apiVersion 'client.authentication.k8s.io/v1alpha1'");
    asked.plugin.api_version = {};
    CHECK(asked.fails(ExitCode::misuse) == "k:4:1: 'exec' has no apiVersion");
    asked.plugin.api_version.text = "client.authentication.k8s.io/v1";
    asked.plugin.interactive_mode = {"Always", {"k", 9, 2}};
    CHECK(asked.fails(ExitCode::misuse) == "k:9:2: the plugin 'cloud-login' has to ask somebody (interactiveMode: Always), and nobody is here");
    asked.plugin.interactive_mode.text = "Sometimes";
    CHECK(asked.fails(ExitCode::misuse) == "k:9:2: 'interactiveMode' is Never, IfAvailable or Always");
    asked.plugin.command = {};
    CHECK(asked.fails(ExitCode::misuse) == "k:4:1: 'exec' names no command");
    CHECK(asked.world.processes.commands.empty());
}

TEST_CASE("exec plugin: one that is missing comes with its own hint") {
    Plugin asked;
    asked.world.processes.installed.clear();
    asked.plugin.install_hint = "install it:\n  apt install cloud-login\n";
    const auto error = failure_of([&] { asked.run(); });
    CHECK(to_line(error.diagnostics().at(0)) == prefix + std::string("it is not installed or not on the PATH"));
    CHECK(error.diagnostics()[0].hint == "install it: |   apt install cloud-login");
    asked.plugin.command.text = "/opt/login";
    CHECK(asked.fails() == "k:6:1: cannot get credentials from '/opt/login': there is no such program");
}

TEST_CASE("exec plugin: one that fails is quoted") {
    Plugin asked;
    asked.result = {.exit_code = 3, .err = "session expired\nlog in again\n"};
    CHECK(asked.fails() == prefix + std::string("exit code 3: session expired | log in again"));
    asked.result = {.timed_out = true};
    CHECK(asked.fails() == prefix + std::string("not finished in time"));
}

TEST_CASE("exec plugin: answers that are none") {
    const std::vector<std::pair<std::string, std::string>> cases = {
        {"", "its answer is no ExecCredential"},
        {"token", "its answer is no ExecCredential"},
        {R"({"kind": "Token"})", "its answer is no ExecCredential"},
        {answer("{}", "v1beta1"), "its answer has the apiVersion 'client.authentication.k8s.io/v1beta1', the kubeconfig says client.authentication.k8s.io/v1"},
        {answer("null"), "its answer has no status"},
        {answer("{}"), "its answer has neither a token nor a certificate"},
        {answer(R"({"token": ""})"), "its answer has neither a token nor a certificate"},
        {answer(R"({"token": 7})"), "its answer has neither a token nor a certificate"},
        {answer(R"({"clientKeyData": "only-a-key"})"), "its answer has one of clientCertificateData and clientKeyData, and both belong together"},
        {answer(R"({"token": "expired-token", "expirationTimestamp": "2026-11-24T12:00:00Z"})"), "its credentials expired at 2026-11-24T12:00:00Z"},
        {answer(R"({"token": "a-token", "expirationTimestamp": "tomorrow"})"), "its expirationTimestamp 'tomorrow' is no time"},
    };
    for (const auto& [text, why] : cases) {
        INFO(text);
        CHECK(Plugin(text).fails() == prefix + why);
    }
}
