#include "catch.hpp"

#include "build-image/tags/rules.hpp"

using namespace slipway;
using namespace slipway::build_image;

namespace {

using Fields = std::vector<std::string>;

std::string problem_with(const std::string& tags, const std::string& flavor = {}) {
    std::vector<Diagnostic> problems;
    read_tag_rules({tags}, {flavor}, problems);
    return problems.empty() ? "" : problems.front().message + (problems.front().hint.empty() ? "" : " | " + problems.front().hint);
}

} // namespace

TEST_CASE("fields of a rule") {
    CHECK(csv_fields("a") == Fields{"a"});
    CHECK(csv_fields("type=raw, value = x ,b") == Fields{"type=raw", "value = x", "b"});
    CHECK(csv_fields(R"(type=match,"pattern=^v\d{1,2}",x)") == Fields{"type=match", R"(pattern=^v\d{1,2})", "x"});
    CHECK(csv_fields(R"("a ""quoted"" word")") == Fields{R"(a "quoted" word)"});
    CHECK(csv_fields(R"(a="b,c")") == Fields{"a=\"b", "c\""});
    CHECK(csv_fields(R"("open,)") == Fields{"open,"});
    CHECK(csv_fields(",") == Fields{"", ""});
    CHECK(csv_fields("") == Fields{""});
}

TEST_CASE("rules come with their defaults") {
    std::vector<Diagnostic> problems;
    const auto read = read_tag_rules({"  # a comment\n\ntype=sha\nTYPE=ref,Event=pr,unknown=7\ntype=raw,value= X=Y ,priority=50\n", "plain"}, {}, problems);
    CHECK(problems.empty());
    REQUIRE(read.rules.size() == 4);
    CHECK(read.rules[0].type == RuleType::ref);
    CHECK(read.rules[0].prefix == "pr-");
    CHECK(read.rules[0].priority == 600);
    CHECK(read.rules[0].get("unknown") == "7");
    CHECK(read.rules[1].type == RuleType::raw);
    CHECK(read.rules[1].get("value") == "plain");
    CHECK(read.rules[1].get("enable") == "true");
    CHECK(read.rules[2].type == RuleType::sha);
    CHECK(read.rules[2].prefix == "sha-");
    CHECK(read.rules[2].get("format") == "short");
    CHECK(read.rules[3].get("value") == "X=Y");
    CHECK(read.rules[3].priority == 50);
    CHECK(read_tag_rules({"type=raw,value=x,prefix="}, {}, problems).rules[0].prefix == "");
    CHECK_FALSE(read_tag_rules({"type=raw,value=x"}, {}, problems).rules[0].prefix);
}

TEST_CASE("flavors") {
    std::vector<Diagnostic> problems;
    const auto flavor = read_tag_rules({}, {"latest=false\nprefix=a-,onlatest=true", "suffix=-b"}, problems).flavor;
    CHECK(problems.empty());
    CHECK(flavor.latest == Flavor::Latest::no);
    CHECK(flavor.prefix == "a-");
    CHECK(flavor.prefix_for_latest);
    CHECK(flavor.suffix == "-b");
    CHECK_FALSE(flavor.suffix_for_latest);
    CHECK(read_tag_rules({}, {}, problems).flavor.latest == Flavor::Latest::automatic);
}

TEST_CASE("mistakes in rules name the rule and say what is right") {
    CHECK(problem_with("type=semvr,pattern=x") == "cannot use --tags 'type=semvr,pattern=x': there is no type 'semvr' | did you mean type=semver?");
    CHECK(problem_with("type=semver") == "cannot use --tags 'type=semver': it needs pattern=");
    CHECK(problem_with("type=pep440").find("it needs pattern=") != std::string::npos);
    CHECK(problem_with("type=match").find("it needs pattern=") != std::string::npos);
    CHECK(problem_with("type=ref").find("it needs event=") != std::string::npos);
    CHECK(problem_with("type=ref,event=push").find("event=push is none of branch, tag, pr") != std::string::npos);
    CHECK(problem_with("type=raw").find("it needs value=") != std::string::npos);
    CHECK(problem_with("type=sha,format=tiny").find("format=tiny is none of short, long") != std::string::npos);
    CHECK(problem_with("x,enable=yes").find("enable=yes is none of true, false") != std::string::npos);
    CHECK(problem_with("x,enable=True").find("enable=True is none of true, false") != std::string::npos);
    CHECK(problem_with("x,priority=high").find("priority=high is no number") != std::string::npos);
    CHECK(problem_with("type=match,pattern=a,group=1").find("group=1, and the expression has 0 groups") != std::string::npos);
    CHECK(problem_with("type=match,pattern=a,group=x").find("group=x is no number") != std::string::npos);
    CHECK(problem_with("type=match,pattern=(a").find("cannot be used: missing )") != std::string::npos);
    for (const char* impossible : {"(?=a)b", "(?!a)b", "(?<=a)b", "(?<!a)b", "(a)\\1"}) {
        INFO(impossible);
        CHECK(problem_with("type=match,pattern=" + std::string(impossible)).find("look-around and back-references are not possible") != std::string::npos);
    }
    CHECK(problem_with("type=match,pattern=/a/q").find("the flag 'q'") != std::string::npos);
    CHECK(problem_with("type=semver,pattern=x,match=(").find("regular expression") != std::string::npos);
    CHECK(problem_with("", "latest=yes") == "cannot use --flavor 'latest=yes': latest=yes is none of auto, true, false");
    CHECK(problem_with("", "onlatest=true").find("belongs behind prefix= or suffix=") != std::string::npos);
    CHECK(problem_with("", "prefix=a,onlatest=1").find("neither true nor false") != std::string::npos);
    CHECK(problem_with("", "color=red").find("there is no 'color'") != std::string::npos);
    std::vector<Diagnostic> problems;
    read_tag_rules({"type=a\ntype=semver"}, {"x"}, problems);
    CHECK(problems.size() == 3); // all at once
}
