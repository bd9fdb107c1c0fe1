#include "build_machine.hpp"

using namespace slipway;
using namespace slipway::build_image;

namespace {

const std::string first_commit(40, 'a');
const std::string second_commit(40, 'b');

/// A machine in a CI job for a commit.
struct Job : fake::BuildMachine {
    explicit Job(const std::string& commit = first_commit) {
        at(commit);
        world.environment.variables.insert({{"GITLAB_CI", "true"}, {"CI_COMMIT_BRANCH", "main"}, {"CI_COMMIT_TIMESTAMP", "2026-11-24T12:00:00Z"}});
    }
    void at(const std::string& commit) {
        world.environment.variables["CI_COMMIT_SHA"] = commit;
        world.environment.variables["CI_COMMIT_SHORT_SHA"] = commit.substr(0, 8);
    }
    int build(std::vector<std::string> more = {}) {
        std::vector<std::string> arguments = {"app", "--image", "r.example.com/app", "--json"};
        arguments.insert(arguments.end(), more.begin(), more.end());
        return call(arguments);
    }
    bool built() const { return !command_lines("build").empty(); }
    std::string key_tag() const {
        for (const auto& [name, bytes] : registry.manifests) {
            if (name.rfind("app:slipway-", 0) == 0) return name;
        }
        return {};
    }
    std::size_t uploads() const {
        std::size_t count = 0;
        for (const auto& request : world.requests) count += std::holds_alternative<io::FileBody>(request.body) ? 1 : 0;
        return count;
    }
};

} // namespace

TEST_CASE("the same content is not built again, and keeps its commit") {
    Job job;
    CHECK(job.build() == 0);
    CHECK(job.json()["skipped"] == false);
    const auto digest = job.json()["digest"].get<std::string>();
    CHECK(job.key_tag() == "app:slipway-" + job.json()["key"].get<std::string>());

    job.at(second_commit);
    CHECK(job.build() == 0);
    CHECK_FALSE(job.built());
    CHECK(job.uploads() == 0);
    CHECK(job.json()["skipped"] == true);
    CHECK(job.json()["digest"] == digest);
    CHECK(job.json()["commit"] == first_commit);
    CHECK(job.json()["labels"]["org.opencontainers.image.revision"] == first_commit);
    CHECK(job.json()["immutable_tag"] == "bbbbbbbb");
    CHECK(job.registry.digest_of("app:bbbbbbbb") == digest);
    CHECK(job.says("the same content was built from commit " + first_commit));

    CHECK(job.build({"--no-skip"}) == 0);
    CHECK(job.built());
    CHECK(job.json()["commit"] == second_commit);
}

TEST_CASE("an argument that only names the commit can be left out of the key") {
    Job job;
    const auto build = [&](const std::string& commit, std::vector<std::string> more) {
        job.at(commit);
        more.insert(more.end(), {"--build-arg", "COMMIT=" + commit, "--skip-key-ignore", "COMMIT"});
        CHECK(job.build(more) == 0);
        return job.built();
    };
    CHECK(build(first_commit, {"--build-arg", "A=1"}));
    CHECK_FALSE(build(second_commit, {"--build-arg", "A=1"}));
    CHECK(job.json()["commit"] == first_commit);
    CHECK(build(second_commit, {"--build-arg", "A=2"}));

    CHECK(job.build({"--build-arg", "COMIT=1", "--skip-key-ignore", "COMMIT"}) == 0);
    CHECK(job.says("--skip-key-ignore COMMIT changes nothing: no build argument has this name"));
}

TEST_CASE("what changes the content is built") {
    Job job;
    job.world.files.contents["app/a"] = "one";
    CHECK(job.build() == 0);
    const auto is_built = [&](std::vector<std::string> more = {}) {
        CHECK(job.build(std::move(more)) == 0);
        return job.built();
    };
    CHECK_FALSE(is_built());
    CHECK(is_built({"--build-arg", "A=1"}));
    CHECK_FALSE(is_built({"--build-arg", "A=1"}));
    CHECK(is_built({"--build-arg", "A=2"}));
    CHECK(is_built({"--labels", "team=a"}));
    CHECK(is_built({"--annotations", "team=a"}));
    CHECK(is_built({"--platform", "linux/arm64"}));
    CHECK(is_built({"--network", "none"}));
    CHECK_FALSE(is_built({"--labels", "org.opencontainers.image.version=7"}));
    job.world.files.contents["app/a"] = "two";
    CHECK(is_built());
    job.world.files.contents["app/b"] = "not copied";
    CHECK_FALSE(is_built());
    job.world.files.modes["app/a"] = 0755;
    CHECK(is_built());
}

TEST_CASE("in doubt the image is built") {
    Job job;
    const auto is_built = [&] {
        CHECK(job.build() == 0);
        return job.built();
    };
    CHECK(is_built());
    SECTION("the registry cannot say") {
        job.world.on_request = [&](const io::Request& request) {
            return request.url.find("/manifests/slipway-") != std::string::npos ? io::Response{.status = 500, .headers = {}, .body = ""} : job.registry.answer(request);
        };
        CHECK(is_built());
    }
    SECTION("what it names is not complete") {
        job.registry.blobs.clear();
        CHECK(is_built());
    }
    SECTION("what it names is no image") {
        job.registry.manifests[job.key_tag()] = R"({"schemaVersion": 2})";
        CHECK(is_built());
    }
    SECTION("the Containerfile fetches something") {
        job.world.files.contents["app/Containerfile"] = "FROM scratch\nADD https://example.com/x /x\n";
        CHECK(is_built());
        CHECK(is_built());
        CHECK(job.says("line 2, ADD: what https://example.com/x is may change"));
    }
    SECTION("a base image is not to be had") {
        job.world.files.contents["app/Containerfile"] = "FROM r.example.com/base:1\n";
        CHECK(is_built());
        CHECK(is_built());
        CHECK(job.says("the base image r.example.com/base:1: there is no such image"));
    }
}

TEST_CASE("base images are pinned by digest, and a new one is a new content") {
    Job job;
    job.world.files.contents["app/Containerfile"] = "FROM r.example.com/base:1\nRUN false\n";
    /// A base image without layers.
    const auto put_base = [&](const std::string& config) {
        const auto digest = "sha256:" + sha256(config);
        job.registry.contents[digest] = config;
        job.registry.blobs.insert("base@" + digest);
        const auto manifest = R"({"schemaVersion": 2, "config": {"mediaType": "x", "digest": ")" + digest + R"(", "size": 9}, "layers": []})";
        job.registry.manifests["base:1"] = job.registry.manifests["base@sha256:" + sha256(manifest)] = manifest;
    };
    put_base(R"({"rootfs": {"diff_ids": []}})");
    std::string seen;
    job.on_build = [&](const io::Command& command) {
        seen = job.world.files.contents[fake::BuildMachine::after(command, "--file")];
        return io::ProcessResult{.exit_code = 0, .out = "", .err = ""};
    };
    CHECK(job.build() == 0);
    CHECK(seen == "FROM r.example.com/base@" + job.registry.digest_of("base:1") + "\nARG SOURCE_DATE_EPOCH\nRUN false\n");
    CHECK(job.command_lines("build")[0].find("--build-arg SOURCE_DATE_EPOCH=1795521600") != std::string::npos);
    CHECK(job.build() == 0);
    CHECK_FALSE(job.built());
    put_base(R"({"rootfs": {"diff_ids": []}, "config": {"OnBuild": null}})");
    CHECK(job.build() == 0);
    CHECK(job.built());
    CHECK(job.build() == 0);
    CHECK_FALSE(job.built());
    // What it does to the images on it is in no Containerfile.
    put_base(R"({"rootfs": {"diff_ids": []}, "config": {"OnBuild": ["ADD https://example.com/x /x"]}})");
    CHECK(job.build() == 0);
    CHECK(job.build() == 0);
    CHECK(job.built());
    CHECK(job.says("ONBUILD"));

    job.on_build = [](const io::Command&) { return io::ProcessResult{.exit_code = 125, .out = "", .err = "Error: building at STEP \"RUN false\": while running runtime: exit status 1\n"}; };
    CHECK(job.build({"--no-skip"}) == 1);
    CHECK(job.json()["error"]["line"] == 2); // in the file that people see
}

TEST_CASE("a failed push loses no build") {
    Job job;
    job.world.on_request = [&](const io::Request& request) {
        return request.method == "PUT" && request.url.find("/manifests/") != std::string::npos ? io::Response{.status = 400, .headers = {}, .body = ""} : job.registry.answer(request);
    };
    CHECK(job.build() == 3);
    CHECK(job.built());
    job.world.on_request = [&](const io::Request& request) { return job.registry.answer(request); };
    CHECK(job.build() == 0);
    CHECK_FALSE(job.built());
    CHECK(job.json()["skipped"] == false);
    CHECK(job.json()["image_id"] == fake::BuildMachine::image_id);
    CHECK(job.says("an earlier run built this image and could not push it"));
    // It is no unpushed image any more.
    job.registry.manifests.clear();
    CHECK(job.build() == 0);
    CHECK(job.built());
}

TEST_CASE("an unpushed image of another commit is not pushed under this one") {
    Job job;
    const auto answer = job.world.on_request;
    job.world.on_request = [&](const io::Request& request) {
        return request.method == "PUT" && request.url.find("/manifests/") != std::string::npos ? io::Response{.status = 400, .headers = {}, .body = ""} : job.registry.answer(request);
    };
    CHECK(job.build() == 3);
    job.world.on_request = answer;
    job.at(second_commit);
    CHECK(job.build() == 0);
    CHECK(job.built());
    CHECK(job.json()["commit"] == second_commit);
}

TEST_CASE("a complete version that names another image is not moved") {
    Job job;
    job.registry.manifests["app:1.2.3"] = R"({"schemaVersion": 2})";
    const auto before = job.registry.digest_of("app:1.2.3");
    CHECK(job.build({"--tags", "latest", "--tags", "1.2.3"}) == 1);
    CHECK(job.registry.digest_of("app:1.2.3") == before);
    CHECK(job.registry.digest_of("app:latest").empty()); // none of the tags is put
    CHECK(job.says("cannot push r.example.com/app:1.2.3: it names " + before + " already"));
    CHECK(job.build({"--tags", "latest", "--tags", "1.2.3", "--overwrite"}) == 0);
    CHECK(job.registry.digest_of("app:1.2.3") == job.json()["digest"].get<std::string>());
    CHECK(job.build({"--tags", "1.2.3"}) == 0); // the same image once more
}

TEST_CASE("several platforms are one index, under the tags") {
    Job job;
    int count = 0;
    job.on_build = [&](const io::Command&) { ++count; return io::ProcessResult{.exit_code = 0, .out = "", .err = ""}; };
    CHECK(job.build({"--platform", "linux/amd64,linux/arm64"}) == 1); // the Buildah of these tests builds for amd64, whatever it is told
    CHECK(job.says("cannot join the images: two of them are for linux/amd64"));
    CHECK(count == 2);
}

TEST_CASE("images of single platforms are joined") {
    Job job;
    const auto put = [&](const std::string& architecture, const std::string& revision) {
        const auto config = R"({"os": "linux", "architecture": ")" + architecture + R"(", "config": {"Labels": {"org.opencontainers.image.revision": ")" + revision + R"("}}, "rootfs": {"diff_ids": []}})";
        const auto config_digest = "sha256:" + sha256(config);
        job.registry.contents[config_digest] = config;
        job.registry.blobs.insert("app@" + config_digest);
        const auto manifest = R"({"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json", "config": {"mediaType": "application/vnd.oci.image.config.v1+json", "digest": ")" +
                              config_digest + R"(", "size": 9}, "layers": []})";
        const auto digest = "sha256:" + sha256(manifest);
        job.registry.manifests["app@" + digest] = manifest;
        return digest;
    };
    const auto amd64 = put("amd64", first_commit);
    const auto arm64 = put("arm64", first_commit);
    CHECK(job.build({"--join", amd64, "--join", arm64, "--tags", "1.0.0"}) == 0);
    CHECK_FALSE(job.built());
    CHECK(job.registry.digest_of("app:1.0.0") == job.json()["digest"].get<std::string>());
    const auto index = nlohmann::json::parse(job.registry.manifests["app:1.0.0"]);
    REQUIRE(index["manifests"].size() == 2);
    CHECK(index["manifests"][1]["digest"] == arm64);
    CHECK(index["manifests"][1]["platform"]["architecture"] == "arm64");
    CHECK(job.json()["commit"] == first_commit);
    CHECK(job.json()["platforms"][0]["digest"] == amd64);
    // An index among them is taken apart.
    CHECK(job.build({"--join", job.json()["digest"], "--join", put("riscv64", first_commit), "--tags", "1.0.1"}) == 0);
    CHECK(nlohmann::json::parse(job.registry.manifests["app:1.0.1"])["manifests"].size() == 3);

    // What BuildKit attaches is left out; an index of nothing is refused.
    const auto index_of = [&](const std::string& entries) {
        const auto text = R"({"schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json", "manifests": [)" + entries + "]}";
        const auto digest = "sha256:" + sha256(text);
        job.registry.manifests["app@" + digest] = text;
        return digest;
    };
    const auto entry = [](const std::string& digest, const std::string& os) {
        return R"({"mediaType": "application/vnd.oci.image.manifest.v1+json", "digest": ")" + digest + R"(", "size": 9, "platform": {"os": ")" + os + R"(", "architecture": "amd64"}})";
    };
    const auto attested = index_of(entry(amd64, "linux") + ", " + entry("sha256:" + std::string(64, '7'), "unknown"));
    CHECK(job.build({"--join", attested, "--join", arm64, "--tags", "1.0.2"}) == 0);
    CHECK(nlohmann::json::parse(job.registry.manifests["app:1.0.2"])["manifests"].size() == 2);
    CHECK(job.build({"--join", index_of(""), "--tags", "1.0.3"}) == 3);
    CHECK(job.says("it lists no images"));

    CHECK(job.build({"--join", amd64, "--join", put("arm64", second_commit)}) == 1);
    CHECK(job.says(" of " + second_commit));
    CHECK(job.build({"--join", amd64, "--join", "sha256:" + std::string(64, '9')}) == 3);
    CHECK(job.says("r.example.com/app does not have it"));
    CHECK(job.build({"--join", amd64, "--no-push", "--platform", "linux/amd64"}) == 2);
}

TEST_CASE("an image for --join is pushed without tags") {
    Job job;
    CHECK(job.build({"--push-by-digest", "--platform", "linux/amd64"}) == 0);
    const auto digest = job.json()["digest"].get<std::string>();
    CHECK(job.registry.digest_of("app@" + digest) == digest);
    CHECK(job.json()["tags"].empty());
    for (const auto& [name, bytes] : job.registry.manifests) {
        INFO(name);
        CHECK((name.find('@') != std::string::npos || name.find(":slipway-") != std::string::npos));
    }
}

TEST_CASE("a secret that a step needs must be given, with a value") {
    Job job;
    job.world.files.contents["app/Containerfile"] = "FROM scratch\nRUN --mount=type=secret,id=token cat /run/secrets/token\n";
    CHECK(job.build() == 2);
    CHECK(job.json()["error"]["line"] == 2);
    CHECK(job.says("a RUN step mounts the secret 'token', and --secret gives none of that name"));
    CHECK(job.build({"--secret", "id=token,env=TOKEN"}) == 2);
    CHECK(job.says("no value for the secret token: the variable TOKEN is not set, or empty"));
    CHECK(job.build({"--secret", "id=token,src=missing"}) == 2);
    CHECK_FALSE(job.built());
    job.world.environment.variables["TOKEN"] = "first line of it\nsecond line of it";
    job.on_build = [](const io::Command& command) {
        command.on_line(io::Stream::err, "it said: second line of it");
        return io::ProcessResult{.exit_code = 0, .out = "", .err = ""};
    };
    CHECK(job.build({"--secret", "id=token,env=TOKEN"}) == 0);
    CHECK(job.command_lines("build")[0].find("--secret id=token,env=TOKEN") != std::string::npos);
    CHECK(job.command_lines("build")[0].find("line of it") == std::string::npos);
    CHECK(job.says("it said: ***"));
    CHECK_FALSE(job.says("line of it"));
}

TEST_CASE("RUN steps are not given more files than this machine allows") {
    fake::BuildMachine machine;
    machine.world.files.contents["/proc/self/limits"] = "Max open files            1024                 524288               files     \n";
    machine.call({"app", "--image", "r.example.com/app", "--tags", "1", "--no-push"});
    CHECK(machine.command_lines("build").at(0).find(" --ulimit nofile=524288:524288 app") != std::string::npos);
}

TEST_CASE("files for other tools") {
    Job job;
    CHECK(job.build({"--metadata-file", "meta.json", "--digest-file", "digest", "--iid-file", "iid"}) == 0);
    const auto digest = job.json()["digest"].get<std::string>();
    CHECK(job.world.files.contents["digest"] == digest);
    CHECK(job.world.files.contents["iid"] == "sha256:" + fake::BuildMachine::image_id);
    const auto metadata = nlohmann::json::parse(job.world.files.contents["meta.json"]);
    CHECK(metadata["containerimage.digest"] == digest);
    CHECK(metadata["containerimage.descriptor"]["digest"] == digest);
    CHECK(metadata["image.name"].get<std::string>().find("r.example.com/app:aaaaaaaa") == 0);
}

TEST_CASE("layer caches are used as far as this Buildah can") {
    Job job;
    CHECK(job.build({"--cache-from", "r.example.com/cache", "--cache-from", "r.example.com/other", "--cache-to", "type=registry,ref=r.example.com/app:cache,mode=max"}) == 0);
    const auto line = job.command_lines("build")[0];
    CHECK(line.find("--layers=true --cache-from r.example.com/cache --cache-to r.example.com/app/cache ") != std::string::npos);
    CHECK(job.says("--cache-from uses r.example.com/cache alone: Buildah 1.28.2 takes one repository"));
    CHECK(job.says("is r.example.com/app/cache: Buildah keeps its cache as tags of a repository"));
    CHECK(line.find("SOURCE_DATE_EPOCH=") == std::string::npos);
}
