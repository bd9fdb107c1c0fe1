#include "build-image/show/provenance_text.hpp"

#include "build-image/attest/provenance.hpp"
#include "catch.hpp"
#include "core/encoding.hpp"
#include "core/error.hpp"
#include "core/text.hpp"

#include <nlohmann/json.hpp>

using namespace slipway;
using namespace slipway::build_image;
using nlohmann::json;

namespace {

// BuildKit 0.11 and later, mode=max, shortened: the checkout is a folder of the builder.
const char* const buildkit = R"({"_type":"https://in-toto.io/Statement/v0.1","predicateType":"https://slsa.dev/provenance/v0.2",
"subject":[{"name":"pkg:docker/app@1.2.3?platform=linux%2Famd64","digest":{"sha256":"aa11"}}],
"predicate":{"builder":{"id":""},"buildType":"https://mobyproject.org/buildkit@v1",
"materials":[{"uri":"pkg:docker/registry.example.com/debian@bookworm-slim?platform=linux%2Famd64","digest":{"sha256":"bb22"}},{"uri":"https://example.com/file.tar.gz","digest":{"sha256":"cc33"}}],
"invocation":{"configSource":{"entryPoint":"Dockerfile"},"parameters":{"frontend":"dockerfile.v0"},"environment":{"platform":"linux/amd64"}},
"metadata":{"buildInvocationID":"edf52vxjyf9b6o5qd7vgx0gru","buildStartedOn":"2022-12-15T15:38:13.391980297Z","buildFinishedOn":"2022-12-15T15:38:14.274565297Z","reproducible":false,
"https://mobyproject.org/buildkit@v1#metadata":{"vcs":{"revision":"f22e4d3","source":"https://github.com/owner/app.git"}}}}})";

// GitHub's attest-build-provenance.
const char* const github = R"({"_type":"https://in-toto.io/Statement/v1","subject":[{"name":"ghcr.io/owner/app","digest":{"sha256":"aa11"}}],"predicateType":"https://slsa.dev/provenance/v1",
"predicate":{"buildDefinition":{"buildType":"https://actions.github.io/buildtypes/workflow/v1",
"externalParameters":{"workflow":{"ref":"refs/heads/main","repository":"https://github.com/owner/app","path":".github/workflows/release.yml"}},
"internalParameters":{"github":{"event_name":"push","runner_environment":"github-hosted"}},
"resolvedDependencies":[{"uri":"git+https://github.com/owner/app@refs/heads/main","digest":{"gitCommit":"706798e8"}}]},
"runDetails":{"builder":{"id":"https://github.com/owner/app/.github/workflows/release.yml@refs/heads/main"},"metadata":{"invocationId":"https://github.com/owner/app/actions/runs/1/attempts/1"}}}})";

// GitLab's runner, of its manual.
const char* const gitlab = R"({"_type":"https://in-toto.io/Statement/v1","predicateType":"https://slsa.dev/provenance/v1","subject":[{"name":"script.sh","digest":{"sha256":"aa11"}}],
"predicate":{"buildDefinition":{"buildType":"https://gitlab.com/gitlab-org/gitlab-runner/-/blob/2147fb44/PROVENANCE.md",
"externalParameters":{"CI":"","entryPoint":"build-job","source":"https://gitlab.com/my-group/my-project"},"internalParameters":{"architecture":"amd64","executor":"docker+machine","job":"10340684631"},
"resolvedDependencies":[{"uri":"https://gitlab.com/my-group/my-project","digest":{"sha256":"bdd2ecda9ef57b129c88617a0215afc9fb223521"}}]},
"runDetails":{"builder":{"id":"https://gitlab.com/my-group/my-project/-/runners/12270857","version":{"gitlab-runner":"2147fb44"}},
"metadata":{"invocationID":"10340684631","startedOn":"2025-06-13T07:25:13Z","finishedOn":"2025-06-13T07:25:40Z"}}}})";

} // namespace

TEST_CASE("provenance text: ours") {
    const std::string base = "sha256:" + std::string(64, 'b');
    Provenance provenance;
    provenance.subjects = {{"r.example.com/team/app", "sha256:aa11"}};
    provenance.repository = "https://git.example.com/team/app";
    provenance.ref = "refs/heads/main";
    provenance.commit = "706798e8";
    provenance.is_modified = true;
    provenance.containerfile = "Containerfile";
    provenance.bases = {{"debian:12", "docker.io/library/debian@" + base}};
    provenance.builder = "https://git.example.com/runners/3";
    provenance.invocation = "https://git.example.com/jobs/7";
    provenance.found = true;
    provenance.finished = Timestamp(std::chrono::seconds(1'795'000'000));
    CHECK(provenance_text(provenance_statement(provenance)) == "image       r.example.com/team/app@sha256:aa11\n"
                                                               "built by    https://git.example.com/runners/3\n"
                                                               "build type  https://github.com/slipway/slipway/build-image/v1\n"
                                                               "repository  https://git.example.com/team/app\n"
                                                               "ref         refs/heads/main\n"
                                                               "commit      706798e8 and changes that were not committed\n"
                                                               "base image  debian:12 (docker.io/library/debian@" + base + ")\n"
                                                               "file        Containerfile\n"
                                                               "run         https://git.example.com/jobs/7\n"
                                                               "finished    2026-11-18T11:06:40Z\n"
                                                               "note        not built by this run, which found an image of the same content\n");
}

TEST_CASE("provenance text: BuildKit's, GitHub's and GitLab's, in whatever wraps them") {
    CHECK(provenance_text(buildkit) == "image       pkg:docker/app@1.2.3?platform=linux%2Famd64@sha256:aa11\n"
                                       "build type  https://mobyproject.org/buildkit@v1\n"
                                       "repository  https://github.com/owner/app.git\n"
                                       "commit      f22e4d3\n"
                                       "base image  registry.example.com/debian@bookworm-slim@sha256:bb22\n"
                                       "other input 1\n"
                                       "file        Dockerfile\n"
                                       "run         edf52vxjyf9b6o5qd7vgx0gru\n"
                                       "started     2022-12-15T15:38:13.391980297Z\n"
                                       "finished    2022-12-15T15:38:14.274565297Z\n");
    const std::string of_github = "image       ghcr.io/owner/app@sha256:aa11\n"
                                  "built by    https://github.com/owner/app/.github/workflows/release.yml@refs/heads/main\n"
                                  "build type  https://actions.github.io/buildtypes/workflow/v1\n"
                                  "repository  https://github.com/owner/app\n"
                                  "ref         refs/heads/main\n"
                                  "commit      706798e8\n"
                                  "file        .github/workflows/release.yml\n"
                                  "run         https://github.com/owner/app/actions/runs/1/attempts/1\n";
    CHECK(provenance_text(github) == of_github);
    const json bundle = {{"mediaType", "application/vnd.dev.sigstore.bundle.v0.3+json"}, {"dsseEnvelope", {{"payload", base64(github)}, {"payloadType", "application/vnd.in-toto+json"}}}};
    CHECK(provenance_text(bundle.dump()) == of_github);
    CHECK(provenance_text(gitlab) == "image       script.sh@sha256:aa11\n"
                                     "built by    https://gitlab.com/my-group/my-project/-/runners/12270857\n"
                                     "build type  https://gitlab.com/gitlab-org/gitlab-runner/-/blob/2147fb44/PROVENANCE.md\n"
                                     "repository  https://gitlab.com/my-group/my-project\n"
                                     "commit      bdd2ecda9ef57b129c88617a0215afc9fb223521\n"
                                     "file        build-job\n"
                                     "run         10340684631\n"
                                     "started     2025-06-13T07:25:13Z\n"
                                     "finished    2025-06-13T07:25:40Z\n");
}

TEST_CASE("provenance text: whatever a statement says, nothing of it moves the cursor, and no shape of it fails") {
    const auto statement = [](const json& predicate, const char* type = "https://slsa.dev/provenance/v1") {
        return json{{"_type", "x"}, {"predicateType", type}, {"subject", json::array({1, {{"name", "a\x1b[2J\nb"}, {"digest", {{"sha256", 7}}}}})}, {"predicate", predicate}}.dump();
    };
    auto many = json::array();
    for (int i = 0; i < 60; ++i) many.push_back({{"uri", "docker://base" + std::to_string(i)}});
    many.push_back({{"uri", "git+ssh://git@git.example.com/a"}, {"digest", "x"}});
    const auto text = provenance_text(statement({{"buildDefinition", {{"resolvedDependencies", many}, {"buildType", std::string(10'000, 'x')}, {"externalParameters", 7}}}, {"runDetails", {{"builder", {{"id", "\r\x07"}}}}}}));
    CHECK(text.find_first_of("\x1b\r\x07") == std::string::npos);
    CHECK(text.find("image       a\\x1b[2J | b\n") != std::string::npos);
    CHECK(text.find("repository  ssh://git@git.example.com/a\n") != std::string::npos);
    CHECK(text.find("other input 10\n") != std::string::npos);
    CHECK(text.size() < 5000);
    for (const json& predicate : {json::object(), json{{"materials", 3}, {"builder", json::array()}, {"metadata", "x"}}, json{{"materials", {1, json::array(), {{"uri", json::object()}}}}}}) {
        CHECK_NOTHROW(provenance_text(statement(predicate)));
        CHECK_NOTHROW(provenance_text(statement(predicate, "https://slsa.dev/provenance/v0.2")));
    }
    for (const std::string& other : {std::string(), std::string("{}"), statement(json::object(), "https://spdx.dev/Document"), statement(7), std::string(R"({"predicateType":7,"predicate":{}})")}) CHECK_THROWS_AS(provenance_text(other), Error);
}

TEST_CASE("provenance text: a statement that says nothing is not shown as nothing") {
    const auto text = provenance_text(R"({"_type": "https://in-toto.io/Statement/v1", "predicateType": "https://slsa.dev/provenance/v9", "predicate": {"x": 1}})");
    CHECK(text == "note        the statement, https://slsa.dev/provenance/v9, has none of SLSA's fields\n");
}
