#include "build-image/show/sbom_table.hpp"

#include "build-image/sbom/documents.hpp"
#include "catch.hpp"
#include "core/encoding.hpp"
#include "core/error.hpp"
#include "core/text.hpp"

#include <nlohmann/json.hpp>

using namespace slipway;
using namespace slipway::build_image;
using nlohmann::json;

namespace {

const Described image{.name = "registry.example.com/app", .version = "", .digest = "sha256:" + std::string(64, 'a'), .platform = {"linux", "amd64", ""}, .created = {}};

// syft 1.x, shortened: the image as what the document describes, a file, a package with a licence of its own name.
const char* const syft_spdx = R"({"spdxVersion":"SPDX-2.3","dataLicense":"CC0-1.0","SPDXID":"SPDXRef-DOCUMENT","name":"app","packages":[
{"name":"apt","SPDXID":"SPDXRef-Package-deb-apt-1","versionInfo":"2.6.1","supplier":"Organization: APT","downloadLocation":"NOASSERTION","filesAnalyzed":false,"licenseConcluded":"NOASSERTION","licenseDeclared":"GPL-2.0-only AND LicenseRef-curl","externalRefs":[{"referenceCategory":"SECURITY","referenceType":"cpe23Type","referenceLocator":"cpe:2.3:a:apt:apt:2.6.1:*:*:*:*:*:*:*"},{"referenceCategory":"PACKAGE-MANAGER","referenceType":"purl","referenceLocator":"pkg:deb/debian/apt@2.6.1?arch=amd64&distro=debian-12"}]},
{"name":"app","SPDXID":"SPDXRef-DocumentRoot-Image-app","versionInfo":"latest","supplier":"NOASSERTION","downloadLocation":"NOASSERTION","filesAnalyzed":false,"externalRefs":[{"referenceCategory":"PACKAGE-MANAGER","referenceType":"purl","referenceLocator":"pkg:oci/app@sha256%3Aaa?arch=amd64"}],"primaryPackagePurpose":"CONTAINER"}],
"hasExtractedLicensingInfos":[{"licenseId":"LicenseRef-curl","extractedText":"NOASSERTION","name":"curl's own"}],
"relationships":[{"spdxElementId":"SPDXRef-DOCUMENT","relatedSpdxElement":"SPDXRef-DocumentRoot-Image-app","relationshipType":"DESCRIBES"}]})";

// Trivy, shortened.
const char* const trivy_cyclonedx = R"({"$schema":"http://cyclonedx.org/schema/bom-1.6.schema.json","bomFormat":"CycloneDX","specVersion":"1.6","metadata":{"component":{"type":"container","name":"app","purl":"pkg:oci/app@sha256%3Aaa"}},
"components":[{"bom-ref":"1","type":"operating-system","name":"debian","version":"12.9"},
{"bom-ref":"2","type":"application","name":"app/package-lock.json","properties":[{"name":"aquasecurity:trivy:Class","value":"lang-pkgs"}]},
{"bom-ref":"3","type":"library","group":"@babel","name":"core","version":"7.1.0","licenses":[{"license":{"name":"MIT"}},{"license":{"id":"ISC"}}],"purl":"pkg:npm/%40babel/core@7.1.0","components":[{"type":"library","name":"inner","version":"1","purl":"pkg:npm/inner@1"}]},
{"bom-ref":"4","type":"library","group":"org.example","name":"lib","version":"2","licenses":[{"expression":"MIT OR ISC"}],"purl":"pkg:maven/org.example/lib@2"},
{"bom-ref":"5","type":"library","name":"plain"}]})";

} // namespace

TEST_CASE("SBOM table: ours, of both formats, is the same") {
    Inventory inventory;
    inventory.distribution = {"debian", "12", "Debian"};
    inventory.packages = {{.type = "deb", .name_space = "debian", .name = "libc6", .version = "2.36-9"},
                          {.type = "npm", .name_space = "@scope", .name = "name", .version = "3.0.0", .licenses = {"MIT"}},
                          {.type = "pypi", .name_space = "", .name = "requests", .version = "", .licenses = {"Own\nlicence"}}};
    const std::string expected = "3 packages: 1 deb, 1 npm, 1 pypi\n"
                                 "\n"
                                 "NAME         VERSION  KIND  LICENCE\n"
                                 "libc6        2.36-9   deb\n"
                                 "@scope/name  3.0.0    npm   MIT\n"
                                 "requests     -        pypi  Own\n";
    CHECK(sbom_table(spdx_document(inventory, image)) == expected);
    CHECK(sbom_table(cyclonedx_document(inventory, image)) == expected);
    CHECK(sbom_table(spdx_document({}, image)) == "0 packages\n");
}

TEST_CASE("SBOM table: other tools' documents") {
    const std::string apt = "1 package: 1 deb\n\nNAME  VERSION  KIND  LICENCE\napt   2.6.1    deb   GPL-2.0-only AND curl's own\n";
    CHECK(sbom_table(syft_spdx) == apt);
    // BuildKit wraps syft's in a statement, cosign that in an envelope, and that comes in a bundle.
    const auto statement = json{{"_type", "https://in-toto.io/Statement/v0.1"}, {"predicateType", "https://spdx.dev/Document"}, {"subject", json::array()}, {"predicate", json::parse(syft_spdx)}}.dump();
    CHECK(sbom_table(statement) == apt);
    const json envelope = {{"payloadType", "application/vnd.in-toto+json"}, {"payload", base64(statement)}, {"signatures", json::array()}};
    CHECK(sbom_table(envelope.dump()) == apt);
    CHECK(sbom_table(json{{"mediaType", "application/vnd.dev.sigstore.bundle.v0.3+json"}, {"dsseEnvelope", envelope}}.dump()) == apt);
    CHECK(sbom_table(trivy_cyclonedx) == "4 packages: 1 maven, 2 npm, 1 other\n"
                                         "\n"
                                         "NAME             VERSION  KIND   LICENCE\n"
                                         "org.example:lib  2        maven  MIT OR ISC\n"
                                         "@babel/core      7.1.0    npm    MIT, ISC\n"
                                         "inner            1        npm\n"
                                         "plain            -        other\n");
}

TEST_CASE("SBOM table: whatever a document says, nothing of it moves the cursor, and no shape of it fails") {
    const auto hostile = sbom_table(R"({"bomFormat":"CycloneDX","components":[7,null,[],{"type":"library"},{"type":["library"]},{"type":"library","name":"a\u001b[2Jb\nc","version":{},"licenses":{},"purl":"pkg:"},
        {"type":"library","name":")" + std::string(10'000, 'x') + R"(","licenses":[1,{"license":[]},{"license":{"name":"\r\u0007"}}]}]})");
    CHECK(hostile.find('\x1b') == std::string::npos);
    CHECK(hostile.find('\x07') == std::string::npos);
    CHECK(hostile.size() < 2000);
    CHECK(lines(hostile).size() == 6);
    CHECK(sbom_table(R"({"spdxVersion":"SPDX-2.2","packages":{"a":1},"relationships":[3],"documentDescribes":[3],"hasExtractedLicensingInfos":[[]]})") == "0 packages\n");
    CHECK(sbom_table(R"({"spdxVersion":"SPDX-2.2","packages":[{"name":"a","externalRefs":[3,{"referenceType":"purl"}]},{"name":3}]})").starts_with("2 packages: 2 other\n"));
    std::string deep = R"({"bomFormat":"CycloneDX","components":[)";
    for (int i = 0; i < 50'000; ++i) deep += R"({"type":"file","components":[)";
    for (int i = 0; i < 50'000; ++i) deep += "]}";
    CHECK(sbom_table(deep + "]}") == "0 packages\n");
    for (const std::string text : {"", "{", "[]", "null", "7", "{}", "\xFF", R"({"spdxVersion":"SPDX-3.0"})", R"({"spdxVersion":2.3})", R"({"payload":"e30="})", R"({"payload":"%"})", R"({"predicateType":"x","predicate":{}})"}) {
        INFO(text);
        CHECK_THROWS_AS(sbom_table(text), Error);
    }
}
