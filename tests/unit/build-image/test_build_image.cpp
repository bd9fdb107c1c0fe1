#include "build_machine.hpp"
#include "core/encoding.hpp"

#include <algorithm>

using namespace slipway;
using namespace slipway::build_image;

namespace {

using Machine = fake::BuildMachine;

const std::string other_digest = "sha256:" + std::string(64, 'b');

const std::vector<std::string> usual = {"app", "--image", "r.example.com/team/app", "--tags", "1.2.3", "--tags", "latest", "--json"};

} // namespace

TEST_CASE("build-image builds once, pushes each tag, and says the digest") {
    Machine machine;
    CHECK(machine.call(usual) == 0);
    CHECK(machine.command_lines("build").size() == 1);
    CHECK(machine.command_lines("push").size() == 1); // exported once, whatever the number of tags
    const auto digest = machine.registry.digest_of("team/app:1.2.3");
    CHECK(machine.registry.digest_of("team/app:latest") == digest);
    CHECK(machine.registry.blobs.size() == 2);
    const auto json = machine.json();
    CHECK(json["image"] == "r.example.com/team/app@" + digest);
    CHECK(json["digest"] == digest);
    CHECK(json["tags"] == cli::Json::parse(R"(["r.example.com/team/app:1.2.3", "r.example.com/team/app:latest"])"));
    CHECK(json["immutable_tag"] == "1.2.3");
    CHECK(json["version"] == "1.2.3");
    CHECK(json["commit"] == nullptr);
    CHECK(json["skipped"] == false);
    CHECK(json["image_id"] == Machine::image_id);
    CHECK(json["size_bytes"].get<int>() > 18);
    CHECK(json["labels"]["org.opencontainers.image.title"] == "app");

    CHECK(machine.call({"app", "--image", "r.example.com/team/app", "--tags", "1.2.3", "--overwrite"}) == 0);
    CHECK(machine.world.terminal.out == machine.registry.digest_of("team/app:1.2.3") + '\n');
}

TEST_CASE("build-image leaves nothing in its temporary folder") {
    Machine machine;
    CHECK(machine.call(usual) == 0);
    for (const auto& [name, bytes] : machine.world.files.contents) {
        INFO(name);
        CHECK((name == "app/Containerfile" || name.rfind(Machine::storage, 0) == 0));
    }
}

TEST_CASE("build-image passes on what was asked for") {
    Machine machine;
    machine.world.files.contents["app/other.file"] = "FROM scratch\n";
    machine.world.environment.variables = {{"SOURCE_DATE_EPOCH", "1700000000"}, {"VERSION", "7"}, {"STORAGE_DRIVER", "vfs"}, {"BUILDAH_ISOLATION", "rootless"}};
    CHECK(machine.call({"--context", "app", "--image", "r.example.com/app", "--tags", "x", "--file", "other.file", "--labels", "a=b=c", "--labels",
                        "org.opencontainers.image.title=mine", "--annotations", "n=o", "--build-arg", "A=1", "--build-arg", "VERSION", "--platform",
                        "linux/arm64", "--target", "final"}) == 0);
    const auto build = machine.command_lines("build").front();
    for (const char* part : {"--label a=b=c", "--label org.opencontainers.image.title=mine", "--annotation n=o", "--build-arg A=1",
                             "--build-arg VERSION ", "--platform linux/arm64", "--target final", "--timestamp 1700000000", "--isolation rootless",
                             "--label org.opencontainers.image.created=2023-11-14T22:13:20Z", "--tag r.example.com/app:x", "--tls-verify=false"}) {
        INFO(part);
        CHECK((build.find(part) != std::string::npos) == (std::string(part) != "--tls-verify=false"));
    }
    for (const auto& command : machine.world.processes.commands) {
        if (command.argv[0] != "buildah") continue;
        CHECK(command.environment.all().at("STORAGE_DRIVER") == "vfs");
        CHECK((command.argv[1] == "info") == (join(command.argv, " ").find("--storage-driver vfs") != std::string::npos)); // it says overlay then
    }
}

TEST_CASE("a storage that allows no overlay is named in each call of Buildah, which forgets the variable") {
    Machine machine;
    machine.world.processes.on_run = [&](const io::Command& command) {
        const bool vfs = join(command.argv, " ").find(" --storage-driver vfs") != std::string::npos;
        if (command.argv[1] == "info" && !vfs) return io::ProcessResult{.exit_code = 125, .out = "", .err = "Error: 'overlay' is not supported over overlayfs, a mount_program is required\n"};
        auto result = machine.run(command);
        if (const auto at = result.out.find("overlay"); at != std::string::npos) result.out.replace(at, 7, "vfs");
        CHECK(vfs);
        return result;
    };
    CHECK(machine.call(usual) == 0);
    CHECK(machine.says("Buildah keeps whole copies of layers (vfs)"));
    CHECK(machine.command_lines("push").size() == 1);
}

TEST_CASE("credentials reach Buildah through a file, each for its own registry") {
    Machine machine;
    machine.world.environment.variables = {{"GITLAB_CI", "true"}, {"CI_COMMIT_SHA", std::string(40, 'c')}, {"CI_COMMIT_SHORT_SHA", "cccccccc"},
                                           {"CI_COMMIT_BRANCH", "main"}, {"CI_REGISTRY", "r.gitlab.example.com"}, {"CI_REGISTRY_IMAGE", "r.gitlab.example.com/team/app"},
                                           {"CI_REGISTRY_USER", "gitlab-ci-token"}, {"CI_REGISTRY_PASSWORD", "sesame-open"}};
    CHECK(machine.call({"app", "--json"}) == 0);
    CHECK(machine.auth == "{\"auths\":{\"r.gitlab.example.com\":{\"auth\":\"" + base64("gitlab-ci-token:sesame-open") + "\"}}}\n");
    CHECK(machine.json()["immutable_tag"] == "cccccccc");
    CHECK(machine.json()["tags"] == cli::Json::parse(R"(["r.gitlab.example.com/team/app:cccccccc", "r.gitlab.example.com/team/app:)" + std::string(40, 'c') + R"(", "r.gitlab.example.com/team/app:main"])"));
    for (const auto& command : machine.world.processes.commands) {
        CHECK(join(command.argv, " ").find("sesame-open") == std::string::npos);
        CHECK(join(command.argv, " ").find(base64("gitlab-ci-token:sesame-open")) == std::string::npos);
    }

    machine.world.files.contents["auth.json"] = R"({"auths": {"r.gitlab.example.com": {"auth": "bWluZTptaW5l"}, "other": {"auth": "bWluZTptaW5l"}}})";
    machine.world.environment.variables["REGISTRY_AUTH_FILE"] = "auth.json";
    CHECK(machine.call({"app", "--no-skip"}) == 0);
    CHECK(machine.auth.find("\"r.gitlab.example.com\":{\"auth\":\"bWluZTptaW5l\"}") != std::string::npos);
    CHECK(machine.auth.find("other") != std::string::npos);

    machine.world.files.contents["password"] = "explicit-one\n";
    CHECK(machine.call({"app", "--no-skip", "--registry-user", "me", "--registry-password-file", "password"}) == 0);
    CHECK(machine.auth.find(base64("me:explicit-one")) != std::string::npos);
}

TEST_CASE("a user for a registry goes to that one only") {
    Machine machine;
    machine.world.files.contents["password"] = "explicit-one\n";
    CHECK(machine.call({"app", "--image", "a.example.com/x", "--image", "b.example.com/x", "--tags", "1", "--registry-user", "me", "--registry-password-file", "password"}) == 2);
    CHECK(machine.says("--registry-user is for one registry"));
    CHECK(machine.command_lines("build").empty());
}

TEST_CASE("wrong calls are reported together, and nothing is run") {
    Machine machine;
    CHECK(machine.call({"app", "--image", "r.example.com/app@" + other_digest, "--image", "r.example.com/a/", "--image", "app", "--tags", "type=semver", "--tags",
                        "type=new", "--labels", "novalue", "--annotations", "=v", "--platform", "linux", "--registry-user", "me", "--client-key",
                        "k", "--file", "-"}) == 2);
    for (const char* words : {"it has a digest, and the image's is not known", "cannot use --image: ", "--image app: it names no registry", "'type=semver': it needs pattern=",
                              "there is no type 'new'", "--labels 'novalue'", "--annotations '=v'", "--platform", "belong together", "--client-key needs", "standard input"}) {
        INFO(words);
        CHECK(machine.says(words));
    }
    CHECK(machine.world.processes.commands.empty());
}

TEST_CASE("an image's name may have a tag of its own, and capitals that no registry takes") {
    Machine machine;
    CHECK(machine.call({"app", "--image", "r.example.com/Team/App", "--image", "r.example.com/team/app:Special\nr.example.com/other:x", "--tags", "1.2.3", "--json"}) == 0);
    CHECK(machine.json()["tags"] == cli::Json::parse(R"(["r.example.com/team/app:1.2.3", "r.example.com/team/app:Special", "r.example.com/other:1.2.3", "r.example.com/other:x"])"));
    CHECK(machine.registry.digest_of("other:x") == machine.json()["digest"].get<std::string>());
    CHECK(machine.says("--image r.example.com/Team/App is r.example.com/team/app: registries take lower-case letters only"));
    CHECK(machine.json()["image"] == "r.example.com/team/app@" + machine.json()["digest"].get<std::string>());
}

TEST_CASE("tags, labels and annotations follow one set of rules") {
    Machine machine;
    machine.world.environment.variables = {{"GITLAB_CI", "true"}, {"CI_COMMIT_SHA", std::string(40, 'c')}, {"CI_COMMIT_SHORT_SHA", "cccccccc"}, {"CI_COMMIT_TAG", "v1.9.5"},
                                           {"CI_PROJECT_PATH", "team/service"}, {"CI_PROJECT_DESCRIPTION", "What it does"}, {"CI_COMMIT_TIMESTAMP", "2026-11-24T14:00:00+02:00"}};
    machine.registry.manifests["team/app:2.0.0"] = "{}";
    const std::vector<std::string> arguments = {"app", "--image", "r.example.com/team/app", "--tags", "type=semver,pattern={{version}}\ntype=semver,pattern={{major}}.{{minor}}", "--labels",
                                                "ref={{tag}}", "--annotations", "index:a=b", "--json", "--dry-run"};
    CHECK(machine.call(arguments) == 0);
    CHECK(machine.json()["tags"] == cli::Json::parse(R"(["r.example.com/team/app:1.9.5", "r.example.com/team/app:1.9"])"));
    CHECK(machine.says("latest stays where it is: 2.0.0 is newer than 1.9.5"));
    CHECK(machine.json()["version"] == "1.9.5");
    CHECK(machine.json()["immutable_tag"] == "1.9.5");
    CHECK(machine.json()["labels"]["ref"] == "v1.9.5");
    CHECK(machine.json()["labels"]["org.opencontainers.image.title"] == "service");
    CHECK(machine.json()["labels"]["org.opencontainers.image.created"] == "2026-11-24T12:00:00Z");
    CHECK(machine.json()["annotations"]["org.opencontainers.image.description"] == "What it does");
    CHECK_FALSE(machine.json()["annotations"].contains("a"));
}

TEST_CASE("missing inputs are known before anything is run") {
    Machine machine;
    const auto fails_with = [&](std::vector<std::string> arguments, const std::string& words) {
        arguments.insert(arguments.end(), {"--image", "r.example.com/app", "--tags", "1"});
        INFO(words);
        CHECK(machine.call(arguments) == 2);
        CHECK(machine.says(words));
        CHECK(machine.command_lines("build").empty());
    };
    fails_with({"nowhere"}, "cannot build nowhere: there is no such folder");
    fails_with({"app/Containerfile"}, "cannot build app/Containerfile: it is no folder");
    fails_with({"app", "--file", "x"}, "cannot read the Containerfile x");
    fails_with({"app", "--build-arg", "NOT_SET"}, "no value for --build-arg NOT_SET");
    fails_with({"app", "--authfile", "x"}, "cannot read x");
    machine.world.environment.variables["SOURCE_DATE_EPOCH"] = "soon";
    fails_with({"app"}, "cannot use SOURCE_DATE_EPOCH");
    machine.world.environment.variables.clear();
    machine.world.files.contents.erase("app/Containerfile");
    machine.world.files.contents["app/a"] = "";
    fails_with({"app"}, "there is no Containerfile and no Dockerfile in app");
    CHECK(machine.call({"app", "--image", "r.example.com/app", "--tags", "1"}) == 2);
}

TEST_CASE("a missing Buildah is the machine's fault") {
    Machine machine;
    machine.world.processes.installed.clear();
    CHECK(machine.call(usual) == 3);
    CHECK(machine.says("buildah is not installed"));
    CHECK(machine.says("apt-get install buildah"));
}

TEST_CASE("a dry run says everything and does nothing") {
    Machine machine;
    machine.world.environment.variables = {{"GITLAB_CI", "true"}, {"CI_REGISTRY", "r.example.com"}, {"CI_REGISTRY_USER", "ci"}, {"CI_REGISTRY_PASSWORD", "sesame-open"}};
    auto arguments = usual;
    arguments.emplace_back("--dry-run");
    CHECK(machine.call(arguments) == 0);
    CHECK(machine.json()["digest"] == nullptr);
    CHECK(machine.json()["tags"].size() == 2);
    CHECK(machine.json()["commands"][0][1] == "build");
    CHECK(machine.world.processes.commands.empty());
    CHECK(machine.world.files.contents.size() == 1);
    arguments.erase(std::find(arguments.begin(), arguments.end(), "--json"));
    CHECK(machine.call(arguments) == 0);
    CHECK(machine.world.terminal.out.find("would push r.example.com/team/app:latest\n") != std::string::npos);
    CHECK(machine.world.terminal.out.find("credentials: user ci for r.example.com, from GitLab\n") != std::string::npos);
    CHECK(machine.world.terminal.out.find("sesame") == std::string::npos);
}

TEST_CASE("a broken build is refused with its line") {
    Machine machine;
    machine.on_build = [](const io::Command&) { return io::ProcessResult{.exit_code = 125, .out = "", .err = "Error: building at STEP \"COPY a /\": checking on sources: no such file or directory\n"}; };
    CHECK(machine.call(usual) == 1);
    CHECK(machine.json()["error"]["message"] == "cannot build app: 'COPY a /': checking on sources: no such file or directory");
    CHECK(machine.json()["error"]["file"] == "app/Containerfile");
    CHECK(machine.json()["error"]["line"] == 2);
    CHECK(machine.command_lines("push").empty());
}

TEST_CASE("a Buildah that cannot work here is the machine's fault") {
    Machine machine;
    machine.world.processes.on_run = [](const io::Command&) { return io::ProcessResult{.exit_code = 125, .out = "", .err = "Error during unshare(CLONE_NEWUSER): Operation not permitted\n"}; };
    CHECK(machine.call(usual) == 3);
    CHECK(machine.says("buildah does not work here: unshare(CLONE_NEWUSER): Operation not permitted"));
    CHECK(machine.says("hint: run the container with --security-opt seccomp=unconfined --security-opt apparmor=unconfined, or privileged"));
}

TEST_CASE("a container that forbids mounts is known before RUN steps need them") {
    Machine machine;
    machine.world.processes.installed.push_back("unshare");
    std::string forbidden = "unshare: cannot change root filesystem propagation: Permission denied\n";
    machine.world.processes.on_run = [&](const io::Command& command) {
        return command.argv[0] == "unshare" ? io::ProcessResult{.exit_code = 1, .out = "", .err = forbidden} : machine.run(command);
    };
    CHECK(machine.call(usual) == 0); // nothing is run

    machine.world.files.contents["app/Containerfile"] = "FROM scratch\nCOPY a /\nRUN /a\n";
    CHECK(machine.call(usual) == 3);
    CHECK(machine.says("RUN steps cannot be run here: unshare: cannot change root filesystem propagation: Permission denied"));
    CHECK(machine.says("seccomp=unconfined"));
    CHECK(machine.command_lines("build").empty());

    // Buildah may have its own ways around that.
    forbidden = "unshare: unshare failed: No space left on device\n";
    CHECK(machine.call(usual) == 3);
    CHECK(machine.says("RUN steps cannot be run here: unshare: unshare failed: No space left on device (user.max_user_namespaces is 0 on this machine, or too low)"));
    forbidden = "unshare: write failed /proc/self/uid_map: Operation not permitted\n";
    CHECK(machine.call(usual) == 0);
}

TEST_CASE("a registry that refuses is known before anything is built") {
    Machine machine;
    machine.world.on_request = [](const io::Request&) { return io::Response{.status = 403, .headers = {}, .body = R"({"errors": [{"message": "requested access is denied"}]})"}; };
    CHECK(machine.call(usual) == 3);
    CHECK(machine.command_lines("build").empty());
    CHECK(machine.says("status 403: requested access is denied"));
    CHECK(machine.json()["digest"].is_null());
}

TEST_CASE("the registry itself has the last word") {
    Machine machine;
    /// Answers questions after manifests from the moment on when one was put.
    std::function<io::Response(const std::string& name)> afterwards;
    machine.world.on_request = [&, put = false](const io::Request& request) mutable {
        const auto at = request.url.find("/manifests/");
        put = put || (at != std::string::npos && request.method == "PUT");
        if (put && at != std::string::npos && request.method != "PUT") return afterwards(request.url.substr(at + 11));
        return machine.registry.answer(request);
    };
    const auto names = [](const std::string& digest) { return io::Response{.status = 200, .headers = {{"Docker-Content-Digest", digest}, {"Content-Length", "5"}}, .body = ""}; };
    auto arguments = usual;
    arguments.emplace_back("--overwrite");
    afterwards = [&](const std::string& name) { return name.find(':') == std::string::npos ? names(other_digest) : io::Response{.status = 404, .headers = {}, .body = ""}; };
    CHECK(machine.call(arguments) == 3);
    CHECK(machine.says("but the registry has only sha256:bbbb"));
    afterwards = [&](const std::string& name) { return names(name.find(':') == std::string::npos ? other_digest : name); };
    CHECK(machine.call(arguments) == 0);
    CHECK(machine.says("somebody else has just pushed r.example.com/team/app:latest"));
    afterwards = [](const std::string&) { return io::Response{.status = 404, .headers = {}, .body = ""}; };
    CHECK(machine.call(arguments) == 3);
    CHECK(machine.says("but the registry does not have it"));
    afterwards = [](const std::string&) { return io::Response{.status = 200, .headers = {}, .body = "<html>Sign in</html>"}; };
    CHECK(machine.call(arguments) == 3);
    CHECK(machine.says("the answer is no image manifest"));
    afterwards = [](const std::string&) { return io::Response{.status = 403, .headers = {}, .body = ""}; };
    CHECK(machine.call(arguments) == 0);
    CHECK(machine.says("is pushed, but cannot be read back"));
}

TEST_CASE("without a push there is no digest, and the image keeps its names") {
    Machine machine;
    CHECK(machine.call({"app", "--image", "app", "--tags", "1.2.3", "--no-push", "--json"}) == 0);
    CHECK(machine.command_lines("push").empty());
    CHECK(machine.world.requests.empty());
    CHECK(machine.json()["digest"] == nullptr);
    CHECK(machine.json()["image"] == nullptr);
    CHECK(machine.json()["tags"][0] == "localhost/app:1.2.3");
    CHECK(machine.call({"app", "--image", "app", "--tags", "1.2.3", "--no-push"}) == 0);
    CHECK(machine.world.terminal.out == Machine::image_id + '\n');
}

TEST_CASE("a killed build's own working containers are removed, and no others") {
    Machine machine;
    machine.on_build = [&](const io::Command& command) -> io::ProcessResult {
        const auto secret = Machine::after(command, "--secret");
        machine.world.files.contents[Machine::storage + "/overlay-containers/ours/userdata/buildah.json"] = R"({"Secrets": [")" + secret + R"("]})";
        machine.world.files.contents[Machine::storage + "/overlay-containers/theirs/userdata/buildah.json"] = R"({"Secrets": ["id=slipway-0123456789abcdef,src=/dev/null"]})";
        machine.world.files.contents[Machine::storage + "/overlay-containers/containers.lock"] = "";
        throw Cancelled(15);
    };
    CHECK(machine.call(usual) == 143);
    CHECK(machine.command_lines("rm") == std::vector<std::string>{"buildah rm ours"});
    CHECK(machine.world.processes.commands.back().tidies_up);
}

TEST_CASE("caches of RUN steps stay where Buildah keeps them") {
    Machine machine;
    CHECK(machine.call(usual) == 0);
    const auto temporary = [&](const char* word) {
        for (const auto& command : machine.world.processes.commands) {
            if (command.argv[1] == word && command.argv.back() != "--help") return command.environment.all().count("TMPDIR") != 0;
        }
        return false;
    };
    CHECK(temporary("build"));
    CHECK(temporary("push"));
    machine.world.files.contents["app/Containerfile"] = "FROM x\nRUN --mount=type=cache,target=/c make\n";
    CHECK(machine.call(usual) == 0);
    CHECK_FALSE(temporary("build"));
    CHECK(temporary("push"));
}

TEST_CASE("certificates are handed over in the folder that Buildah wants") {
    Machine machine;
    machine.world.files.contents["ca.pem"] = "-----BEGIN CERTIFICATE-----";
    machine.world.files.contents["both.pem"] = "-----BEGIN CERTIFICATE-----\n-----BEGIN EC PRIVATE KEY-----";
    std::map<std::string, std::string> seen;
    machine.on_build = [&](const io::Command& command) {
        const auto folder = Machine::after(command, "--cert-dir");
        for (const auto& name : machine.world.files.list(folder)) seen[name] = machine.world.files.contents[folder + '/' + name];
        return io::ProcessResult{.exit_code = 0, .out = "", .err = ""};
    };
    auto arguments = usual;
    arguments.insert(arguments.end(), {"--ca-file", "ca.pem", "--client-cert", "both.pem"});
    CHECK(machine.call(arguments) == 0);
    CHECK(seen == std::map<std::string, std::string>{{"ca.crt", machine.world.files.contents["ca.pem"]},
                                                      {"client.cert", machine.world.files.contents["both.pem"]},
                                                      {"client.key", machine.world.files.contents["both.pem"]}});
    CHECK(machine.world.connections.front().ca_file == "ca.pem");
    machine.world.files.contents["ca.pem"] = "<html>";
    CHECK(machine.call(arguments) == 2);
    CHECK(machine.says("cannot use ca.pem: it holds no certificate in PEM form"));
    CHECK(machine.command_lines("build").empty());
}
