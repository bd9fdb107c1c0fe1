#include "build-image/buildah/workspace.hpp"

#include "core/error.hpp"
#include "core/text.hpp"

#include <algorithm>

namespace slipway::build_image {

namespace {

constexpr Duration unmount_patience{500};
constexpr const char* mountinfo_file = "/proc/self/mountinfo";

/// Blanks and the like stand as \040 there.
std::string without_escapes(std::string_view text) {
    std::string result;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto is_octal = [&](std::size_t at) { return at < text.size() && text[at] >= '0' && text[at] <= '7'; };
        if (text[i] == '\\' && is_octal(i + 1) && is_octal(i + 2) && is_octal(i + 3)) {
            result += static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 + (text[i + 3] - '0'));
            i += 3;
        } else {
            result += text[i];
        }
    }
    return result;
}

/// Buildah's own choice is /var/tmp: layers are large, and /tmp may be memory.
io::Path parent_folder(cli::Context& context) {
    if (context.environment.get("TMPDIR")) return {};
    return context.files.kind("/var/tmp") == io::FileKind::directory ? "/var/tmp" : "";
}

std::vector<std::string> still_mounted(cli::Context& context, const io::Path& folder) {
    if (context.files.kind(mountinfo_file) != io::FileKind::file) return {};
    return mounts_below(context.files.read(mountinfo_file), folder.filename().string());
}

} // namespace

Workspace::Workspace(cli::Context& context) : context_(context), path_(context.files.make_temporary_folder(parent_folder(context))) {}

Workspace::~Workspace() {
    try {
        for (const auto& mount : still_mounted(context_, path_)) {
            context_.processes.run({.argv = {"umount", "--lazy", mount}, .timeout = unmount_patience, .tidies_up = true});
        }
        if (still_mounted(context_, path_).empty()) {
            context_.files.remove_folder(path_);
        } else {
            context_.log.warning("the temporary folder " + path_.string() + " stays: something is mounted in it that cannot be unmounted");
        }
    } catch (const std::exception& error) {
        context_.log.warning("the temporary folder " + path_.string() + " stays: " + error.what());
    }
}

std::vector<std::string> mounts_below(std::string_view mountinfo, const std::string& folder_name) {
    std::vector<std::string> mounts;
    for (const auto line : lines(mountinfo)) {
        const auto fields = split(line, ' ');
        if (fields.size() < 5) continue;
        const auto mount = without_escapes(fields[4]);
        if ((mount + '/').find('/' + folder_name + '/') != std::string::npos) mounts.push_back(mount);
    }
    // A mount point's line comes after that of the mount below it.
    std::reverse(mounts.begin(), mounts.end());
    return mounts;
}

} // namespace slipway::build_image
