#pragma once

#include "cli/context.hpp"

#include <string>
#include <utility>
#include <vector>

namespace slipway::build_image {

/// The working containers of one build. Buildah removes them itself unless it is killed, and it is killed when a job is
/// cancelled; then they are removed here, with their mounts, and nobody else's are touched.
class WorkingContainers {
public:
    /// @param folder       where Buildah keeps the descriptions of containers
    /// @param mark         stands in the descriptions of ours
    /// @param removal      the command line that containers are removed with, up to their IDs
    /// @param environment  that the build runs with
    WorkingContainers(std::string folder, std::string mark, std::vector<std::string> removal, io::EnvironmentChanges environment, cli::Context& context)
        : folder_(std::move(folder)), mark_(std::move(mark)), removal_(std::move(removal)), environment_(std::move(environment)), context_(context) {}
    ~WorkingContainers();
    WorkingContainers(const WorkingContainers&) = delete;
    WorkingContainers& operator=(const WorkingContainers&) = delete;

    /// Buildah ended as it should.
    void are_gone() noexcept { gone_ = true; }

private:
    std::vector<std::string> find() const;

    std::string folder_;
    std::string mark_;
    std::vector<std::string> removal_;
    io::EnvironmentChanges environment_;
    cli::Context& context_;
    bool gone_ = false;
};

} // namespace slipway::build_image
