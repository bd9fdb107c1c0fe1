#pragma once

#include "cli/context.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace slipway::build_image {

/// A folder for what Buildah needs for a while: credentials, certificates, its temporary files. Gone when this object
/// is, whatever Buildah left in it.
///
/// A Buildah that was killed may leave somebody's folder mounted in there (RUN --mount=type=bind). What is still mounted
/// is unmounted first, and when that does not work, nothing is removed: the files behind a mount are not ours.
class Workspace {
public:
    explicit Workspace(cli::Context& context);
    ~Workspace();
    Workspace(const Workspace&) = delete;
    Workspace& operator=(const Workspace&) = delete;

    const io::Path& path() const noexcept { return path_; }

private:
    cli::Context& context_;
    io::Path path_;
};

/// The mount points in or at a folder, deepest first.
///
/// @param mountinfo    the text of /proc/self/mountinfo
/// @param folder_name  without the path to it, which may lead over symbolic links that the kernel does not show
/// @source proc(5)
std::vector<std::string> mounts_below(std::string_view mountinfo, const std::string& folder_name);

} // namespace slipway::build_image
