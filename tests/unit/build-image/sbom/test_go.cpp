#include "catch.hpp"

#include "build-image/sbom/elf.hpp"
#include "build-image/sbom/go_build_info.hpp"
#include "content_text.hpp"
#include "core/text.hpp"

using namespace slipway;
using namespace slipway::build_image;

namespace {

std::string number(std::uint64_t value, std::size_t size, bool big_endian) {
    std::string bytes;
    for (std::size_t i = 0; i < size; ++i) bytes += static_cast<char>(value >> 8 * (big_endian ? size - 1 - i : i));
    return bytes;
}

struct Segment {
    unsigned flags; ///< 4 read, 2 write, 1 execute
    std::string content;
    std::uint64_t address_in_page = 0;
};

/// A program with its segments one after the other from byte 4096 on, and 64 KiB of what no segment has at its end.
std::string elf(const std::vector<Segment>& segments, unsigned bits = 64, bool big_endian = false) {
    const std::size_t word = bits / 8;
    const auto of = [&](std::uint64_t value, std::size_t size) { return number(value, size, big_endian); };
    std::string head = std::string("\177ELF") + (bits == 64 ? '\2' : '\1') + (big_endian ? '\2' : '\1') + '\1' + std::string(9, '\0');
    head += of(2, 2) + of(62, 2) + of(1, 4);
    const std::size_t header_size = 40 + 3 * (word - 4) + 12;
    head += of(0, word) + of(header_size, word) + of(0, word) + of(0, 4) + of(header_size, 2);
    head += of(bits == 64 ? 56 : 32, 2) + of(segments.size(), 2) + of(0, 6);
    std::string body;
    for (const auto& segment : segments) {
        body.resize((body.size() + 4095) / 4096 * 4096 + segment.address_in_page);
        const auto offset = of(4096 + body.size(), word);
        const auto address = of(0x400000 + 4096 + body.size(), word);
        const auto size = of(segment.content.size(), word);
        head += of(1, 4);
        if (bits == 64) head += of(segment.flags, 4);
        head += offset + address + address + size + size;
        if (bits == 32) head += of(segment.flags, 4);
        head += of(4096, word);
        body += segment.content;
    }
    head.resize(4096);
    return head + body + std::string(64 << 10, '\7');
}

std::string with_length(const std::string& text) {
    std::string bytes;
    for (auto left = text.size();; left >>= 7) {
        bytes += static_cast<char>((left & 0x7f) | (left > 0x7f ? 0x80 : 0));
        if (left <= 0x7f) return bytes + text;
    }
}

/// As the linker writes it since Go 1.18.
std::string blob(const std::string& go, const std::string& text) {
    return std::string("\xff Go buildinf:\x08\x02") + std::string(16, '\0') + with_length(go) +
           with_length(text.empty() ? "" : "0123456789abcdef" + text + "fedcba9876543210");
}

const std::string text = "path\texample.com/Team/app/cmd/app\nmod\texample.com/Team/app\tv1.2.3\th1:x=\n"
                         "dep\tgithub.com/owner/lib/v2\tv2.0.1\th1:y=\ndep\tgolang.org/x/net\tv0.1.0\n=>\texample.com/fork/net\tv0.1.1\th1:z=\n"
                         "dep\texample.com/local\tv1.0.0\n=>\t./local\t\t\nbuild\t-compiler=gc\n";

/// "namespace/name version"; a line each, gaps last.
std::vector<std::string> told(const Finding& finding) {
    std::vector<std::string> result;
    for (const auto& package : finding.packages) {
        CHECK(package.type == "golang");
        result.push_back(package.name_space + '/' + package.name + (package.version.empty() ? "" : " ") + package.version);
    }
    for (const auto& gap : finding.gaps) result.push_back("gap: " + gap);
    return result;
}

using Lines = std::vector<std::string>;

Lines go(const std::string& file) { return told(fake::read(go_cataloger(), "app", file)); }

/// The version of the main module that Go calls (devel).
std::string main_version(const std::string& settings) {
    return go(elf({{6, blob("go1.26.0", "mod\texample.com/app\t(devel)\t\n" + settings)}})).at(0);
}

} // namespace

TEST_CASE("Go programs tell their modules") {
    const Lines all = {"example.com/Team/app v1.2.3", "github.com/owner/lib/v2 v2.0.1", "example.com/fork/net v0.1.1", "example.com/local",
                       "/stdlib 1.26.0"};
    // The blob is aligned in memory, not in what comes before it; other data may surround it.
    const auto data = std::string(8, 'x') + std::string(4096, '\xff') + blob("go1.26.0 X:nodwarf5", text) + std::string(100'000, 'y');
    for (const unsigned bits : {32U, 64U}) {
        for (const bool big_endian : {false, true}) {
            const auto file = elf({{5, std::string(9000, 'c')}, {4, "constants"}, {6, data, 8}}, bits, big_endian);
            for (const std::size_t piece : {std::size_t{1}, std::size_t{13}, std::size_t{4096}, file.size()}) {
                fake::ContentText content(file, piece);
                CHECK(told(go_cataloger().read({"bin/app", file.size(), 0755}, content)) == all);
                CHECK((piece == file.size() || content.next())); // the rest is left alone
            }
        }
    }
    CHECK(go(elf({{6, blob("go1.26.0", text)}, {6, blob("go1.20", "")}})) == all); // linkers may part what can be written
    CHECK(fake::read(go_cataloger(), "app", elf({{6, blob("go1.26.0", "")}})).packages.at(0).licenses == Lines{"BSD-3-Clause"});
}

TEST_CASE("the main module of a Go program has the best version that is known") {
    CHECK(main_version("") == "example.com/app");
    CHECK(main_version("build\tvcs.revision=0a1b2c3d4e5f67890123\nbuild\tvcs.time=2026-11-30T14:31:22Z\n") ==
          "example.com/app v0.0.0-20261130143122-0a1b2c3d4e5f");
    CHECK(main_version("build\tvcs.revision=0a1b\nbuild\tvcs.time=2026-11-30T14:31:22Z\n") == "example.com/app");
    CHECK(main_version("build\tvcs.revision=0a1b2c3d4e5f67890123\nbuild\tvcs.time=yesterday\n") == "example.com/app");
    CHECK(main_version(R"(build	-ldflags="-s -w -X 'main.Version=1.2.3-rc.1' -X main.commit=9.9.9")" "\n") ==
          "example.com/app v1.2.3-rc.1");
    CHECK(main_version("build\t-ldflags=\"-X other.com/lib.version=9.9.9 -X=example.com/app/internal.buildVersion=v2.0.0\"\n") ==
          "example.com/app v2.0.0");
    CHECK(main_version("build\t-ldflags=\"-X example.com/apple.version=9.9.9 -X main.version=latest\"\n") == "example.com/app");
    // Built without modules; of files; by a Go that is not released.
    CHECK(go(elf({{6, blob("go1.19.8", "path\texample.com/app/cmd/app\nbuild\t-compiler=gc\n")}})) ==
          Lines{"example.com/app/cmd/app", "/stdlib 1.19.8"});
    CHECK(go(elf({{6, blob("devel go1.27-0a1b2c Mon", "path\tcommand-line-arguments\ndep\texample.com/app\t(devel)\t\n")}})) ==
          Lines{"example.com/app", "/stdlib 1.27-0a1b2c"});
    CHECK(go(elf({{6, blob("go1.26.0", "")}})) == Lines{"/stdlib 1.26.0"});
}

TEST_CASE("what only looks like Go's build info is none") {
    const auto good = blob("go1.26.0", text);
    CHECK(go(elf({{4, good}, {5, good}})).empty());                    // constants, code
    CHECK(go(elf({{7, good}})).empty());                               // data that can be executed
    CHECK(go(elf({{6, ' ' + good}})).empty());                         // not aligned
    CHECK(go(elf({{6, "data"}}) + std::string(12, ' ') + good).empty()); // what no segment has
    CHECK(go(elf({{6, blob("1.26.0", text)}})).empty());               // no version of Go
    CHECK(go(elf({{6, good.substr(0, 40)}})).empty());                 // the segment ends before
    CHECK(go(good).empty());
    CHECK(go("\177ELF").empty());
    CHECK(go("").empty());
    // Go's own tools have the mark among their data as well: the search goes on.
    const std::string mark("\xff Go buildinf:\x08\x02");
    CHECK(go(elf({{6, mark + std::string(16, '\0') + std::string(10, '\xff') + std::string(6, '\0') + mark + mark + good}})).size() == 5);

    const auto script = std::string("#!/bin/sh\n") + std::string(10'000, '#');
    fake::ContentText content(script, 100);
    CHECK(told(go_cataloger().read({"bin/app", script.size(), 0755}, content)).empty());
    CHECK(content.all(script.size())->size() == script.size() - 100);

    const auto whole = elf({{6, good}});
    const auto needed = 4096 + good.size();
    for (std::size_t size = 0; size < needed; size += size < 200 || size > 4090 ? 1 : 50) CHECK(go(whole.substr(0, size)).empty());
    CHECK(go(whole.substr(0, needed)).size() == 5);
    // Any byte of the headers may be wrong.
    for (std::size_t at = 0; at < 64 + 56; ++at) {
        auto file = whole;
        file[at] = static_cast<char>(~file[at]);
        CHECK(go(file).size() <= 5);
    }
}

TEST_CASE("build info that is not read is a gap") {
    const auto old = [](std::uint64_t pointer) {
        return "\xff Go buildinf:" + std::string("\x08\0", 2) + number(pointer, 8, false) + number(pointer, 8, false);
    };
    CHECK(go(elf({{6, old(0x401008)}})) == Lines{"gap: app: built by Go before 1.18, whose list of modules is not read"});
    CHECK(go(elf({{6, old(0x901008)}})).empty());
    CHECK(go(elf({{6, blob("go1.26.0", std::string(2 << 20, '\n'))}})) == Lines{"gap: app: its Go build info is larger than 1 MiB"});
    auto packed = elf({{6, "data"}});
    packed.replace(200, 4, "UPX!");
    CHECK(go(packed) == Lines{"gap: app: packed by UPX, which hides what it was made of"});
    CHECK(go(elf({{6, blob("go1.26.0", "path\t\x1b[31m\nmod\ta\xff/b\tv1\ndep\ta/\tv1\n")}})) ==
          Lines{"/stdlib 1.26.0", "gap: app: some lines of its Go build info cannot be read"});
    CHECK(go(elf({{6, blob("go1.26.0", "mod\tonly-a-path\n=>\ta\tb\tc\ndep\t\tv1\ndep\ta/b\tv1\tx\ty\ndep\ta/c\tv1\n")}})) ==
          Lines{"a/c v1", "/stdlib 1.26.0", "gap: app: some lines of its Go build info cannot be read"});
}

TEST_CASE("Go's build info is looked for in large programs and libraries only") {
    const std::uint64_t large = 1 << 20;
    CHECK(go_cataloger().wants({"app", large, 0500}));
    CHECK(go_cataloger().wants({"app", large, 0001}));
    CHECK(go_cataloger().wants({"lib/plugin.so", large, 0644}));
    CHECK(go_cataloger().wants({"lib/liba.so.1.2", large, 0644}));
    CHECK(!go_cataloger().wants({"app", 1000, 0755}));
    CHECK(!go_cataloger().wants({"lib/data.some", large, 0644}));
}
