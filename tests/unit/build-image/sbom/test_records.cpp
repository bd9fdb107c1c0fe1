#include "catch.hpp"

#include "build-image/sbom/records.hpp"
#include "content_text.hpp"
#include "core/text.hpp"

using namespace slipway;
using namespace slipway::build_image;

namespace {

/// "@scope/name 1.2 arch=all upstream=x [MIT, BSD] <supplier> homepage"; a line each, gaps last.
std::vector<std::string> told(const Finding& finding) {
    std::vector<std::string> result;
    for (const auto& package : finding.packages) {
        auto line = package.type + ' ' + package.name_space + (package.name_space.empty() ? "" : "/") + package.name + ' ' + package.version;
        for (const auto& [name, value] : package.qualifiers) line += ' ' + name + '=' + value;
        if (!package.licenses.empty()) line += " [" + join(package.licenses, ", ") + ']';
        if (!package.supplier.empty()) line += " by " + package.supplier;
        if (!package.homepage.empty()) line += " at " + package.homepage;
        CHECK((package.sha1.empty() && package.paths.empty() && package.layers.empty()));
        result.push_back(std::move(line));
    }
    for (const auto& gap : finding.gaps) result.push_back("gap: " + gap);
    return result;
}

using Lines = std::vector<std::string>;

Lines dpkg(const std::string& text, const std::string& path = "var/lib/dpkg/status") { return told(fake::read(dpkg_cataloger(), path, text)); }
Lines apk(const std::string& text) { return told(fake::read(apk_cataloger(), "lib/apk/db/installed", text)); }
Lines python(const std::string& text) { return told(fake::read(python_cataloger(), "a.dist-info/METADATA", text)); }
Lines node(const std::string& text) { return told(fake::read(node_cataloger(), "node_modules/a/package.json", text)); }

const std::string unreadable = "no name or version that can be read";

} // namespace

TEST_CASE("which files tell of packages") {
    struct Case {
        const Cataloger& cataloger;
        std::string path;
        bool wants;
    };
    for (const auto& [cataloger, path, wants] : std::vector<Case>{
             {dpkg_cataloger(), "var/lib/dpkg/status", true},
             {dpkg_cataloger(), "var/lib/dpkg/status-old", false},
             {dpkg_cataloger(), "srv/chroot/var/lib/dpkg/status", false},
             {dpkg_cataloger(), "var/lib/dpkg/status.d/tzdata", true},
             {dpkg_cataloger(), "var/lib/dpkg/status.d/tzdata.md5sums", false},
             {dpkg_cataloger(), "var/lib/dpkg/status.d/a/b", false},
             {apk_cataloger(), "lib/apk/db/installed", true},
             {apk_cataloger(), "usr/lib/apk/db/installed", true},
             {apk_cataloger(), "lib/apk/db/scripts.tar", false},
             {rpm_cataloger(), "var/lib/rpm/rpmdb.sqlite", true},
             {rpm_cataloger(), "var/lib/rpm/Packages", true},
             {rpm_cataloger(), "usr/lib/sysimage/rpm/Packages.db", true},
             {rpm_cataloger(), "var/lib/rpm/rpmdb.sqlite-wal", false},
             {rpm_cataloger(), "srv/var/lib/rpm/Packages", false},
             {python_cataloger(), "usr/lib/python3/dist-packages/Django-3.2.19.egg-info/PKG-INFO", true},
             {python_cataloger(), "usr/lib/python3/dist-packages/six-1.16.0.egg-info", true},
             {python_cataloger(), "venv/lib/python3.11/site-packages/pip-23.0.1.dist-info/METADATA", true},
             {python_cataloger(), "venv/lib/python3.11/site-packages/a.egg/EGG-INFO/PKG-INFO", true},
             {python_cataloger(), "venv/lib/python3.11/site-packages/pip-23.0.1.dist-info/RECORD", false},
             {python_cataloger(), "src/PKG-INFO", false},
             {node_cataloger(), "node_modules/a/package.json", true},
             {node_cataloger(), "app/node_modules/@scope/a/package.json", true},
             {node_cataloger(), "app/node_modules/a/node_modules/b/package.json", true},
             {node_cataloger(), "app/node_modules/.pnpm/a@1.0.0/node_modules/a/package.json", true},
             {node_cataloger(), "usr/lib/node_modules/npm/package.json", true},
             {node_cataloger(), "app/package.json", false},
             {node_cataloger(), "app/node_modules/package.json", false},
             {node_cataloger(), "app/node_modules/@scope/package.json", false},
             {node_cataloger(), "app/node_modules/a/dist/package.json", false},
             {node_cataloger(), "app/node_modules/@scope/a/dist/package.json", false},
             {node_cataloger(), "app/node_modules/.cache/package.json", false},
             {node_cataloger(), "app/my_node_modules/a/package.json", false},
             {node_cataloger(), "app/node_modules/a/my-package.json", false}}) {
        INFO(path);
        CHECK(cataloger.wants({.path = path}) == wants);
    }
}

TEST_CASE("packages of dpkg") {
    const std::string status = "Package: libstdc++6\nStatus: install ok installed\nPriority: optional\nMaintainer: Debian GCC Maintainers <debian-gcc@lists.debian.org>\n"
                               "Architecture: amd64\nMulti-Arch: same\nSource: gcc-12 (12.2.0-14)\nVersion: 12.2.0-14+deb12u1\nDescription: a library\n Package: no\n .\n Version: 2\n"
                               "Homepage: http://gcc.gnu.org/\n\n"
                               "Package: base-files\nStatus: hold ok installed\nArchitecture: amd64\nSource: base-files\nVersion: 12.4\n\n\n"
                               "package: tzdata\r\nSTATUS: install ok half-configured\r\nversion: 1:2024a\r\nSource: tz\r\n\r\n"
                               "Package: gone\nStatus: deinstall ok config-files\nVersion: 1\n\n"
                               "Package: never\nStatus: unknown ok not-installed\n\n"
                               "Package: half\nStatus: install reinstreq half-installed\nVersion: 2\nSource: half (1)";
    const Lines expected{"deb libstdc++6 12.2.0-14+deb12u1 arch=amd64 upstream=gcc-12@12.2.0-14 by Debian GCC Maintainers <debian-gcc@lists.debian.org> at http://gcc.gnu.org/",
                         "deb base-files 12.4 arch=amd64", "deb tzdata 1:2024a upstream=tz", "deb half 2 upstream=half@1"};
    CHECK(dpkg(status) == expected);
    CHECK(dpkg("Package: netbase\nVersion: 6.4\nArchitecture: all\n", "var/lib/dpkg/status.d/netbase") == Lines{"deb netbase 6.4 arch=all"});
    CHECK(dpkg("").empty());
    CHECK(dpkg("\n\n\n").empty());
    // What no dpkg writes.
    const auto one = [](const std::string& why) { return Lines{"gap: var/lib/dpkg/status: 1 package is missing: " + why}; };
    CHECK(dpkg("no record") == one(unreadable));
    CHECK(dpkg("Package: a\n") == one(unreadable));
    CHECK(dpkg("Package: a\x1b[2J\nVersion: 1\n") == one(unreadable));
    CHECK(dpkg("Package: a\n b\nVersion: 1\n") == one(unreadable));
    CHECK(dpkg("Package: " + std::string(2000, 'a') + "\nVersion: 1\n") == one(unreadable));
    CHECK(dpkg("Package: a\xff\xc3\nVersion: 1\xe2\x82\nMaintainer: J\xf6rg\n") == Lines{"deb a?? 1?? by J?rg"});
    CHECK(dpkg(" continued\nPackage: a\nno colon\n continued\nVersion: 1\n: \nSource: (\n") == Lines{"deb a 1 upstream=@"});
    CHECK(dpkg("Package: a\nVersion:\n\nVersion: 1\n") == Lines{"gap: var/lib/dpkg/status: 2 packages are missing: " + unreadable});
}

TEST_CASE("a file of records ends somewhere") {
    std::string many;
    for (int i = 0; i < 100'003; ++i) many += "P:a\nV:1\n\n";
    const auto finding = fake::read(apk_cataloger(), "lib/apk/db/installed", many);
    CHECK(finding.packages.size() == 100'000);
    CHECK(finding.gaps == Lines{"lib/apk/db/installed: 3 packages are missing: more than 100000 in one file"});
    CHECK(dpkg(std::string(64'000'001, 'x')) == Lines{"gap: var/lib/dpkg/status was not read: it is larger than 64.0 MB"});
    CHECK(python(std::string(8'000'001, 'x')) == Lines{"gap: a.dist-info/METADATA was not read: it is larger than 8.0 MB"});
    CHECK(node(std::string(4'000'001, '{')) == Lines{"gap: node_modules/a/package.json was not read: it is larger than 4.0 MB"});
}

TEST_CASE("packages of apk") {
    const std::string installed = "C:Q1Ew0mTxUHzoyUUvK1mjKvcRX6a7o=\nP:libcrypto3\nV:3.3.2-r0\nA:x86_64\nS:1\nI:4\nT:Crypto library\nU:https://www.openssl.org/\nL:Apache-2.0\no:openssl\n"
                                  "m:Ariadne Conill <ariadne@dereferenced.org>\nt:1725402110\np:so:libcrypto.so.3=3.3.2\nF:lib\nM:0:0:1777\nR:libcrypto.so.3\na:0:0:755\nZ:Q1abc=\n\n"
                                  "P:busybox\nV:1.36.1-r29\nA:x86_64\nL:GPL-2.0-only\no:busybox\nF:\n\n"
                                  "P:.build-deps\nV:20241001.120000\nA:noarch";
    const Lines expected{"apk libcrypto3 3.3.2-r0 arch=x86_64 upstream=openssl [Apache-2.0] by Ariadne Conill <ariadne@dereferenced.org> at https://www.openssl.org/",
                         "apk busybox 1.36.1-r29 arch=x86_64 [GPL-2.0-only]", "apk .build-deps 20241001.120000 arch=noarch"};
    CHECK(apk(installed) == expected);
    CHECK(apk("").empty());
    CHECK(apk("\n\n").empty());
    CHECK(apk("P:a\nV:\n\nx\n\n:\nP\n\nP:b\r\nV:2\r\n\r\n") == Lines{"apk b 2", "gap: lib/apk/db/installed: 3 packages are missing: " + unreadable});
}

TEST_CASE("packages of Python") {
    CHECK(python("Metadata-Version: 2.1\nName: Jaraco._Text\nVersion: 3.12.1\nHome-page: https://example.org/a\nAuthor: Jason R. Coombs\nAuthor-email: jaraco@jaraco.com\n"
                 "License: MIT\nClassifier: License :: OSI Approved :: Apache Software License\n\nName: body\nLicense: none\n") ==
          Lines{"pypi jaraco-text 3.12.1 [MIT] by Jason R. Coombs <jaraco@jaraco.com> at https://example.org/a"});
    CHECK(python("Name: a\nVersion: 1\nLicense: UNKNOWN\nLicense-Expression: MIT OR\n  Apache-2.0\nHome-page: UNKNOWN\nProject-URL: Docs, https://d.example\nProject-URL: Home Page, https://h.example\n"
                 "Project-URL: homepage , https://i.example\nProject-URL: broken\nAuthor-email: \"A. Uthor\" <a@example.org>\n") ==
          Lines{"pypi a 1 [MIT OR Apache-2.0] by \"A. Uthor\" <a@example.org> at https://h.example"});
    // All the text of a licence, and classifiers that say what it is.
    CHECK(python("Name: a\nVersion: 1\nLicense: " + std::string(300, 'x') + "\n        " + std::string(300, 'y') +
                 "\nClassifier: License :: OSI Approved\nClassifier: License :: OSI Approved :: BSD License\nClassifier: License :: Public Domain\nClassifier: License :: Public Domain\n"
                 "Classifier: Topic :: License\nMaintainer: M\nAuthor: UNKNOWN\n") == Lines{"pypi a 1 [BSD License, Public Domain] by M"});
    for (const char* text : {"", "\n", "Version: 1\n", "Name: a\n", "Name: a\n\nVersion: 1\n", "Name: \x01\nVersion: 1\n", "\x7f\x45LF"}) {
        INFO(text);
        CHECK(python(text) == (*text == 0 ? Lines{} : Lines{"gap: a.dist-info/METADATA: 1 package is missing: " + unreadable}));
    }
}

TEST_CASE("packages of Node") {
    CHECK(node(R"({"name": "@babel/core", "version": "7.1.0", "license": "MIT", "author": {"name": "A", "email": "a@b.c", "url": "x"}, "homepage": "https://babel.dev"})") ==
          Lines{"npm @babel/core 7.1.0 [MIT] by A <a@b.c> at https://babel.dev"});
    CHECK(node("\xef\xbb\xbf" R"json({"version": "1.0.0", "author": "A <a@b.c> (http://a.b)", "name": "a", "licenses": [{"type": "MIT", "url": "x"}, "ISC", {"type": "MIT"}], "repository": {"name": "no", "type": "git"}})json") ==
          Lines{"npm a 1.0.0 [MIT, ISC] by A <a@b.c>"});
    CHECK(node(R"({"name": " a ", "version": "1", "license": {"type": "GPL"}, "x": [{"name": "b", "license": "no"}, [["license"]]], "license": ["W3C", ["no"], {"of": {"type": "no"}}]})") == Lines{"npm a 1 [GPL, W3C]"});
    CHECK(node("{\"name\": \"a\xff\", \"version\": \"1\"}") == Lines{"npm a? 1"});
    // No package, or none that can be told.
    for (const char* text : {"", "{}", "[]", "3", R"({"type": "module"})", R"({"name": "a"})", R"({"name": "a", "version": 1})", R"([{"name": "a", "version": "1"}])", R"({"x": {"name": "a", "version": "1"}})"}) {
        INFO(text);
        CHECK(node(text).empty());
    }
    for (const char* text : {"{", "{\"name\": \"a\", \"version\": \"1\"", "{\"name\": \"a\", \"version\": \"1\"} x", "{'name': 1}", "\x7f\x45LF"}) {
        INFO(text);
        CHECK(node(text) == Lines{"gap: node_modules/a/package.json was not read: it is no JSON"});
    }
    for (const char* text : {R"({"name": "a\u0000b", "version": "1"})", R"({"name": "@a/", "version": "1"})", R"({"name": "@a\n/b", "version": "1"})", R"({"name": "a", "version": "1\u202e"})"}) {
        INFO(text);
        CHECK(node(text) == Lines{"gap: node_modules/a/package.json: 1 package is missing: " + unreadable});
    }
    // As deep as the file is long.
    const std::string deep(1'500'000, '[');
    CHECK(node(deep) == Lines{"gap: node_modules/a/package.json was not read: it is no JSON"});
    CHECK(node("{\"x\":" + deep + std::string(deep.size(), ']') + ", \"name\": \"a\", \"version\": \"1\"}") == Lines{"npm a 1"});
    std::string objects;
    for (int i = 0; i < 400'000; ++i) objects += "{\"a\":";
    CHECK(node(objects) == Lines{"gap: node_modules/a/package.json was not read: it is no JSON"});
}

TEST_CASE("packages of RPM are said to be missing") {
    CHECK(told(fake::read(rpm_cataloger(), "var/lib/rpm/rpmdb.sqlite", "SQLite format 3")) ==
          Lines{"gap: var/lib/rpm/rpmdb.sqlite: RPM's database is not read: the packages of the system are not listed"});
}
