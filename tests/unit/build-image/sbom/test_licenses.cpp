#include "build-image/sbom/licenses.hpp"

#include "build-image/sbom/license_ids.hpp"
#include "catch.hpp"
#include "core/text.hpp"

#include <algorithm>

using namespace slipway;
using namespace slipway::build_image;

TEST_CASE("licences: the list is sorted as it is searched, and every id is found in any case") {
    for (const auto ids : {license_ids(), license_exception_ids()}) {
        CHECK(std::is_sorted(ids.begin(), ids.end(), [](auto a, auto b) { return lower(a) < lower(b); }));
    }
    for (const auto id : license_ids()) {
        const auto license = read_license(upper(id));
        CHECK(license.kind == LicenseKind::id);
        // The deprecated ids of the GNU licences have others in their place.
        if (license.expression != id) CHECK(license.expression == (id.ends_with('+') ? std::string(id.substr(0, id.size() - 1)) + "-or-later" : std::string(id) + "-only"));
    }
    for (const auto id : license_exception_ids()) CHECK(read_license("gpl-2.0-only with " + lower(id)).expression == "GPL-2.0-only WITH " + std::string(id));
}

TEST_CASE("licences: what is an expression of SPDX is written as one, in the list's own case") {
    struct {
        const char *text, *expression;
    } const cases[] = {
        {"MIT", "MIT"}, {" mit\n", "MIT"}, {"GPL-2.0", "GPL-2.0-only"}, {"GPL-2.0+", "GPL-2.0-or-later"}, {"lgpl-2.1+", "LGPL-2.1-or-later"}, {"Apache-2.0+", "Apache-2.0+"},
        {"(MIT OR Apache-2.0)", "(MIT OR Apache-2.0)"}, {"mit or apache-2.0", "MIT OR Apache-2.0"}, {"MIT AND (BSD-2-Clause OR ISC)AND Zlib", "MIT AND (BSD-2-Clause OR ISC) AND Zlib"},
        {"GPL-2.0-or-later WITH Classpath-exception-2.0 AND MIT", "GPL-2.0-or-later WITH Classpath-exception-2.0 AND MIT"},
        {"LicenseRef-Ours", "LicenseRef-Ours"}, {"MIT AND LicenseRef-Ours", "MIT AND LicenseRef-Ours"},
        // names in the place of ids
        {"GPL-2+ and Expat", "GPL-2.0-or-later AND MIT"}, {"MIT License OR Apache License 2.0", "MIT OR Apache-2.0"}, {"GPLv2 or later", "GPL-2.0-or-later"},
    };
    for (const auto& [text, expression] : cases) CHECK(read_license(text).expression == expression);
    CHECK(read_license("MIT AND LicenseRef-Ours").references == std::map<std::string, std::string>{{"LicenseRef-Ours", "LicenseRef-Ours"}});
    CHECK(read_license("MIT OR ISC").kind == LicenseKind::expression);
}

TEST_CASE("licences: names that mean one licence become its id") {
    struct {
        const char *text, *id;
    } const cases[] = {
        {"MIT License", "MIT"}, {"The MIT License (MIT)", "MIT"}, {"Expat", "MIT"}, {"ISC license", "ISC"}, {"The Unlicense (Unlicense)", "Unlicense"},
        {"Apache 2.0", "Apache-2.0"}, {"Apache License, Version 2.0", "Apache-2.0"}, {"The Apache Software License, Version 2.0", "Apache-2.0"}, {"Apache License v2.0", "Apache-2.0"}, {"ASL 2.0", "Apache-2.0"},
        {"BSD 3-Clause", "BSD-3-Clause"}, {"3-Clause BSD License", "BSD-3-Clause"}, {"BSD-2-clause", "BSD-2-Clause"}, {"New BSD License", "BSD-3-Clause"},
        {"MPL 2.0", "MPL-2.0"}, {"License :: OSI Approved :: Mozilla Public License 2.0 (MPL 2.0)", "MPL-2.0"}, {"Eclipse Public License - v 2.0", "EPL-2.0"},
        {"GPL-3", "GPL-3.0-only"}, {"GPLv3+", "GPL-3.0-or-later"}, {"GPL v2 only", "GPL-2.0-only"}, {"LGPL-2.1", "LGPL-2.1-only"}, {"LGPLv3", "LGPL-3.0-only"}, {"GFDL-1.3+", "GFDL-1.3-or-later"}, {"AGPLv3", "AGPL-3.0-only"},
        {"GNU Lesser General Public License v2 or later (LGPLv2+)", "LGPL-2.0-or-later"}, {"License :: OSI Approved :: GNU General Public License v3 (GPLv3)", "GPL-3.0-only"},
        {"License :: OSI Approved :: Python Software Foundation License", "PSF-2.0"},
    };
    for (const auto& [text, id] : cases) {
        CHECK(read_license(text).expression == id);
        CHECK(read_license(text).kind == LicenseKind::id);
    }
}

TEST_CASE("licences: what could mean several, or is no expression, stays a name") {
    const std::string deep = std::string(900, '(') + "MIT" + std::string(900, ')');
    for (const std::string text : {"BSD", "GPL", "LGPL", "Apache", "Apache Software License", "Artistic", "public-domain", "SEE LICENSE IN LICENSE.txt", "UNLICENSED", "GPL-2 (with OpenSSL exception)", "MIT (non-commercial)",
                                   "MIT OR", "OR MIT", "MIT ISC", "MIT AND OR ISC", "(MIT OR ISC", "MIT OR ISC)", "()", "MIT WITH", "MIT WITH Classpath-exception-9", "MIT WITH LLVM-exception WITH LLVM-exception", "(MIT OR ISC) WITH LLVM-exception",
                                   "MIT AND Nobody's", "GPL-9+", "GPLv3 (LGPLv3)", "MIT\xFF", "LicenseRef-", "LicenseRef-a b", "v", "License", "\xE2\x80\xAE"}) {
        INFO(text);
        const auto license = read_license(text);
        CHECK(license.kind == LicenseKind::name);
        REQUIRE(license.references.size() == 1);
        CHECK(license.references.begin()->first == license.expression);
        CHECK(license.references.begin()->second == license.text);
        CHECK(license.expression.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-") == std::string::npos);
        CHECK(is_valid_utf8(license.text));
    }
    CHECK(read_license("BSD").expression == "LicenseRef-BSD");
    CHECK(read_license("Our own").expression != read_license("Our-own").expression);
    CHECK(read_license(deep).expression == deep);
    CHECK(read_license(std::string(5000, '(') + "MIT" + std::string(5000, ')')).kind == LicenseKind::name);
    const auto whole = read_license("Copyright (c) 2020 Somebody\nPermission is granted" + std::string(200'000, '.'));
    CHECK(whole.text.size() < 70'000);
    CHECK(whole.expression.starts_with("LicenseRef-Copyright-c-2020-Somebody-"));
}

TEST_CASE("licences: several of one package apply together") {
    Licenses licenses;
    CHECK(all_of({}).empty());
    CHECK(all_of({&licenses.read("MIT OR ISC")}) == "MIT OR ISC");
    CHECK(all_of({&licenses.read("(MIT OR ISC)"), &licenses.read("Zlib")}) == "(MIT OR ISC) AND Zlib");
    CHECK(all_of({&licenses.read("(MIT) OR (ISC)"), &licenses.read("Zlib")}) == "((MIT) OR (ISC)) AND Zlib");
    CHECK(all_of({&licenses.read("MIT OR ISC"), &licenses.read("BSD"), &licenses.read("Zlib")}) == "(MIT OR ISC) AND LicenseRef-BSD AND Zlib");
}
