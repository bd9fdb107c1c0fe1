#include "build-image/sbom/documents.hpp"

#include "catch.hpp"
#include "core/text.hpp"

#include <nlohmann/json.hpp>

#include <set>

using namespace slipway;
using namespace slipway::build_image;
using nlohmann::json;

namespace {

const std::string digest = "sha256:" + std::string(64, '7');

Described an_image() {
    return {.name = "registry.example.com:5000/team/App", .version = "1.2.3", .digest = digest, .platform = {"linux", "arm64", "v8"}, .created = Timestamp(std::chrono::milliseconds(1'795'000'000'999))};
}

Package debian(const std::string& name, const std::string& version, const std::string& upstream = "") {
    Package package{.type = "deb", .name_space = "debian", .name = name, .version = version, .qualifiers = {{"arch", "amd64"}, {"distro", "debian-12"}}};
    if (!upstream.empty()) package.qualifiers["upstream"] = upstream;
    package.supplier = "Debian Example Team <team@lists.example.org>";
    package.paths = {"var/lib/dpkg/status"};
    package.layers = {"sha256:" + std::string(64, '1')};
    return package;
}

Inventory an_inventory() {
    Inventory inventory;
    inventory.distribution = {"debian", "12", "Debian GNU/Linux 12 (bookworm)"};
    inventory.packages = {
        debian("libc6", "2.36-9+deb12u13", "glibc"),
        debian("libgcc-s1", "12.2.0-14", "gcc-12@12.2.0-14+b1"),
        {.type = "golang", .name_space = "github.com/BurntSushi", .name = "toml", .version = "v1.4.0"},
        {.type = "maven", .name_space = "org.example", .name = "lib", .version = "1", .licenses = {"Eclipse Public License 2.0", "Own licence\nof two lines"}, .sha1 = std::string(40, 'a')},
        {.type = "npm", .name_space = "@scope", .name = "name", .version = "3.0.0", .licenses = {"(MIT OR ISC)", "MIT License"}, .supplier = "Jane Doe <jane@example.org> (https://example.org)", .homepage = "https://example.org/name"},
        {.type = "pypi", .name_space = "", .name = "requests", .version = "2.31.0", .licenses = {"Apache 2.0", "apache-2.0", ""}, .paths = {"a/METADATA", "b/METADATA"}},
    };
    return inventory;
}

const json& find(const json& elements, const std::string& name) {
    for (const auto& one : elements) {
        if (one["name"] == name) return one;
    }
    FAIL("no element of the name " << name);
    return elements;
}

/// All that identifies something in a document, to be referred to.
std::set<std::string> ids_of(const json& elements, const char* member) {
    std::set<std::string> ids;
    for (const auto& one : elements) CHECK(ids.insert(one[member]).second);
    return ids;
}

} // namespace

// Those without a comment are of the specification's own test suite.
TEST_CASE("package URLs") {
    const auto url = [](const char* type, const char* name_space, const char* name, const char* version, std::map<std::string, std::string> qualifiers = {}) {
        return package_url({.type = type, .name_space = name_space, .name = name, .version = version, .qualifiers = std::move(qualifiers)});
    };
    CHECK(url("deb", "debian", "curl", "7.50.3-1", {{"distro", "jessie"}, {"arch", "i386"}}) == "pkg:deb/debian/curl@7.50.3-1?arch=i386&distro=jessie");
    CHECK(url("maven", "org.apache.xmlgraphics", "batik-anim", "1.9.1", {{"repository_url", "repo.spring.io/release"}, {"classifier", "sources"}}) ==
          "pkg:maven/org.apache.xmlgraphics/batik-anim@1.9.1?classifier=sources&repository_url=repo.spring.io/release");
    CHECK(url("maven", "HTTPClient", "HTTPClient", "0.3-3") == "pkg:maven/HTTPClient/HTTPClient@0.3-3");
    CHECK(url("maven", "mygroup", "myartifact", "1.0.0 Final", {{"mykey", "my value"}}) == "pkg:maven/mygroup/myartifact@1.0.0%20Final?mykey=my%20value");
    CHECK(url("npm", "@angular", "animation", "12.3.1") == "pkg:npm/%40angular/animation@12.3.1");
    CHECK(url("pypi", "", "Django_package", "1.11.1.dev1") == "pkg:pypi/django-package@1.11.1.dev1");
    CHECK(url("golang", "google.golang.org", "genproto", "abcdedf") == "pkg:golang/google.golang.org/genproto@abcdedf");
    CHECK(url("docker", "customer", "dockerimage", "sha256:244fd47e07d1004f0aed9c", {{"repository_url", "gcr.io"}}) == "pkg:docker/customer/dockerimage@sha256:244fd47e07d1004f0aed9c?repository_url=gcr.io");
    // Epochs, and Debian's own characters.
    CHECK(url("deb", "Debian", "libstdc++6", "1:2.3~rc1+b1", {{"upstream", "gcc-12@1:2.3"}}) == "pkg:deb/debian/libstdc%2B%2B6@1:2.3~rc1%2Bb1?upstream=gcc-12%401:2.3");
    CHECK(url("golang", "github.com/BurntSushi", "toml", "(devel)") == "pkg:golang/github.com/burntsushi/toml@%28devel%29");
    CHECK(url("apk", "alpine", "musl", "") == "pkg:apk/alpine/musl");
    // Nothing can leave its place.
    CHECK(url("npm", "/@a//b/", "x/y?z=1#s@t%", "1?a=b&c", {{"no key", "x"}, {"k", "a&b=c#d"}, {"e", ""}}) == "pkg:npm/%40a/b/x%2Fy%3Fz%3D1%23s%40t%25@1%3Fa%3Db%26c?k=a%26b%3Dc%23d");
    CHECK(url("npm", "", "\xFFx\n", "") == "pkg:npm/%EF%BF%BDx%0A");
}

TEST_CASE("SPDX: the image, its system and its packages, each in the other") {
    const auto text = spdx_document(an_inventory(), an_image());
    CHECK(text == spdx_document(an_inventory(), an_image()));
    const auto document = json::parse(text);
    CHECK(document["spdxVersion"] == "SPDX-2.3");
    CHECK(document["creationInfo"]["created"] == "2026-11-18T11:06:40Z");
    const auto name_space = document["documentNamespace"].get<std::string>();
    CHECK(name_space.starts_with("https://github.com/slipway/slipway/spdx/sha256-" + std::string(64, '7') + "/linux-arm64-v8/"));

    const auto& packages = document["packages"];
    REQUIRE(packages.size() == 8);
    const auto& image = packages[0];
    CHECK(image["primaryPackagePurpose"] == "CONTAINER");
    CHECK(image["checksums"][0] == json{{"algorithm", "SHA256"}, {"checksumValue", std::string(64, '7')}});
    CHECK(image["externalRefs"][0]["referenceLocator"] == "pkg:oci/app@" + digest + "?arch=arm64&repository_url=registry.example.com:5000/team/App");
    CHECK(packages[1]["primaryPackagePurpose"] == "OPERATING_SYSTEM");

    const auto& libc = find(packages, "libc6");
    CHECK(libc["supplier"] == "Organization: Debian Example Team (team@lists.example.org)");
    CHECK(libc["licenseDeclared"] == "NOASSERTION");
    CHECK(libc["sourceInfo"] == "built package from: glibc 2.36-9+deb12u13");
    CHECK(find(packages, "libgcc-s1")["sourceInfo"] == "built package from: gcc-12 12.2.0-14+b1");
    CHECK(find(packages, "requests")["sourceInfo"] == "found in /a/METADATA, /b/METADATA");
    CHECK(find(packages, "requests")["licenseDeclared"] == "Apache-2.0");
    const auto& scoped = find(packages, "@scope/name");
    CHECK(scoped["licenseDeclared"] == "(MIT OR ISC) AND MIT");
    CHECK(scoped["supplier"] == "Person: Jane Doe (jane@example.org)");
    CHECK(scoped["homepage"] == "https://example.org/name");
    CHECK(find(packages, "github.com/BurntSushi/toml")["versionInfo"] == "v1.4.0");
    const auto& jar = find(packages, "org.example:lib");
    CHECK(jar["checksums"][0]["algorithm"] == "SHA1");
    const auto& reference = document["hasExtractedLicensingInfos"][0];
    CHECK(jar["licenseDeclared"] == "EPL-2.0 AND " + reference["licenseId"].get<std::string>());
    CHECK(reference["extractedText"] == "Own licence\nof two lines");

    auto ids = ids_of(packages, "SPDXID");
    ids.insert("SPDXRef-DOCUMENT");
    std::map<std::string, std::string> parents;
    for (const auto& one : document["relationships"]) {
        CHECK(ids.contains(one["spdxElementId"]));
        parents[one["relatedSpdxElement"]] = one["spdxElementId"];
    }
    CHECK(parents[libc["SPDXID"]] == "SPDXRef-OperatingSystem-debian-12");
    CHECK(parents[jar["SPDXID"]] == "SPDXRef-ContainerImage");
    CHECK(parents.size() == packages.size());

    // Another content, another name; the ids stay.
    auto more = an_inventory();
    more.packages.push_back({.type = "pypi", .name_space = "", .name = "zope", .version = "5"});
    const auto other = json::parse(spdx_document(more, an_image()));
    CHECK(other["documentNamespace"] != name_space);
    CHECK(find(other["packages"], "libc6")["SPDXID"] == libc["SPDXID"]);
}

TEST_CASE("CycloneDX: what scanners look for") {
    const auto text = cyclonedx_document(an_inventory(), an_image());
    CHECK(text == cyclonedx_document(an_inventory(), an_image()));
    const auto document = json::parse(text);
    CHECK(document["specVersion"] == "1.5");
    const auto serial = document["serialNumber"].get<std::string>();
    REQUIRE(serial.size() == 45);
    CHECK(serial[23] == '5');
    CHECK(document["metadata"]["component"]["type"] == "container");
    const auto& components = document["components"];
    REQUIRE(components.size() == 7);
    CHECK(components[0] == json{{"type", "operating-system"}, {"bom-ref", "os:debian-12"}, {"name", "debian"}, {"version", "12"}, {"description", "Debian GNU/Linux 12 (bookworm)"}});

    const auto& gcc = find(components, "libgcc-s1");
    CHECK(gcc["purl"] == "pkg:deb/debian/libgcc-s1@12.2.0-14?arch=amd64&distro=debian-12&upstream=gcc-12%4012.2.0-14%2Bb1");
    CHECK(gcc["properties"] == json::array({{{"name", "aquasecurity:trivy:SrcName"}, {"value", "gcc-12"}}, {{"name", "aquasecurity:trivy:SrcVersion"}, {"value", "12.2.0-14+b1"}},
                                            {{"name", "aquasecurity:trivy:LayerDigest"}, {"value", "sha256:" + std::string(64, '1')}}}));
    CHECK(gcc["supplier"] == json{{"name", "Debian Example Team"}, {"contact", json::array({{{"email", "team@lists.example.org"}}})}});
    CHECK(gcc["evidence"]["occurrences"] == json::array({{{"location", "/var/lib/dpkg/status"}}}));
    CHECK(find(components, "requests")["licenses"] == json::array({{{"license", {{"id", "Apache-2.0"}}}}}));
    const auto& scoped = find(components, "name");
    CHECK(scoped["group"] == "@scope");
    CHECK(scoped["licenses"] == json::array({{{"expression", "(MIT OR ISC) AND MIT"}}}));
    const auto& jar = find(components, "lib");
    CHECK(jar["hashes"][0]["alg"] == "SHA-1");
    CHECK(jar["licenses"] == json::array({{{"license", {{"id", "EPL-2.0"}}}}, {{"license", {{"name", "Own licence"}, {"text", {{"contentType", "text/plain"}, {"content", "Own licence\nof two lines"}}}}}}}));

    auto ids = ids_of(components, "bom-ref");
    CHECK(document["dependencies"][0]["ref"] == document["metadata"]["component"]["bom-ref"]);
    std::size_t depended = 0;
    for (const auto& one : document["dependencies"]) {
        for (const auto& id : one["dependsOn"]) depended += ids.erase(id);
    }
    CHECK(depended == components.size());
    CHECK(document["dependencies"][1]["ref"] == "os:debian-12");
}

TEST_CASE("SBOM documents: an image without anything; gaps are said; what has no name is left out") {
    for (const auto& text : {spdx_document({}, an_image()), cyclonedx_document({}, an_image())}) CHECK(json::parse(text).is_object());
    auto inventory = an_inventory();
    inventory.distribution = {};
    inventory.gaps = {"one \"gap\"", "two"};
    inventory.packages.push_back({.type = "pypi", .name_space = "", .name = "", .version = "1"});
    const auto spdx = json::parse(spdx_document(inventory, an_image())), cyclonedx = json::parse(cyclonedx_document(inventory, an_image()));
    CHECK(spdx["comment"] == "not everything could be read: one \"gap\"; two");
    CHECK(cyclonedx["metadata"]["properties"][1] == json{{"name", "slipway:gap"}, {"value", "two"}});
    CHECK(cyclonedx["compositions"][0]["aggregate"] == "incomplete");
    CHECK(ids_of(spdx["packages"], "SPDXID").size() == 7);
    CHECK(ids_of(cyclonedx["components"], "bom-ref").size() == 6);
}

TEST_CASE("SBOM documents: hostile records leave them right") {
    Inventory inventory;
    for (const std::string& bad : std::vector<std::string>{"\xFF\xFE", "a\nb\x01\x7F", "\"},{\"", "../../x", "\xE2\x80\xAEx", std::string(100'000, 'x'), "<>", "<a@b", "a@b> <c", "@", "javascript:alert(1)", "https://", "https://a.b/ x", "https://a.b/%", "%s%n"}) {
        inventory.packages.push_back({.type = "npm", .name_space = bad, .name = bad, .version = bad, .qualifiers = {{bad, bad}, {"upstream", bad}}, .licenses = {bad, "MIT"}, .supplier = bad, .homepage = bad, .sha1 = bad, .paths = {bad}, .layers = {bad}});
    }
    inventory.distribution = {"\xFF", "\n", "\x01"};
    inventory.gaps = {"\xFF"};
    const auto spdx_text = spdx_document(inventory, an_image()), cyclonedx_text = cyclonedx_document(inventory, an_image());
    CHECK(is_valid_utf8(spdx_text));
    CHECK(is_valid_utf8(cyclonedx_text));
    const auto spdx = json::parse(spdx_text);
    for (const auto& id : ids_of(spdx["packages"], "SPDXID")) CHECK(id.substr(8).find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-") == std::string::npos);
    for (const auto& package : spdx["packages"]) {
        CHECK_FALSE(package.contains("homepage"));
        CHECK(package["supplier"].get<std::string>().find('\n') == std::string::npos);
    }
    ids_of(json::parse(cyclonedx_text)["components"], "bom-ref");
}
