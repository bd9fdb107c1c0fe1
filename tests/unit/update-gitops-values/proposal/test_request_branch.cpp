#include "catch.hpp"

#include "update-gitops-values/proposal/request_branch.hpp"

#include <algorithm>
#include <set>

using namespace slipway;
using namespace slipway::update_gitops_values;

namespace {

Options change(std::vector<std::string> set = {"image.tag=v1"}, std::vector<std::string> files = {"apps/web/values.yaml"}) {
    Options options;
    options.remote.repo = "https://git.example/ops/gitops.git";
    options.files = std::move(files);
    options.set = std::move(set);
    return options;
}

std::string branch(const Options& options) { return request_branch(options, "main"); }

Options images(std::vector<std::string> images) {
    auto options = change({});
    options.images = std::move(images);
    return options;
}

} // namespace

TEST_CASE("the branch of a request: the same target, whatever its new value", "[proposal]") {
    CHECK(branch(change({"image.tag=v1"})) == branch(change({"image.tag=v2"})));
    CHECK(branch(change({"image.tag=v1", "replicas=3"})) == branch(change({"replicas=4", "image.tag=v2"})));
    CHECK(branch(change({"a=1"}, {"x.yaml", "y.yaml"})) == branch(change({"a=2"}, {"y.yaml", "x.yaml"})));
    CHECK(branch(images({"registry/app:v1"})) == branch(images({"registry/app:v2@sha256:" + std::string(64, 'a')})));
    CHECK(branch(images({"nginx:1"})) == branch(images({"docker.io/library/nginx:2"})));
    auto other_message = change();
    other_message.message = "another";
    other_message.forge.labels = {"deploy"};
    CHECK(branch(change()) == branch(other_message));
}

TEST_CASE("the branch of a request: another target, another branch", "[proposal]") {
    std::vector<Options> targets = {change(), change({"image.digest=x"}), change({"image.tag=v1"}, {"apps/api/values.yaml"}), change({"image.tag=v1", "b=1"}), images({"registry/app:v1"}), images({"registry/other:v1"})};
    auto rollback = change({});
    rollback.rollback = true;
    auto document = change();
    document.document = 1;
    auto put = change();
    put.put = {"rules.yaml=local.yaml"};
    auto promotion = change({});
    promotion.promotion.from = "staging/values.yaml";
    for (const auto& one : {rollback, document, put, promotion}) targets.push_back(one);
    std::set<std::string> branches;
    for (const auto& target : targets) branches.insert(branch(target));
    branches.insert(request_branch(change(), "release"));
    CHECK(branches.size() == targets.size() + 1);
}

TEST_CASE("the branch of a request is readable, and a name wherever it goes", "[proposal]") {
    CHECK(branch(change()).starts_with("slipway/web-values-"));
    auto rollback = change({});
    rollback.rollback = true;
    CHECK(branch(rollback).starts_with("slipway/rollback-web-values-"));
    for (const std::string file : {"a/../b.yaml", "Ünïcode/Wert.yaml", "spaces and 'quotes'.yaml", ".env", "x.lock", "-", "a//b", "**/*.yaml", "\xff\xfe.yaml"}) {
        const auto name = branch(change({"image.tag=v1"}, {file + std::string(300, 'x')}));
        INFO(file);
        CHECK(name.size() <= 60);
        CHECK(std::count(name.begin(), name.end(), '/') == 1);
        CHECK(name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-/") == std::string::npos);
        CHECK(name.find("--") == std::string::npos);
    }
}
