#include "update-gitops-values/forge/gitea.hpp"

#include "failure.hpp"
#include "scripted_forge.hpp"
#include "update-gitops-values/forge/gitea_answers.hpp"

using namespace slipway;
using namespace slipway::update_gitops_values;

namespace {

const std::string api = "https://gitea.test/api/v1";
const std::string repository = "/repos/ops/gitops";
const std::string open_ones = "GET " + repository + "/pulls?state=open&base_branch=main&limit=50";
const std::string ended_ones = "GET " + repository + "/pulls?state=closed&sort=recentclose&base_branch=main&limit=50";
const std::string compare = "GET " + repository + "/compare/main...slipway/web?files=false&verification=false";
const std::string create = "POST " + repository + "/pulls";
const std::string one = "GET " + repository + "/pulls/7";
const std::string edit = "PATCH " + repository + "/pulls/7";
const std::string merge = "POST " + repository + "/pulls/7/merge";
const std::string commit(40, 'a');
const NewPullRequest proposal{.head_branch = "slipway/web", .base_branch = "main", .title = "web 1.2", .body = "text"};

/// A pull request as Gitea shows it, with these differences.
json::Value shown(const json::Value& changes = json::Value::object()) {
    auto request = json::Value::parse(R"({"id": 107, "number": 7, "html_url": "https://gitea.test/ops/gitops/pulls/7", "title": "web 1.2", "body": "text", "state": "open", "draft": false,
        "labels": [{"id": 1, "name": "old"}], "requested_reviewers": [{"id": 5, "login": "grace"}], "mergeable": true, "merged": false, "merge_commit_sha": null, "merged_by": null,
        "base": {"label": "main", "ref": "main", "sha": "b0", "repo_id": 1}, "head": {"label": "slipway/web", "ref": "slipway/web", "sha": "", "repo_id": 1}, "merge_base": "b0"})");
    request["head"]["sha"] = commit;
    request.update(changes);
    return request;
}

json::Value with(const char* key, const json::Value& value) { return shown(json::Value::object({{key, value}})); }
json::Value list_of(const json::Value& request) { return json::Value::array({request}); }
json::Value moved_base() { return json::Value::parse(R"({"label": "main", "ref": "main", "sha": "b1", "repo_id": 1})"); }

struct Gitea : ScriptedForge {
    cli::Context context = world.context();
    ForgeOptions options;
    std::unique_ptr<Forge> forge;

    Gitea() : ScriptedForge(api) { forge = make_gitea({.kind = ForgeProject::Kind::gitea, .api = api, .path = "ops/gitops"}, options, Secret("secret-token"), {}, context); }
    PullRequest request() const { return *gitea::request_of(shown()); }
    Gitea& repository_allows(const std::string& settings = "{}") {
        on("GET " + repository, 200, settings);
        return *this;
    }
};

} // namespace

TEST_CASE("an open request at Gitea is found among others", "[forge]") {
    Gitea gitea;
    auto fork = shown();
    fork["head"]["repo_id"] = 2;
    auto other = shown();
    other["head"]["label"] = "slipway/other";
    gitea.on(open_ones, json::Value::array({fork, other, shown()}));
    const auto found = gitea.forge->requests_of("slipway/web", "main");
    REQUIRE(found.size() == 1);
    CHECK(found[0].number == 7);
    CHECK(gitea.header(0, "Authorization") == "token secret-token");
    CHECK(gitea.left() == 0);
}

TEST_CASE("without an open one the last that ended is found, and who closed it", "[forge]") {
    Gitea gitea;
    auto gone = with("state", "closed");
    gone["head"]["ref"] = "refs/pull/7/head"; // its branch is deleted
    gitea.on(open_ones, json::Value::array()).on(ended_ones, list_of(gone));
    const std::string timeline = "GET " + repository + "/issues/7/timeline?limit=50";
    gitea.on(timeline, json::Value::array()).on(timeline, 200, R"([{"type": "close", "user": {"login": "eve"}}, {"type": "reopen", "user": {"login": "eve"}}, {"type": "close", "user": {"login": "ada"}}])");
    const auto found = gitea.forge->requests_of("slipway/web", "main");
    REQUIRE(found.size() == 1);
    CHECK(found[0].state == PullRequest::State::closed);
    CHECK(found[0].head_branch == "slipway/web");
    CHECK(found[0].ended_by == "ada");
    CHECK(gitea.left() == 0);
}

TEST_CASE("old ones that ended are not looked for to the end of time", "[forge]") {
    Gitea gitea;
    auto page = json::Value::array();
    for (int i = 0; i < 50; ++i) {
        page.push_back(shown());
        page.back()["head"]["label"] = "other";
    }
    const std::string next = repository + "/pulls?page=2";
    gitea.on(open_ones, json::Value::array()).on(ended_ones, 200, page.dump(), {{"Link", "<" + api + next + ">; rel=\"next\""}});
    for (int i = 0; i < 9; ++i) gitea.on("GET " + next, 200, page.dump(), {{"Link", "<" + api + next + ">; rel=\"next\""}});
    CHECK(gitea.forge->requests_of("slipway/web", "main").empty());
    CHECK(gitea.left() == 0);
}

TEST_CASE("what a pull request says is read by this forge", "[forge]") {
    const auto draft = *gitea::request_of(shown({{"title", "WIP: web 1.2"}, {"draft", true}}));
    CHECK(draft.draft);
    CHECK(draft.title == "web 1.2");
    CHECK(draft.obstacle == "it is a draft");
    const auto merged = *gitea::request_of(shown(json::Value::parse(R"({"state": "closed", "merged": true, "merge_commit_sha": "m", "merged_by": {"login": "ada"}})")));
    CHECK(merged.state == PullRequest::State::merged);
    CHECK(merged.merge_commit == "m");
    CHECK(merged.ended_by == "ada");
    CHECK(merged.url == "https://gitea.test/ops/gitops/pulls/7");
}

TEST_CASE("what stands between an open request and its merge", "[forge]") {
    Gitea gitea;
    const std::string status = "GET " + repository + "/commits/" + commit + "/status";
    const std::string branch = "GET " + repository + "/branches/main";
    const std::string reviews = "GET " + repository + "/pulls/7/reviews?limit=50";
    SECTION("checks") {
        gitea.on(one, shown()).on(status, 200, R"({"state": "failure", "statuses": [{"context": "ci/a", "status": "pending"}, {"context": "ci/b", "status": "failure"}, {"context": "c\nd", "status": "error"}]})");
        CHECK(gitea.forge->read(7).obstacle == "checks failed: ci/b, c\\x0ad");
    }
    SECTION("approvals") {
        gitea.on(one, shown()).on(status, 200, R"({"state": "", "statuses": null})").on(branch, 200, R"({"name": "main", "required_approvals": 2})");
        gitea.on(reviews, 200, R"([{"user": {"login": "a"}, "state": "APPROVED", "stale": true}, {"user": {"login": "b"}, "state": "APPROVED"}, {"user": {"login": "c"}, "state": "APPROVED"}, {"user": {"login": "c"}, "state": "REQUEST_CHANGES"}, {"user": {"login": "b"}, "state": "COMMENT"}])");
        CHECK(gitea.forge->read(7).obstacle == "approvals are missing: 1 of 2");
    }
    SECTION("nothing, or nothing that this token may see") {
        gitea.on(one, shown()).on(status, 403, R"({"message": "forbidden"})").on(branch, 404, R"({"message": "not found"})");
        CHECK(gitea.forge->read(7).obstacle.empty());
    }
    SECTION("a conflict, which looks like a check that is not through") {
        for (int i = 0; i < 4; ++i) gitea.on(one, shown({{"mergeable", false}, {"base", moved_base()}}));
        const auto read = gitea.forge->read(7);
        CHECK(read.conflicts);
        CHECK(read.obstacle == "it conflicts with its base branch");
    }
    SECTION("a check that is not through") {
        gitea.on(one, shown({{"mergeable", false}, {"base", moved_base()}})).on(one, shown({{"mergeable", true}, {"base", moved_base()}}));
        gitea.on(status, 200, "{}").on(branch, 200, "{}");
        CHECK_FALSE(gitea.forge->read(7).conflicts);
    }
    SECTION("a base that has not moved cannot conflict") {
        gitea.on(one, with("mergeable", false)).on(status, 200, "{}").on(branch, 200, "{}");
        CHECK_FALSE(gitea.forge->read(7).conflicts);
        CHECK(gitea.world.clock.sleeps.empty());
    }
    CHECK(gitea.left() == 0);
}

TEST_CASE("a pull request is opened at Gitea", "[forge]") {
    Gitea gitea;
    auto request = proposal;
    request.draft = true;
    gitea.on(compare, 200, R"({"total_commits": 1})").on(create, 201, shown().dump()).on(open_ones, list_of(shown()));
    CHECK(gitea.forge->open(request)->number == 7);
    CHECK(gitea.sent(1) == json::Value({{"head", "slipway/web"}, {"base", "main"}, {"title", "WIP: web 1.2"}, {"body", "text"}}));
    CHECK(gitea.left() == 0);
}

TEST_CASE("Gitea would open a request of branches that do not differ", "[forge]") {
    Gitea gitea;
    gitea.on(compare, 200, R"({"total_commits": 0, "commits": []})");
    CHECK_FALSE(gitea.forge->open(proposal));
    const std::string main = "GET " + repository + "/branches/main";
    const std::string head = "GET " + repository + "/branches/slipway/web";
    gitea.on(compare, 404, R"({"message": "not found"})").on(main, 200, R"({"commit": {"id": "a"}})").on(head, 200, R"({"commit": {"id": "a"}})");
    CHECK_FALSE(gitea.forge->open(proposal));
    gitea.on(compare, 404, R"({"message": "not found"})").on(main, 404, R"({"message": "not found"})");
    const auto error = failure_of([&] { gitea.forge->open(proposal); });
    CHECK(error.code() == ExitCode::world);
    CHECK(words_of(error).find("cannot compare slipway/web to main: it is absent, or this token may not see it: not found") != std::string::npos);
}

TEST_CASE("Gitea never keeps two requests of one branch", "[forge]") {
    Gitea gitea;
    gitea.on(compare, 200, R"({"total_commits": 1})");
    SECTION("one is open") {
        gitea.on(create, 409, R"({"message": "pull request already exists for these targets [id: 107, issue_id: 7]"})").on(open_ones, list_of(shown()));
        CHECK(gitea.forge->open(proposal)->number == 7);
    }
    SECTION("the answer is lost") {
        gitea.on(create).on(open_ones, list_of(shown()));
        CHECK(gitea.forge->open(proposal)->number == 7);
    }
    SECTION("two at the same moment") {
        gitea.on(create, 201, with("number", 8).dump()).on(open_ones, json::Value::array({with("number", 8), shown()})).on("PATCH " + repository + "/pulls/8", with("number", 8));
        CHECK(gitea.forge->open(proposal)->number == 7);
        CHECK(gitea.sent(3) == json::Value::object({{"state", "closed"}}));
    }
    CHECK(gitea.left() == 0);
}

TEST_CASE("a text at Gitea is rewritten where it differs", "[forge]") {
    Gitea gitea;
    gitea.on(one, shown({{"title", "WIP: web 1.1"}, {"draft", true}})).on(edit, 201, shown().dump());
    gitea.forge->rewrite(7, "web 1.2", "new");
    CHECK(gitea.sent(1) == json::Value({{"title", "WIP: web 1.2"}, {"body", "new"}}));
    gitea.on(one, shown());
    gitea.forge->rewrite(7, "web 1.2", "text");
    CHECK(gitea.left() == 0);
    CHECK(gitea.world.requests.size() == 3);
}

TEST_CASE("labels are found by name, and each reviewer is asked", "[forge]") {
    Gitea gitea;
    const std::string own = "GET " + repository + "/labels?limit=50";
    const std::string team = "GET /orgs/ops/labels?limit=50";
    const std::string own_labels = R"([{"id": 3, "name": "deploy"}, {"id": "4", "name": "odd"}])";
    const std::string team_labels = R"([{"id": 9, "name": "team"}, {"id": 10, "name": "deploy"}])";
    const std::string ask = "POST " + repository + "/pulls/7/requested_reviewers";
    gitea.on(one, shown()).on(own, 200, own_labels).on(own, 200, own_labels).on(team, 200, team_labels).on(team, 200, team_labels);
    gitea.on("POST " + repository + "/issues/7/labels", 200, "[]").on(ask, 404, R"({"message": "user doesn't exist: nobody"})").on(ask, 201, "[]").on(ask, 422, R"({"message": "poster of pr can't be reviewer"})");
    gitea.forge->adorn(gitea.request(), {"old", "deploy", "team", "odd"}, {"Grace", "nobody", "ada", "ci-bot"});
    CHECK(gitea.sent(5) == json::Value::parse(R"({"labels": [3, 9]})"));
    CHECK(gitea.sent(7) == json::Value::parse(R"({"reviewers": ["ada"]})"));
    CHECK(gitea.log().find("cannot add the label 'odd' to pull request #7") != std::string::npos);
    CHECK(gitea.log().find("cannot ask nobody to review pull request #7: Gitea declines it (status 404: user doesn't exist: nobody)") != std::string::npos);
    CHECK(gitea.log().find("cannot ask ci-bot to review pull request #7: Gitea declines it (status 422: poster of pr can't be reviewer)") != std::string::npos);
    CHECK(gitea.left() == 0);
}

TEST_CASE("Gitea merges as soon as the checks succeed", "[forge]") {
    Gitea gitea;
    gitea.repository_allows();
    SECTION("scheduled") {
        gitea.on(merge, 201, "");
        gitea.forge->merge_when_ready(gitea.request(), "squash");
        CHECK(gitea.sent(1) == json::Value({{"Do", "squash"}, {"merge_when_checks_succeed", true}, {"delete_branch_after_merge", true}, {"head_commit_id", commit}}));
    }
    SECTION("it is checked for conflicts still") {
        gitea.on(merge, 405, R"({"message": "Please try again later"})").on(one, with("mergeable", false)).on(merge, 200, "");
        gitea.forge->merge_when_ready(gitea.request(), "merge");
    }
    SECTION("it is scheduled already") {
        gitea.on(merge, 409, R"({"message": "pull request is already scheduled to auto merge when checks succeed [pull_id: 107]"})");
        gitea.forge->merge_when_ready(gitea.request(), "merge");
    }
    SECTION("the answer is lost, and it is merged") {
        gitea.on(merge).on(one, shown({{"state", "closed"}, {"merged", true}}));
        gitea.forge->merge_when_ready(gitea.request(), "merge");
    }
    CHECK(gitea.left() == 0);
}

TEST_CASE("what Gitea does not merge is refused in its words", "[forge]") {
    Gitea gitea;
    const auto refusal = [&](const std::string& method = "merge") {
        const auto error = failure_of([&] { gitea.forge->merge_when_ready(gitea.request(), method); });
        CHECK(error.code() == ExitCode::refused);
        CHECK(gitea.left() == 0);
        return words_of(error);
    };
    SECTION("the repository does not allow it") {
        gitea.repository_allows(R"({"allow_squash_merge": false})");
        CHECK(refusal("squash").starts_with("1 cannot have Gitea merge pull request #7 by 'squash': the repository does not allow it | --auto-merge takes another"));
    }
    SECTION("the user may not") {
        gitea.repository_allows().on(merge, 405, R"({"message": "User not allowed to merge PR"})").on(one, shown());
        CHECK(refusal() == "1 cannot have Gitea merge pull request #7: Gitea declines it (status 405: User not allowed to merge PR) | the token's user may not merge into this branch: the branch's protection rule has a list of who may");
    }
    SECTION("somebody pushed") {
        gitea.repository_allows().on(merge, 409, R"({"message": "head out of date"})").on(one, shown());
        CHECK(refusal().find("head out of date) | somebody pushed to it meanwhile") != std::string::npos);
    }
    SECTION("it conflicts") {
        gitea.repository_allows();
        for (int i = 0; i < 5; ++i) gitea.on(merge, 405, R"({"message": "Please try again later"})").on(one, shown({{"mergeable", false}, {"base", moved_base()}}));
        CHECK(refusal().find("most likely it conflicts with its base branch") != std::string::npos);
    }
    SECTION("it is closed") {
        gitea.repository_allows().on(merge, 404, R"({"message": "not found"})").on(one, with("state", "closed"));
        CHECK(refusal() == "1 cannot have Gitea merge pull request #7: it is closed");
    }
}

TEST_CASE("a rebase is a fast-forward where nothing else is allowed", "[forge]") {
    CHECK(gitea::style_of("rebase", json::Value::object()) == "rebase");
    CHECK(gitea::style_of("rebase", json::Value::parse(R"({"allow_rebase": false, "allow_fast_forward_only_merge": true})")) == "fast-forward-only");
    CHECK(gitea::style_of("rebase", json::Value::parse(R"({"allow_rebase": false})")).empty());
    CHECK(gitea::style_of("merge", json::Value::parse(R"({"allow_merge_commits": false})")).empty());
}

TEST_CASE("what a token lacks is said in Gitea's words", "[forge]") {
    Gitea gitea;
    gitea.on(open_ones, 403, R"({"message": "token does not have at least one of required scope(s), required=[read:repository], token scope=read:user"})");
    const auto error = failure_of([&] { gitea.forge->requests_of("slipway/web", "main"); });
    CHECK(error.code() == ExitCode::world);
    CHECK(words_of(error).find("required=[read:repository]") != std::string::npos);
    CHECK(words_of(error).find("| the token needs the scopes write:repository and write:issue") != std::string::npos);
}

TEST_CASE("what is no answer of Gitea's gives an honest message", "[forge]") {
    for (const auto& [body, said] : std::vector<std::pair<std::string, std::string>>{{"<html><title>Sign in</title></html>", "Sign in"},
                                                                                     {"[]", "it is no pull request"},
                                                                                     {"", "it is no pull request"},
                                                                                     {R"({"number": "7", "state": "open", "head": {}})", "it is no pull request"},
                                                                                     {R"({"number": 7, "state": 1, "head": {}})", "it is no pull request"},
                                                                                     {R"({"number": 7, "state": "open", "head": []})", "it is no pull request"}}) {
        Gitea gitea;
        gitea.on(one, 200, body);
        const auto error = failure_of([&] { gitea.forge->read(7); });
        CHECK(error.code() == ExitCode::world);
        CHECK(words_of(error).find("cannot read pull request #7") != std::string::npos);
        CHECK(words_of(error).find(said) != std::string::npos);
    }
    CHECK(gitea::checks_of(json::Value::parse(R"({"statuses": {"a": 1}})")).empty());
    CHECK(gitea::approvals_in(json::Value::parse(R"([1, null, {"state": "APPROVED", "user": []}])")) == 1);
}
