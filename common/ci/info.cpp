#include "ci/info.hpp"

#include "core/error.hpp"
#include "core/text.hpp"

#include <nlohmann/json.hpp>

namespace slipway::ci {

namespace {

using Json = nlohmann::json;

class Reader {
public:
    explicit Reader(const io::Environment& environment) : environment_(environment) {}
    std::string operator()(const char* name) const { return environment_.get(name).value_or(""); }
    bool has(const char* name) const { return environment_.get(name).has_value(); }

private:
    const io::Environment& environment_;
};

Event event_named(std::string_view name) {
    if (name == "push") return Event::push;
    if (name == "tag") return Event::tag;
    if (name == "schedule" || name == "cron") return Event::schedule;
    if (name == "merge_request_event" || name == "external_pull_request_event" || name == "pull_request" ||
        name == "pull_request_target") {
        return Event::pull_request;
    }
    if (name == "web" || name == "api" || name == "trigger" || name == "pipeline" || name == "manual" ||
        name == "custom" || name == "workflow_dispatch" || name == "repository_dispatch") {
        return Event::manual;
    }
    return Event::unknown;
}

Info gitlab(const Reader& variable) {
    Info info{.system = System::gitlab};
    info.event = event_named(variable("CI_PIPELINE_SOURCE"));
    info.commit = variable("CI_COMMIT_SHA");
    info.short_commit = variable("CI_COMMIT_SHORT_SHA");
    info.branch = variable("CI_COMMIT_BRANCH");
    if (info.branch.empty()) info.branch = variable("CI_MERGE_REQUEST_SOURCE_BRANCH_NAME");
    info.default_branch = variable("CI_DEFAULT_BRANCH");
    info.tag = variable("CI_COMMIT_TAG");
    if (!info.tag.empty() && info.event == Event::push) info.event = Event::tag;
    info.commit_time = variable("CI_COMMIT_TIMESTAMP");
    info.pull_request = variable("CI_MERGE_REQUEST_IID");
    info.pull_request_head = variable("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA");
    info.base_ref = variable("CI_MERGE_REQUEST_TARGET_BRANCH_NAME");
    info.description = variable("CI_PROJECT_DESCRIPTION");
    info.pipeline_id = variable("CI_PIPELINE_ID");
    info.job_id = variable("CI_JOB_ID");
    info.pipeline_url = variable("CI_PIPELINE_URL");
    info.job_url = variable("CI_JOB_URL");
    info.project_url = variable("CI_PROJECT_URL");
    if (const auto runner = variable("CI_RUNNER_ID"); !runner.empty() && !info.project_url.empty()) info.builder = info.project_url + "/-/runners/" + runner;
    info.project_name = variable("CI_PROJECT_PATH");
    info.workspace = variable("CI_PROJECT_DIR");
    info.registry = variable("CI_REGISTRY");
    info.registry_image = variable("CI_REGISTRY_IMAGE");
    info.registry_user = variable("CI_REGISTRY_USER");
    if (variable.has("CI_REGISTRY_PASSWORD")) info.registry_password_variable = "CI_REGISTRY_PASSWORD";
    return info;
}

/// The event that started a GitHub workflow; an empty object when it cannot be read, since it only adds to the
/// variables.
Json github_event(const Reader& variable, io::Files& files) {
    const auto path = variable("GITHUB_EVENT_PATH");
    if (path.empty() || files.kind(path) != io::FileKind::file) return Json::object();
    try {
        auto event = Json::parse(files.read(path), nullptr, false);
        return event.is_object() ? event : Json::object();
    } catch (const Error&) {
        return Json::object();
    }
}

std::string text_at(const Json& json, const char* pointer) {
    const Json::json_pointer place(pointer);
    if (!json.contains(place)) return {};
    const auto& value = json.at(place);
    if (value.is_string()) return value.get<std::string>();
    return value.is_number_integer() ? value.dump() : std::string();
}

Info github(const Reader& variable, io::Files& files) {
    Info info{.system = System::github};
    const auto event = github_event(variable, files);
    info.event = event_named(variable("GITHUB_EVENT_NAME"));
    info.commit = variable("GITHUB_SHA");
    info.short_commit = info.commit.substr(0, 7);
    if (variable("GITHUB_REF_TYPE") == "tag") {
        info.tag = variable("GITHUB_REF_NAME");
        info.base_ref = text_at(event, "/base_ref");
        if (info.base_ref.rfind("refs/heads/", 0) == 0) info.base_ref.erase(0, 11);
        if (info.event == Event::push) info.event = Event::tag;
    } else if (info.event == Event::pull_request) {
        info.branch = variable("GITHUB_HEAD_REF");
        info.pull_request = text_at(event, "/number");
        info.pull_request_head = text_at(event, "/pull_request/head/sha");
        info.base_ref = text_at(event, "/pull_request/base/ref");
    } else {
        info.branch = variable("GITHUB_REF_NAME");
    }
    info.default_branch = text_at(event, "/repository/default_branch");
    info.commit_time = text_at(event, "/head_commit/timestamp");
    info.description = text_at(event, "/repository/description");
    info.license = text_at(event, "/repository/license/spdx_id");
    info.project_name = variable("GITHUB_REPOSITORY");
    info.pipeline_id = variable("GITHUB_RUN_ID");
    if (const auto attempt = variable("GITHUB_RUN_ATTEMPT"); !attempt.empty() && attempt != "1") {
        info.pipeline_id += "-" + attempt;
    }
    info.job_id = variable("GITHUB_JOB");
    const auto server = variable("GITHUB_SERVER_URL");
    if (!server.empty() && !info.project_name.empty()) {
        info.project_url = server + '/' + info.project_name;
        info.pipeline_url = info.project_url + "/actions/runs/" + variable("GITHUB_RUN_ID");
        const auto attempt = variable("GITHUB_RUN_ATTEMPT");
        info.job_url = info.pipeline_url + (attempt.empty() ? "" : "/attempts/" + attempt);
        if (const auto workflow = variable("GITHUB_WORKFLOW_REF"); !workflow.empty()) info.builder = server + '/' + workflow;
    }
    info.workspace = variable("GITHUB_WORKSPACE");
    if (server == "https://github.com" && !info.project_name.empty()) {
        info.registry = "ghcr.io";
        info.registry_image = "ghcr.io/" + lower(info.project_name);
        info.registry_user = variable("GITHUB_ACTOR");
        if (variable.has("GITHUB_TOKEN")) info.registry_password_variable = "GITHUB_TOKEN";
    }
    return info;
}

Info woodpecker(const Reader& variable) {
    Info info{.system = System::woodpecker};
    info.event = event_named(variable("CI_PIPELINE_EVENT"));
    info.commit = variable("CI_COMMIT_SHA");
    info.short_commit = info.commit.substr(0, 7);
    info.branch = info.event == Event::pull_request ? variable("CI_COMMIT_SOURCE_BRANCH") : variable("CI_COMMIT_BRANCH");
    info.default_branch = variable("CI_REPO_DEFAULT_BRANCH");
    info.tag = variable("CI_COMMIT_TAG");
    info.pull_request = variable("CI_COMMIT_PULL_REQUEST");
    if (info.event == Event::pull_request) info.base_ref = variable("CI_COMMIT_TARGET_BRANCH");
    info.pipeline_id = variable("CI_PIPELINE_NUMBER");
    info.job_id = variable("CI_STEP_NAME");
    info.pipeline_url = variable("CI_PIPELINE_URL");
    info.job_url = info.pipeline_url;
    info.builder = variable("CI_SYSTEM_URL");
    info.project_url = variable("CI_REPO_URL");
    info.project_name = variable("CI_REPO");
    info.workspace = variable("CI_WORKSPACE");
    return info;
}

Info drone(const Reader& variable) {
    Info info{.system = System::drone};
    info.event = event_named(variable("DRONE_BUILD_EVENT"));
    info.commit = variable("DRONE_COMMIT_SHA");
    info.short_commit = info.commit.substr(0, 7);
    info.branch = info.event == Event::pull_request ? variable("DRONE_SOURCE_BRANCH") : variable("DRONE_BRANCH");
    info.default_branch = variable("DRONE_REPO_BRANCH");
    info.tag = variable("DRONE_TAG");
    info.pull_request = variable("DRONE_PULL_REQUEST");
    if (info.event == Event::pull_request) info.base_ref = variable("DRONE_TARGET_BRANCH");
    info.pipeline_id = variable("DRONE_BUILD_NUMBER");
    info.job_id = variable("DRONE_STEP_NAME");
    info.pipeline_url = variable("DRONE_BUILD_LINK");
    info.job_url = info.pipeline_url;
    if (const auto host = variable("DRONE_SYSTEM_HOST"); !host.empty()) info.builder = variable("DRONE_SYSTEM_PROTO") + "://" + host;
    info.project_url = variable("DRONE_REPO_LINK");
    info.project_name = variable("DRONE_REPO");
    info.workspace = variable("DRONE_WORKSPACE");
    return info;
}

} // namespace

std::string to_string(System system) {
    switch (system) {
    case System::gitlab: return "GitLab";
    case System::github: return "GitHub";
    case System::woodpecker: return "Woodpecker";
    case System::drone: return "Drone";
    case System::none: break;
    }
    return "no CI system";
}

Info detect(const io::Environment& environment, io::Files& files) {
    const Reader variable(environment);
    if (variable("GITLAB_CI") == "true") return gitlab(variable);
    if (variable("GITHUB_ACTIONS") == "true") return github(variable, files);
    if (variable("CI") == "woodpecker" || variable("CI_SYSTEM_NAME") == "woodpecker") return woodpecker(variable);
    if (variable("DRONE") == "true") return drone(variable);
    return {};
}

} // namespace slipway::ci
