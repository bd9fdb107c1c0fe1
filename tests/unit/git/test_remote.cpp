#include "catch.hpp"

#include "core/encoding.hpp"
#include "fakes.hpp"
#include "git/remote.hpp"

#include <string>
#include <vector>

using namespace slipway;
using namespace slipway::git;

namespace {

std::vector<std::string> problems_of(RemoteOptions options) {
    std::vector<Diagnostic> problems;
    check_remote(options, problems);
    std::vector<std::string> texts;
    for (const auto& problem : problems)
        texts.push_back(problem.message);
    return texts;
}

std::optional<std::string> variable(const io::EnvironmentChanges& changes, const std::string& name) {
    const auto found = changes.all().find(name);
    return found == changes.all().end() ? std::nullopt : found->second;
}

} // namespace

TEST_CASE("credentials and addresses that do not go together are refused") {
    CHECK(problems_of({.repo = "https://h/x", .token = Secret("t")}).empty());
    CHECK(problems_of({.repo = "https://h/x", .token = Secret("t"), .user = "u"}).empty());
    CHECK(problems_of({.repo = "https://u:p@h/x"}).empty());
    CHECK(problems_of({.repo = "http://127.0.0.1/x", .token = Secret("t")}).empty());
    CHECK(problems_of({.repo = "http://127.0.0.1/x"}).empty());
    CHECK(problems_of({.repo = "http://h/x"}) ==
          std::vector<std::string>{
              "cannot use --repo 'http://h/x': plain HTTP can be read and changed by everybody on the way"});
    for (const char* url : {"/srv/x.git", "../x", "x", "file:///srv/x", "/srv/a:b"}) {
        INFO(url);
        CHECK(problems_of({.repo = url}).size() == 1);
        CHECK(problems_of({.repo = url, .tls = {.allow_insecure = true}}).empty());
    }
    for (const char* url : {"ssh://git@h/x", "git@h:x", "h:/srv/x", "SSH://h/x"}) {
        INFO(url);
        CHECK(problems_of({.repo = url}).empty());
    }
    CHECK(problems_of({.repo = "http://h/x", .token = Secret("t")}) ==
          std::vector<std::string>{
              "credentials for 'http://h/x' would travel over plain HTTP, readable by everybody on the way"});
    CHECK(problems_of({.repo = "http://u:secret@h/x"}).size() == 1);
    CHECK(problems_of({.repo = "http://u:secret@h/x"})[0].find("secret") == std::string::npos);
    CHECK(problems_of({.repo = "http://h/x", .token = Secret("t"), .tls = {.allow_insecure = true}}).empty());
    CHECK(problems_of({.repo = "https://h/x", .token = Secret("t"), .user = "u", .password = Secret("p")}).size() ==
          1);
    CHECK(problems_of({.repo = "https://h/x", .user = "u"}).size() == 1);
    CHECK(problems_of({.repo = "https://h/x", .password = Secret("p")}).size() == 1);
    CHECK(problems_of({.repo = "https://u:p@h/x", .token = Secret("t")}).size() == 1);
    CHECK(problems_of({.repo = "git@h:x", .token = Secret("t")}).size() == 1);
    CHECK(problems_of({.repo = "https://h/x", .token = Secret("t"), .user = "a:b"}).size() == 1);
    CHECK(problems_of({.repo = "--upload-pack=x"}) ==
          std::vector<std::string>{"cannot use --repo '--upload-pack=x': it begins with '-'"});
}

TEST_CASE("a key for ssh needs the server's keys") {
    const Secret key("-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----");
    const std::string hosts = "h ssh-ed25519 AAAA";
    CHECK(problems_of({.repo = "git@h:x", .ssh_key = key, .ssh_known_hosts = hosts}).empty());
    CHECK(problems_of({.repo = "git@h:x", .ssh_key = key}) ==
          std::vector<std::string>{
              "--ssh-key-file needs --ssh-known-hosts: without it anybody on the way could pose as the server"});
    CHECK(problems_of({.repo = "git@h:x", .ssh_known_hosts = hosts}).size() == 1);
    CHECK(problems_of({.repo = "https://h/x", .ssh_key = key, .ssh_known_hosts = hosts}).size() == 1);
    CHECK(problems_of({.repo = "git@h:x", .ssh_key = Secret("ssh-ed25519 AAAA"), .ssh_known_hosts = hosts}) ==
          std::vector<std::string>{
              "cannot use --ssh-key-file: it is a public key; the private one is the file without .pub"});

    fake::World world;
    world.files.contents["/run/hosts"] = hosts;
    auto context = world.context();
    CHECK(make_remote({.repo = "git@h:x", .ssh_key = key, .ssh_known_hosts = hosts}, context).ssh_known_hosts ==
          hosts);
    const auto remote = make_remote({.repo = "git@h:x", .ssh_key = key, .ssh_known_hosts = "/run/hosts"}, context);
    CHECK(remote.ssh_known_hosts == hosts);
    CHECK(remote.ssh_key.reveal() == key.reveal() + '\n');
    CHECK(world.log.redact(key.reveal()).find("MIIB") != 0);
    fake::Environment around;
    around.variables["GIT_SSH_COMMAND"] = "ssh -i other";
    const auto command = variable(environment_for(remote, "/tmp/f", around), "GIT_SSH_COMMAND").value_or("");
    CHECK(command.find("'IdentityFile=\"/tmp/f/ssh-key\"'") != std::string::npos);
    CHECK(command.find("/tmp/f/known-hosts") != std::string::npos);
}

TEST_CASE("a GitLab job's own token goes to its own GitLab alone") {
    struct Row {
        const char* url;
        bool used;
    };
    const Row rows[] = {{"https://gitlab.example.com/ops/x.git", true},
                        {"https://GitLab.example.com:443/ops/x.git", true},
                        {"https://gitlab.example.com:8443/x.git", false},
                        {"http://gitlab.example.com/x.git", false},
                        {"https://gitlab.example.com.evil.org/x.git", false},
                        {"https://github.com/x.git", false},
                        {"git@gitlab.example.com:x.git", false}};
    for (const auto& row : rows) {
        INFO(row.url);
        fake::World world;
        world.environment.variables = {{"CI_SERVER_HOST", "gitlab.example.com"},
                                       {"CI_SERVER_PORT", "443"},
                                       {"CI_SERVER_PROTOCOL", "https"},
                                       {"CI_JOB_TOKEN", "job-token-1"}};
        world.ci.system = ci::System::gitlab;
        auto context = world.context();
        const auto remote = make_remote({.repo = row.url}, context);
        CHECK(remote.user == (row.used ? "gitlab-ci-token" : ""));
        CHECK(remote.password.reveal() == (row.used ? "job-token-1" : ""));
        if (row.used) CHECK(world.log.redact("job-token-1") == "***");
        CHECK(make_remote({.repo = row.url, .token = Secret("mine-alone")}, context).password.reveal() ==
              "mine-alone");
        world.ci.system = ci::System::none;
        CHECK(make_remote({.repo = row.url}, context).password.empty());
    }
}

TEST_CASE("Git uses only the protocols that were allowed") {
    const auto allowed = [](const std::string& url, bool insecure) {
        return variable(
            environment_for({.url = url,
                             .user = "",
                             .password = Secret(),
                             .tls = {.ca_file = "", .client_cert = "", .client_key = "", .allow_insecure = insecure}},
                            "/tmp/f", fake::Environment()),
            "GIT_ALLOW_PROTOCOL");
    };
    CHECK(allowed("https://h/x", false) == "https:ssh");
    CHECK(allowed("git@h:x", false) == "https:ssh");
    CHECK(allowed("http://127.0.0.1/x", false) == "https:ssh:http");
    CHECK(allowed("/srv/x", true) == "https:ssh:http:file");
}

TEST_CASE("a user and password in the address are taken out of it and hidden") {
    fake::World world;
    auto context = world.context();
    const auto remote = make_remote({.repo = "https://bot:s%40cret-word@h:8443/x.git"}, context);
    CHECK(remote.url == "https://h:8443/x.git");
    CHECK(remote.user == "bot");
    CHECK(remote.password.reveal() == "s@cret-word");
    CHECK(world.log.redact("s@cret-word s%40cret-word") == "*** ***");
    const auto token = make_remote({.repo = "https://ghp_sesame@h/x.git"}, context);
    CHECK(token.url == "https://h/x.git");
    CHECK(token.user == "oauth2");
    CHECK(token.password.reveal() == "ghp_sesame");
}

TEST_CASE("Git's environment holds the credentials for one server, and nothing of the surrounding job") {
    fake::Environment around;
    around.variables = {{"GIT_DIR", "/x"},
                        {"GIT_TRACE", "1"},
                        {"GIT_CONFIG_PARAMETERS", "'a=b'"},
                        {"GIT_SSH_COMMAND", "ssh -i key"},
                        {"GIT_WORK_TREE", "/w"},
                        {"LANGUAGE", "de"},
                        {"HOME", "/root"}};
    const Remote remote{
        .url = "https://h:8443/x.git", .user = "bot", .password = Secret("sesame"), .tls = {.ca_file = "ca.pem"}};
    const auto changes = environment_for(remote, "/tmp/f", around);
    CHECK(variable(changes, "GIT_DIR") == "/tmp/f/repository.git");
    CHECK(variable(changes, "GIT_CONFIG_GLOBAL") == "/tmp/f/config");
    CHECK(variable(changes, "GIT_CONFIG_NOSYSTEM") == "1");
    CHECK(variable(changes, "GIT_TERMINAL_PROMPT") == "0");
    CHECK(variable(changes, "LC_ALL") == "C");
    CHECK(variable(changes, "GIT_SSL_CAINFO") == "/tmp/f/authorities.pem");
    for (const char* name : {"GIT_TRACE", "GIT_CONFIG_PARAMETERS", "GIT_WORK_TREE", "LANGUAGE"}) {
        INFO(name);
        REQUIRE(changes.all().count(name) == 1);
        CHECK(changes.all().at(name) == std::nullopt);
    }
    CHECK(changes.all().count("GIT_SSH_COMMAND") == 0);
    CHECK(variable(changes, "GIT_CONFIG_COUNT") == "2");
    CHECK(variable(changes, "GIT_CONFIG_KEY_0") == "remote.origin.url");
    CHECK(variable(changes, "GIT_CONFIG_VALUE_0") == "https://h:8443/x.git");
    CHECK(variable(changes, "GIT_CONFIG_KEY_1") == "http.https://h:8443/.extraHeader");
    CHECK(variable(changes, "GIT_CONFIG_VALUE_1") == "Authorization: Basic " + base64("bot:sesame"));
    CHECK(configuration_for(remote).find("followRedirects = false") != std::string::npos);
    CHECK(configuration_for(remote).find("sesame") == std::string::npos);

    const Remote open{.url = "ssh://h/x"};
    CHECK(variable(environment_for(open, "/tmp/f", fake::Environment()), "GIT_CONFIG_COUNT") == "1");
    CHECK(variable(environment_for(open, "/tmp/f", fake::Environment()), "GIT_SSH_COMMAND") ==
          "ssh -o BatchMode=yes");
    CHECK(configuration_for(open).find("followRedirects") == std::string::npos);
}
