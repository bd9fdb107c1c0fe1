#include "io/files.hpp"

#include "core/error.hpp"
#include "io/descriptor.hpp"
#include "io/waiting.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <climits>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <system_error>

namespace slipway::io {

namespace fs = std::filesystem;

namespace {

constexpr int most_passes = 10;

std::string reason(int error) { return std::strerror(error); }

Error cannot(const std::string& what, const Path& path, int error) {
    return world_failure("cannot " + what + " " + path.string() + ": " + reason(error));
}

bool is_regular(int fd) {
    struct stat status = {};
    return ::fstat(fd, &status) == 0 && S_ISREG(status.st_mode);
}

/// @param bytes  in the end what was not written
/// @return 0 or errno
int write_all(int fd, std::string_view& bytes, const Cancellation* cancellation) {
    const bool may_block = !is_regular(fd);
    while (!bytes.empty()) {
        if (may_block && !wait_until_ready(fd, POLLOUT, cancellation)) cancellation->check();
        // A pipe that is ready takes this much without blocking.
        const auto written = ::write(fd, bytes.data(), may_block ? std::min<std::size_t>(bytes.size(), PIPE_BUF) : bytes.size());
        if (written < 0) {
            if (errno == EINTR || errno == EAGAIN) continue;
            return errno;
        }
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return 0;
}

/// The number in /dev/fd/N and in /proc/self/fd/N, which /dev/stdout leads to.
std::optional<int> descriptor_in(const Path& path) {
    const std::string text = path.string();
    for (const std::string_view folder : {"/proc/self/fd/", "/dev/fd/"}) {
        if (text.compare(0, folder.size(), folder) != 0) continue;
        int number = 0;
        const auto [end, problem] = std::from_chars(text.data() + folder.size(), text.data() + text.size(), number);
        if (problem == std::errc{} && end == text.data() + text.size()) return number;
    }
    return std::nullopt;
}

/// The file that a chain of symbolic links leads to, whether it exists or not, so that a rename does not replace the
/// link itself. Stops at the name of an open descriptor: what that leads to is not a path to rename over.
Path follow_links(const Path& path) {
    Path target = path;
    for (int links = 0; links < 40; ++links) {
        std::error_code error;
        if (descriptor_in(target)) return target;
        const auto next = fs::read_symlink(target, error);
        if (error) return target; // the end of the chain
        target = target.parent_path() / next;
    }
    throw cannot("write", path, ELOOP);
}

/// Removes the temporary file when the way to the rename is not reached.
class PendingFile {
public:
    explicit PendingFile(const Path& target) {
        // A name has at most 255 bytes, and the target may use them all.
        auto text = (target.parent_path() / ('.' + target.filename().string().substr(0, 200) + ".XXXXXX")).string();
        file_ = Descriptor(mkostemp(text.data(), O_CLOEXEC));
        name_ = text;
    }
    ~PendingFile() {
        if (file_) ::unlink(name_.c_str());
    }
    PendingFile(const PendingFile&) = delete;
    PendingFile& operator=(const PendingFile&) = delete;

    explicit operator bool() const { return static_cast<bool>(file_); }
    int fd() const { return file_.get(); }

    /// @return 0 or errno
    int move_to(const Path& target) {
        if (::fsync(fd()) != 0 || ::rename(name_.c_str(), target.c_str()) != 0) return errno;
        file_.reset();
        // The rename itself must survive a power cut; a folder that cannot be synced still holds the file.
        const Descriptor folder(::open(target.parent_path().empty() ? "." : target.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        if (folder) ::fsync(folder.get());
        return 0;
    }

private:
    Path name_;
    Descriptor file_;
};

class DescriptorLock final : public FolderLock {
public:
    explicit DescriptorLock(Descriptor folder) : folder_(std::move(folder)) {}

private:
    Descriptor folder_; // flock(2) ends with the last descriptor, so children must not inherit it: O_CLOEXEC
};

mode_t usual_mode() {
    const auto mask = ::umask(0);
    ::umask(mask);
    return 0666 & ~mask;
}

/// Whoever may read may execute.
mode_t executable_mode() { return usual_mode() | ((usual_mode() & 0444) >> 2); }

} // namespace

FileKind DiskFiles::kind(const Path& path) {
    std::error_code error;
    switch (fs::status(path, error).type()) {
    case fs::file_type::regular: return FileKind::file;
    case fs::file_type::directory: return FileKind::directory;
    case fs::file_type::none:
    case fs::file_type::not_found: return FileKind::none;
    default: return FileKind::other;
    }
}

int DiskFiles::open_for(const Path& path, int flags) const {
    for (;;) {
        const int fd = ::open(path.c_str(), flags | O_CLOEXEC, 0666);
        if (fd >= 0 || errno != EINTR) return fd;
        // A named pipe that nobody opened at its other end.
        if (cancellation_ != nullptr) cancellation_->check();
    }
}

std::string DiskFiles::read(const Path& path) {
    const bool standard_input = path == "-";
    const Descriptor file(standard_input ? ::dup(0) : open_for(path, O_RDONLY));
    const auto name = standard_input ? "standard input" : path.string();
    if (!file) throw misuse("cannot read " + name + ": " + reason(errno));
    std::string bytes;
    const bool may_block = !is_regular(file.get());
    std::string chunk(64 * 1024, '\0');
    for (;;) {
        if (may_block && cancellation_ != nullptr) {
            wait_until_ready(file.get(), POLLIN, cancellation_);
            cancellation_->check();
        }
        const auto count = ::read(file.get(), chunk.data(), chunk.size());
        if (count == 0) return bytes;
        if (count < 0) {
            if (errno == EINTR) continue;
            throw misuse("cannot read " + name + ": " + reason(errno));
        }
        bytes.append(chunk, 0, static_cast<std::size_t>(count));
    }
}

std::vector<std::string> DiskFiles::list(const Path& folder) {
    std::vector<std::string> names;
    std::error_code error;
    for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
        names.push_back(entry->path().filename().string());
    }
    if (error) throw misuse("cannot list " + folder.string() + ": " + error.message());
    std::sort(names.begin(), names.end());
    return names;
}

void DiskFiles::write_atomic(const Path& path, std::string_view bytes, Access access) {
    const auto target = follow_links(path);
    if (const auto descriptor = descriptor_in(target)) {
        // Opened anew it would be written from its beginning, over what stands there.
        if (const int error = write_all(*descriptor, bytes, cancellation_)) throw cannot("write", path, error);
        return;
    }
    struct stat status = {};
    const bool exists = ::stat(target.c_str(), &status) == 0;
    if (exists && !S_ISREG(status.st_mode)) {
        // A device, a named pipe: there is nothing to rename over.
        if (S_ISDIR(status.st_mode)) throw cannot("write", path, EISDIR);
        const Descriptor file(open_for(target, O_WRONLY));
        if (!file) throw cannot("write", path, errno);
        if (const int error = write_all(file.get(), bytes, cancellation_)) throw cannot("write", path, error);
        return;
    }

    PendingFile pending(target);
    if (!pending) throw cannot("write", path, errno);
    const mode_t mode = access == Access::owner_only ? 0600 : exists ? status.st_mode & 07777 : access == Access::executable ? executable_mode() : usual_mode();
    if (::fchmod(pending.fd(), mode) != 0) throw cannot("write", path, errno);
    // Only root can keep a foreign owner; where it does not work the new file is ours, which is as good.
    if (exists && ::fchown(pending.fd(), status.st_uid, status.st_gid) != 0) errno = 0;
    if (const int error = write_all(pending.fd(), bytes, cancellation_)) throw cannot("write", path, error);
    if (const int error = pending.move_to(target)) throw cannot("write", path, error);
}

void DiskFiles::append(const Path& path, std::string_view bytes) {
    Descriptor file(open_for(path, O_WRONLY | O_APPEND | O_CREAT));
    struct stat before = {};
    if (!file || ::fstat(file.get(), &before) != 0) throw cannot("write", path, errno);
    auto rest = bytes;
    if (const int error = write_all(file.get(), rest, cancellation_)) {
        // Half an output would spoil the whole file for its reader; what others added meanwhile stays.
        const auto written = static_cast<off_t>(bytes.size() - rest.size());
        struct stat after = {};
        const bool ours_alone = ::fstat(file.get(), &after) == 0 && S_ISREG(after.st_mode) && after.st_size == before.st_size + written;
        if (ours_alone && ::ftruncate(file.get(), before.st_size) != 0) errno = 0; // the first error is the one to tell
        throw cannot("write", path, error);
    }
    if (file.reset() != 0) throw cannot("write", path, errno);
}

void DiskFiles::link(const Path& file, const Path& name) {
    if (::link(file.c_str(), name.c_str()) == 0) return;
    std::error_code error;
    fs::copy_file(file, name, error);
    if (error) throw world_failure("cannot write " + name.string() + ": " + error.message());
}

void DiskFiles::remove(const Path& path) {
    if (::unlink(path.c_str()) != 0 && errno != ENOENT) throw cannot("remove", path, errno);
}

void DiskFiles::make_folders(const Path& path) {
    std::error_code error;
    fs::create_directories(path, error);
    if (error) throw world_failure("cannot make the folder " + path.string() + ": " + error.message());
}

Path DiskFiles::make_temporary_folder(const Path& parent) {
    const char* usual = std::getenv("TMPDIR");
    std::string name = usual != nullptr && *usual != '\0' ? usual : "/tmp";
    if (!parent.empty()) name = parent.string();
    name += "/slipway-XXXXXX";
    if (mkdtemp(name.data()) == nullptr) throw cannot("make a temporary folder", name, errno);
    return name;
}

void DiskFiles::remove_folder(const Path& path) noexcept {
    // What somebody else removes meanwhile ends a pass with most still there: gpg's agent takes its sockets away when it goes.
    for (int pass = 0; pass < most_passes; ++pass) {
        std::error_code error;
        fs::remove_all(path, error);
        if (!error) return;
    }
}

Path DiskFiles::canonical(const Path& path) {
    std::error_code error;
    auto canonical = fs::weakly_canonical(fs::absolute(path, error), error);
    if (error) return path.lexically_normal();
    // "folder/" and "folder" are one place.
    return canonical.has_filename() || canonical == canonical.root_path() ? canonical : canonical.parent_path();
}

std::unique_ptr<FolderLock> DiskFiles::try_lock(const Path& folder) {
    Descriptor file(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!file) throw cannot("lock", folder, errno);
    while (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
        if (errno == EWOULDBLOCK) return nullptr;
        if (errno != EINTR) throw cannot("lock", folder, errno);
    }
    return std::make_unique<DescriptorLock>(std::move(file));
}

} // namespace slipway::io
