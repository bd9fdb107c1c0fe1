#pragma once

#include "build-image/build_image.hpp"
#include "catch.hpp"
#include "core/encoding.hpp"
#include "core/sha256.hpp"
#include "core/text.hpp"
#include "fake_registry.hpp"
#include "fakes.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <vector>

namespace slipway::fake {

/// A world with a Buildah that builds, and a registry that keeps what is pushed.
struct BuildMachine {
    static inline const std::string image_id = std::string(64, '1');
    static inline const std::string storage = "/var/lib/containers/storage";
    static inline const std::string diff_id = "sha256:" + std::string(64, 'd');

    using Play = std::function<io::ProcessResult(const io::Command&)>;

    World world;
    Registry registry;
    Play on_build = [](const io::Command&) { return io::ProcessResult{.exit_code = 0, .out = "", .err = ""}; };
    Play on_push = [](const io::Command&) { return io::ProcessResult{.exit_code = 0, .out = "", .err = ""}; };
    Play on_sign = [](const io::Command&) { return io::ProcessResult{.exit_code = 0, .out = "", .err = ""}; };
    Play on_scan = [](const io::Command&) { return io::ProcessResult{.exit_code = 0, .out = "", .err = ""}; };
    std::string auth;             ///< what the last build could log in with

    BuildMachine() {
        world.files.contents["app/Containerfile"] = "FROM scratch\nCOPY a /\n";
        world.processes.installed = {"buildah"};
        world.processes.on_run = [this](const io::Command& command) { return run(command); };
        world.on_request = [this](const io::Request& request) { return registry.answer(request); };
    }

    io::ProcessResult run(const io::Command& command) {
        if (command.argv[0] == "sh") return on_scan(command);
        if (command.argv[0] == "cosign") return on_sign(command);
        const auto& verb = command.argv[1];
        if (verb == "info") {
            return {.exit_code = 0, .out = R"({"debug": {"buildah version": "1.28.2"}, "host": {"os": "linux", "arch": "amd64"}, "store": {"GraphRoot": ")" + storage + R"(", "GraphDriverName": "overlay"}})", .err = ""};
        }
        if (verb == "build" && command.argv[2] == "--help") return {.exit_code = 0, .out = "      --cache-from string   x\n      --cache-to string   x\n", .err = ""};
        if (verb == "build") {
            auth = world.files.contents[after(command, "--authfile")];
            const auto result = on_build(command);
            if (result.ok()) {
                world.files.contents[after(command, "--iidfile")] = "sha256:" + image_id;
                world.files.contents[storage + "/overlay-images/" + image_id + "/=" + base64("sha256:" + image_id)] = R"({"rootfs": {"diff_ids": [")" + diff_id + R"("]}})";
                labels_ = labels_of(command);
            }
            return result;
        }
        if (verb == "push") {
            const auto result = on_push(command);
            if (result.ok()) write_layout(command);
            return result;
        }
        return {.exit_code = 0, .out = "", .err = ""};
    }

    static std::string after(const io::Command& command, const std::string& option) {
        const auto at = std::find(command.argv.begin(), command.argv.end(), option);
        REQUIRE(at != command.argv.end());
        return *(at + 1);
    }

    int call(const std::vector<std::string>& arguments) {
        world.terminal.out.clear();
        world.terminal.err.clear();
        world.processes.commands.clear();
        world.requests.clear();
        cli::Step<build_image::BuildImage> step;
        return world.run(step, arguments);
    }

    cli::Json json() const { return cli::Json::parse(world.terminal.out); }
    bool says(const std::string& words) const { return world.terminal.err.find(words) != std::string::npos; }
    /// Those that build, without the question for the help.
    std::vector<std::string> command_lines(const std::string& word) const {
        std::vector<std::string> found;
        for (const auto& command : world.processes.commands) {
            if (command.argv[1] == word && command.argv.back() != "--help") found.push_back(join(command.argv, " "));
        }
        return found;
    }

private:
    static nlohmann::json labels_of(const io::Command& command) {
        auto labels = nlohmann::json::object();
        for (auto at = command.argv.begin(); at + 1 < command.argv.end(); ++at) {
            if (*at == "--label") labels[(at + 1)->substr(0, (at + 1)->find('='))] = (at + 1)->substr((at + 1)->find('=') + 1);
        }
        return labels;
    }

    /// What `buildah push ID oci:NAME:image` writes.
    void write_layout(const io::Command& command) {
        const auto name = command.argv.back().substr(4, command.argv.back().rfind(':') - 4);
        const auto folder = (command.directory / name).string();
        const auto put = [&](const std::string& bytes) {
            const auto digest = "sha256:" + sha256(bytes);
            world.files.contents[folder + "/blobs/sha256/" + digest.substr(7)] = bytes;
            registry.contents[digest] = bytes;
            return digest;
        };
        const nlohmann::json config = {{"os", "linux"}, {"architecture", "amd64"}, {"config", {{"Labels", labels_}}}, {"rootfs", {{"type", "layers"}, {"diff_ids", {diff_id}}}}};
        const auto config_digest = put(config.dump());
        const auto layer_digest = put("a compressed layer");
        const nlohmann::json manifest = {{"schemaVersion", 2},
                                         {"config", {{"mediaType", "application/vnd.oci.image.config.v1+json"}, {"digest", config_digest}, {"size", config.dump().size()}}},
                                         {"layers", {{{"mediaType", "application/vnd.oci.image.layer.v1.tar+gzip"}, {"digest", layer_digest}, {"size", 18}}}}};
        const auto digest = put(manifest.dump());
        world.files.contents[folder + "/index.json"] =
            nlohmann::json{{"schemaVersion", 2}, {"manifests", {{{"mediaType", "application/vnd.oci.image.manifest.v1+json"}, {"digest", digest}, {"size", manifest.dump().size()}}}}}.dump();
    }

    nlohmann::json labels_ = nlohmann::json::object(); ///< of the image that was built last
};

} // namespace slipway::fake
