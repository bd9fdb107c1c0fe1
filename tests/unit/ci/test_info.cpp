#include "catch.hpp"

#include "ci/info.hpp"
#include "fakes.hpp"

using namespace slipway;
using namespace slipway::ci;

namespace {

struct Detected {
    fake::Environment environment;
    fake::Files files;

    Detected(std::map<std::string, std::string> variables) { environment.variables = std::move(variables); }
    Info operator()() { return detect(environment, files); }
};

const std::map<std::string, std::string> gitlab = {
    {"GITLAB_CI", "true"},
    {"CI_PIPELINE_SOURCE", "push"},
    {"CI_COMMIT_SHA", "0123456789abcdef0123456789abcdef01234567"},
    {"CI_COMMIT_SHORT_SHA", "01234567"},
    {"CI_COMMIT_BRANCH", "main"},
    {"CI_DEFAULT_BRANCH", "main"},
    {"CI_COMMIT_TIMESTAMP", "2026-11-24T12:00:00+01:00"},
    {"CI_PIPELINE_ID", "42"},
    {"CI_JOB_ID", "7"},
    {"CI_PIPELINE_URL", "https://gitlab.example.com/team/app/-/pipelines/42"},
    {"CI_PROJECT_URL", "https://gitlab.example.com/team/app"},
    {"CI_PROJECT_PATH", "team/app"},
    {"CI_PROJECT_DIR", "/builds/team/app"},
    {"CI_REGISTRY", "registry.example.com"},
    {"CI_REGISTRY_IMAGE", "registry.example.com/team/app"},
    {"CI_REGISTRY_USER", "gitlab-ci-token"},
    {"CI_REGISTRY_PASSWORD", "secret"},
};

const std::map<std::string, std::string> github = {
    {"GITHUB_ACTIONS", "true"},
    {"GITHUB_EVENT_NAME", "push"},
    {"GITHUB_EVENT_PATH", "/event.json"},
    {"GITHUB_SHA", "0123456789abcdef0123456789abcdef01234567"},
    {"GITHUB_REF_TYPE", "branch"},
    {"GITHUB_REF_NAME", "feature"},
    {"GITHUB_REPOSITORY", "Team/App"},
    {"GITHUB_RUN_ID", "42"},
    {"GITHUB_RUN_ATTEMPT", "1"},
    {"GITHUB_JOB", "release"},
    {"GITHUB_SERVER_URL", "https://github.com"},
    {"GITHUB_WORKSPACE", "/github/workspace"},
    {"GITHUB_ACTOR", "octocat"},
    {"GITHUB_TOKEN", "secret"},
};

std::map<std::string, std::string> with(std::map<std::string, std::string> variables, const std::map<std::string, std::string>& changes) {
    for (const auto& [name, value] : changes) variables[name] = value;
    return variables;
}

} // namespace

TEST_CASE("GitLab") {
    const auto info = Detected(gitlab)();
    CHECK(info.system == System::gitlab);
    CHECK(info.event == Event::push);
    CHECK(info.commit == "0123456789abcdef0123456789abcdef01234567");
    CHECK(info.short_commit == "01234567");
    CHECK(info.branch == "main");
    CHECK(info.default_branch == "main");
    CHECK(info.tag == "");
    CHECK(info.commit_time == "2026-11-24T12:00:00+01:00");
    CHECK(info.pipeline_id == "42");
    CHECK(info.job_id == "7");
    CHECK(info.pipeline_url == "https://gitlab.example.com/team/app/-/pipelines/42");
    CHECK(info.project_url == "https://gitlab.example.com/team/app");
    CHECK(info.project_name == "team/app");
    CHECK(info.workspace == "/builds/team/app");
    CHECK(info.registry == "registry.example.com");
    CHECK(info.registry_image == "registry.example.com/team/app");
    CHECK(info.registry_user == "gitlab-ci-token");
    CHECK(info.registry_password_variable == "CI_REGISTRY_PASSWORD");
}

TEST_CASE("GitLab's tags and merge requests") {
    const auto tag = Detected(with(gitlab, {{"CI_COMMIT_BRANCH", ""}, {"CI_COMMIT_TAG", "v1.2.3"}}))();
    CHECK(tag.event == Event::tag);
    CHECK(tag.tag == "v1.2.3");
    CHECK(tag.branch == "");
    const auto request = Detected(with(gitlab, {{"CI_COMMIT_BRANCH", ""}, {"CI_PIPELINE_SOURCE", "merge_request_event"}, {"CI_MERGE_REQUEST_SOURCE_BRANCH_NAME", "feature"}, {"CI_MERGE_REQUEST_IID", "5"}}))();
    CHECK(request.event == Event::pull_request);
    CHECK(request.branch == "feature");
    CHECK(request.pull_request == "5");
    CHECK(Detected(with(gitlab, {{"CI_PIPELINE_SOURCE", "schedule"}}))().event == Event::schedule);
    CHECK(Detected(with(gitlab, {{"CI_PIPELINE_SOURCE", "web"}}))().event == Event::manual);
    CHECK(Detected(with(gitlab, {{"CI_PIPELINE_SOURCE", "new_kind"}}))().event == Event::unknown);
    CHECK(Detected(with(gitlab, {{"CI_REGISTRY_PASSWORD", ""}}))().registry_password_variable == "");
}

TEST_CASE("GitHub") {
    Detected detected(github);
    detected.files.contents["/event.json"] = R"({"repository": {"default_branch": "main"}, "head_commit": {"timestamp": "2026-11-24T12:00:00+01:00"}, "number": 5})";
    const auto info = detected();
    CHECK(info.system == System::github);
    CHECK(info.event == Event::push);
    CHECK(info.short_commit == "0123456");
    CHECK(info.branch == "feature");
    CHECK(info.default_branch == "main");
    CHECK(info.commit_time == "2026-11-24T12:00:00+01:00");
    CHECK(info.pull_request == ""); // a push has none
    CHECK(info.pipeline_id == "42");
    CHECK(info.job_id == "release");
    CHECK(info.project_url == "https://github.com/Team/App");
    CHECK(info.pipeline_url == "https://github.com/Team/App/actions/runs/42");
    CHECK(info.workspace == "/github/workspace");
    CHECK(info.registry == "ghcr.io");
    CHECK(info.registry_image == "ghcr.io/team/app");
    CHECK(info.registry_user == "octocat");
    CHECK(info.registry_password_variable == "GITHUB_TOKEN");
}

TEST_CASE("GitHub's tags, pull requests and second attempts") {
    const auto tag = Detected(with(github, {{"GITHUB_REF_TYPE", "tag"}, {"GITHUB_REF_NAME", "v1"}}))();
    CHECK(tag.event == Event::tag);
    CHECK(tag.tag == "v1");
    CHECK(tag.branch == "");
    Detected detected(with(github, {{"GITHUB_EVENT_NAME", "pull_request"}, {"GITHUB_REF_NAME", "5/merge"}, {"GITHUB_HEAD_REF", "feature"}}));
    detected.files.contents["/event.json"] = R"({"number": 5})";
    CHECK(detected().event == Event::pull_request);
    CHECK(detected().branch == "feature");
    CHECK(detected().pull_request == "5");
    const auto again = Detected(with(github, {{"GITHUB_RUN_ATTEMPT", "2"}}))();
    CHECK(again.pipeline_id == "42-2");
    CHECK(again.pipeline_url == "https://github.com/Team/App/actions/runs/42");
    CHECK(Detected(with(github, {{"GITHUB_EVENT_NAME", "workflow_dispatch"}}))().event == Event::manual);
    CHECK(Detected(with(github, {{"GITHUB_EVENT_NAME", "schedule"}}))().event == Event::schedule);
}

TEST_CASE("a GitHub of one's own has no known registry") {
    const auto info = Detected(with(github, {{"GITHUB_SERVER_URL", "https://git.example.com"}}))();
    CHECK(info.registry == "");
    CHECK(info.registry_image == "");
    CHECK(info.registry_password_variable == "");
    CHECK(info.project_url == "https://git.example.com/Team/App");
}

TEST_CASE("an event file that says nothing usable only leaves gaps") {
    for (const char* text : {"", "nonsense", "[]", "null", R"({"repository": "text", "head_commit": null, "number": {}})", R"({"repository": {"default_branch": 7.5}})"}) {
        INFO(text);
        Detected detected(with(github, {{"GITHUB_EVENT_NAME", "pull_request"}}));
        detected.files.contents["/event.json"] = text;
        const auto info = detected();
        CHECK(info.system == System::github);
        CHECK(info.default_branch == "");
        CHECK(info.pull_request == "");
    }
    CHECK(Detected(with(github, {{"GITHUB_EVENT_PATH", "/missing"}}))().branch == "feature");
}

TEST_CASE("Woodpecker") {
    const std::map<std::string, std::string> variables = {
        {"CI", "woodpecker"}, {"CI_PIPELINE_EVENT", "push"}, {"CI_COMMIT_SHA", "0123456789abcdef"}, {"CI_COMMIT_BRANCH", "main"}, {"CI_REPO_DEFAULT_BRANCH", "main"},
        {"CI_PIPELINE_NUMBER", "42"}, {"CI_STEP_NAME", "release"}, {"CI_PIPELINE_URL", "https://ci.example.com/42"}, {"CI_REPO_URL", "https://git.example.com/team/app"},
        {"CI_REPO", "team/app"}, {"CI_WORKSPACE", "/woodpecker/src"}};
    const auto info = Detected(variables)();
    CHECK(info.system == System::woodpecker);
    CHECK(info.event == Event::push);
    CHECK(info.short_commit == "0123456");
    CHECK(info.branch == "main");
    CHECK(info.pipeline_id == "42");
    CHECK(info.job_id == "release");
    CHECK(info.project_name == "team/app");
    CHECK(info.workspace == "/woodpecker/src");
    const auto request = Detected(with(variables, {{"CI_PIPELINE_EVENT", "pull_request"}, {"CI_COMMIT_SOURCE_BRANCH", "feature"}, {"CI_COMMIT_PULL_REQUEST", "5"}}))();
    CHECK(request.event == Event::pull_request);
    CHECK(request.branch == "feature");
    CHECK(request.pull_request == "5");
    const auto tag = Detected(with(variables, {{"CI_PIPELINE_EVENT", "tag"}, {"CI_COMMIT_TAG", "v1"}}))();
    CHECK(tag.event == Event::tag);
    CHECK(tag.tag == "v1");
    CHECK(Detected({{"CI", "true"}, {"CI_SYSTEM_NAME", "woodpecker"}})().system == System::woodpecker);
}

TEST_CASE("Drone") {
    const std::map<std::string, std::string> variables = {
        {"DRONE", "true"}, {"DRONE_BUILD_EVENT", "push"}, {"DRONE_COMMIT_SHA", "0123456789abcdef"}, {"DRONE_BRANCH", "main"}, {"DRONE_REPO_BRANCH", "main"},
        {"DRONE_BUILD_NUMBER", "42"}, {"DRONE_STEP_NAME", "release"}, {"DRONE_BUILD_LINK", "https://ci.example.com/42"}, {"DRONE_REPO_LINK", "https://git.example.com/team/app"},
        {"DRONE_REPO", "team/app"}, {"DRONE_WORKSPACE", "/drone/src"}};
    const auto info = Detected(variables)();
    CHECK(info.system == System::drone);
    CHECK(info.event == Event::push);
    CHECK(info.short_commit == "0123456");
    CHECK(info.branch == "main");
    CHECK(info.default_branch == "main");
    CHECK(info.pipeline_url == "https://ci.example.com/42");
    CHECK(info.project_url == "https://git.example.com/team/app");
    CHECK(info.workspace == "/drone/src");
    const auto request = Detected(with(variables, {{"DRONE_BUILD_EVENT", "pull_request"}, {"DRONE_SOURCE_BRANCH", "feature"}, {"DRONE_PULL_REQUEST", "5"}}))();
    CHECK(request.branch == "feature");
    CHECK(request.pull_request == "5");
    CHECK(Detected(with(variables, {{"DRONE_BUILD_EVENT", "cron"}}))().event == Event::schedule);
}

TEST_CASE("no CI system") {
    CHECK(Detected({})().system == System::none);
    CHECK(Detected({{"CI", "true"}, {"CI_COMMIT_SHA", "abc"}})().commit == "");
    CHECK(to_string(System::none) == "no CI system");
    CHECK(to_string(System::gitlab) == "GitLab");
}
