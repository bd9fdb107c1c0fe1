#include "catch.hpp"

#include "update-gitops-values/message.hpp"

#include <string>

using namespace slipway;
using namespace slipway::update_gitops_values;

namespace {

yaml::Change change(const std::string& path, std::optional<std::string> old, const std::string& value) {
    return {.path = path, .old = std::move(old), .value = value, .place = {}};
}

} // namespace

TEST_CASE("a message names the change") {
    CHECK(commit_message("", "apps/myapp/values.yaml", {change("image.tag", "abc", "def")}, {}) ==
          "apps/myapp/values.yaml: image.tag abc -> def\n");
    CHECK(commit_message("", "v.yaml", {change("a", std::nullopt, "x"), change("b", "y", "")}, {}) ==
          "v.yaml: 2 values\n\na: (empty) -> x\nb: y -> (empty)\n");
}

TEST_CASE("a message is the user's own, with trailers for what the CI knows") {
    ci::Info ci;
    ci.project_url = "https://git.example/app";
    ci.commit = "c0ffee";
    CHECK(commit_message(" Take back\n\nbecause\n\n", "f", {change("a", "b", "c")}, ci) ==
          "Take back\n\nbecause\n\nSlipway-Source: https://git.example/app\nSlipway-Commit: c0ffee\n");
}

TEST_CASE("values make no lines, no trailers and no long titles") {
    CHECK(old_and_new(change("a", "x\nSlipway-Commit: fake", "\x1b[1m")).find('\n') == std::string::npos);
    CHECK(old_and_new(change("a", "x", "\x1b[1m")).find('\x1b') == std::string::npos);
    const auto long_one = old_and_new(change("a", "x", std::string(79, 'x') + "\xC3\xA9" + std::string(200, 'y')));
    CHECK(long_one == "x -> " + std::string(79, 'x') + "...");
}
