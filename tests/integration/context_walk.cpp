// Prints the paths of a context that go into its key: context-walk FOLDER [IGNORE-FILE [SOURCE...]]

#include "build-image/content/context_walk.hpp"
#include "core/error.hpp"
#include "fakes.hpp"

#include <iostream>

using namespace slipway;

int main(int argc, char** argv) {
    fake::World world;
    io::DiskFiles files;
    cli::Context context{.environment = world.environment, .files = files, .processes = world.processes, .clock = world.clock, .log = world.log,
                         .cancellation = world.cancellation, .commands = world.commands, .ci = world.ci, .http_factory = world.http_factory()};
    const std::vector<std::string> arguments(argv + 1, argv + argc);
    const std::atomic<bool> stop{false};
    if (arguments.empty()) return 2;
    try {
        const build_image::IgnorePatterns patterns(arguments.size() > 1 && !arguments[1].empty() ? files.read(arguments[1]) : "");
        std::optional<std::vector<std::string>> sources;
        if (arguments.size() > 2) sources.emplace(arguments.begin() + 2, arguments.end());
        for (const auto& entry : build_image::walk_context(arguments[0], patterns, sources, stop, context)) std::cout << entry.path << '\n';
        return 0;
    } catch (const Error& error) {
        std::cerr << error.what() << '\n';
        return 1;
    }
}
