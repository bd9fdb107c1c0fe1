#pragma once

#include "io/cancellation.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::io {

using Path = std::filesystem::path;

enum class FileKind { none, file, directory, other };

/// A file as it is in its folder: symbolic links are not followed.
struct FileStatus {
    enum class Kind { file, directory, link, other };
    Kind kind = Kind::other;
    unsigned mode = 0;       ///< permissions, setuid, setgid and sticky bit
    std::uint64_t size = 0;  ///< bytes
    std::uint64_t inode = 0;
    std::int64_t changed = 0; ///< when its content was written last, in nanoseconds since 1970

    bool operator==(const FileStatus&) const = default;
};

/// Who may read a file that we write.
/// Permissions of a file that is made; one that is there keeps its own, unless it becomes its owner's only.
enum class Access { usual, owner_only, executable };

/// A folder that is ours until this object goes.
class FolderLock {
public:
    virtual ~FolderLock() = default;
};

/// The file system as the steps need it.
class Files {
public:
    virtual ~Files() = default;

    /// The kind behind symbolic links.
    virtual FileKind kind(const Path& path) = 0;

    /// All bytes of a file, or of standard input for "-".
    /// @throws Error (misuse) naming the file and the reason
    /// @throws Cancelled when we are asked to end while a pipe has nothing to read
    virtual std::string read(const Path& path) = 0;

    /// A large file piece by piece; symbolic links are not followed.
    /// @throws Error (misuse)
    virtual void read_pieces(const Path& path, const std::function<void(std::string_view)>& take) = 0;

    /// Nothing when there is no such file.
    /// @throws Error (misuse)
    virtual std::optional<FileStatus> status(const Path& path) = 0;

    /// Where a symbolic link leads.
    /// @throws Error (misuse)
    virtual std::string link_target(const Path& path) = 0;

    /// Extended attributes: those of users ("user.*") and capabilities, by name.
    /// @throws Error (misuse)
    /// @source xattr(7)
    virtual std::map<std::string, std::string> attributes(const Path& path) = 0;

    /// The names of a folder's entries, sorted.
    /// @throws Error (misuse)
    virtual std::vector<std::string> list(const Path& folder) = 0;

    /// Puts a file in place as a whole or not at all: temporary file in the same folder, fsync, rename. A file that
    /// stands there keeps its permissions; a symbolic link is followed, not replaced. Devices, pipes and /dev/stdout are
    /// written to as they are.
    /// @throws Error (world failure); the old file is untouched then
    virtual void write_atomic(const Path& path, std::string_view bytes, Access access = Access::usual) = 0;

    /// Adds to the end of a file, made when missing, in one write where the kernel allows it.
    /// @throws Error (world failure); the file is as long as before then, unless somebody else added to it
    virtual void append(const Path& path, std::string_view bytes) = 0;

    /// Gives a file another name: the same file where the file system can do that, else a copy.
    /// @throws Error (world failure)
    virtual void link(const Path& file, const Path& name) = 0;

    /// Also when it is missing: then nothing happens.
    /// @throws Error (world failure)
    virtual void remove(const Path& path) = 0;

    /// @throws Error (world failure)
    virtual void make_folders(const Path& path) = 0;

    /// A new empty folder that only its owner may enter.
    ///
    /// @param parent  where; empty: in $TMPDIR or /tmp
    /// @throws Error (world failure)
    virtual Path make_temporary_folder(const Path& parent = {}) = 0;

    /// A folder and all that is in it; never throws, because it runs while other things go wrong.
    virtual void remove_folder(const Path& path) noexcept = 0;

    /// The same place under its one name: absolute, without symbolic links, "." and "..". Parts that do not exist stay
    /// as they are.
    virtual Path canonical(const Path& path) = 0;

    /// Keeps other processes that ask in the same way out of a folder. Nothing is written, and the kernel gives the lock
    /// back when the process ends, however it ends.
    ///
    /// @return null when another process holds it
    /// @throws Error (world failure) when the folder cannot be opened or its file system knows no locks
    virtual std::unique_ptr<FolderLock> try_lock(const Path& folder) = 0;
};

class DiskFiles final : public Files {
public:
    DiskFiles() = default;
    /// @param cancellation  ends the waiting for a pipe, such as standard input
    explicit DiskFiles(const Cancellation& cancellation) : cancellation_(&cancellation) {}

    FileKind kind(const Path& path) override;
    std::string read(const Path& path) override;
    void read_pieces(const Path& path, const std::function<void(std::string_view)>& take) override;
    std::optional<FileStatus> status(const Path& path) override;
    std::string link_target(const Path& path) override;
    std::map<std::string, std::string> attributes(const Path& path) override;
    std::vector<std::string> list(const Path& folder) override;
    void write_atomic(const Path& path, std::string_view bytes, Access access) override;
    void append(const Path& path, std::string_view bytes) override;
    void link(const Path& file, const Path& name) override;
    void remove(const Path& path) override;
    void make_folders(const Path& path) override;
    Path make_temporary_folder(const Path& parent = {}) override;
    void remove_folder(const Path& path) noexcept override;
    Path canonical(const Path& path) override;
    std::unique_ptr<FolderLock> try_lock(const Path& folder) override;

private:
    int open_for(const Path& path, int flags) const;

    const Cancellation* cancellation_ = nullptr;
};

/// A temporary folder that is gone when this object is.
class TemporaryFolder {
public:
    explicit TemporaryFolder(Files& files, const Path& parent = {})
        : files_(files), path_(files.make_temporary_folder(parent)) {}
    ~TemporaryFolder() { files_.remove_folder(path_); }
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;

    const Path& path() const noexcept { return path_; }

private:
    Files& files_;
    Path path_;
};

} // namespace slipway::io
