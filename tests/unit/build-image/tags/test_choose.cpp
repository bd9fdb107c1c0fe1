#include "catch.hpp"

#include "build-image/tags/choose.hpp"
#include "core/error.hpp"
#include "core/text.hpp"
#include "failure.hpp"

using namespace slipway;
using namespace slipway::build_image;

namespace {

const std::string commit = "1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d";

Facts base() {
    return {.commit = commit, .short_commit = "1a2b3c4", .default_branch = "main", .now = *parse_timestamp("2026-11-25T23:30:05Z"), .commit_time = parse_timestamp("2026-11-24T12:00:00Z")};
}
Facts on_branch(const std::string& name) {
    auto facts = base();
    facts.branch = name;
    return facts;
}
Facts on_tag(const std::string& name) {
    auto facts = base();
    facts.tag = name;
    facts.base_ref = "main";
    return facts;
}
Facts on_pull_request() {
    auto facts = base();
    facts.pull_request = "17";
    facts.base_ref = "release";
    return facts;
}
Facts on_schedule() {
    auto facts = on_branch("main");
    facts.is_schedule = true;
    return facts;
}

const OtherTags nobody = [] { return std::optional<std::vector<std::string>>(); };

OtherTags known(std::vector<std::string> tags) {
    return [tags] { return std::optional(tags); };
}

Tags choose(const std::string& rules, const Facts& facts, const std::string& flavor = {}, const OtherTags& others = known({})) {
    std::vector<Diagnostic> problems;
    const auto read = read_tag_rules({rules}, {flavor}, problems);
    for (const auto& problem : problems) FAIL(problem.message);
    return choose_tags(read, facts, others);
}

/// The tags with blanks in between; "-" when there are none.
std::string tags(const std::string& rules, const Facts& facts, const std::string& flavor = {}, const OtherTags& others = known({})) {
    try {
        return join(choose(rules, facts, flavor, others).names, " ");
    } catch (const Error& error) {
        return error.code() == ExitCode::misuse && std::string(error.what()).find("there is no tag") == 0 ? "-" : std::string("error: ") + error.what();
    }
}

} // namespace

TEST_CASE("tags without any rule") {
    CHECK(tags("", on_branch("main")) == "1a2b3c4 " + commit + " main latest");
    CHECK(tags("", on_branch("feature/x")) == "1a2b3c4 " + commit + " feature-x");
    CHECK(tags("", on_tag("v1.2.3")) == "v1.2.3 1a2b3c4 " + commit);
    CHECK(tags("", on_pull_request()) == "1a2b3c4 " + commit + " pr-17");
    CHECK(tags("# nothing", on_branch("main"), "latest=false") == "1a2b3c4 " + commit + " main");
    CHECK(tags("", on_branch("x"), "latest=true\nprefix=p-") == "p-1a2b3c4 p-" + commit + " p-x latest");
    CHECK(tags("", Facts{}) == "-");
    auto gitlab = on_branch("main");
    gitlab.short_commit = "1a2b3c4d";
    CHECK(choose("", gitlab).immutable == "1a2b3c4d");
    CHECK(choose("", on_tag("v1.2.3")).immutable == "v1.2.3");
    CHECK(choose("", on_tag("v1")).version == "v1");
    CHECK(choose("", on_tag("v1")).immutable == "1a2b3c4");
}

TEST_CASE("semver") {
    const std::string version = "type=semver,pattern={{version}}";
    for (const auto& [tag, expected] : std::vector<std::pair<std::string, std::string>>{
             {"v1.2.3", "1.2.3 latest"}, {"1.2.3", "1.2.3 latest"}, {"v1.2.3-rc.1", "1.2.3-rc.1"}, {"v1.2.3+build.7", "1.2.3 latest"}, {"V1.2.3", "-"},
             {"v1.2", "-"}, {"2024.01.15", "-"}, {"v01.2.3", "-"}, {"v1.2.3-01", "-"}, {"v1.2.3-", "-"}, {"v1.2.3.4", "-"}, {"vv1.2.3", "-"}, {"v10.20.30-a.b-c", "10.20.30-a.b-c"}}) {
        INFO(tag);
        CHECK(tags(version, on_tag(tag)) == expected);
    }
    CHECK(tags(version, on_branch("v1.2.3")) == "-");
    CHECK(tags("type=semver,pattern={{major}}.{{minor}}", on_tag("v1.2.3")) == "1.2 latest");
    CHECK(tags("type=semver,pattern=v{{major}}", on_tag("v1.2.3")) == "v1 latest");
    CHECK(tags("type=semver,pattern={{patch}}-{{build}}", on_tag("v1.2.3+b.7")) == "3-b.7 latest");
    // Before a release nothing but the whole version, unless it is asked for as it is.
    CHECK(tags("type=semver,pattern={{major}}.{{minor}}", on_tag("v1.2.3-rc.1")) == "1.2.3-rc.1");
    CHECK(tags("type=semver,pattern={{raw}}", on_tag("v1.2.3-rc.1+b")) == "v1.2.3-rc.1-b");
    CHECK(tags("type=semver,pattern={{ raw }}", on_tag("v1.2.3-rc.1")) == "v1.2.3-rc.1");
    CHECK(tags("type=semver,pattern=x{{raw}}", on_tag("v1.2.3-rc.1")) == "1.2.3-rc.1");
    CHECK(tags("type=semver,pattern={{version}},value=v3.0.0", on_branch("main")) == "3.0.0 latest");
    CHECK(tags("type=semver,pattern={{version}},value={{branch}}", on_branch("4.0.0")) == "4.0.0 latest");
    CHECK(tags("type=semver,pattern={{version}},match=app-(.*)", on_tag("app-1.2.3")) == "1.2.3 latest");
    CHECK(tags("type=semver,pattern={{version}},match=/\\d+\\.\\d+\\.\\d+$/", on_tag("app/v1.2.3")) == "1.2.3 latest");
    const auto unmatched = choose("type=semver,pattern={{version}},match=app-(.*)", on_tag("v1.2.3"));
    CHECK(unmatched.names[0] == "1.2.3"); // taken as it is, with a warning
    CHECK(unmatched.warnings.size() == 1);
    CHECK(choose("type=sha\n" + version, on_tag("v1.2")).warnings.front().find("v1.2 is no semantic version") != std::string::npos);
}

TEST_CASE("pep440") {
    const std::string version = "type=pep440,pattern={{version}}";
    for (const auto& [tag, expected] : std::vector<std::pair<std::string, std::string>>{
             {"2024.01.15", "2024.1.15 latest"}, {"1.1beta2", "1.1b2"}, {"2!1.0", "2-1.0 latest"}, {"1.0+local.7", "1.0-local.7 latest"}, {"v1.2.3", "1.2.3 latest"}, {"1.2", "1.2 latest"},
             {"1.0.post1", "1.0.post1"}, {"1.0-1", "1.0.post1"}, {"1.0.dev4", "1.0.dev4"}, {"1.0a", "1.0a0"}, {"1.0-PREVIEW.3", "1.0rc3"}, {"1.0c1", "1.0rc1"}, {"main", "-"}, {"1.2.x", "-"}}) {
        INFO(tag);
        CHECK(tags(version, on_tag(tag)) == expected);
    }
    CHECK(tags("type=pep440,pattern={{major}}.{{minor}}", on_tag("1.2.3")) == "1.2 latest");
    CHECK(tags("type=pep440,pattern={{major}}.{{minor}}.{{patch}}", on_tag("1")) == "1.0.0 latest");
    CHECK(tags("type=pep440,pattern={{major}}.{{minor}}", on_tag("1.2.3rc2")) == "1.2.3rc2");
    CHECK(tags("type=pep440,pattern={{raw}}", on_tag("1.1beta2")) == "1.1beta2");
}

TEST_CASE("match") {
    CHECK(tags("type=match,pattern=\\d+\\.\\d+", on_tag("v1.2.3")) == "1.2 latest");
    CHECK(tags("type=match,pattern=v(\\d+)\\.(\\d+),group=2", on_tag("v1.2.3")) == "2 latest");
    CHECK(tags("type=match,pattern=/V(.*)/i,group=1", on_tag("v1.2.3")) == "1.2.3 latest");
    CHECK(tags("\"type=match\",\"pattern=^v\\d{1,2}\"", on_tag("v123")) == "v12 latest");
    CHECK(tags("type=match,pattern=(?<n>\\d+),group=1", on_tag("v7")) == "7 latest");
    CHECK(tags("type=match,pattern=x", on_tag("v1.2.3")) == "-");
    CHECK(tags("type=match,pattern=\\d+", on_branch("v1")) == "-");
    CHECK(tags("type=match,pattern=\\d+,value=a9b", on_branch("main")) == "9 latest");
}

TEST_CASE("edge, ref, raw, sha and schedule") {
    CHECK(tags("type=edge", on_branch("main")) == "edge");
    CHECK(tags("type=edge", on_branch("x")) == "-");
    CHECK(tags("type=edge,branch=x", on_branch("x")) == "edge");
    CHECK(tags("type=edge", on_tag("main")) == "-");
    CHECK(tags("type=ref,event=branch", on_branch("feature/a b")) == "feature-a-b");
    CHECK(tags("type=ref,event=branch", on_tag("v1")) == "-");
    CHECK(tags("type=ref,event=branch", on_pull_request()) == "-");
    CHECK(tags("type=ref,event=tag", on_tag("v1")) == "v1 latest");
    CHECK(tags("type=ref,event=pr", on_pull_request()) == "pr-17");
    CHECK(tags("type=ref,event=pr,prefix=mr-", on_pull_request()) == "mr-17");
    CHECK(tags("type=ref,event=pr,prefix=", on_pull_request()) == "17");
    CHECK(tags("stable", on_branch("x")) == "stable");
    CHECK(tags("type=raw,value=a&b,enable={{is_default_branch}}", on_branch("main")) == "a-b");
    CHECK(tags("type=raw,value=x,enable={{is_default_branch}}", on_branch("other")) == "-");
    CHECK(tags("type=raw,value=x,enable={{is_not_default_branch}}", on_branch("other")) == "x");
    CHECK(tags("type=raw,value=x,enable={{branch}}", on_branch("other")).find("enable is 'other'") != std::string::npos);
    CHECK(tags("type=raw,value=x,enable=false", on_branch("main")) == "-");
    CHECK(tags("type=sha", on_branch("x")) == "sha-1a2b3c4");
    CHECK(tags("type=sha,format=long,prefix=", on_branch("x")) == commit);
    auto longer = on_branch("x");
    longer.short_length = 12;
    CHECK(tags("type=sha", longer) == "sha-1a2b3c4d5e6f");
    CHECK(tags("type=schedule", on_schedule()) == "nightly");
    CHECK(tags("type=schedule", on_branch("main")) == "-");
    CHECK(tags("type=schedule,pattern={{date 'YYYYMMDD-HHmmss'}}", on_schedule()) == "20261125-233005");
    CHECK(tags("type=schedule,pattern={{date 'YYYYMMDD' tz='Asia/Tokyo'}}", on_schedule()) == "20261126");
    CHECK(tags("type=schedule,pattern={{date 'YYYY' tz='Mars/Base'}}", on_schedule()).find("knows no such time zone") != std::string::npos);
}

TEST_CASE("expressions of all rules") {
    CHECK(tags("type=raw,value={{branch}}-{{sha}}", on_branch("dev")) == "dev-1a2b3c4");
    CHECK(tags("type=raw,value=x{{tag}}x", on_tag("v1")) == "xv1x");
    CHECK(tags("type=raw,value={{base_ref}}", on_tag("v1")) == "main");
    CHECK(tags("type=raw,value={{base_ref}}", on_pull_request()) == "release");
    CHECK(tags("type=raw,value=a{{base_ref}}b", on_branch("x")) == "ab");
    CHECK(tags("type=raw,value=a{{nobody_knows}}b", on_branch("x")) == "ab");
    CHECK(tags("type=raw,value={{commit_date 'YYYY.MM.DD'}}", on_branch("x")) == "2026.11.24");
    CHECK(tags("type=raw,value={{{branch}}}", on_branch("a&b")) == "a-b");
    CHECK(tags("type=sha,prefix={{branch}}-", on_branch("main")) == "main-1a2b3c4");
    auto without = on_branch("x");
    without.commit_time.reset();
    CHECK(tags("type=raw,value={{commit_date 'YYYY'}}", without).find("no commit time is known") != std::string::npos);
}

TEST_CASE("priorities, prefixes and suffixes") {
    CHECK(tags("type=sha\ntype=raw,value=a\ntype=ref,event=tag\ntype=semver,pattern={{version}}", on_tag("v1.2.3")) == "1.2.3 v1.2.3 a sha-1a2b3c4 latest");
    CHECK(tags("a\nb\ntype=raw,value=c,priority=300", on_branch("x")) == "c a b");
    CHECK(tags("a\nb\na", on_branch("x")) == "a b");
    CHECK(choose("type=sha\ntype=semver,pattern={{version}}", on_tag("v1.2.3")).version == "1.2.3");
    const std::string flavor = "prefix=p-\nsuffix=-s";
    CHECK(tags("type=raw,value=a\ntype=raw,value=b,prefix=x\ntype=raw,value=c,prefix=,suffix=\ntype=sha", on_branch("m"), flavor) == "p-a-s xb-s c sha-1a2b3c4-s");
    CHECK(tags("type=semver,pattern={{version}}", on_tag("1.2.3"), "prefix=p-") == "p-1.2.3 latest");
    CHECK(tags("type=semver,pattern={{version}}", on_tag("1.2.3"), "prefix=p-,onlatest=true\nsuffix=-s,onlatest=false") == "p-1.2.3-s p-latest");
    CHECK(tags("type=semver,pattern={{version}}", on_tag("1.2.3"), "latest=false,prefix={{sha}}-,suffix=-x,onlatest=true") == "1a2b3c4-1.2.3-x");
}

TEST_CASE("the first rule that gives a tag decides on latest") {
    CHECK(tags("type=ref,event=tag\ntype=sha", on_tag("v1.2.3")) == "v1.2.3 sha-1a2b3c4 latest");
    CHECK(tags("type=ref,event=tag\ntype=raw,value=x,priority=999", on_tag("v1.2.3")) == "x v1.2.3");
    CHECK(tags("type=semver,pattern={{version}}\ntype=ref,event=tag", on_tag("v1.2.3-rc.1")) == "1.2.3-rc.1 v1.2.3-rc.1");
    CHECK(tags("type=semver,pattern={{version}}\ntype=ref,event=tag", on_tag("v1.2")) == "v1.2 latest");
    CHECK(tags("x", on_branch("m"), "latest=true") == "x latest");
    CHECK(tags("type=ref,event=tag", on_tag("v1"), "latest=false") == "v1");
}

TEST_CASE("latest never moves back") {
    const std::string rule = "type=semver,pattern={{version}}";
    CHECK(tags(rule, on_tag("v1.9.5"), "", known({"v1.9.4", "v1.9.5", "v2.0.0"})) == "1.9.5");
    CHECK(choose(rule, on_tag("v1.9.5"), "", known({"v2.0.0"})).warnings.front() == "latest stays where it is: v2.0.0 is newer than 1.9.5");
    CHECK(tags(rule, on_tag("v2.0.0"), "", known({"v1.9.5", "v2.0.0"})) == "2.0.0 latest");
    CHECK(tags(rule, on_tag("v1.10.0"), "", known({"v1.9.5"})) == "1.10.0 latest");
    CHECK(tags(rule, on_tag("v1.9.5"), "", known({"v2.0.0-rc.1", "nightly", "v3", "2025.1", "release-9.9.9"})) == "1.9.5 latest");
    CHECK(tags(rule, on_tag("v1.9.5"), "latest=true", known({"v2.0.0"})) == "1.9.5");
    CHECK(tags(rule, on_tag("1.9.5"), "prefix=app-", known({"app-2.0.0"})) == "app-1.9.5"); // a registry's tags
    CHECK(tags(rule + ",match=app-(.*)", on_tag("app-1.9.5"), "", known({"app-2.0.0"})) == "1.9.5");
    CHECK(tags("type=pep440,pattern={{version}}", on_tag("1.9"), "", known({"1.10", "1.11rc1"})) == "1.9");
    CHECK(tags("type=match,pattern=v(.*),group=1", on_tag("v1.9"), "", known({"v1.10"})) == "1.9");
    CHECK(tags("type=ref,event=tag", on_tag("v1.9.5"), "", known({"v2.0.0"})) == "v1.9.5");
    CHECK(tags("type=ref,event=tag", on_tag("release-7"), "", known({"release-8"})) == "release-7 latest"); // no version
    const auto unknown = choose(rule, on_tag("v1.9.5"), "", nobody);
    CHECK(unknown.names == std::vector<std::string>{"1.9.5", "latest"});
    CHECK(unknown.warnings.front().find("neither Git nor the registry says") == 0);
    // Nobody is asked when it does not matter.
    const OtherTags never = []() -> std::optional<std::vector<std::string>> { throw std::logic_error("asked"); };
    CHECK(tags("type=sha", on_branch("main"), "", never) == "sha-1a2b3c4");
    CHECK(tags("", on_branch("main"), "", never).find("latest") != std::string::npos);
    CHECK(tags(rule, on_tag("v1.9.5-rc.1"), "", never) == "1.9.5-rc.1");
}

TEST_CASE("one of the tags may name the commit or a version") {
    CHECK(choose("latest", on_branch("main")).immutable.empty());
    CHECK(choose("latest\n1.2", on_branch("main")).immutable.empty());
    CHECK(choose("latest\n1.2\n1.2.3", on_branch("main")).immutable == "1.2.3");
    CHECK(choose("edge\ntype=sha,prefix=main-", on_branch("main")).immutable == "main-1a2b3c4");
}

TEST_CASE("any text as a tag") {
    CHECK(tag_slug("main") == "main");
    CHECK(tag_slug("feature/new thing") == "feature-new-thing");
    CHECK(tag_slug("a//b!!c") == "a-b-c");
    CHECK(tag_slug("a-/b") == "a--b");
    CHECK(tag_slug("Fix_1.2") == "Fix_1.2");
    CHECK(tag_slug("..-x") == "x");
    CHECK(tag_slug("x!") == "x-");
    CHECK(tag_slug("\xC3\xA4/x") == "x");
    CHECK(tag_slug("///").empty());
    CHECK(tag_slug("").empty());
    CHECK(tag_slug(std::string(200, 'a')).size() == 128);
}

TEST_CASE("complete versions") {
    for (const char* tag : {"1.2.3", "v1.2.3", "1.2.3-rc.1", "v10.20.30", "2024.01.15", "1.2.3.4", "1.2.3_build5"}) {
        INFO(tag);
        CHECK(is_complete_version(tag));
    }
    for (const char* tag : {"", "v", "1", "1.2", "v1.2", "latest", "1.2.x", "1.2.3.", "1.2.3-", "1.2.3rc1", "a1.2.3", "1..2.3", "vv1.2.3", "1.2.latest"}) {
        INFO(tag);
        CHECK_FALSE(is_complete_version(tag));
    }
}
