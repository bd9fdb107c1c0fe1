#include "io/files.hpp"

#include "core/error.hpp"
#include "io/descriptor.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include <cerrno>
#include <cstring>
#include <system_error>

namespace slipway::io {

namespace {

constexpr std::size_t piece_size = 256 * 1024;
constexpr std::size_t most_attribute_bytes = 64 * 1024; // the kernel's own limit, for the names and for a value

Error cannot_read(const Path& path, const std::string& why) { return misuse("cannot read " + path.string() + ": " + why); }

Error cannot_read(const Path& path) { return cannot_read(path, std::strerror(errno)); }

} // namespace

void DiskFiles::read_pieces(const Path& path, const std::function<void(std::string_view)>& take) {
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    if (!file) throw cannot_read(path);
    const auto piece = std::make_unique_for_overwrite<char[]>(piece_size);
    for (;;) {
        if (cancellation_ != nullptr) cancellation_->check();
        const auto count = ::read(file.get(), piece.get(), piece_size);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) throw cannot_read(path);
        if (count == 0) return;
        take({piece.get(), static_cast<std::size_t>(count)});
    }
}

std::optional<FileStatus> DiskFiles::status(const Path& path) {
    struct stat found = {};
    if (::lstat(path.c_str(), &found) != 0) {
        if (errno == ENOENT || errno == ENOTDIR) return std::nullopt;
        throw cannot_read(path);
    }
    FileStatus status{.mode = found.st_mode & 07777U, .size = static_cast<std::uint64_t>(found.st_size), .inode = found.st_ino,
                      .changed = found.st_mtim.tv_sec * 1'000'000'000 + found.st_mtim.tv_nsec};
    if (S_ISREG(found.st_mode)) status.kind = FileStatus::Kind::file;
    else if (S_ISDIR(found.st_mode)) status.kind = FileStatus::Kind::directory;
    else if (S_ISLNK(found.st_mode)) status.kind = FileStatus::Kind::link;
    return status;
}

std::string DiskFiles::link_target(const Path& path) {
    std::error_code error;
    const auto target = std::filesystem::read_symlink(path, error);
    if (error) throw cannot_read(path, error.message());
    return target.string();
}

std::map<std::string, std::string> DiskFiles::attributes(const Path& path) {
    std::map<std::string, std::string> attributes;
    const auto needed = ::llistxattr(path.c_str(), nullptr, 0);
    if (needed == 0 || (needed < 0 && errno == ENOTSUP)) return attributes;
    std::string names(most_attribute_bytes, '\0');
    const auto size = needed < 0 ? needed : ::llistxattr(path.c_str(), names.data(), names.size());
    if (size < 0) throw cannot_read(path);
    for (const char* at = names.data(); at < names.data() + size; at += std::strlen(at) + 1) {
        const std::string name = at;
        if (name.rfind("user.", 0) != 0 && name != "security.capability") continue;
        std::string value(most_attribute_bytes, '\0');
        const auto length = ::lgetxattr(path.c_str(), at, value.data(), value.size());
        if (length < 0) throw cannot_read(path, "its attribute " + name + ": " + std::strerror(errno));
        value.resize(static_cast<std::size_t>(length));
        attributes[name] = value;
    }
    return attributes;
}

} // namespace slipway::io
