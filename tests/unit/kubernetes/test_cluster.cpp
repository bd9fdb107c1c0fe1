#include "catch.hpp"

#include "core/encoding.hpp"
#include "failure.hpp"
#include "fakes.hpp"
#include "kubernetes/cluster.hpp"

using namespace slipway;
using namespace slipway::kubernetes;

namespace {

const std::string ca = "-----BEGIN CERTIFICATE-----\nCA\n-----END CERTIFICATE-----\n";
const std::string certificate = "-----BEGIN CERTIFICATE-----\nUS\n-----END CERTIFICATE-----\n";
const std::string key = "-----BEGIN PRIVATE KEY-----\nSECRETKEYLINE\n-----END PRIVATE KEY-----\n";
const std::string account = "/var/run/secrets/kubernetes.io/serviceaccount/";

/// A machine with one kubeconfig, in the home folder.
struct Machine {
    fake::World world;
    ClusterOptions options;

    explicit Machine(const std::string& kubeconfig = {}) {
        world.environment.variables["HOME"] = "/home/ci";
        if (!kubeconfig.empty()) world.files.contents["/home/ci/.kube/config"] = kubeconfig;
    }
    Cluster find() {
        auto context = world.context();
        return find_cluster(options, context);
    }
    Error fails(ExitCode code = ExitCode::misuse) {
        auto error = failure_of([&] { find(); });
        CHECK(error.code() == code);
        return error;
    }
    std::string line() { return to_line(fails().diagnostics().at(0)); }
};

/// A kubeconfig with one context of a namespace, from the inside of its cluster and its user.
std::string config(const std::string& cluster, const std::string& user) {
    return "current-context: c\ncontexts: [{name: c, context: {cluster: k, user: u, namespace: shop}}]\nclusters: [{name: k, cluster: {" + cluster + "}}]\nusers: [{name: u, user: {" + user + "}}]\n";
}

} // namespace

TEST_CASE("cluster: a token, and an authority as a file") {
    Machine machine(config("server: 'https://10.0.0.1:6443/', certificate-authority: ca.crt, tls-server-name: api", "token: token-of-ci"));
    const auto cluster = machine.find();
    CHECK(cluster.server == "https://10.0.0.1:6443");
    CHECK(cluster.name_space == "shop");
    CHECK(cluster.origin == "context 'c' of /home/ci/.kube/config");
    CHECK(cluster.settings.ca_file == "/home/ci/.kube/ca.crt");
    CHECK(cluster.settings.tls_server_name == "api");
    CHECK_FALSE(cluster.settings.allow_insecure);
    CHECK(std::get<io::BearerAuth>(cluster.settings.auth).token.reveal() == "token-of-ci");
    CHECK(cluster.credentials == nullptr);
    CHECK(machine.world.log.redact("token-of-ci") == "***");
}

TEST_CASE("cluster: certificates as data become files that go again") {
    Machine machine(config("server: https://x, certificate-authority-data: " + base64(ca), "client-certificate-data: " + base64(certificate) + ", client-key-data: " + base64(key)));
    {
        const auto cluster = machine.find();
        REQUIRE(cluster.credentials != nullptr);
        const auto folder = cluster.credentials->path().string();
        CHECK(cluster.settings.ca_file == folder + "/ca.pem");
        CHECK(cluster.settings.client_certificate == folder + "/client.pem");
        CHECK(cluster.settings.client_key == folder + "/client.key");
        CHECK(machine.world.files.contents[cluster.settings.ca_file] == ca);
        CHECK(machine.world.files.contents[cluster.settings.client_certificate] == certificate);
        CHECK(machine.world.files.contents[cluster.settings.client_key] == key);
        CHECK(machine.world.log.redact("SECRETKEYLINE") == "***");
    }
    CHECK(machine.world.files.contents.size() == 1);
}

TEST_CASE("cluster: only the owner can read a key that became a file") {
    io::DiskFiles disk;
    const io::TemporaryFolder home(disk);
    disk.write_atomic(home.path() / "k", config("server: https://x", "client-certificate-data: " + base64(certificate) + ", client-key-data: " + base64(key)), io::Access::usual);
    fake::World world;
    const auto fakes = world.context();
    cli::Context context{.environment = fakes.environment, .files = disk, .processes = fakes.processes, .clock = fakes.clock, .log = fakes.log, .cancellation = fakes.cancellation,
                         .commands = fakes.commands, .ci = fakes.ci, .http_factory = fakes.http_factory};
    io::Path kept;
    {
        const auto cluster = find_cluster({.kubeconfig = (home.path() / "k").string()}, context);
        kept = cluster.settings.client_key;
        CHECK(disk.status(kept)->mode == 0600);
        CHECK(disk.status(kept.parent_path())->mode == 0700);
    }
    CHECK(disk.kind(kept.parent_path()) == io::FileKind::none);
}

TEST_CASE("cluster: token files, passwords, impersonation") {
    Machine machine(config("server: https://x", "tokenFile: t, token: stale-token"));
    machine.world.files.contents["/home/ci/.kube/t"] = "fresh-token\n";
    CHECK(std::get<io::BearerAuth>(machine.find().settings.auth).token.reveal() == "fresh-token");
    machine.world.files.contents["/home/ci/.kube/t"] = "\n";
    CHECK(machine.line() == "/home/ci/.kube/config:4:37: the token file /home/ci/.kube/t is empty");
    machine.world.files.contents.erase("/home/ci/.kube/t");
    CHECK(std::get<io::BearerAuth>(machine.find().settings.auth).token.reveal() == "stale-token");
    CHECK(Machine(config("server: https://x", "tokenFile: /none")).line() == "cannot read /none: No such file or directory");

    Machine basic(config("server: https://x", "username: me, password: sesame-open, as: deployer"));
    const auto settings = basic.find().settings;
    CHECK(std::get<io::BasicAuth>(settings.auth).user == "me");
    CHECK(std::get<io::BasicAuth>(settings.auth).password.reveal() == "sesame-open");
    CHECK(basic.world.log.redact("sesame-open") == "***");
    REQUIRE(settings.headers.size() == 1);
    CHECK(settings.headers[0].name == "Impersonate-User");
    CHECK(settings.headers[0].value == "deployer");

    // A user who is nobody, and a context without a user.
    CHECK(std::holds_alternative<io::NoAuth>(Machine(config("server: https://x", "")).find().settings.auth));
    Machine nobody("current-context: c\ncontexts: [{name: c, context: {cluster: k}}]\nclusters: [{name: k, cluster: {server: https://x}}]\n");
    CHECK(std::holds_alternative<io::NoAuth>(nobody.find().settings.auth));
    CHECK(nobody.find().name_space == "default");
    nobody.options.name_space = "mine";
    CHECK(nobody.find().name_space == "mine");
}

TEST_CASE("cluster: a certificate is not checked when the kubeconfig says so, with a warning") {
    Machine machine(config("server: https://x, insecure-skip-tls-verify: true", "token: token-of-ci"));
    CHECK(machine.find().settings.allow_insecure);
    CHECK(machine.world.terminal.err.find("the certificate of https://x is not checked: the kubeconfig says insecure-skip-tls-verify (/home/ci/.kube/config:3:12)") != std::string::npos);
    // That is no word on credentials over plain HTTP.
    CHECK_FALSE(Machine(config("server: http://x, insecure-skip-tls-verify: true", "token: token-of-ci")).find().settings.allow_insecure);
    Machine allowed(config("server: http://x", "token: token-of-ci"));
    allowed.options.allow_insecure = true;
    CHECK(allowed.find().settings.allow_insecure);
}

TEST_CASE("cluster: a plugin gives a token, or a certificate") {
    Machine machine(config("server: https://x, certificate-authority-data: " + base64(ca), "exec: {apiVersion: client.authentication.k8s.io/v1, command: login, provideClusterInfo: true}"));
    machine.world.processes.installed = {"login"};
    machine.world.processes.on_run = [](const io::Command&) {
        return io::ProcessResult{.exit_code = 0, .out = R"({"kind": "ExecCredential", "apiVersion": "client.authentication.k8s.io/v1", "status": {"token": "from-the-plugin"}})"};
    };
    CHECK(std::get<io::BearerAuth>(machine.find().settings.auth).token.reveal() == "from-the-plugin");
    const auto told = nlohmann::json::parse(*machine.world.processes.commands.at(0).environment.all().at("KUBERNETES_EXEC_INFO"));
    CHECK(told["spec"]["cluster"] == nlohmann::json({{"server", "https://x"}, {"certificate-authority-data", base64(ca)}, {"config", nullptr}}));

    machine.world.processes.on_run = [](const io::Command&) {
        const nlohmann::json status = {{"clientCertificateData", certificate}, {"clientKeyData", key}};
        return io::ProcessResult{.exit_code = 0, .out = nlohmann::json{{"kind", "ExecCredential"}, {"apiVersion", "client.authentication.k8s.io/v1"}, {"status", status}}.dump()};
    };
    const auto cluster = machine.find();
    CHECK(std::holds_alternative<io::NoAuth>(cluster.settings.auth));
    CHECK(machine.world.files.contents[cluster.settings.client_certificate] == certificate);
    CHECK(machine.world.files.contents[cluster.settings.client_key] == key);
}

TEST_CASE("cluster: a plugin without wish is told nothing of the cluster, and is not asked when a token stands there") {
    Machine machine(config("server: https://x", "exec: {apiVersion: client.authentication.k8s.io/v1, command: login}, token: token-of-ci"));
    CHECK(std::get<io::BearerAuth>(machine.find().settings.auth).token.reveal() == "token-of-ci");
    CHECK(machine.world.processes.commands.empty());
}

TEST_CASE("cluster: what cannot be used is said with its place") {
    const auto line = [](const std::string& cluster, const std::string& user) { return Machine(config(cluster, user)).line(); };
    const std::string file = "/home/ci/.kube/config:";
    CHECK(line("", "") == file + "3:12: the cluster has no server");
    CHECK(line("server: x.example.com", "") == file + "3:40: 'x.example.com' is no http:// or https:// URL");
    CHECK(line("server: https://x, proxy-url: http://p", "") == file + "3:62: proxy-url is not supported");
    CHECK(line("server: https://x, certificate-authority: a, certificate-authority-data: b", "") == file + "3:105: certificate-authority and certificate-authority-data are both given: one is enough");
    CHECK(line("server: https://x, certificate-authority-data: '%%%'", "") == file + "3:79: certificate-authority-data is no Base64");
    CHECK(line("server: https://x, certificate-authority-data: " + base64("text"), "") == file + "3:79: certificate-authority-data holds no certificate (PEM)");
    CHECK(line("server: https://x, certificate-authority: a, insecure-skip-tls-verify: true", "") == file + "3:74: a certificate authority and insecure-skip-tls-verify contradict each other");
    CHECK(line("server: https://x", "client-certificate: a") == file + "4:9: the user has a client certificate and no client-key");
    CHECK(line("server: https://x", "client-key: a") == file + "4:9: the user has a client key and no client-certificate");
    CHECK(line("server: https://x", "username: a, password: b, token: c") == file + "4:9: the user has a token and a password: one is enough");
    const auto gone = Machine(config("server: https://x", "auth-provider: {name: gcp}")).fails().diagnostics().at(0);
    CHECK(to_line(gone) == file + "4:41: auth-provider is not supported, and kubectl has none since version 1.26");
    CHECK(gone.hint == "use the provider's plugin ('exec'), such as kubelogin or gke-gcloud-auth-plugin");
    CHECK(Machine(config("proxy-url: http://p", "client-key: a, auth-provider: {}")).fails().diagnostics().size() == 4);
    // Of an entry that nobody asked for, nothing is said.
    CHECK(Machine(config("server: https://x", "") + "extra: 1\n").find().server == "https://x");
}

TEST_CASE("cluster: contexts") {
    const std::string two = "contexts: [{name: a, context: {cluster: k}}, {name: b, context: {cluster: k, user: none}}, {name: c, context: {}}, {name: d, context: {cluster: no}}]\nclusters: [{name: k, cluster: {server: https://x}}]\n";
    Machine machine(two);
    const auto unchosen = machine.fails().diagnostics().at(0);
    CHECK(to_line(unchosen) == "/home/ci/.kube/config: no context is chosen: the kubeconfig has no current-context");
    CHECK(unchosen.hint == "choose one with --kube-context; there are: a, b, c, d");
    machine.options.context = "a";
    CHECK(machine.find().server == "https://x");
    machine.options.context = "b";
    CHECK(machine.line() == "/home/ci/.kube/config:1:84: there is no user 'none', which context 'b' names");
    machine.options.context = "c";
    CHECK(machine.line() == "/home/ci/.kube/config:1:92: context 'c' names no cluster");
    machine.options.context = "d";
    CHECK(machine.line() == "/home/ci/.kube/config:1:145: there is no cluster 'no', which context 'd' names");
    machine.options.context = "e";
    CHECK(machine.line() == "/home/ci/.kube/config: there is no context 'e'");
    CHECK(Machine("current-context: e\n" + two).line() == "/home/ci/.kube/config:1:18: there is no context 'e', which current-context names");
}

TEST_CASE("cluster: which kubeconfig") {
    Machine machine(config("server: https://home", ""));
    machine.world.files.contents["/a"] = config("server: https://a", "");
    machine.world.files.contents["/b"] = "clusters: [{name: k, cluster: {server: https://b}}, {name: l, cluster: {server: https://l}}]\ncontexts: [{name: l, context: {cluster: l}}]\n";
    CHECK(machine.find().server == "https://home");
    machine.world.environment.variables["KUBECONFIG"] = "/missing::/a:/b:";
    CHECK(machine.find().server == "https://a");
    machine.options.context = "l";
    const auto merged = machine.find();
    CHECK(merged.server == "https://l");
    CHECK(merged.origin == "context 'l' of /b");
    machine.options = {.kubeconfig = "/home/ci/.kube/config"};
    CHECK(machine.find().server == "https://home");
    machine.options.kubeconfig = "/missing";
    CHECK(machine.line() == "cannot read /missing: No such file or directory");
    machine.world.files.contents["/empty"] = "";
    machine.options.kubeconfig = "/empty";
    CHECK(machine.line() == "/empty: the kubeconfig is empty");
    machine.options = {};
    machine.world.environment.variables["KUBECONFIG"] = "/missing:/other";
    CHECK(machine.line() == "cannot read the kubeconfig: no file of $KUBECONFIG exists (/missing:/other)");
}

TEST_CASE("cluster: the account of a pod") {
    Machine machine;
    CHECK(machine.line() == "no cluster is known: there is no kubeconfig, and this is no pod with a service account");
    machine.world.environment.variables["KUBERNETES_SERVICE_HOST"] = "fd00::1";
    machine.world.environment.variables["KUBERNETES_SERVICE_PORT"] = "6443";
    CHECK(machine.line().find("no cluster is known") == 0); // an account may be switched off
    machine.world.files.contents[account + "token"] = "token-of-pod\n";
    CHECK(machine.find().settings.ca_file.empty());
    machine.world.files.contents[account + "ca.crt"] = ca;
    machine.world.files.contents[account + "namespace"] = "runners";
    const auto cluster = machine.find();
    CHECK(cluster.server == "https://[fd00::1]:6443");
    CHECK(cluster.name_space == "runners");
    CHECK(cluster.origin == "the pod's service account");
    CHECK(cluster.settings.ca_file == account + "ca.crt");
    CHECK(std::get<io::BearerAuth>(cluster.settings.auth).token.reveal() == "token-of-pod");
    CHECK(machine.world.log.redact("token-of-pod") == "***");
    machine.world.environment.variables["POD_NAMESPACE"] = "mine";
    machine.world.environment.variables["KUBERNETES_SERVICE_HOST"] = "10.0.0.1";
    machine.world.environment.variables.erase("KUBERNETES_SERVICE_PORT");
    CHECK(machine.find().name_space == "mine");
    CHECK(machine.find().server == "https://10.0.0.1:443");

    machine.options.context = "prod";
    CHECK(machine.line() == "there is no context 'prod': there is no kubeconfig");
    machine.options.context.clear();
    machine.world.files.contents[account + "token"] = "";
    CHECK(to_line(machine.fails(ExitCode::world).diagnostics().at(0)) == "cannot use the pod's service account: " + account + "token is empty");
    // A kubeconfig is stronger, one that holds nothing is not.
    machine.world.files.contents["/home/ci/.kube/config"] = config("server: https://home", "");
    CHECK(machine.find().server == "https://home");
    machine.world.files.contents["/home/ci/.kube/config"] = "kind: Config\n";
    machine.world.files.contents[account + "token"] = "token-of-pod";
    CHECK(machine.find().origin == "the pod's service account");
}

TEST_CASE("cluster: the options") {
    ClusterOptions options;
    cli::OptionSet set;
    declare(set, options);
    std::vector<std::string> flags;
    for (const auto& option : set.all()) flags.push_back(option->flag());
    CHECK(flags == std::vector<std::string>{"--kubeconfig", "--kube-context", "--kube-namespace"});
}
