#include "update-gitops-values/forge/gitlab.hpp"

#include "failure.hpp"
#include "scripted_forge.hpp"
#include "update-gitops-values/forge/gitlab_answers.hpp"

using namespace slipway;
using namespace slipway::update_gitops_values;

namespace {

const std::string api = "https://gitlab.test/api/v4";
const std::string project = "/projects/company%2Fops%2Fgitops";
const std::string list = "GET " + project + "/merge_requests?state=all&source_branch=slipway%2Fweb&target_branch=main&order_by=created_at&sort=desc&per_page=100";
const std::string compare = "GET " + project + "/repository/compare?from=main&to=slipway%2Fweb";
const std::string create = "POST " + project + "/merge_requests";
const std::string one = "GET " + project + "/merge_requests/7";
const std::string update = "PUT " + project + "/merge_requests/7";
const std::string accept = "PUT " + project + "/merge_requests/7/merge";
const std::string commit(40, 'a');
const NewPullRequest proposal{.head_branch = "slipway/web", .base_branch = "main", .title = "web 1.2", .body = "text"};

/// A merge request as GitLab shows it, with these differences.
json::Value shown(const json::Value& changes = json::Value::object()) {
    auto request = json::Value::parse(R"({"id": 1007, "iid": 7, "project_id": 42, "source_project_id": 42, "target_project_id": 42, "title": "web 1.2", "description": "text",
        "state": "opened", "source_branch": "slipway/web", "target_branch": "main", "draft": false, "labels": ["old"], "reviewers": [{"id": 5, "username": "grace"}], "squash": false,
        "merge_commit_sha": null, "squash_commit_sha": null, "merge_user": null, "closed_by": null, "detailed_merge_status": "mergeable", "has_conflicts": false,
        "web_url": "https://gitlab.test/company/ops/gitops/-/merge_requests/7"})");
    request["sha"] = commit;
    request.update(changes);
    return request;
}

json::Value with(const char* key, const json::Value& value) { return shown(json::Value::object({{key, value}})); }
json::Value list_of(const json::Value& request) { return json::Value::array({request}); }

struct GitLab : ScriptedForge {
    cli::Context context = world.context();
    ForgeOptions options;
    std::unique_ptr<Forge> forge;

    explicit GitLab(const std::string& token = "glpat-secret-token", const std::string& job_token = {}) : ScriptedForge(api) {
        if (!job_token.empty()) world.environment.variables["CI_JOB_TOKEN"] = job_token;
        forge = make_gitlab({.kind = ForgeProject::Kind::gitlab, .api = api, .path = "company/ops/gitops"}, options, Secret(token), {}, context);
    }
    PullRequest request() const { return *gitlab::request_of(shown()); }
};

} // namespace

TEST_CASE("merge requests of two branches are listed, without those of forks", "[forge]") {
    GitLab gitlab;
    gitlab.on(list, json::Value::array({with("source_project_id", 99), with("state", "closed"), with("source_branch", "slipway/other")}));
    const auto found = gitlab.forge->requests_of("slipway/web", "main");
    REQUIRE(found.size() == 1);
    CHECK(found[0].number == 7);
    CHECK(found[0].state == PullRequest::State::closed);
    CHECK(gitlab.header(0, "PRIVATE-TOKEN") == "glpat-secret-token");
    CHECK(gitlab.header(0, "JOB-TOKEN").empty());
    CHECK(gitlab.left() == 0);
}

TEST_CASE("a list of merge requests is read to its last page", "[forge]") {
    GitLab gitlab;
    const std::string next = "/projects/company%2Fops%2Fgitops/merge_requests?page=2";
    gitlab.on(list, 200, list_of(shown()).dump(), {{"Link", "<https://inner.test/api/v4" + next + ">; rel=\"next\", <https://inner.test/api/v4" + next + ">; rel=\"last\""}});
    gitlab.on("GET " + next, list_of(with("iid", 3)));
    CHECK(gitlab.forge->requests_of("slipway/web", "main").size() == 2);
}

TEST_CASE("what a merge request says is read", "[forge]") {
    const auto read = [](const json::Value& changes) { return *gitlab::request_of(shown(changes)); };
    const auto open = read(json::Value::object());
    CHECK(open.url == "https://gitlab.test/company/ops/gitops/-/merge_requests/7");
    CHECK(open.head_branch == "slipway/web");
    CHECK(open.head_commit == commit);
    CHECK(open.base_branch == "main");
    CHECK(open.obstacle.empty());
    CHECK_FALSE(open.conflicts);
    const auto draft = read({{"title", "Draft: web 1.2"}, {"draft", true}, {"detailed_merge_status", "draft_status"}});
    CHECK(draft.draft);
    CHECK(draft.title == "web 1.2");
    CHECK(draft.obstacle == "it is a draft");
    CHECK(read({{"detailed_merge_status", "not_approved"}, {"draft", false}}).obstacle == "approvals are missing");
    CHECK(read({{"detailed_merge_status", "a new\none"}, {"draft", false}}).obstacle == "a new\\x0aone");
    CHECK(read({{"detailed_merge_status", "conflict"}, {"draft", false}}).conflicts);
    CHECK(read({{"detailed_merge_status", "need_rebase"}, {"draft", false}}).conflicts);
    CHECK_FALSE(read({{"detailed_merge_status", "checking"}, {"has_conflicts", true}}).conflicts);
    // Versions before 15.6.
    CHECK(read({{"detailed_merge_status", nullptr}, {"merge_status", "cannot_be_merged"}, {"has_conflicts", true}}).conflicts);
    CHECK_FALSE(read({{"detailed_merge_status", nullptr}, {"merge_status", "checking"}, {"has_conflicts", true}}).conflicts);
    CHECK(read({{"state", "locked"}, {"draft", false}}).obstacle == "GitLab is merging it");
    CHECK(read(json::Value::parse(R"({"state": "closed", "closed_by": {"id": 1, "username": "ada"}})")).ended_by == "ada");
}

TEST_CASE("the commit of a merge is found for each way of merging", "[forge]") {
    const auto merged = [](const json::Value& merge, const json::Value& squash) {
        return *gitlab::request_of(shown({{"state", "merged"}, {"merge_commit_sha", merge}, {"squash_commit_sha", squash}, {"merge_user", json::Value::parse(R"({"id": 1, "username": "ada"})")}}));
    };
    CHECK(merged("m", nullptr).merge_commit == "m");
    CHECK(merged("m", "s").merge_commit == "m");
    CHECK(merged(nullptr, "s").merge_commit == "s");
    CHECK(merged(nullptr, nullptr).merge_commit == commit); // fast-forward
    CHECK(merged("m", nullptr).ended_by == "ada");
}

TEST_CASE("a merge request is opened", "[forge]") {
    GitLab gitlab;
    auto request = proposal;
    request.draft = true;
    request.body = "/close\ntext\n/merge";
    gitlab.on(compare, 200, R"({"commits": [{"id": "a"}], "diffs": []})");
    gitlab.on(create, 201, shown().dump()).on(list, list_of(shown()));
    const auto opened = gitlab.forge->open(request);
    REQUIRE(opened);
    CHECK(opened->number == 7);
    CHECK(gitlab.sent(1) == json::Value({{"source_branch", "slipway/web"}, {"target_branch", "main"}, {"title", "Draft: web 1.2"}, {"description", " /close\ntext\n /merge"}, {"remove_source_branch", true}}));
    CHECK(gitlab.left() == 0);
}

TEST_CASE("branches that do not differ have nothing to merge", "[forge]") {
    GitLab gitlab;
    gitlab.on(compare, 200, R"({"commits": [], "diffs": []})");
    CHECK_FALSE(gitlab.forge->open(proposal));
}

TEST_CASE("an open merge request is the answer, whoever opened it", "[forge]") {
    const auto differs = json::Value::parse(R"({"commits": [{"id": "a"}], "diffs": []})");
    SECTION("another pipeline was faster") {
        GitLab gitlab;
        gitlab.on(compare, differs).on(create, 409, R"({"message":["Another open merge request already exists for this source branch: !7"]})").on(list, list_of(shown()));
        CHECK(gitlab.forge->open(proposal)->number == 7);
    }
    SECTION("it is not in the list yet") {
        GitLab gitlab;
        gitlab.on(compare, differs).on(create, 409, R"({"message":["Another open merge request already exists for this source branch: !7"]})").on(list, json::Value::array());
        gitlab.on(create, 409, R"({"message":["Another open merge request already exists for this source branch: !7"]})").on(list, list_of(shown()));
        CHECK(gitlab.forge->open(proposal)->number == 7);
    }
    SECTION("the answer is lost, and it is there") {
        GitLab gitlab;
        gitlab.on(compare, differs).on(create).on(list, list_of(shown()));
        CHECK(gitlab.forge->open(proposal)->number == 7);
        CHECK(gitlab.log().find("the answer is lost (") != std::string::npos);
        CHECK(gitlab.left() == 0);
    }
    SECTION("the answer is lost, and it is not there") {
        GitLab gitlab;
        gitlab.on(compare, differs).on(create, 502, "<html><title>Bad Gateway</title>").on(list, list_of(with("state", "closed"))).on(create, 201, shown().dump()).on(list, list_of(shown()));
        CHECK(gitlab.forge->open(proposal)->number == 7);
        CHECK(gitlab.left() == 0);
    }
    SECTION("no answer comes at all") {
        GitLab gitlab;
        gitlab.on(compare, differs);
        for (int i = 0; i < 3; ++i) gitlab.on(create, 503, R"({"message":"503 down for maintenance"})").on(list, json::Value::array());
        const auto error = failure_of([&] { gitlab.forge->open(proposal); });
        CHECK(error.code() == ExitCode::world);
        CHECK(words_of(error).find("cannot open a merge request from slipway/web to main: no answer, and none is open: status 503: 503 down for maintenance") != std::string::npos);
    }
    SECTION("two at the same moment: the first one stays") {
        GitLab gitlab;
        gitlab.on(compare, differs).on(create, 201, with("iid", 8).dump()).on(list, json::Value::array({with("iid", 8), shown()}));
        gitlab.on("PUT " + project + "/merge_requests/8", with("iid", 8));
        CHECK(gitlab.forge->open(proposal)->number == 7);
        CHECK(gitlab.sent(3) == json::Value::object({{"state_event", "close"}}));
        CHECK(gitlab.log().find("closing https://gitlab.test/") != std::string::npos);
    }
}

TEST_CASE("a merge request's text is rewritten where it differs", "[forge]") {
    GitLab gitlab;
    gitlab.on(one, with("title", "Draft: web 1.1")).on(update, shown());
    gitlab.forge->rewrite(7, "web 1.2", "new\n/close");
    CHECK(gitlab.sent(1) == json::Value({{"title", "web 1.2"}, {"description", "new\n /close"}}));
    gitlab.on(one, shown({{"title", "Draft: web 1.1"}, {"draft", true}})).on(update, shown());
    gitlab.forge->rewrite(7, "web 1.2", "new");
    CHECK(gitlab.sent(3).at("title") == "Draft: web 1.2");
    gitlab.on(one, shown());
    gitlab.forge->rewrite(7, "web 1.2", "text");
    CHECK(gitlab.left() == 0);
    CHECK(gitlab.world.requests.size() == 5);
}

TEST_CASE("labels and reviewers are added to those that are there", "[forge]") {
    GitLab gitlab;
    gitlab.on(one, shown()).on(update, with("labels", json::Value::array({"old", "deploy"})));
    gitlab.on("GET /users?username=ada", 200, R"([{"id": 6, "username": "Ada"}])").on("GET /users?username=nobody", json::Value::array());
    gitlab.on("GET /users?username=eve", 200, R"([{"id": 9, "username": "eve"}])");
    gitlab.on(update, with("reviewers", json::Value::parse(R"([{"id": 5, "username": "grace"}, {"id": 6, "username": "Ada"}])")));
    gitlab.forge->adorn(gitlab.request(), {"old", "deploy", "a,b", "other"}, {"grace", "ada", "nobody", "eve"});
    CHECK(gitlab.sent(1) == json::Value::object({{"add_labels", "deploy,other"}}));
    CHECK(gitlab.sent(5) == json::Value::parse(R"({"reviewer_ids": [5, 6, 9]})"));
    CHECK(gitlab.log().find("cannot add the label 'a,b': GitLab has no labels with a comma") != std::string::npos);
    CHECK(gitlab.log().find("GitLab did not add the label 'other'") != std::string::npos);
    CHECK(gitlab.log().find("GitLab knows no user 'nobody'") != std::string::npos);
    CHECK(gitlab.log().find("GitLab did not make 'eve' a reviewer") != std::string::npos);
    gitlab.on(one, shown());
    gitlab.forge->adorn(gitlab.request(), {"old"}, {"Grace"});
    gitlab.forge->adorn(gitlab.request(), {}, {});
    CHECK(gitlab.left() == 0);
}

TEST_CASE("GitLab merges as soon as it may", "[forge]") {
    const json::Value by_commits{{"id", 42}, {"merge_method", "merge"}, {"squash_option", "default_off"}};
    GitLab gitlab;
    SECTION("after it has checked the request and seen the push") {
        gitlab.on("GET " + project, by_commits).on(one, with("detailed_merge_status", "preparing")).on(one, with("sha", "old")).on(one, with("detailed_merge_status", "ci_still_running")).on(accept, shown());
        gitlab.forge->merge_when_ready(gitlab.request(), "merge");
        CHECK(gitlab.sent(4) == json::Value({{"auto_merge", true}, {"merge_when_pipeline_succeeds", true}, {"sha", commit}, {"squash", false}, {"should_remove_source_branch", true}}));
        CHECK(gitlab.world.clock.sleeps.size() == 2);
    }
    SECTION("squashing is a setting of the request") {
        gitlab.on("GET " + project, by_commits).on(one, shown()).on(update, shown()).on(accept, shown());
        gitlab.forge->merge_when_ready(gitlab.request(), "squash");
        CHECK(gitlab.sent(2) == json::Value::object({{"squash", true}}));
        CHECK(gitlab.sent(3).at("squash") == true);
    }
    SECTION("it declines for a moment") {
        gitlab.on("GET " + project, by_commits).on(one, shown()).on(accept, 405, R"({"message":"405 Method Not Allowed"})").on(one, shown()).on(accept, shown());
        gitlab.forge->merge_when_ready(gitlab.request(), "merge");
    }
    SECTION("it was merged meanwhile, or the answer was lost") {
        gitlab.on("GET " + project, by_commits).on(one, shown()).on(accept, 405, R"({"message":"405 Method Not Allowed"})").on(one, with("state", "merged"));
        gitlab.forge->merge_when_ready(gitlab.request(), "merge");
    }
    CHECK(gitlab.left() == 0);
}

TEST_CASE("what GitLab does not merge by itself is refused with the reason", "[forge]") {
    const json::Value by_commits{{"id", 42}, {"merge_method", "merge"}, {"squash_option", "default_off"}};
    const auto refusal = [](GitLab& gitlab, const std::string& method = "merge") {
        const auto error = failure_of([&] { gitlab.forge->merge_when_ready(gitlab.request(), method); });
        CHECK(error.code() == ExitCode::refused);
        CHECK(gitlab.left() == 0);
        return words_of(error);
    };
    GitLab gitlab;
    gitlab.on("GET " + project, by_commits);
    SECTION("approvals are missing, in an old version") {
        for (int i = 0; i < 3; ++i) gitlab.on(one, with("detailed_merge_status", "not_approved")).on(accept, 405, R"({"message":"405 Method Not Allowed"})");
        CHECK(refusal(gitlab).starts_with("1 cannot have GitLab merge merge request !7: approvals are missing: GitLab declines it (status 405: 405 Method Not Allowed) | GitLab before 17.7"));
    }
    SECTION("it may not push to the protected branch") {
        gitlab.on(one, shown()).on(accept, 401, R"({"message":"401 Unauthorized"})");
        CHECK(refusal(gitlab).starts_with("1 cannot have GitLab merge merge request !7: its user may not push to main: 401 Unauthorized | a token whose role may merge"));
    }
    SECTION("it conflicts") {
        gitlab.on(one, with("detailed_merge_status", "conflict"));
        CHECK(refusal(gitlab).starts_with("1 cannot have GitLab merge merge request !7: it conflicts with its target branch | run the step again"));
    }
    SECTION("it is closed") {
        gitlab.on(one, with("state", "closed"));
        CHECK(refusal(gitlab) == "1 cannot have GitLab merge merge request !7: it is closed");
    }
    SECTION("somebody pushed") {
        for (int i = 0; i < 20; ++i) gitlab.on(one, with("sha", "b"));
        CHECK(refusal(gitlab).find("somebody pushed to slipway/web meanwhile") != std::string::npos);
    }
    SECTION("the project makes merge commits") {
        CHECK(refusal(gitlab, "rebase").find("by 'rebase': the project makes merge commits") != std::string::npos);
    }
}

TEST_CASE("a project merges in its own way", "[forge]") {
    const auto why = [](const char* method, const char* merges, const char* squashes) { return gitlab::why_not(method, {{"merge_method", merges}, {"squash_option", squashes}}); };
    CHECK(why("merge", "merge", "default_on").empty());
    CHECK(why("merge", "rebase_merge", "default_off").empty());
    CHECK(why("merge", "ff", "default_off") == "the project's merge method is 'Fast-forward merge', which makes no merge commits");
    CHECK(why("merge", "merge", "always") == "the project always squashes");
    CHECK(why("rebase", "ff", "default_off").empty());
    CHECK(why("rebase", "rebase_merge", "default_off").starts_with("the project makes merge commits"));
    CHECK(why("squash", "ff", "always").empty());
    CHECK(why("squash", "ff", "never") == "the project never squashes");
    CHECK(gitlab::why_not("rebase", {{"id", 1}, {"name", "x"}}).empty());
}

TEST_CASE("a job's own token is told apart, and what it may not do is said", "[forge]") {
    GitLab gitlab("glcbt-64_job", "glcbt-64_job");
    gitlab.on(list, 404, R"({"message":"404 Project Not Found"})");
    const auto error = failure_of([&] { gitlab.forge->requests_of("slipway/web", "main"); });
    CHECK(gitlab.header(0, "JOB-TOKEN") == "glcbt-64_job");
    CHECK(gitlab.header(0, "PRIVATE-TOKEN").empty());
    CHECK(error.code() == ExitCode::world);
    CHECK(words_of(error).find("a job's own token (CI_JOB_TOKEN) may not open or change merge requests: give a project access token") != std::string::npos);
    GitLab other("glpat-secret", "glcbt-64_job");
    other.on(list, 401, R"({"message":"401 Unauthorized"})");
    CHECK(words_of(failure_of([&] { other.forge->requests_of("slipway/web", "main"); })).find("expired or been revoked") != std::string::npos);
    CHECK(other.header(0, "PRIVATE-TOKEN") == "glpat-secret");
}

TEST_CASE("what is no answer of GitLab's gives an honest message", "[forge]") {
    for (const auto& [body, said] : std::vector<std::pair<std::string, std::string>>{{"<html><title>Sign in</title></html>", "Sign in"},
                                                                                     {"[]", "it is no merge request"},
                                                                                     {"", "it is no merge request"},
                                                                                     {R"({"iid": "7", "state": "opened"})", "it is no merge request"},
                                                                                     {R"({"iid": -1, "state": "opened"})", "it is no merge request"},
                                                                                     {R"({"iid": 7, "state": ["opened"]})", "it is no merge request"},
                                                                                     {std::string(100'000, '['), ""}}) {
        GitLab gitlab;
        gitlab.on(one, 200, body);
        const auto error = failure_of([&] { gitlab.forge->read(7); });
        CHECK(error.code() == ExitCode::world);
        CHECK(words_of(error).find("cannot read merge request !7") != std::string::npos);
        CHECK(words_of(error).find(said) != std::string::npos);
    }
    // Values of other types are as if they were not there.
    const auto odd = gitlab::request_of(json::Value::parse(R"({"iid": 7, "state": "merged", "title": 1, "description": null, "labels": {}, "merge_user": "x", "sha": [], "web_url": {}})"));
    REQUIRE(odd);
    CHECK(odd->title.empty());
    CHECK(odd->merge_commit.empty());
    CHECK(gitlab::missing_labels(json::Value::parse(R"({"labels": "deploy"})"), {"deploy"}).size() == 1);
    CHECK(gitlab::reviewer_ids(json::Value::parse(R"({"reviewers": [{"id": "5"}, 7, null]})")).empty());
}
