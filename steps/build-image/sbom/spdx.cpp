#include "build-image/sbom/documents.hpp"
#include "build-image/sbom/fields.hpp"
#include "build-image/sbom/license_ids.hpp"
#include "core/sha256.hpp"
#include "core/text.hpp"
#include "core/version.hpp"

namespace slipway::build_image {

namespace {

using Json = nlohmann::ordered_json;

constexpr const char* unknown = "NOASSERTION";
constexpr const char* image_id = "SPDXRef-ContainerImage";

Json package_head(const std::string& id, const std::string& name, const std::string& version) {
    Json json = {{"SPDXID", id}, {"name", name}};
    if (!version.empty()) json["versionInfo"] = version;
    json["downloadLocation"] = unknown;
    json["filesAnalyzed"] = false;
    return json;
}

Json purl_reference(const std::string& url) {
    return Json::array({{{"referenceCategory", "PACKAGE-MANAGER"}, {"referenceType", "purl"}, {"referenceLocator", url}}});
}

void add_unknowns(Json& json) {
    for (const auto* name : {"licenseConcluded", "licenseDeclared", "copyrightText", "supplier"}) {
        if (!json.contains(name)) json[name] = unknown;
    }
}

Json image_package(const Described& image) {
    auto json = package_head(image_id, image.name, image.version.empty() ? image.digest : image.version);
    json["primaryPackagePurpose"] = "CONTAINER";
    const auto colon = image.digest.find(':');
    if (colon != std::string::npos) {
        json["checksums"] = Json::array({{{"algorithm", upper(image.digest.substr(0, colon))}, {"checksumValue", image.digest.substr(colon + 1)}}});
    }
    json["externalRefs"] = purl_reference(image_url(image));
    add_unknowns(json);
    return json;
}

std::string system_id(const Distribution& distribution) { return "SPDXRef-OperatingSystem-" + spdx_id(distribution.id + '-' + distribution.version_id); }

Json system_package(const Distribution& distribution) {
    auto json = package_head(system_id(distribution), distribution.id, distribution.version_id);
    json["primaryPackagePurpose"] = "OPERATING_SYSTEM";
    if (!distribution.name.empty()) json["description"] = distribution.name;
    add_unknowns(json);
    return json;
}

/// The digits are of the package URL, so that an id stays the same whatever else is in the image.
std::string id_of(const Named& named) {
    const auto& package = *named.package;
    return "SPDXRef-Package-" + spdx_id(package.type + '-' + first_line(full_name(package), 60)) + '-' + sha256(named.url).substr(0, 16);
}

std::string in_words(const Supplier& supplier) {
    const auto mail = supplier.mail.empty() || supplier.mail == supplier.name ? "" : " (" + supplier.mail + ')';
    return (supplier.is_organization ? "Organization: " : "Person: ") + supplier.name + mail;
}

/// "/a, /b"
std::string listed(const std::vector<std::string>& texts, const char* before_each) {
    std::string text;
    for (const auto& one : texts) text += (text.empty() ? "" : ", ") + std::string(before_each) + one;
    return text;
}

/// Scanners look vulnerabilities of distributions up by the source's name, which Trivy reads here.
std::string source_of(const Package& package) {
    if (const auto source = source_package(package)) return "built package from: " + source->name + ' ' + source->version;
    return package.paths.empty() ? "" : "found in " + listed(package.paths, "/");
}

Json package_json(const Named& named, const std::string& id, Licenses& licenses, std::map<std::string, std::string>& references) {
    const auto& package = *named.package;
    auto json = package_head(id, full_name(package), package.version);
    if (package.type == "maven" && !package.name_space.empty()) json["name"] = package.name_space + ':' + package.name;
    if (const auto supplier = read_supplier(package.supplier)) json["supplier"] = in_words(*supplier);
    if (is_web_address(package.homepage)) json["homepage"] = package.homepage;
    if (const auto source = source_of(package); !source.empty()) json["sourceInfo"] = source;
    if (!package.layers.empty()) json["comment"] = "in layer " + listed(package.layers, "");
    if (is_sha1(package.sha1)) json["checksums"] = Json::array({{{"algorithm", "SHA1"}, {"checksumValue", package.sha1}}});
    if (const auto declared = licenses_of(package, licenses); !declared.empty()) {
        json["licenseDeclared"] = all_of(declared);
        for (const auto* license : declared) references.insert(license->references.begin(), license->references.end());
    }
    json["externalRefs"] = purl_reference(named.url);
    add_unknowns(json);
    return json;
}

/// The ids need no escaping.
std::string relationship(const std::string& from, const std::string& type, const std::string& to) {
    return R"({"spdxElementId":")" + from + R"(","relationshipType":")" + type + R"(","relatedSpdxElement":")" + to + R"("})";
}

Json reference_json(const std::string& id, const std::string& text) {
    return {{"licenseId", id}, {"extractedText", text}, {"name", first_line(text, 100)}};
}

} // namespace

std::string spdx_document(const Inventory& inventory, const Described& image) {
    const auto& system = inventory.distribution;
    std::vector<std::string> packages = {one_line_json(image_package(image))};
    std::vector<std::string> relationships = {relationship("SPDXRef-DOCUMENT", "DESCRIBES", image_id)};
    if (!system.id.empty()) {
        packages.push_back(one_line_json(system_package(system)));
        relationships.push_back(relationship(image_id, "CONTAINS", system_id(system)));
    }
    Licenses licenses;
    std::map<std::string, std::string> references;
    for (const auto& named : named_packages(inventory)) {
        const auto id = id_of(named);
        packages.push_back(one_line_json(package_json(named, id, licenses, references)));
        relationships.push_back(relationship(is_of_distribution(*named.package) && !system.id.empty() ? system_id(system) : image_id, "CONTAINS", id));
    }
    std::vector<std::string> named_licenses;
    named_licenses.reserve(references.size());
    for (const auto& [id, text] : references) named_licenses.push_back(one_line_json(reference_json(id, text)));

    auto body = json_array("packages", packages) + ",\n";
    if (!named_licenses.empty()) body += json_array("hasExtractedLicensingInfos", named_licenses) + ",\n";
    body += json_array("relationships", relationships);
    const auto platform = to_string(image.platform);
    Json head = {{"spdxVersion", "SPDX-2.3"}, {"dataLicense", "CC0-1.0"}, {"SPDXID", "SPDXRef-DOCUMENT"}, {"name", image.name + ' ' + platform}};
    // Each document has one of its own, one with other packages in it, too.
    head["documentNamespace"] = "https://github.com/slipway/slipway/spdx/" + spdx_id(image.digest) + '/' + spdx_id(platform) + '/' + uuid_of(body);
    head["creationInfo"] = {{"created", document_time(image)}, {"creators", Json::array({"Tool: build-image-" + std::string(version().number)})}, {"licenseListVersion", license_list_version()}};
    if (!inventory.gaps.empty()) head["comment"] = "not everything could be read: " + join(inventory.gaps, "; ");
    return json_object(head, body);
}

} // namespace slipway::build_image
