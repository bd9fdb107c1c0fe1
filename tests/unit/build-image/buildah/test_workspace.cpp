#include "catch.hpp"

#include "build-image/buildah/workspace.hpp"
#include "fakes.hpp"

using namespace slipway;
using namespace slipway::build_image;

namespace {

const std::string other_mounts = "22 1 0:20 / /proc rw - proc proc rw\n23 1 254:0 / / rw - ext4 /dev/vda rw\n";

std::string mounted(const std::string& path) { return "90 23 254:0 /home/me/app " + path + " rw,relatime - ext4 /dev/vda rw\n"; }

} // namespace

TEST_CASE("mount points in a folder, deepest first") {
    const auto text = other_mounts + mounted("/var/tmp/slipway-a1/x") + mounted("/var/tmp/slipway-a1/x/y\\040z") + mounted("/var/tmp/slipway-a12/x");
    CHECK(mounts_below(text, "slipway-a1") == std::vector<std::string>{"/var/tmp/slipway-a1/x/y z", "/var/tmp/slipway-a1/x"});
    CHECK(mounts_below(other_mounts, "slipway-a1").empty());
    CHECK(mounts_below("garbage\n\n1 2 3\n", "slipway-a1").empty());
}

TEST_CASE("a workspace is gone with what is in it") {
    fake::World world;
    world.files.contents["/proc/self/mountinfo"] = other_mounts;
    auto context = world.context();
    {
        const Workspace workspace(context);
        world.files.contents[(workspace.path() / "auth.json").string()] = "secret";
    }
    CHECK(world.files.contents.size() == 1);
    CHECK(world.processes.commands.empty());
}

TEST_CASE("what is mounted in a workspace is unmounted before anything is removed") {
    fake::World world;
    auto& mountinfo = world.files.contents["/proc/self/mountinfo"];
    bool unmounts = false;
    world.processes.on_run = [&](const io::Command& command) -> io::ProcessResult {
        CHECK(command.argv[0] == "umount");
        CHECK(command.tidies_up);
        if (!unmounts) return {.exit_code = 32, .out = "", .err = "not permitted"};
        mountinfo = other_mounts;
        return {.exit_code = 0, .out = "", .err = ""};
    };
    auto context = world.context();
    const auto work = [&] {
        const Workspace workspace(context);
        const auto inside = (workspace.path() / "mounts/bind").string();
        mountinfo = other_mounts + mounted(inside);
        world.files.contents[inside + "/source.py"] = "somebody's";
        return inside + "/source.py";
    };
    const auto kept = work();
    CHECK(world.files.contents.count(kept) == 1);
    CHECK(world.terminal.err.find("stays: something is mounted in it") != std::string::npos);
    unmounts = true;
    const auto removed = work();
    CHECK(world.files.contents.count(removed) == 0);
}
