#include "catch.hpp"

#include "core/error.hpp"
#include "io/files.hpp"

#include <filesystem>
#include <fstream>

using namespace slipway;

TEST_CASE("a folder's lock keeps others out until it goes") {
    io::DiskFiles files;
    const io::TemporaryFolder folder(files);
    auto first = files.try_lock(folder.path());
    REQUIRE(first != nullptr);
    CHECK(files.try_lock(folder.path()) == nullptr);
    CHECK(files.list(folder.path()).empty()); // no lock file that could stay behind
    first.reset();
    CHECK(files.try_lock(folder.path()) != nullptr);
}

TEST_CASE("what is no folder cannot be locked") {
    io::DiskFiles files;
    const io::TemporaryFolder folder(files);
    CHECK_THROWS_AS(files.try_lock(folder.path() / "missing"), Error);
    std::ofstream(folder.path() / "file") << "x";
    CHECK_THROWS_AS(files.try_lock(folder.path() / "file"), Error);
}

TEST_CASE("a place has one canonical name") {
    io::DiskFiles files;
    const io::TemporaryFolder folder(files);
    const auto base = files.canonical(folder.path());
    std::ofstream(folder.path() / "file.yml") << "x";
    std::filesystem::create_symlink("file.yml", folder.path() / "link.yml");
    CHECK(files.canonical(folder.path() / "link.yml") == base / "file.yml");
    CHECK(files.canonical(folder.path() / "a" / ".." / "file.yml") == base / "file.yml");
    CHECK(files.canonical(folder.path() / "") == base);
    CHECK(files.canonical(folder.path() / "missing" / "x.yml") == base / "missing" / "x.yml");
}
