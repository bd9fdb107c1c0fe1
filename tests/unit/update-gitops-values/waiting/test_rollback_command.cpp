#include "catch.hpp"

#include "update-gitops-values/waiting/rollback_command.hpp"

using namespace slipway;
using namespace slipway::update_gitops_values;

namespace {

Options options_for(const std::string& repo) {
    Options options;
    options.remote.repo = repo;
    options.files = {"apps/web/values.yaml"};
    return options;
}

EditedFile file(const std::string& path, const std::vector<std::string>& paths = {}) {
    EditedFile result{.path = path, .before = "a", .after = "b", .mode = "100644", .changes = {}};
    for (const auto& one : paths) result.changes.push_back({.path = one, .old = "a", .value = "b", .place = {}});
    return result;
}

} // namespace

TEST_CASE("rollback command: a value of a file") {
    CHECK(rollback_command(options_for("https://h/x.git"), "main", {file("apps/web/values.yaml", {"image.tag", "replicas"})}) ==
          "update-gitops-values --repo https://h/x.git --branch main --file apps/web/values.yaml --path image.tag --rollback");
}

TEST_CASE("rollback command: nothing secret, and what SSH needs") {
    const auto with = [](const std::string& repo) {
        const auto command = rollback_command(options_for(repo), "main", {});
        const auto begin = command.find("--repo ") + 7;
        return command.substr(begin, command.find(" --branch") - begin);
    };
    CHECK(with("https://bot:sesame@h/x.git") == "https://h/x.git");
    CHECK(with("https://token@h:8443/x.git") == "https://h:8443/x.git");
    CHECK(with("https://a@b:sesame@h/x.git") == "https://h/x.git");
    CHECK(with("https://h/@scope/x.git") == "https://h/@scope/x.git");
    CHECK(with("ssh://git@h:22/x.git") == "ssh://git@h:22/x.git");
    CHECK(with("ssh://git:sesame@h/x.git") == "ssh://git@h/x.git");
    CHECK(with("git@h:team/x.git") == "git@h:team/x.git");
}

TEST_CASE("rollback command: in a shell's words") {
    auto options = options_for("https://h/x.git");
    CHECK(rollback_command(options, "it's", {file("a b/$x.yaml", {"env[name=X].value"})}) ==
          "update-gitops-values --repo https://h/x.git --branch 'it'\\''s' --file 'a b/$x.yaml' --path 'env[name=X].value' --rollback");
    CHECK(rollback_command(options, "main", {file("a\nb", {})}).find('\n') == std::string::npos);
}

TEST_CASE("rollback command: any file of the commit leads to all of it") {
    auto options = options_for("https://h/x.git");
    options.files = {"apps/**/values.yaml"};
    CHECK(rollback_command(options, "main", {file("rules/web.yaml"), file("apps/web/values.yaml", {"tag"})}) ==
          "update-gitops-values --repo https://h/x.git --branch main --file apps/web/values.yaml --path tag --rollback");
    CHECK(rollback_command(options, "main", {file("rules/web.yaml")}) == "update-gitops-values --repo https://h/x.git --branch main --file rules/web.yaml --rollback");
    CHECK(rollback_command(options, "main", {}).empty()); // which file it is, is not known
}

TEST_CASE("rollback command: the way of the change") {
    auto options = options_for("https://h/x.git");
    options.forge.mode = "pull-request";
    options.forge.kind = "gitea";
    options.forge.server.url = "https://bot:sesame@forge/api";
    options.remote.tls.allow_insecure = true;
    CHECK(rollback_command(options, "main", {}) ==
          "update-gitops-values --repo https://h/x.git --branch main --mode pull-request --forge gitea --forge-url https://forge/api --allow-insecure --file apps/web/values.yaml --rollback");
}

TEST_CASE("rollback command: a rollback has none, since another one would go further back") {
    auto options = options_for("https://h/x.git");
    options.rollback = true;
    CHECK(rollback_command(options, "main", {file("apps/web/values.yaml", {"image.tag"})}).empty());
}
