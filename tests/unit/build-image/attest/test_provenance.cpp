#include "build-image/attest/document.hpp"
#include "build-image/attest/provenance.hpp"
#include "catch.hpp"
#include "failure.hpp"

#include <nlohmann/json.hpp>

using namespace slipway;
using namespace slipway::build_image;

namespace {

using Json = nlohmann::ordered_json;

const std::string digest = "sha256:" + std::string(64, 'a');
const std::string base = "sha256:" + std::string(64, 'b');
const std::string commit(40, 'c');

Provenance complete() {
    return {.subjects = {{"r.example.com/team/app", digest}},
            .repository = "https://git.example.com/team/app",
            .ref = "refs/heads/main",
            .commit = commit,
            .context = ".",
            .containerfile = "Containerfile",
            .target = "final",
            .platforms = {"linux/amd64"},
            .arguments = {"VERSION"},
            .secrets = {"token"},
            .bases = {{"debian:12", "docker.io/library/debian@" + base}},
            .content_key = "k",
            .builder = "https://git.example.com/team/app/-/runners/7",
            .invocation = "https://git.example.com/team/app/-/jobs/42",
            .versions = {{"build-image", "1.0"}, {"buildah", "1.28.2"}},
            .started = parse_timestamp("2026-11-24T12:00:00Z"),
            .finished = parse_timestamp("2026-11-24T12:01:00.250Z")};
}

} // namespace

TEST_CASE("a provenance says what was built, from what, and by whom, in SLSA's words") {
    const auto statement = Json::parse(provenance_statement(complete()));
    CHECK(statement["_type"] == "https://in-toto.io/Statement/v1");
    CHECK(statement["predicateType"] == "https://slsa.dev/provenance/v1");
    CHECK(statement["subject"].dump() == R"([{"name":"r.example.com/team/app","digest":{"sha256":")" + std::string(64, 'a') + R"("}}])");
    const auto& definition = statement["predicate"]["buildDefinition"];
    CHECK(definition["buildType"] == "https://github.com/slipway/slipway/build-image/v1");
    CHECK(definition["externalParameters"].dump() ==
          R"({"source":"git+https://git.example.com/team/app@refs/heads/main","context":".","containerfile":"Containerfile","target":"final","platforms":["linux/amd64"],"buildArguments":["VERSION"],"secrets":["token"]})");
    CHECK(definition["internalParameters"].dump() == R"({"contentKey":"k"})");
    const auto& dependencies = definition["resolvedDependencies"];
    REQUIRE(dependencies.size() == 2);
    CHECK(dependencies[0].dump() == R"({"uri":"git+https://git.example.com/team/app@refs/heads/main","digest":{"gitCommit":")" + commit + R"("}})");
    CHECK(dependencies[1].dump() == R"({"uri":"docker://docker.io/library/debian@)" + base + R"(","digest":{"sha256":")" + std::string(64, 'b') + R"("},"name":"debian:12"})");
    const auto& details = statement["predicate"]["runDetails"];
    CHECK(details.dump() == R"({"builder":{"id":"https://git.example.com/team/app/-/runners/7","version":{"build-image":"1.0","buildah":"1.28.2"}},"metadata":{"invocationId":"https://git.example.com/team/app/-/jobs/42","startedOn":"2026-11-24T12:00:00Z","finishedOn":"2026-11-24T12:01:00.250Z"}})");
}

TEST_CASE("a provenance claims nothing that nobody knows") {
    const auto bare = Json::parse(provenance_statement({.subjects = {{"app", digest}}}));
    CHECK(bare["predicate"]["buildDefinition"]["externalParameters"] == Json::object());
    CHECK(bare["predicate"]["buildDefinition"]["resolvedDependencies"] == Json::array());
    CHECK_FALSE(bare["predicate"]["buildDefinition"].contains("internalParameters"));
    CHECK(bare["predicate"]["runDetails"].dump() == R"({"builder":{"id":"https://github.com/slipway/slipway/build-image/local"}})");

    auto changed = complete();
    changed.is_modified = true;
    changed.found = true;
    const auto statement = Json::parse(provenance_statement(changed))["predicate"]["buildDefinition"];
    CHECK(statement["resolvedDependencies"][0]["annotations"]["modified"] == true);
    CHECK(statement["internalParameters"]["builtBefore"] == true);
}

TEST_CASE("an index that was joined depends on its images") {
    const auto statement = Json::parse(provenance_statement({.subjects = {{"r.example.com/app", digest}}, .joined = {base}}))["predicate"]["buildDefinition"];
    CHECK(statement["externalParameters"]["joined"][0] == base);
    CHECK(statement["resolvedDependencies"][0]["uri"] == "docker://r.example.com/app@" + base);
}

TEST_CASE("bytes that are no UTF-8 make no broken document") {
    auto provenance = complete();
    provenance.target = "\xff";
    CHECK(Json::parse(provenance_statement(provenance))["predicate"]["buildDefinition"]["externalParameters"]["target"] == "\xEF\xBF\xBD");
}

TEST_CASE("documents are attached under the types that other tools look for, and known by them again") {
    for (const auto kind : {DocumentKind::spdx, DocumentKind::cyclonedx, DocumentKind::provenance}) {
        const auto artifact = artifact_of({kind, "{}"});
        CHECK(artifact.media_type == artifact.type);
        CHECK(kind_of({.manifest = {}, .type = artifact.type, .annotations = artifact.annotations}) == kind);
    }
    CHECK(artifact_of({DocumentKind::spdx, ""}).type == "application/spdx+json");
    CHECK(artifact_of({DocumentKind::cyclonedx, ""}).type == "application/vnd.cyclonedx+json");
    // Another in-toto statement, such as a scan's.
    CHECK_FALSE(kind_of({.manifest = {}, .type = "application/vnd.in-toto+json", .annotations = {{"in-toto.io/predicate-type", "https://cosign.sigstore.dev/attestation/vuln/v1"}}}));
    CHECK_FALSE(kind_of({.manifest = {}, .type = "application/vnd.in-toto+json", .annotations = {}}));
    CHECK_FALSE(kind_of({.manifest = {}, .type = "application/vnd.dev.cosign.artifact.sig.v1+json", .annotations = {}}));
}

TEST_CASE("each document can be a line of a bundle") {
    const auto line = statement_line({DocumentKind::spdx, "{\n \"spdxVersion\": \"SPDX-2.3\"\n}\n"}, "r.example.com/app", digest);
    CHECK(line == R"({"_type":"https://in-toto.io/Statement/v1","subject":[{"name":"r.example.com/app","digest":{"sha256":")" + std::string(64, 'a') + R"("}}],"predicateType":"https://spdx.dev/Document/v2.3","predicate":{"spdxVersion":"SPDX-2.3"}})");
    const auto provenance = provenance_statement(complete());
    CHECK(statement_line({DocumentKind::provenance, provenance}, "x", base) == Json::parse(provenance).dump());
    CHECK(failure_of([] { statement_line({DocumentKind::cyclonedx, "[]"}, "app", digest); }).code() == ExitCode::world);
}
