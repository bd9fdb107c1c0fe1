#include "catch.hpp"

#include "failure.hpp"
#include "fakes.hpp"
#include "kubernetes/kubeconfig.hpp"

using namespace slipway;
using namespace slipway::kubernetes;

namespace {

Kubeconfig read(const std::string& text, const std::string& path = "/home/ci/.kube/config") {
    fake::Files files;
    files.contents[path] = text;
    return read_kubeconfig({path}, files);
}

std::vector<std::string> problems(const std::string& text) {
    std::vector<std::string> found;
    const auto error = failure_of([&] { read(text, "k"); });
    CHECK(error.code() == ExitCode::misuse);
    for (const auto& diagnostic : error.diagnostics()) found.push_back(to_line(diagnostic));
    return found;
}

} // namespace

TEST_CASE("kubeconfig: all that it may say") {
    const auto config = read(R"(apiVersion: v1
kind: Config
preferences: {}
current-context: prod
clusters:
- name: eu
  cluster:
    server: https://10.0.0.1:6443/
    certificate-authority: pki/ca.crt
    tls-server-name: api.internal
    disable-compression: true
    extensions:
    - name: other
      extension: 1
    - name: client.authentication.k8s.io/exec
      extension: {audience: "06", port: 8443, ratio: 0.5, on: true, list: [~, x]}
users:
- name: ci
  user:
    client-certificate: ../ci.crt
    client-key: /abs/ci.key
    tokenFile: token
    as: deployer
    as-uid: u1
    as-groups: [a, b]
    as-user-extra: {Reason: [why, not], scopes.example.com/x: [dev]}
- name: cloud
  user:
    exec:
      apiVersion: client.authentication.k8s.io/v1
      command: ./bin/login
      args: [token, --quiet, 7]
      env:
      - {name: PROFILE, value: team}
      interactiveMode: Never
      provideClusterInfo: true
      installHint: get it
contexts:
- name: prod
  context: {cluster: eu, user: ci, namespace: shop}
)");
    CHECK(config.current_context.text == "prod");
    const auto& cluster = config.clusters.at("eu");
    CHECK(cluster.server.text == "https://10.0.0.1:6443/");
    CHECK(to_string(cluster.server.place) == "/home/ci/.kube/config:8:13");
    CHECK(cluster.authority.text == "/home/ci/.kube/pki/ca.crt");
    CHECK(cluster.tls_server_name == "api.internal");
    CHECK_FALSE(cluster.skips_tls_check);
    CHECK(cluster.exec_config == nlohmann::json::parse(R"({"audience": "06", "port": 8443, "ratio": 0.5, "on": true, "list": [null, "x"]})"));
    const auto& user = config.users.at("ci");
    CHECK(user.certificate.text == "/home/ci/ci.crt");
    CHECK(user.key.text == "/abs/ci.key");
    CHECK(user.token_file.text == "/home/ci/.kube/token");
    CHECK(user.impersonation == std::vector<std::pair<std::string, std::string>>{{"Impersonate-User", "deployer"},
                                                                                 {"Impersonate-Uid", "u1"},
                                                                                 {"Impersonate-Group", "a"},
                                                                                 {"Impersonate-Group", "b"},
                                                                                 {"Impersonate-Extra-reason", "why"},
                                                                                 {"Impersonate-Extra-reason", "not"},
                                                                                 {"Impersonate-Extra-scopes.example.com%2Fx", "dev"}});
    const auto& plugin = *config.users.at("cloud").exec;
    CHECK(plugin.command.text == "/home/ci/.kube/bin/login");
    CHECK(plugin.arguments == std::vector<std::string>{"token", "--quiet", "7"});
    REQUIRE(plugin.environment.size() == 1);
    CHECK(plugin.environment[0].second.reveal() == "team");
    CHECK(plugin.wants_cluster);
    CHECK(plugin.install_hint == "get it");
    CHECK(config.contexts.at("prod").name_space == "shop");
    CHECK(config.contexts.at("prod").file == "/home/ci/.kube/config");
}

TEST_CASE("kubeconfig: JSON is YAML, nothing is a kubeconfig, null is as good as missing") {
    const auto config = read(R"({"kind": "Config", "current-context": "c",
	"clusters": [{"name": "c", "cluster": {"server": "https://x"}}], "users": null, "contexts": null})");
    CHECK(config.clusters.at("c").server.text == "https://x");
    CHECK(read("").empty());
    CHECK(read("# nothing\n").empty());
    CHECK(read("apiVersion: v1\nkind: Config\nclusters: []\n").empty());
    CHECK(read("users: [{name: a}]").users.at("a").token.empty());
}

TEST_CASE("kubeconfig: a name on the PATH stays a name, and paths relative to a file here stay relative") {
    const auto config = read("users: [{name: a, user: {tokenFile: t, exec: {command: aws}}}]", "kubeconfig");
    CHECK(config.users.at("a").exec->command.text == "aws");
    CHECK(config.users.at("a").token_file.text == "t");
}

TEST_CASE("kubeconfig: of several files the first that names something wins") {
    fake::Files files;
    files.contents["/a/one"] = "clusters: [{name: c, cluster: {server: 'https://one', certificate-authority: ca}}]\ncontexts: [{name: x, context: {cluster: c}}]\n";
    files.contents["/b/two"] = "current-context: two\nclusters: [{name: c, cluster: {server: 'https://two', tls-server-name: n}}, {name: d, cluster: {server: 'https://d', certificate-authority: ca}}]\n";
    files.contents["/b/three"] = "current-context: three\ncontexts: [{name: x, context: {cluster: d}}, {name: y, context: {cluster: d}}]\n";
    const auto config = read_kubeconfig({"/a/one", "/b/two", "/b/three"}, files);
    CHECK(config.current_context.text == "two");
    CHECK(config.clusters.at("c").server.text == "https://one");
    CHECK(config.clusters.at("c").tls_server_name.empty()); // entries are not mixed
    CHECK(config.clusters.at("c").authority.text == "/a/ca");
    CHECK(config.clusters.at("d").authority.text == "/b/ca");
    CHECK(config.contexts.at("x").cluster.text == "c");
    CHECK(config.contexts.at("y").file == "/b/three");
}

TEST_CASE("kubeconfig: mistakes have places and come together") {
    CHECK(problems("- a\n") == std::vector<std::string>{"k:1:1: this is no kubeconfig: it holds no map"});
    CHECK(problems("text\n") == std::vector<std::string>{"k:1:1: this is no kubeconfig: it holds no map"});
    CHECK(problems("kind: Pod\n") == std::vector<std::string>{"k:1:7: this is no kubeconfig: its kind is 'Pod', not Config"});
    CHECK(problems("clusters:\n  a: b\nusers: x\n") == std::vector<std::string>{"k:2:3: 'clusters' is no list", "k:3:8: 'users' is no list"});
    CHECK(problems("clusters:\n- cluster: {}\n- name: a\n- name: a\n") == std::vector<std::string>{"k:2:3: a cluster has no name", "k:4:3: there are two entries of 'clusters' with the name 'a'"});
    CHECK(problems("users:\n- name: a\n  user: {token: [x], exec: 1, as-groups: [{}], exec2: }\n") ==
          std::vector<std::string>{"k:3:17: 'token' is no text", "k:3:28: 'exec' is no map", "k:3:43: an entry of 'as-groups' is no text"});
    CHECK(problems("clusters: [{name: a, cluster: {insecure-skip-tls-verify: maybe}}]") == std::vector<std::string>{"k:1:58: 'insecure-skip-tls-verify' is neither true nor false"});
    CHECK(problems("clusters: [{name: a, cluster: {insecure-skip-tls-verify: 'true'}}]").size() == 1);
    CHECK(problems("users: [{name: a, user: {token: one, token: two}}]") == std::vector<std::string>{"k:1:38: 'token' stands there twice"});
    CHECK(problems("x: &x {}\nusers: [{name: a, user: {<<: *x}}]") == std::vector<std::string>{"k:2:26: merge keys are not read here: write the keys out"});
    CHECK(problems("users: [{name: a, user: {exec: {env: [{value: x}]}}}]") == std::vector<std::string>{"k:1:39: a variable of 'env' has no name"});
    CHECK(problems("a: [\n").size() == 1);
    CHECK(problems("a: [\n")[0].find("k:2:1: wrong YAML: ") == 0);
}

TEST_CASE("kubeconfig: a mistake shows no secret") {
    for (const char* text : {"users: [{name: a, user: {token: {s3cret-value: 1}}}]", "users: [{name: a, user: {password: [s3cret-value]}}]"}) {
        CHECK(problems(text)[0].find("s3cret") == std::string::npos);
    }
}

TEST_CASE("kubeconfig: a file that cannot be read") {
    fake::Files files;
    const auto error = failure_of([&] { read_kubeconfig({"/none"}, files); });
    CHECK(error.code() == ExitCode::misuse);
    CHECK(error.what() == std::string("cannot read /none: No such file or directory"));
}
