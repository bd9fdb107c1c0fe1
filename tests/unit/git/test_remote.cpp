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
    CHECK(problems_of({.repo = "http://h/x"}).empty());
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
