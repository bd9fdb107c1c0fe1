#include "build_machine.hpp"

#include "build-image/attest/document.hpp"

using namespace slipway;
using namespace slipway::build_image;

// SBOMs are read from archives on the disk: tests/integration has them.

namespace {

/// A GitLab job on a registry without a referrers API.
struct Job : fake::BuildMachine {
    Job() {
        world.environment.variables = {{"GITLAB_CI", "true"},           {"CI_COMMIT_BRANCH", "main"},
                                       {"CI_COMMIT_SHA", std::string(40, 'a')}, {"CI_COMMIT_SHORT_SHA", "aaaaaaaa"},
                                       {"CI_COMMIT_TIMESTAMP", "2026-11-24T12:00:00Z"}, {"CI_PROJECT_URL", "https://git.example.com/team/app"},
                                       {"CI_RUNNER_ID", "7"},           {"CI_JOB_URL", "https://git.example.com/team/app/-/jobs/42"}};
    }
    int build(std::vector<std::string> more = {}) {
        std::vector<std::string> arguments = {"app", "--image", "r.example.com/app", "--json"};
        arguments.insert(arguments.end(), more.begin(), more.end());
        return call(arguments);
    }
    /// What is attached to the image by the fallback tag.
    std::size_t attached(const std::string& digest) const {
        const auto index = registry.manifests.find("app:sha256-" + digest.substr(7));
        return index == registry.manifests.end() ? 0 : cli::Json::parse(index->second)["manifests"].size();
    }
    bool has_tags() const {
        for (const auto& [name, bytes] : registry.manifests) {
            if (name.rfind("app:aaaaaaaa", 0) == 0 || name.rfind("app:slipway-", 0) == 0) return true;
        }
        return false;
    }
};

} // namespace

TEST_CASE("an image is the same with and without a provenance") {
    Job plain;
    CHECK(plain.build() == 0);
    CHECK(plain.json()["attestations"] == cli::Json::array());
    Job job;
    CHECK(job.build({"--provenance", "--attestations", "all.jsonl", "--provenance-file", "p.json"}) == 0);
    const auto digest = job.json()["digest"].get<std::string>();
    CHECK(digest == plain.json()["digest"]);
    REQUIRE(job.json()["attestations"].size() == 1);
    CHECK(job.json()["attestations"][0]["kind"] == "provenance");
    CHECK(job.json()["attestations"][0]["subject"] == digest);
    CHECK(job.attached(digest) == 1);
    const auto statement = cli::Json::parse(job.world.files.contents.at("p.json"));
    CHECK(statement["predicate"]["runDetails"]["builder"]["id"] == "https://git.example.com/team/app/-/runners/7");
    CHECK(statement["predicate"]["runDetails"]["metadata"]["invocationId"] == "https://git.example.com/team/app/-/jobs/42");
    CHECK(cli::Json::parse(job.world.files.contents.at("all.jsonl")) == statement);
}

TEST_CASE("an image that is not built again keeps the provenance of the build that made it") {
    Job job;
    CHECK(job.build({"--provenance", "--provenance-file", "first.json"}) == 0);
    const auto digest = job.json()["digest"].get<std::string>();
    job.world.environment.variables["CI_JOB_URL"] = "https://git.example.com/team/app/-/jobs/43";
    CHECK(job.build({"--provenance", "--provenance-file", "second.json"}) == 0);
    CHECK(job.json()["skipped"] == true);
    CHECK(job.world.files.contents.at("second.json") == job.world.files.contents.at("first.json"));
    CHECK(job.attached(digest) == 1);
}

TEST_CASE("an image that was found without provenance gets one that does not claim the build") {
    Job job;
    CHECK(job.build() == 0);
    const auto digest = job.json()["digest"].get<std::string>();
    CHECK(job.build({"--provenance", "--provenance-file", "p.json"}) == 0);
    CHECK(job.json()["skipped"] == true);
    CHECK(job.attached(digest) == 1);
    const auto predicate = cli::Json::parse(job.world.files.contents.at("p.json"))["predicate"];
    CHECK(predicate["buildDefinition"]["internalParameters"]["builtBefore"] == true);
    CHECK_FALSE(predicate["runDetails"]["metadata"].contains("startedOn"));
}

TEST_CASE("a provenance names the commit that the image is of, and no other") {
    const auto source = [](const Job& job) { return cli::Json::parse(job.world.files.contents.at("p.json"))["predicate"]["buildDefinition"]["resolvedDependencies"][0]; };
    const std::vector<std::string> with_file = {"--provenance", "--provenance-file", "p.json"};
    // A label may be somebody else's, such as the base image's.
    Job labelled;
    CHECK(labelled.build({"--provenance", "--provenance-file", "p.json", "--labels", "org.opencontainers.image.revision=other"}) == 0);
    CHECK(source(labelled)["digest"]["gitCommit"] == std::string(40, 'a'));
    CHECK(source(labelled)["uri"] == "git+https://git.example.com/team/app@refs/heads/main");
    // What another commit was built to is not where this run's branch is.
    Job job;
    CHECK(job.build() == 0);
    job.world.environment.variables["CI_COMMIT_SHA"] = std::string(40, 'b');
    job.world.environment.variables["CI_COMMIT_BRANCH"] = "feature";
    CHECK(job.build(with_file) == 0);
    REQUIRE(job.json()["skipped"] == true);
    CHECK(source(job)["digest"]["gitCommit"] == std::string(40, 'a'));
    CHECK(source(job)["uri"] == "git+https://git.example.com/team/app");
}

TEST_CASE("the provenance of an index that was joined claims the index, not its images") {
    Job job;
    CHECK(job.build() == 0);
    const auto image = job.json()["digest"].get<std::string>();
    CHECK(job.build({"--join", image, "--provenance", "--attestations", "all.jsonl"}) == 0);
    const auto statement = cli::Json::parse(job.world.files.contents.at("all.jsonl"));
    REQUIRE(statement["subject"].size() == 1);
    CHECK("sha256:" + statement["subject"][0]["digest"]["sha256"].get<std::string>() == job.json()["digest"]);
    CHECK(statement["predicate"]["buildDefinition"]["externalParameters"]["joined"][0] == image);
    CHECK_FALSE(statement["predicate"]["buildDefinition"].contains("internalParameters"));
}

TEST_CASE("neither values of build arguments nor secrets come into a provenance") {
    Job job;
    job.world.environment.variables["API_TOKEN"] = "hush-hush-hush";
    CHECK(job.build({"--provenance", "--provenance-file", "p.json", "--build-arg", "PASSWORD=open-sesame", "--secret", "id=token,env=API_TOKEN"}) == 0);
    const auto& text = job.world.files.contents.at("p.json");
    CHECK(text.find("PASSWORD") != std::string::npos);
    CHECK(text.find("open-sesame") == std::string::npos);
    CHECK(text.find("hush-hush-hush") == std::string::npos);
}

TEST_CASE("a scan sees the image as it will be, and stops the push when it says no") {
    Job job;
    std::string layout;
    std::string digest;
    job.on_scan = [&](const io::Command& command) {
        CHECK(command.argv == std::vector<std::string>{"sh", "-c", "trivy image --input \"$IMAGE_LAYOUT\""});
        const auto& variables = command.environment.all();
        layout = variables.at("IMAGE_LAYOUT").value();
        digest = variables.at("IMAGE_DIGEST").value();
        CHECK(variables.at("IMAGE_NAME").value() == "r.example.com/app:aaaaaaaa");
        CHECK(variables.at("IMAGE_PLATFORM").value() == "linux/amd64");
        CHECK(variables.at("IMAGE_SPDX") == std::nullopt);
        const auto index = cli::Json::parse(job.world.files.contents.at(layout + "/index.json"));
        const auto manifest = cli::Json::parse(job.world.files.contents.at(layout + "/blobs/sha256/" + index["manifests"][0]["digest"].get<std::string>().substr(7)));
        for (const auto& layer : manifest["layers"]) CHECK(job.world.files.contents.count(layout + "/blobs/sha256/" + layer["digest"].get<std::string>().substr(7)) == 1);
        CHECK_FALSE(job.has_tags());
        CHECK(job.registry.blobs.empty());
        return io::ProcessResult{.exit_code = 0, .out = "", .err = ""};
    };
    const std::vector<std::string> with_scan = {"--scan", "trivy image --input \"$IMAGE_LAYOUT\""};
    CHECK(job.build(with_scan) == 0);
    CHECK(job.json()["digest"] == digest);
    CHECK(job.has_tags());
    // Tags for an image that is there already are only given when today's scan agrees.
    layout.clear();
    job.on_scan = [](const io::Command&) { return io::ProcessResult{.exit_code = 4, .out = "", .err = ""}; };
    job.world.environment.variables["CI_COMMIT_SHORT_SHA"] = "bbbbbbbb";
    CHECK(job.build(with_scan) == 1);
    CHECK(job.registry.manifests.count("app:bbbbbbbb") == 0);
    CHECK(job.json()["error"]["message"].get<std::string>().find("': exit code 4") != std::string::npos);

    Job refused;
    refused.on_scan = [](const io::Command&) { return io::ProcessResult{.exit_code = 1, .out = "", .err = ""}; };
    CHECK(refused.build(with_scan) == 1);
    CHECK_FALSE(refused.has_tags());
    CHECK(refused.registry.blobs.empty());
}

TEST_CASE("a scanner that cannot be run is no refusal") {
    for (const auto& result : {io::ProcessResult{.exit_code = 127, .out = "", .err = ""}, io::ProcessResult{.exit_code = 126, .out = "", .err = ""}, io::ProcessResult{.exit_code = -1, .signal = 9, .out = "", .err = ""}}) {
        Job job;
        job.on_scan = [&](const io::Command&) { return result; };
        CHECK(job.build({"--scan", "no-such-scanner"}) == 3);
        CHECK_FALSE(job.has_tags());
    }
}

TEST_CASE("an image and its provenance are signed before there is a tag") {
    Job job;
    job.world.processes.installed = {"buildah", "cosign"};
    job.world.files.contents["cosign.key"] = "a key";
    job.world.environment.variables["CI_REGISTRY"] = "r.example.com";
    job.world.environment.variables["CI_REGISTRY_USER"] = "ci";
    job.world.environment.variables["CI_REGISTRY_PASSWORD"] = "sesame-open";
    std::vector<std::string> signing;
    job.on_sign = [&](const io::Command& command) {
        CHECK_FALSE(job.has_tags());
        const auto folder = command.environment.all().at("DOCKER_CONFIG").value();
        CHECK(job.world.files.contents.at(folder + "/config.json") == R"({"auths":{"r.example.com":{"auth":")" + base64("ci:sesame-open") + "\"}}}\n");
        CHECK(join(command.argv, " ").find("sesame") == std::string::npos);
        signing.push_back(command.argv[1] + ' ' + command.argv.back());
        return io::ProcessResult{.exit_code = 0, .out = "", .err = ""};
    };
    const std::vector<std::string> signed_build = {"--provenance", "--sign", "--sign-key", "cosign.key"};
    CHECK(job.build(signed_build) == 0);
    const auto image = job.json()["image"].get<std::string>();
    CHECK(signing == std::vector<std::string>{"sign " + image, "attest " + image});
    CHECK(job.has_tags());
    for (const auto& [name, bytes] : job.world.files.contents) CHECK(name.find("config.json") == std::string::npos);
    // So is one that was built before.
    signing.clear();
    job.world.environment.variables["CI_COMMIT_SHORT_SHA"] = "bbbbbbbb";
    job.on_sign = [&](const io::Command& command) {
        CHECK(job.registry.manifests.count("app:bbbbbbbb") == 0);
        return io::ProcessResult{.exit_code = command.argv[1] == "attest" ? 1 : 0, .out = "", .err = "Error: no\nerror during command execution: reading key: no\n"};
    };
    CHECK(job.build(signed_build) == 3);
    CHECK(job.json()["error"]["message"].get<std::string>().find("cosign attest: reading key: no") != std::string::npos);
    CHECK(job.registry.manifests.count("app:bbbbbbbb") == 0);
}

TEST_CASE("what cannot be attached is said before anything is built") {
    const auto refusal = [](std::vector<std::string> arguments) {
        Job job;
        CHECK(job.build(std::move(arguments)) == 2);
        CHECK(job.command_lines("build").empty());
        return job.json()["error"]["message"].get<std::string>();
    };
    CHECK(refusal({"--provenance", "--no-push"}).rfind("--provenance and --no-push exclude each other", 0) == 0);
    CHECK(refusal({"--sign", "--no-push"}).rfind("--sign and --no-push exclude each other", 0) == 0);
    CHECK(refusal({"--spdx-file", "x"}) == "--spdx-file needs --sbom");
    CHECK(refusal({"--provenance-file", "x"}) == "--provenance-file needs --provenance");
    CHECK(refusal({"--attestations", "x"}) == "--attestations needs --sbom or --provenance");
    CHECK(refusal({"--sign-key", "x"}) == "--sign-key needs --sign");
    CHECK(refusal({"--sign"}) == "cannot sign: cosign is not installed or not on the PATH");
    CHECK(refusal({"--sbom", "--cyclonedx-file", "x", "--platform", "linux/amd64,linux/arm64"}).rfind("--cyclonedx-file holds one platform's document", 0) == 0);
    CHECK(refusal({"--show", "sbom", "--scan", "x"}).rfind("--show sbom builds nothing", 0) == 0);
}

TEST_CASE("an image's provenance is shown, for people and as JSON") {
    Job job;
    CHECK(job.build({"--provenance"}) == 0);
    const auto digest = job.json()["digest"].get<std::string>();
    CHECK(job.call({"--show", "provenance", "r.example.com/app:aaaaaaaa"}) == 0);
    CHECK(job.world.terminal.out.find(std::string(40, 'a')) != std::string::npos);
    CHECK(job.call({"--show", "provenance", "r.example.com/app@" + digest, "--json"}) == 0);
    CHECK(job.json()["image"] == "r.example.com/app@" + digest);
    CHECK(job.json()["provenance"][0]["predicateType"] == "https://slsa.dev/provenance/v1");
    CHECK(job.call({"--show", "sbom", "r.example.com/app:aaaaaaaa"}) == 1);
    CHECK(job.says("r.example.com/app:aaaaaaaa has no SBOM attached"));
    CHECK(job.call({"--show", "sbom", "r.example.com/app:aaaaaaaa", "--platform", "linux/s390x"}) == 1);
    CHECK(job.says("has no image for linux/s390x"));
    CHECK(job.call({"--show", "sbom", "r.example.com/app:none"}) == 3);
    job.world.on_request = [](const io::Request&) -> io::Response { throw world_failure("GET https://r.example.com/: connection refused"); };
    CHECK(job.call({"--show", "sbom", "r.example.com/app:1"}) == 3);
    CHECK(job.says("cannot show r.example.com/app:1: GET https://r.example.com/: connection refused"));
    CHECK(job.call({"--show", "sbom"}) == 2);
    CHECK(job.says("there is no image to show"));
}

TEST_CASE("a provenance names places in the checkout, not on the machine") {
    Job job;
    job.world.environment.variables["CI_PROJECT_DIR"] = "/builds/team/app";
    job.world.files.contents["/builds/team/app/api/Containerfile"] = "FROM scratch\nCOPY a /\n";
    CHECK(job.call({"/builds/team/app/api", "--image", "r.example.com/app", "--provenance", "--provenance-file", "p.json"}) == 0);
    const auto parameters = cli::Json::parse(job.world.files.contents.at("p.json"))["predicate"]["buildDefinition"]["externalParameters"];
    CHECK(parameters["context"] == "api");
    CHECK(parameters["containerfile"] == "api/Containerfile");
}
