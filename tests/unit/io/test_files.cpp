#include "catch.hpp"
#include "failure.hpp"

#include "core/error.hpp"
#include "io/descriptor.hpp"
#include "io/files.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <thread>

using namespace slipway;
using namespace slipway::io;

// On the real disk: the promises of this class are about the kernel.
namespace {

namespace fs = std::filesystem;

struct Disk {
    DiskFiles files;
    TemporaryFolder temporary{files};

    Path operator/(const std::string& name) const { return temporary.path() / name; }
    std::vector<std::string> names() { return files.list(temporary.path()); }
};

mode_t mode_of(const Path& path) {
    struct stat status = {};
    REQUIRE(::stat(path.c_str(), &status) == 0);
    return status.st_mode & 07777;
}

/// As if the disk were full: no file may grow beyond some bytes.
class FullDisk {
public:
    explicit FullDisk(rlim_t bytes) {
        ::getrlimit(RLIMIT_FSIZE, &before_);
        rlimit limit = before_;
        limit.rlim_cur = bytes;
        ::setrlimit(RLIMIT_FSIZE, &limit);
        handler_ = std::signal(SIGXFSZ, SIG_IGN);
    }
    ~FullDisk() {
        ::setrlimit(RLIMIT_FSIZE, &before_);
        std::signal(SIGXFSZ, handler_);
    }

private:
    rlimit before_ = {};
    void (*handler_)(int) = nullptr;
};

} // namespace

TEST_CASE("a file is written and read back byte for byte") {
    Disk disk;
    std::string bytes;
    for (int i = 0; i < 300'000; ++i) bytes += static_cast<char>(i * 7);
    disk.files.write_atomic(disk / "f", bytes, Access::usual);
    CHECK(disk.files.read(disk / "f") == bytes);
    disk.files.write_atomic(disk / "f", "", Access::usual);
    CHECK(disk.files.read(disk / "f") == "");
    CHECK(disk.names() == std::vector<std::string>{"f"});
}

TEST_CASE("a new file has the usual permissions, a secret one is for its owner only, an old one keeps its own") {
    Disk disk;
    const auto mask = ::umask(022);
    disk.files.write_atomic(disk / "usual", "x", Access::usual);
    disk.files.write_atomic(disk / "secret", "x", Access::owner_only);
    disk.files.write_atomic(disk / "program", "x", Access::executable);
    ::umask(027);
    disk.files.write_atomic(disk / "program of the group", "x", Access::executable);
    ::umask(mask);
    CHECK(mode_of(disk / "program") == 0755);
    CHECK(mode_of(disk / "program of the group") == 0750);
    CHECK(mode_of(disk / "usual") == 0644);
    CHECK(mode_of(disk / "secret") == 0600);
    ::chmod((disk / "usual").c_str(), 0750);
    disk.files.write_atomic(disk / "usual", "y", Access::usual);
    CHECK(mode_of(disk / "usual") == 0750);
    ::chmod((disk / "usual").c_str(), 0640);
    disk.files.write_atomic(disk / "usual", "y", Access::executable);
    CHECK(mode_of(disk / "usual") == 0640);
    disk.files.write_atomic(disk / "usual", "z", Access::owner_only);
    CHECK(mode_of(disk / "usual") == 0600);
}

TEST_CASE("a file keeps its owner where that is allowed") {
    if (::geteuid() != 0) return; // nobody else may give files away
    Disk disk;
    disk.files.write_atomic(disk / "f", "x", Access::usual);
    REQUIRE(::chown((disk / "f").c_str(), 1234, 5678) == 0);
    disk.files.write_atomic(disk / "f", "y", Access::usual);
    struct stat status = {};
    REQUIRE(::stat((disk / "f").c_str(), &status) == 0);
    CHECK(status.st_uid == 1234);
    CHECK(status.st_gid == 5678);
}

TEST_CASE("a symbolic link is followed, not replaced") {
    Disk disk;
    disk.files.make_folders(disk / "folder");
    disk.files.write_atomic(disk / "folder/target", "old", Access::usual);
    fs::create_symlink("folder/target", disk / "link");
    fs::create_symlink(disk / "link", disk / "link-to-link");
    fs::create_symlink("folder/not-yet", disk / "dangling");
    disk.files.write_atomic(disk / "link-to-link", "new", Access::usual);
    disk.files.write_atomic(disk / "dangling", "born", Access::usual);
    CHECK(fs::is_symlink(disk / "link"));
    CHECK(fs::is_symlink(disk / "link-to-link"));
    CHECK(fs::is_symlink(disk / "dangling"));
    CHECK(disk.files.read(disk / "folder/target") == "new");
    CHECK(disk.files.read(disk / "folder/not-yet") == "born");
}

TEST_CASE("links that lead in a circle are an error, and stay") {
    Disk disk;
    fs::create_symlink("b", disk / "a");
    fs::create_symlink("a", disk / "b");
    const auto error = failure_of([&] { disk.files.write_atomic(disk / "a", "x", Access::usual); });
    CHECK(error.code() == ExitCode::world);
    CHECK(std::string(error.what()).find("symbolic links") != std::string::npos);
    CHECK(fs::is_symlink(disk / "a"));
    CHECK(disk.names() == std::vector<std::string>{"a", "b"});
}

TEST_CASE("what cannot be written leaves the old file and nothing else") {
    Disk disk;
    disk.files.write_atomic(disk / "f", "old", Access::usual);

    SECTION("a full disk") {
        const FullDisk full(1000);
        const auto error = failure_of([&] { disk.files.write_atomic(disk / "f", std::string(5000, 'x'), Access::usual); });
        CHECK(error.code() == ExitCode::world);
        CHECK(std::string(error.what()) == "cannot write " + (disk / "f").string() + ": File too large");
    }
    SECTION("a folder in its place") {
        disk.files.make_folders(disk / "folder");
        const auto error = failure_of([&] { disk.files.write_atomic(disk / "folder", "x", Access::usual); });
        CHECK(error.code() == ExitCode::world);
        CHECK(std::string(error.what()) == "cannot write " + (disk / "folder").string() + ": Is a directory");
        fs::remove(disk / "folder");
    }
    SECTION("a missing folder") {
        const auto error = failure_of([&] { disk.files.write_atomic(disk / "no/such/f", "x", Access::usual); });
        CHECK(error.code() == ExitCode::world);
        CHECK(std::string(error.what()) == "cannot write " + (disk / "no/such/f").string() + ": No such file or directory");
    }
    SECTION("a file where a folder must be") {
        const auto error = failure_of([&] { disk.files.write_atomic(disk / "f/g", "x", Access::usual); });
        CHECK(std::string(error.what()).find("Not a directory") != std::string::npos);
    }
    CHECK(disk.files.read(disk / "f") == "old");
    CHECK(disk.names() == std::vector<std::string>{"f"});
}

TEST_CASE("a device that is full is an error") {
    DiskFiles files;
    const auto error = failure_of([&] { files.write_atomic("/dev/full", "x", Access::usual); });
    CHECK(error.code() == ExitCode::world);
    CHECK(std::string(error.what()) == "cannot write /dev/full: No space left on device");
    CHECK(failure_of([&] { files.append("/dev/full", "x"); }).code() == ExitCode::world);
    files.write_atomic("/dev/null", "x", Access::usual);
    CHECK(files.kind("/dev/null") == FileKind::other);
}

TEST_CASE("an open descriptor is written where it stands, not replaced") {
    Disk disk;
    disk.files.append(disk / "log", "before\n");
    const Descriptor log(::open((disk / "log").c_str(), O_WRONLY | O_APPEND));
    disk.files.write_atomic("/dev/fd/" + std::to_string(log.get()), "one\n", Access::usual);
    fs::create_symlink("/proc/self/fd/" + std::to_string(log.get()), disk / "link"); // as /dev/stdout is one
    disk.files.write_atomic(disk / "link", "two\n", Access::usual);
    REQUIRE(::write(log.get(), "after\n", 6) == 6);
    CHECK(disk.files.read(disk / "log") == "before\none\ntwo\nafter\n");
}

TEST_CASE("a name may have all the bytes that the file system allows") {
    Disk disk;
    const std::string name(255, 'n');
    disk.files.write_atomic(disk / name, "x", Access::usual);
    CHECK(disk.names() == std::vector<std::string>{name});
    CHECK(failure_of([&] { disk.files.write_atomic(disk / (name + 'n'), "x", Access::usual); }).code() == ExitCode::world);
}

TEST_CASE("of writers at the same time one wins as a whole") {
    Disk disk;
    const auto path = disk / "f";
    std::vector<std::thread> writers;
    for (char letter = 'a'; letter < 'e'; ++letter) {
        writers.emplace_back([path, letter] {
            DiskFiles files;
            for (int i = 0; i < 25; ++i) files.write_atomic(path, std::string(20'000, letter), Access::usual);
        });
    }
    bool torn = false;
    for (int i = 0; i < 50; ++i) {
        if (disk.files.kind(path) != FileKind::file) continue;
        const auto text = disk.files.read(path);
        torn = torn || text != std::string(20'000, text.at(0));
    }
    for (auto& writer : writers) writer.join();
    CHECK_FALSE(torn);
    CHECK(disk.names() == std::vector<std::string>{"f"});
}

TEST_CASE("text is appended, and a full disk takes no half of it") {
    Disk disk;
    disk.files.append(disk / "f", "one\n");
    disk.files.append(disk / "f", "two\n");
    {
        const FullDisk full(1000);
        CHECK(failure_of([&] { disk.files.append(disk / "f", std::string(5000, 'x')); }).code() == ExitCode::world);
    }
    CHECK(disk.files.read(disk / "f") == "one\ntwo\n");
    CHECK(failure_of([&] { disk.files.append(disk / "no/f", "x"); }).code() == ExitCode::world);
}

TEST_CASE("what cannot be read is a misuse that names the reason") {
    Disk disk;
    const auto missing = failure_of([&] { disk.files.read(disk / "missing"); });
    CHECK(missing.code() == ExitCode::misuse);
    CHECK(std::string(missing.what()) == "cannot read " + (disk / "missing").string() + ": No such file or directory");
    CHECK(std::string(failure_of([&] { disk.files.read(disk.temporary.path()); }).what()).find("Is a directory") != std::string::npos);
    CHECK(failure_of([&] { disk.files.list(disk / "missing"); }).code() == ExitCode::misuse);
}

TEST_CASE("kinds of files are told apart behind links") {
    Disk disk;
    disk.files.write_atomic(disk / "f", "x", Access::usual);
    fs::create_symlink("f", disk / "to-file");
    fs::create_symlink(".", disk / "to-folder");
    fs::create_symlink("nowhere", disk / "dangling");
    CHECK(disk.files.kind(disk / "f") == FileKind::file);
    CHECK(disk.files.kind(disk / "to-file") == FileKind::file);
    CHECK(disk.files.kind(disk / "to-folder") == FileKind::directory);
    CHECK(disk.files.kind(disk / "dangling") == FileKind::none);
    CHECK(disk.files.kind(disk / "missing") == FileKind::none);
}

TEST_CASE("removing what is not there is no error") {
    Disk disk;
    disk.files.write_atomic(disk / "f", "x", Access::usual);
    disk.files.remove(disk / "f");
    disk.files.remove(disk / "f");
    CHECK(disk.names().empty());
    CHECK(failure_of([&] { disk.files.remove(disk.temporary.path()); }).code() == ExitCode::world);
}

TEST_CASE("folders are made with their parents") {
    Disk disk;
    disk.files.make_folders(disk / "a/b/c");
    disk.files.make_folders(disk / "a/b/c");
    CHECK(disk.files.kind(disk / "a/b/c") == FileKind::directory);
    disk.files.write_atomic(disk / "a/f", "x", Access::usual);
    CHECK(failure_of([&] { disk.files.make_folders(disk / "a/f/g"); }).code() == ExitCode::world);
    CHECK(disk.files.list(disk / "a") == std::vector<std::string>{"b", "f"});
}

TEST_CASE("a temporary folder is its owner's alone, and is gone in the end") {
    DiskFiles files;
    Path path;
    {
        const TemporaryFolder folder(files);
        path = folder.path();
        CHECK(mode_of(path) == 0700);
        files.make_folders(path / "a/b");
        files.write_atomic(path / "a/b/f", "x", Access::usual);
    }
    CHECK(files.kind(path) == FileKind::none);
    CHECK(failure_of([&] { files.make_temporary_folder("/no/such/folder"); }).code() == ExitCode::world);
}

TEST_CASE("a temporary folder is gone in the end also when somebody else removes files of it at the same time") {
    DiskFiles files;
    for (int round = 0; round < 100; ++round) {
        const auto path = files.make_temporary_folder();
        files.make_folders(path / "keys");
        const std::vector<std::string> sockets = {"a", "b", "c", "d"};
        for (const auto& name : sockets) files.write_atomic(path / name, "x", Access::usual);
        files.write_atomic(path / "keys/private", "x", Access::owner_only);
        std::thread other([&] {
            for (const auto& name : sockets) ::unlink((path / name).c_str());
        });
        files.remove_folder(path);
        other.join();
        REQUIRE(files.kind(path) == FileKind::none);
    }
}

TEST_CASE("waiting for a pipe ends with cancellation") {
    Cancellation cancellation;
    DiskFiles files(cancellation);
    const TemporaryFolder folder(files);
    const auto pipe = folder.path() / "pipe";
    REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
    const Descriptor other_end(::open(pipe.c_str(), O_RDWR | O_CLOEXEC)); // open, and silent

    SECTION("while reading") {
        std::thread canceller([&] { cancellation.request(SIGTERM); });
        CHECK_THROWS_AS(files.read(pipe), Cancelled);
        canceller.join();
    }
    SECTION("while writing more than fits") {
        std::thread canceller([&] { cancellation.request(SIGTERM); });
        CHECK_THROWS_AS(files.write_atomic(pipe, std::string(10'000'000, 'x'), Access::usual), Cancelled);
        canceller.join();
    }
    SECTION("an ordinary file is read all the same: what tidies up may need it") {
        cancellation.request(SIGTERM);
        files.write_atomic(folder.path() / "f", "x", Access::usual);
        CHECK(files.read(folder.path() / "f") == "x");
    }
}

TEST_CASE("a pipe is read to its end") {
    Cancellation cancellation;
    DiskFiles files(cancellation);
    const TemporaryFolder folder(files);
    const auto pipe = folder.path() / "pipe";
    REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
    std::thread writer([&] { std::ofstream(pipe) << std::string(200'000, 'x'); });
    CHECK(files.read(pipe) == std::string(200'000, 'x'));
    writer.join();
}
