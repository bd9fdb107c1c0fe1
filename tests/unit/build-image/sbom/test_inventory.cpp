#include "catch.hpp"

#include "build-image/sbom/inventory.hpp"
#include "build-image/sbom/os_release.hpp"
#include "core/text.hpp"
#include "failure.hpp"
#include "sampling.hpp"
#include "tar_layers.hpp"

#include <fstream>
#include <functional>
#include <map>
#include <random>

using namespace slipway;
using namespace slipway::build_image;

namespace {

using fake::TarLayer;
using Packing = TarLayer::Packing;
using Texts = std::vector<std::string>;

/// Knows files "NAME.list", whose lines are "TYPE NAME VERSION", or "gap".
struct ListCataloger : Cataloger {
    std::function<void()> on_read = [] {};
    bool wants(const Member& member) const override { return member.path.ends_with(".list"); }
    Finding read(const Member& member, Content& content) const override {
        on_read();
        Finding finding;
        const auto text = content.all(1000);
        if (!text) return {.packages = {}, .gaps = {member.path + ": too large"}};
        for (const auto line : lines(*text)) {
            const auto words = split(line, ' ');
            if (words.size() == 3) finding.packages.push_back({.type = std::string(words[0]), .name_space = {}, .name = std::string(words[1]), .version = std::string(words[2])});
            else finding.gaps.push_back(member.path + ": no package");
        }
        return finding;
    }
};

/// An image that is made layer by layer.
struct Image {
    io::DiskFiles files;
    io::TemporaryFolder folder{files};
    io::Cancellation cancellation;
    std::vector<LayerFile> layers;
    ListCataloger lists;
    Catalogers catalogers = {&lists};

    io::Path next() {
        layers.push_back({"sha256:" + std::to_string(layers.size()), folder.path() / std::to_string(layers.size())});
        return layers.back().file;
    }
    void add(const std::function<void(TarLayer&)>& write, Packing packing = Packing::plain) {
        TarLayer layer(next(), packing);
        write(layer);
    }
    void add_bytes(std::string_view bytes) { std::ofstream(next(), std::ios::binary) << bytes; }
    Inventory take() { return take_inventory(layers, catalogers, cancellation); }
    /// "NAME VERSION: PATHS; LAYERS" of each package, the layers by their numbers, and the gaps.
    Texts told() {
        Texts result;
        const auto inventory = take();
        for (const auto& one : inventory.packages) {
            Texts numbers;
            for (const auto& digest : one.layers) numbers.push_back(digest.substr(7));
            result.push_back(one.name + ' ' + one.version + ": " + join(one.paths, ",") + "; " + join(numbers, ","));
        }
        result.insert(result.end(), inventory.gaps.begin(), inventory.gaps.end());
        return result;
    }
    std::string failure() {
        return words_of(failure_of([&] { take(); }));
    }
};

/// A header of a member in a tar archive.
/// @param size  eleven octal digits, or other bytes for what no digits can say
std::string header(const std::string& name, char type, const std::string& size) {
    std::string block(512, '\0');
    block.replace(0, name.size(), name);
    block.replace(100, 7, "0000644");
    block.replace(108, 7, "0000000");
    block.replace(116, 7, "0000000");
    block.replace(124, size.size(), size);
    block.replace(136, 11, "00000000000");
    block.replace(148, 8, "        ");
    block[156] = type;
    block.replace(257, 8, std::string("ustar\0" "00", 8));
    unsigned sum = 0;
    for (const char byte : block) sum += static_cast<unsigned char>(byte);
    char digits[8];
    std::snprintf(digits, sizeof digits, "%06o", sum);
    block.replace(148, 7, digits, 7);
    return block;
}

std::string padded(std::string bytes) {
    bytes.resize((bytes.size() + 511) / 512 * 512);
    return bytes;
}

std::string octal(std::size_t size) {
    char digits[12];
    std::snprintf(digits, sizeof digits, "%011zo", size);
    return digits;
}

/// A header that says more about the member after it: "path=a" and so on.
std::string pax_header(const Texts& records) {
    std::string text;
    for (const auto& record : records) {
        auto length = record.size() + 3;
        while (std::to_string(length).size() + record.size() + 2 != length) ++length;
        text += std::to_string(length) + ' ' + record + '\n';
    }
    return header("PaxHeader", 'x', octal(text.size())) + padded(text);
}

} // namespace

TEST_CASE("a higher layer replaces and removes what lower ones have") {
    Image image;
    image.add([](TarLayer& layer) {
        for (const char* path : {"kept", "replaced", "removed", "of-folder/a", "of-folder/sub/b", "of-folder-not/c", "emptied/d", "emptied/sub/e", "was-folder/f", "was-folder.g",
                                 "was-file", "linked", "first opaque/h", "second opaque/i", "late"}) {
            layer.file(std::string("./") + path + ".list", std::string("deb ") + path + " 1\n");
        }
        layer.file("now folder.list", "deb now 1");
    }, Packing::gzip);
    image.add([](TarLayer& layer) {
        layer.folder("first opaque").file("first opaque/.wh..wh..opq", "").file("first opaque/own.list", "deb own-after 2");
        layer.folder("second opaque").file("second opaque/own.list", "deb own-before 2").file("second opaque/.wh..wh..opq", "");
        layer.file("replaced.list", "deb replaced 2").file(".wh.removed.list", "").file(".wh.of-folder", "");
        layer.file("emptied/.wh..wh..opq", "").file(".wh..wh.plnk", "").file(".wh..wh.aufs", "").file(".wh.nothing", "");
        layer.file("was-folder", "now a file").folder("now folder.list").symlink("linked.list", "kept.list").file("was-file.list", "");
        // A whiteout is about the layers below, wherever it stands.
        layer.file("late.list", "deb late 2").file(".wh.late.list", "");
    }, Packing::zstd);
    CHECK(image.told() == Texts{"kept 1: kept.list; 0", "late 2: late.list; 1", "of-folder-not/c 1: of-folder-not/c.list; 0", "own-after 2: first opaque/own.list; 1",
                                "own-before 2: second opaque/own.list; 1", "replaced 2: replaced.list; 1", "was-folder.g 1: was-folder.g.list; 0"});
    // Nothing stays below an opaque root, and what comes after counts.
    image.add([](TarLayer& layer) { layer.file("./.wh..wh..opq", "").file("/kept.list", "deb kept 3\nnone"); });
    image.add([](TarLayer& layer) { layer.file("a//./b/new.list", "deb new 4").file("a/b/new.list", "deb twice 4"); });
    CHECK(image.told() == Texts{"kept 3: kept.list; 2", "twice 4: a/b/new.list; 3", "kept.list: no package"});
}

TEST_CASE("a hard link tells what the file tells that it is one to") {
    Image image;
    image.add([](TarLayer& layer) {
        layer.file("z.list", "npm z 1").hard_link("other", "z.list").hard_link("chain.list", "./other").hard_link("itself.list", "itself.list");
        // As a store of files by their digests has it: the name says nothing.
        layer.file("store/ab", "npm stored 1").file("store/cd", "npm second 1").file("store/ef", "no package");
        layer.hard_link("1.list", "store/ab").hard_link("2.list", "/store/ab").hard_link("3.list", "store/cd").hard_link("4.list", "store/ef");
        layer.hard_link("5.list", "store/ab").file("5.list", "npm own 5");
    });
    CHECK(image.told() == Texts{"own 5: 5.list; 0", "second 1: 3.list; 0", "stored 1: 1.list,2.list; 0", "z 1: chain.list,other,z.list; 0", "4.list: no package"});
    image.add([](TarLayer& layer) {
        layer.hard_link("up.list", "z.list").hard_link("3.list", "z.list").hard_link("1.list", "store/cd").hard_link("2.list", "../x").hard_link("4.list", "nowhere.list");
        layer.file(".wh.other", "").file(".wh.chain.list", "");
    });
    CHECK(image.told() == Texts{"own 5: 5.list; 0", "z 1: 3.list,up.list,z.list; 0,1", "1.list: not read, it is a link to store/cd of another layer",
                                "layer sha256:1: ignored 1 name that no file may have: ../x"});
}

TEST_CASE("packages of the system have its name") {
    Image image;
    image.add([](TarLayer& layer) {
        layer.file("usr/lib/os-release", "# first\nNAME=\"Debian GNU/Linux\"\nID=debian\nVERSION_ID=\"12\"\nPRETTY_NAME='Debian 12'\n").symlink("etc/os-release", "../usr/lib/os-release");
        layer.file("a.list", "deb libc6 2\napk musl 1\npypi six 1\n").file("b.list", "pypi six 1\npypi six 0\ngolang six 1\n");
    });
    const auto inventory = image.take();
    CHECK(inventory.distribution == Distribution{"debian", "12", "Debian 12"});
    const Texts first = {"a.list"};
    const Texts both = {"a.list", "b.list"};
    const Texts second = {"b.list"};
    const Texts layer = {"sha256:0"};
    const std::map<std::string, std::string> distro = {{"distro", "debian-12"}};
    CHECK(inventory.packages == std::vector<Package>{
                                    {.type = "apk", .name_space = "debian", .name = "musl", .version = "1", .qualifiers = distro, .paths = first, .layers = layer},
                                    {.type = "deb", .name_space = "debian", .name = "libc6", .version = "2", .qualifiers = distro, .paths = first, .layers = layer},
                                    {.type = "golang", .name_space = "", .name = "six", .version = "1", .paths = second, .layers = layer},
                                    {.type = "pypi", .name_space = "", .name = "six", .version = "0", .paths = second, .layers = layer},
                                    {.type = "pypi", .name_space = "", .name = "six", .version = "1", .paths = both, .layers = layer}});
    // The file of /etc comes first; without a version there is none to name.
    image.add([](TarLayer& layer2) { layer2.file("etc/os-release", "ID=other\nNAME=Other\n"); });
    CHECK(image.take().distribution == Distribution{"other", "", "Other"});
    CHECK(image.take().packages[0].qualifiers.at("distro") == "other");
    image.add([](TarLayer& layer3) { layer3.file("etc/.wh.os-release", "").file("usr/lib/os-release", std::string(100'000, '#')); });
    CHECK(image.take().distribution == Distribution{});
    CHECK(image.take().packages[0].name_space.empty());
}

TEST_CASE("records of one package are one, which says what any of them does") {
    struct Telling : Cataloger {
        bool wants(const Member&) const override { return true; }
        Finding read(const Member& member, Content&) const override {
            Package package{.type = "pypi", .name_space = {}, .name = "six", .version = "1"};
            if (member.path == "a" || member.path == "c") package.licenses = {member.path};
            if (member.path == "b") package.supplier = "Somebody";
            if (member.path == "c") package.homepage = "https://c.example";
            package.sha1 = member.path == "d" ? "" : member.size == 0 ? "same" : "other";
            return {.packages = {package}, .gaps = {}};
        }
    };
    const Telling tells;
    Image image;
    image.catalogers = {&tells};
    image.add([](TarLayer& layer) { layer.file("c", "").file("b", "").file("d", "").file("a", ""); });
    Package six{.type = "pypi", .name_space = {}, .name = "six", .version = "1", .licenses = {"a"}, .supplier = "Somebody", .homepage = "https://c.example", .sha1 = "same", .paths = {"a", "b", "c", "d"}, .layers = {"sha256:0"}};
    CHECK(image.take().packages == std::vector<Package>{six});
    // No single archive is the package.
    image.add([](TarLayer& layer) { layer.file("a", "x"); });
    six.sha1.clear();
    six.layers.emplace_back("sha256:1");
    CHECK(image.take().packages == std::vector<Package>{six});
}

TEST_CASE("os-release is read as a shell reads it") {
    CHECK(read_os_release("ID=a\\ b\r\nVERSION_ID=\"1\\\"2\" # no\nPRETTY_NAME='a\\b' \nnone\n=x\n ID_LIKE=z\n") == Distribution{"a b", "1\"2", "a\\b"});
    CHECK(read_os_release("ID=\"open\nVERSION_ID=\\\nNAME=\xFF\n") == Distribution{"open", "\\", ""});
    CHECK(read_os_release("") == Distribution{});
}

TEST_CASE("catalogers get the content of a file in turn, as long as they only look at its start") {
    struct Looking : ListCataloger {
        std::size_t pieces;
        bool says;
        mutable Texts seen = {};
        Looking(std::size_t pieces_to_read, bool says_something) : pieces(pieces_to_read), says(says_something) {}
        Finding read(const Member& member, Content& content) const override {
            std::string text;
            for (std::size_t i = 0; i < pieces; ++i) {
                if (const auto piece = content.next()) text += *piece;
            }
            seen.push_back(text);
            return says ? Finding{{{.type = "npm", .name_space = {}, .name = member.path, .version = std::to_string(member.mode)}}, {}} : Finding{};
        }
    };
    std::string large;
    while (large.size() < 150'000) large += std::to_string(large.size());
    Looking leaves(1, false);
    Looking reads(4, true);
    Looking late(1, false);
    Image image;
    image.catalogers = {&leaves, &reads, &late};
    image.add([&](TarLayer& layer) { layer.file("large.list", large, 0755).file("empty.list", "").sparse("sparse.list", 100'000, "end"); }, Packing::gzip);
    CHECK(image.told() == Texts{"empty.list 420: empty.list; 0", "large.list 493: large.list; 0", "sparse.list 420: sparse.list; 0"});
    CHECK(reads.seen == Texts{large, "", std::string(99'997, '\0') + "end"});
    CHECK(leaves.seen == Texts{large.substr(0, 65'536), "", std::string(65'536, '\0')});
    CHECK(late.seen.empty());
    reads.says = false; // what was read is gone, and nobody else is asked
    CHECK(image.told().empty());
    CHECK(late.seen == Texts{""}); // unless it was all that there is
}

TEST_CASE("members that no file system would take are ignored, and named") {
    Image image;
    const std::string deep(100'000, 'd');
    image.add([&](TarLayer& layer) {
        layer.file("../out.list", "deb out 1").file("a/../b.list", "deb b 1").file(deep + ".list", "deb deep 1").file(".wh.", "").file("a/.wh...", "").file("/", "").folder("./");
        layer.symlink("link.list", deep).file("\x1b[2J\xff.list", "deb escape 1").file("good.list", "deb good 1");
    }, Packing::gzip);
    CHECK(image.told() == Texts{"escape 1: \x1b[2J\xff.list; 0", "good 1: good.list; 0", "layer sha256:0: ignored 4 names that no file may have: ../out.list"});
}

TEST_CASE("names are bytes, however the archive says them") {
    Image image;
    image.add([](TarLayer& layer) { layer.file("f\xc3\xbcr/a.list", "deb a 1").file("f\xc3\xbcr/" + std::string(200, 'x') + "\xc3\xbc.list", "deb long 1"); });
    image.add([](TarLayer& layer) { layer.file(".wh.f\xc3\xbcr", "").file(std::string(200, 'x') + "\xc3\xbc.list", "deb name 1"); });
    image.add_bytes(pax_header({"path=\xc3\xbc.list"}) + header("u.list", '0', octal(7)) + padded("deb p 1"));
    CHECK(image.told() == Texts{"name 1: " + std::string(200, 'x') + "\xc3\xbc.list; 1", "p 1: \xc3\xbc.list; 2"});
}

TEST_CASE("large members cost nothing") {
    Image image;
    const std::int64_t huge = std::int64_t{10} << 30;
    image.add([&](TarLayer& layer) {
        layer.sparse("unwanted", huge, "end").sparse("wanted.list", huge, "end").file("good.list", "deb good 1");
        layer.sparse("archive.list", std::int64_t{1} << 30, "end");
    }, Packing::gzip);
    CHECK(image.told() == Texts{"good 1: good.list; 0", "archive.list: too large", "wanted.list: not read, it has 10.7 GB"});
}

TEST_CASE("what is no archive of a layer, or a broken one, is an error that names the layer") {
    Image image;
    const auto fails = [&](std::string_view bytes, const std::string& why) {
        image.layers.clear();
        image.add_bytes(bytes);
        INFO(why);
        CHECK(image.failure() == "3 cannot read layer sha256:0: " + why);
    };
    fails("", "Unrecognized archive format");
    fails("PK\x03\x04 and so on", "Unrecognized archive format");
    fails("!<arch>\ndebian-binary   1342943816  0     0     100644  4         `\n2.0\n", "Unrecognized archive format");
    fails(std::string(100'000, 'x'), "Unrecognized archive format");
    image.layers = {{"sha256:0", image.folder.path() / "none"}};
    CHECK(image.failure() == "3 cannot read layer sha256:0: " + (image.folder.path() / "none").string() + ": No such file or directory");
    image.layers = {{"sha256:0", image.folder.path()}};
    CHECK(image.failure().starts_with("3 cannot read layer sha256:0: "));

    // Members that claim 8 GB and 2^63 bytes.
    for (const auto& size : {std::string("77777777777"), std::string("\x80\0\0\0\x80\0\0\0\0\0\0\0", 12)}) {
        image.layers.clear();
        image.add_bytes(header("a", '0', size));
        CHECK(image.failure().starts_with("3 cannot read layer sha256:0: "));
    }
    // A member's headers of 100 MB, in a file that takes no place on the disk.
    for (const char type : {'x', 'L', 'g'}) {
        INFO(type);
        image.layers.clear();
        image.add_bytes(header("a", type, octal(100'000'000)));
        std::filesystem::resize_file(image.layers[0].file, 100'000'000);
        CHECK(image.failure().starts_with("3 cannot read layer sha256:0: "));
    }
    // A file that is nothing but a map of its holes, which a reader would keep.
    std::string map = "4000000\n";
    while (map.size() < 16'000'000) map += "0\n0\n";
    fails(pax_header({"GNU.sparse.major=1", "GNU.sparse.minor=0", "GNU.sparse.name=a.list", "GNU.sparse.realsize=900"}) + header("a.list", '0', octal(map.size())) + padded(map),
          "the headers of a member are larger than 4 MB");
    // Headers of headers of headers: libarchive passes over them, or says that they are too many.
    image.layers.clear();
    std::string headers;
    for (int i = 0; i < 10'000; ++i) headers += header("a", 'x', octal(0));
    image.add_bytes(headers);
    try {
        CHECK(image.told().empty());
    } catch (const Error& error) {
        CHECK(words_of(error).starts_with("3 cannot read layer sha256:0: "));
    }

    for (const auto packing : {Packing::plain, Packing::gzip, Packing::zstd}) {
        image.layers.clear();
        image.add([](TarLayer& layer) {
            std::string text;
            for (int i = 0; i < 20'000; ++i) text += std::to_string(i * i);
            layer.file("a.list", "deb a 1").file("large", text).file("b.list", "deb b 1");
        }, packing);
        CHECK(image.told().size() == 2);
        const auto size = std::filesystem::file_size(image.layers[0].file);
        for (const auto part : {size / 2, size / 3, std::uintmax_t{20}}) {
            std::filesystem::resize_file(image.layers[0].file, part);
            INFO(part);
            CHECK(image.failure().starts_with("3 cannot read layer sha256:0: "));
        }
    }
}

TEST_CASE("there may be many files, and too many packages") {
    Image image;
    image.add([](TarLayer& layer) {
        const auto count = sampling::cases(20'000, 1'000'000);
        for (std::size_t i = 0; i < count; ++i) layer.file("folder/of/a/package/with/many/files/" + std::to_string(i), "");
        layer.file("a.list", "deb a 1");
    }, Packing::gzip);
    CHECK(image.told() == Texts{"a 1: a.list; 0"});

    struct Endless : ListCataloger {
        Finding read(const Member&, Content&) const override { return {std::vector<Package>(1000, Package{.type = "npm", .name_space = {}, .name = "x", .version = {}}), {}}; }
    } endless;
    image.catalogers = {&endless};
    image.add([](TarLayer& layer) {
        for (int i = 0; i < 600; ++i) layer.file("many.list", "");
    });
    CHECK(image.failure() == "3 cannot list what is in the image: more than 500000 packages and files that name some");
}

TEST_CASE("reading ends in the middle of a member when it is cancelled") {
    Image image;
    image.lists.on_read = [&] { image.cancellation.request(15); };
    image.add([](TarLayer& layer) { layer.file("a.list", "deb a 1").file("large", std::string(1 << 20, 'x')); }, Packing::gzip);
    CHECK_THROWS_AS(image.take(), Cancelled);
}

TEST_CASE("layers leave what a file system would have") {
    // A file system without any cleverness: a version for each file, none for what is no file. Removals of a layer come first.
    using Tree = std::map<std::string, std::string>;
    const auto remove_below = [](Tree& tree, const std::string& folder) {
        std::erase_if(tree, [&](const auto& one) { return one.first.starts_with(folder + '/'); });
    };
    std::mt19937_64 chance(sampling::seed());
    const auto pick = [&](std::size_t count) { return std::uniform_int_distribution<std::size_t>(0, count - 1)(chance); };
    const auto name = [&] { return std::string(1, "ab"[pick(2)]) + ".list" + (pick(2) == 0 ? "" : "-.list"); }; // one begins as another does
    int version = 0;
    for (std::size_t round = 0; round < sampling::cases(60, 3000); ++round) {
        Image image;
        Tree tree;
        std::string story;
        for (std::size_t i = 0, count = 1 + pick(4); i < count; ++i) {
            auto after = tree;
            std::vector<std::function<void(Tree&)>> changes;
            story += "layer\n";
            image.add([&](TarLayer& layer) {
                std::vector<std::string> files;
                for (std::size_t j = 0, members = pick(12); j < members; ++j) {
                    std::string folder;
                    // As in real layers, the folders of a member come before it.
                    const auto enter = [&](const std::string& path) {
                        layer.folder(path);
                        changes.emplace_back([=](Tree& now) { now[path] = ""; });
                        folder = path;
                    };
                    for (std::size_t depth = pick(3); depth > 0; --depth) enter(folder.empty() ? name() : folder + '/' + name());
                    const auto in_folder = [&](const std::string& what) { return folder.empty() ? what : folder + '/' + what; };
                    const auto last = name();
                    const auto path = in_folder(last);
                    const auto put = [&](const std::string& content) {
                        changes.emplace_back([=](Tree& now) {
                            remove_below(now, path);
                            now[path] = content;
                        });
                    };
                    const auto kind = pick(7);
                    story += std::to_string(kind) + ' ' + path + '\n';
                    if (kind <= 2) {
                        const auto number = std::to_string(++version);
                        layer.file(path, "npm x " + number);
                        put(number);
                        files.push_back(path);
                    } else if (kind == 3) {
                        layer.symlink(path, "anywhere");
                        put("");
                    } else if (kind == 4) {
                        layer.file(in_folder(".wh." + last), "");
                        after.erase(path);
                        remove_below(after, path);
                    } else if (kind == 5 && !folder.empty()) {
                        layer.file(in_folder(".wh..wh..opq"), "");
                        remove_below(after, folder);
                    } else if (kind == 6 && !files.empty()) {
                        const auto target = files[pick(files.size())];
                        layer.hard_link(path, target);
                        changes.emplace_back([=](Tree& now) {
                            const auto found = now.find(target);
                            const auto content = found == now.end() ? "" : found->second;
                            remove_below(now, path);
                            now[path] = content;
                        });
                    }
                }
            });
            for (const auto& change : changes) change(after);
            tree = std::move(after);
        }
        Tree expected;
        for (const auto& [path, content] : tree) {
            if (!content.empty()) expected[path] = content;
        }
        Tree found;
        for (const auto& package : image.take().packages) {
            for (const auto& path : package.paths) found[path] = package.version;
        }
        INFO(story);
        REQUIRE(found == expected);
    }
}
