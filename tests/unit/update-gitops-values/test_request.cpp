#include "update-gitops-values/request.hpp"

#include "catch.hpp"

#include <string>
#include <vector>

using namespace slipway;
using namespace slipway::update_gitops_values;

namespace {

Request read(const Options& options) {
    std::vector<Diagnostic> problems;
    auto request = read_request(options, problems);
    CHECK(problems.empty());
    return request;
}

std::vector<std::string> problems_of(const Options& options) {
    std::vector<Diagnostic> problems;
    read_request(options, problems);
    std::vector<std::string> lines;
    for (const auto& problem : problems) lines.push_back(problem.message + (problem.hint.empty() ? "" : " (" + problem.hint + ")"));
    return lines;
}

} // namespace

TEST_CASE("options become operations, in the order strings, then JSON") {
    Options options;
    options.set_json = {"n=3"};
    options.set = {"image.tag=v1=x", "e="};
    options.document = 2;
    options.create = true;
    const auto request = read(options);
    REQUIRE(request.operations.size() == 3);
    CHECK(to_string(request.operations[0].path) == "image.tag");
    CHECK(request.operations[0].value == "v1=x");
    CHECK(request.operations[1].value.empty());
    CHECK(request.operations[2].kind == yaml::Operation::Kind::set_json);
    CHECK(request.operations[2].value == "3");
    for (const auto& operation : request.operations) {
        CHECK(operation.document == std::size_t{2});
        CHECK(operation.create);
    }
    CHECK(request.search.document == std::size_t{2});
    CHECK(request.search.create);
}

TEST_CASE("aliases are treated alike by values and images") {
    Options options;
    CHECK(read(options).edit.aliases == yaml::OnAlias::refuse);
    options.follow_alias = true;
    CHECK(read(options).edit.aliases == yaml::OnAlias::follow);
    CHECK(read(options).search.aliases == yaml::OnAlias::follow);
    options.follow_alias = false;
    options.break_alias = true;
    CHECK(read(options).edit.aliases == yaml::OnAlias::break_apart);
    CHECK(read(options).search.aliases == yaml::OnAlias::break_apart);
}

TEST_CASE("a path is given one value, however it is written") {
    Options options;
    options.set = {"a.b=1", ".a.\"b\"=2", "a[\"b\"]=3", "a.c=4"};
    options.set_json = {"a.b=5"};
    CHECK(problems_of(options) == std::vector<std::string>{"cannot use --set: a.b is given more than one value", "cannot use --set: a.b is given more than one value",
                                                           "cannot use --set-json: a.b is given more than one value"});
}

TEST_CASE("files of this machine have a path in the repository") {
    Options options;
    options.put = {"rules/a.yaml=build/x=y.yaml", "b=../out"};
    const auto request = read(options);
    REQUIRE(request.puts.size() == 2);
    CHECK(request.puts[0].path == "rules/a.yaml");
    CHECK(request.puts[0].local == "build/x=y.yaml");
    CHECK(request.puts[1].local == "../out");
    options.put = {"a", "a=", "=b", "../a=b", ".git/hooks/x=b", "a/=b", "-a=b", "a\nb=c"};
    CHECK(problems_of(options).size() == options.put.size());
    options.put.clear();
    options.remove = {"a/**", "[", "../x", ""};
    CHECK(problems_of(options).size() == 3);
}

TEST_CASE("JSON that is none is told with the place and the way to a text") {
    Options options;
    options.set_json = {"tag=v2", "m={\"a\":1", "l=[1,]", "n=01", "d={\"a\":1,\"a\":2}", "s=\"\xFF\""};
    const auto problems = problems_of(options);
    REQUIRE(problems.size() == 6);
    CHECK(problems[0] == "cannot use --set-json: tag: cannot read the JSON value: 'v' does not fit (byte 1) (a text is given with --set, or in quotes: --set-json 'tag=\"text\"')");
    CHECK(problems[1].find("m: cannot read the JSON value: it ends too early") != std::string::npos);
    CHECK(problems[4].find("the key 'a' stands there twice") != std::string::npos);
    CHECK(problems[5].find("no valid UTF-8") != std::string::npos);
}

TEST_CASE("the paths of a rollback are read as they were recorded") {
    Options options;
    options.paths = {".image.tag", "a[\"b\"]", "example\\.com/x"};
    CHECK(read(options).rollback_paths == std::vector<std::string>{"image.tag", "a.b", "\"example.com/x\""});
    options.paths = {"a b", ""};
    CHECK(problems_of(options).size() == 2);
}
