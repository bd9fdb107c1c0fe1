#include "catch.hpp"
#include "failure.hpp"
#include "fakes.hpp"
#include "update-gitops-values/forge/forge.hpp"

namespace slipway::update_gitops_values {
namespace {

using Variables = std::map<std::string, std::string>;

/// "KIND API PATH", or the error's words.
std::string found(const std::string& repo, const std::string& kind = {}, const std::string& url = {}, const Variables& variables = {}) {
    git::RemoteOptions remote;
    remote.repo = repo;
    ForgeOptions options;
    options.kind = kind;
    options.server.url = url;
    fake::Environment environment;
    environment.variables = variables;
    try {
        const auto project = find_project(remote, options, environment);
        const char* names[] = {"github", "gitlab", "gitea"};
        return std::string(names[static_cast<std::size_t>(project.kind)]) + ' ' + project.api + ' ' + project.path;
    } catch (const Error& error) {
        return words_of(error);
    }
}

const Variables on_github = {{"GITHUB_SERVER_URL", "https://code.example.com"}, {"GITHUB_API_URL", "https://code.example.com/api/v3"}};
const Variables on_gitlab = {{"CI_SERVER_URL", "https://code.example.com:8443"}, {"CI_API_V4_URL", "https://code.example.com:8443/api/v4"}, {"CI_SERVER_SHELL_SSH_HOST", "shell.example.com"}};

TEST_CASE("An address tells which project of which forge it is", "[forge]") {
    const auto github = "github https://api.github.com ops/gitops";
    CHECK(found("https://github.com/ops/gitops.git") == github);
    CHECK(found("https://github.com/ops/gitops") == github);
    CHECK(found("https://GitHub.com/ops/gitops/") == github);
    CHECK(found("https://github.com:443/ops/gitops.git/") == github);
    CHECK(found("https://oauth2:secret@github.com/ops/gitops.git") == github);
    CHECK(found("git@github.com:ops/gitops.git") == github);
    CHECK(found("github.com:ops/gitops") == github);
    CHECK(found("git@github.com:/ops/gitops.git") == github);
    CHECK(found("ssh://git@github.com/ops/gitops.git") == github);
    CHECK(found("ssh://git@ssh.github.com:443/ops/gitops.git") == github);
    CHECK(found("https://company.ghe.com/ops/gitops.git") == "github https://api.company.ghe.com ops/gitops");
    CHECK(found("https://github.example.com/ops/gitops.git") == "github https://github.example.com/api/v3 ops/gitops");
    CHECK(found("https://github.com/ops/my%2Erepo.git") == "github https://api.github.com ops/my.repo");

    CHECK(found("https://gitlab.com/company/ops/gitops.git") == "gitlab https://gitlab.com/api/v4 company/ops/gitops");
    CHECK(found("git@gitlab.example.com:company/ops/gitops.git") == "gitlab https://gitlab.example.com/api/v4 company/ops/gitops");
    CHECK(found("ssh://git@gitlab.example.com:2222/ops/gitops.git") == "gitlab https://gitlab.example.com/api/v4 ops/gitops");
    CHECK(found("ssh://git@altssh.gitlab.com:443/ops/gitops.git") == "gitlab https://gitlab.com/api/v4 ops/gitops");
    CHECK(found("http://gitlab.internal:8080/ops/gitops.git") == "gitlab http://gitlab.internal:8080/api/v4 ops/gitops");
    CHECK(found("https://codeberg.org/ops/gitops.git") == "gitea https://codeberg.org/api/v1 ops/gitops");
    CHECK(found("https://gitea.example.com:3000/ops/gitops") == "gitea https://gitea.example.com:3000/api/v1 ops/gitops");
    CHECK(found("git@forgejo.example.com:ops/gitops.git") == "gitea https://forgejo.example.com/api/v1 ops/gitops");
}

TEST_CASE("The CI knows its own server's API", "[forge]") {
    CHECK(found("https://code.example.com/ops/gitops.git", "", "", on_github) == "github https://code.example.com/api/v3 ops/gitops");
    CHECK(found("git@code.example.com:ops/gitops.git", "", "", on_github) == "github https://code.example.com/api/v3 ops/gitops");
    CHECK(found("https://code.example.com:8443/a/b/c.git", "", "", on_gitlab) == "gitlab https://code.example.com:8443/api/v4 a/b/c");
    CHECK(found("ssh://git@shell.example.com:2222/a/b.git", "", "", on_gitlab) == "gitlab https://code.example.com:8443/api/v4 a/b");
    // Another port is another server.
    CHECK(found("https://code.example.com/a/b.git", "", "", on_gitlab).starts_with("2 cannot tell which forge"));
    // The runners of Gitea set GitHub's variables.
    CHECK(found("https://code.example.com/ops/gitops.git", "", "", {{"GITHUB_SERVER_URL", "https://code.example.com"}, {"GITHUB_API_URL", "https://code.example.com/api/v1"}}) == "gitea https://code.example.com/api/v1 ops/gitops");
    CHECK(found("https://code.example.com/ops/gitops.git", "", "", {{"CI_FORGE_TYPE", "forgejo"}, {"CI_FORGE_URL", "https://code.example.com"}}) == "gitea https://code.example.com/api/v1 ops/gitops");
    // GitLab below a path.
    CHECK(found("https://example.com/gitlab/ops/gitops.git", "", "", {{"CI_SERVER_URL", "https://example.com/gitlab"}, {"CI_API_V4_URL", "https://example.com/gitlab/api/v4"}}) == "gitlab https://example.com/gitlab/api/v4 ops/gitops");
    // On another server the CI's variables mean nothing.
    CHECK(found("https://github.com/ops/gitops.git", "", "", on_gitlab) == "github https://api.github.com ops/gitops");
}

TEST_CASE("--forge and --forge-url say what an address does not", "[forge]") {
    CHECK(found("https://code.example.com/ops/gitops.git", "github") == "github https://code.example.com/api/v3 ops/gitops");
    CHECK(found("git@code.example.com:a/b/c.git", "gitlab") == "gitlab https://code.example.com/api/v4 a/b/c");
    CHECK(found("http://127.0.0.1:3000/ops/gitops.git", "gitea") == "gitea http://127.0.0.1:3000/api/v1 ops/gitops");
    CHECK(found("https://[2001:db8::1]:3000/ops/gitops.git", "gitea") == "gitea https://[2001:db8::1]:3000/api/v1 ops/gitops");
    CHECK(found("git@[2001:db8::1]:ops/gitops.git", "gitea") == "gitea https://[2001:db8::1]/api/v1 ops/gitops");
    CHECK(found("https://git.example.com/ops/gitops.git", "", "https://api.example.com/api/v3/") == "github https://api.example.com/api/v3 ops/gitops");
    CHECK(found("https://git.example.com/ops/gitops.git", "github", "https://code.example.com") == "github https://code.example.com/api/v3 ops/gitops");
    CHECK(found("https://git.example.com/ops/gitops.git", "github", "https://github.com") == "github https://api.github.com ops/gitops");
    CHECK(found("https://git.example.com/ops/gitops.git", "", "https://api.github.com") == "github https://api.github.com ops/gitops");
    CHECK(found("https://git.example.com/ops/gitops.git", "gitlab", "https://user:word@code.example.com/gitlab") == "gitlab https://code.example.com/gitlab/api/v4 ops/gitops");
    CHECK(found("https://code.example.com/ops/gitops.git", "gitea", "", on_github) == "gitea https://code.example.com/api/v1 ops/gitops");
}

TEST_CASE("An address that tells of no project is refused", "[forge]") {
    CHECK(found("https://git.example.com/ops/gitops.git") ==
          "2 cannot tell which forge 'https://git.example.com/ops/gitops.git' is on: neither its host nor the CI says so | --forge github, gitlab or gitea says so, and --forge-url where its API is");
    CHECK(found("/srv/git/gitops.git", "github") == "2 cannot ask a forge about '/srv/git/gitops.git': it is a folder, and on no forge | --repo takes the address that the forge shows for cloning");
    CHECK(found("file:///srv/git/gitops.git", "github").starts_with("2 cannot ask a forge about"));
    CHECK(found("./a:b", "github").starts_with("2 cannot ask a forge about"));
    for (const auto* repo : {"https://github.com", "https://github.com/ops", "https://github.com/ops/gitops/more.git", "https://github.com//gitops.git", "https://github.com/ops/..", "git@github.com:gitops.git"}) {
        INFO(repo);
        CHECK(found(repo).find("is no OWNER/REPOSITORY") != std::string::npos);
    }
    CHECK(found("https://gitlab.com/gitops.git").find("'gitops' is no GROUP/PROJECT") != std::string::npos);
    // Nothing of a password is shown.
    CHECK(found("https://oauth2:sesame@git.example.com/a/b").find("sesame") == std::string::npos);
}

std::string token(git::RemoteOptions remote, const Variables& variables = {}) {
    if (remote.repo.empty()) remote.repo = "https://code.example.com/ops/gitops.git";
    fake::Environment environment;
    environment.variables = variables;
    ForgeOptions options;
    options.kind = "github";
    return api_token(remote, find_project(remote, options, environment), environment).reveal();
}

TEST_CASE("The API gets Git's token, and a job's own on its own server alone", "[forge]") {
    git::RemoteOptions remote;
    CHECK(token(remote).empty());
    auto variables = on_github;
    variables["GITHUB_TOKEN"] = "job-token";
    CHECK(token(remote, variables) == "job-token");
    auto elsewhere = remote;
    elsewhere.repo = "https://other.example.com/ops/gitops.git";
    CHECK(token(elsewhere, variables).empty());
    auto in_url = remote;
    in_url.repo = "https://oauth2:in%2Furl@code.example.com/ops/gitops.git";
    CHECK(token(in_url, variables) == "in/url");
    in_url.repo = "https://alone@code.example.com/ops/gitops.git";
    CHECK(token(in_url, variables) == "alone");
    remote.token = Secret("of git");
    CHECK(token(remote, variables) == "of git");
    remote.token = Secret();
    remote.user = "ci";
    remote.password = Secret("of user");
    CHECK(token(remote, variables) == "of user");
}

TEST_CASE("Without a token no forge is asked", "[forge]") {
    fake::World world;
    auto context = world.context();
    const ForgeProject project{ForgeProject::Kind::github, "https://api.github.com", "ops/gitops"};
    const auto error = failure_of([&] { make_forge(project, {}, {}, {}, context); });
    CHECK(words_of(error) == "2 a request cannot be made without a token for https://api.github.com | give one with --forge-token-file, or with --git-token-file when one token is for Git and for the API; "
                             "SLIPWAY_UPDATE_GITOPS_VALUES_FORGE_TOKEN holds it as well");
    ForgeOptions options;
    options.server.token = Secret("sesame4711");
    CHECK(make_forge(project, options, {}, {}, context)->name() == "GitHub");
    CHECK(make_forge(project, {}, {Secret("sesame4711")}, {}, context)->noun() == "pull request");
}

} // namespace
} // namespace slipway::update_gitops_values
