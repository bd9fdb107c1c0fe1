#include "build-image/buildah/containers.hpp"

#include "core/error.hpp"
#include "core/text.hpp"

namespace slipway::build_image {

namespace {

/// Of the five seconds that a cancelled job has, Buildah itself may have used three.
constexpr Duration removal_patience{1'500};

} // namespace

WorkingContainers::~WorkingContainers() {
    if (gone_) return;
    std::vector<std::string> containers;
    try {
        containers = find();
        if (containers.empty()) return;
        io::Command command{.argv = removal_, .environment = environment_, .timeout = removal_patience, .tidies_up = true};
        command.argv.insert(command.argv.end(), containers.begin(), containers.end());
        if (context_.processes.run(command).ok()) return;
    } catch (const std::exception& error) {
        context_.log.debug(error.what());
    }
    context_.log.warning("a working container of this build stays: remove it with 'buildah rm " + join(containers, " ") + "'");
}

std::vector<std::string> WorkingContainers::find() const {
    std::vector<std::string> containers;
    if (context_.files.kind(folder_) != io::FileKind::directory) return containers;
    for (const auto& id : context_.files.list(folder_)) {
        const auto description = io::Path(folder_) / id / "userdata" / "buildah.json";
        if (context_.files.kind(description) != io::FileKind::file) continue;
        try {
            if (context_.files.read(description).find(mark_) != std::string::npos) containers.push_back(id);
        } catch (const Error&) {
            continue; // another build has just removed it
        }
    }
    return containers;
}

} // namespace slipway::build_image
