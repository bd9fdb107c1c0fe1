#include "build-image/sbom/documents.hpp"
#include "build-image/sbom/fields.hpp"
#include "core/text.hpp"
#include "core/version.hpp"

#include <algorithm>

namespace slipway::build_image {

namespace {

using Json = nlohmann::ordered_json;

Json property(const char* name, const std::string& value) { return {{"name", name}, {"value", value}}; }

std::string system_reference(const Distribution& distribution) { return "os:" + spdx_id(distribution.id + '-' + distribution.version_id); }

Json license_json(const License& license) {
    if (license.kind == LicenseKind::id) return {{"license", {{"id", license.expression}}}};
    const auto name = first_line(license.text, 100);
    Json json = {{"name", name}};
    if (name != license.text) json["text"] = {{"contentType", "text/plain"}, {"content", license.text}};
    return {{"license", json}};
}

/// Either a list of ids and names, or one expression: the format takes no mixture.
Json licenses_json(const std::vector<const License*>& licenses) {
    if (std::any_of(licenses.begin(), licenses.end(), [](const auto* one) { return one->kind == LicenseKind::expression; })) {
        return Json::array({{{"expression", all_of(licenses)}}});
    }
    auto json = Json::array();
    for (const auto* license : licenses) json.push_back(license_json(*license));
    return json;
}

/// By the names that scanners give them in their own documents: of a package of a distribution Trivy has to know the source, by which
/// vulnerabilities are listed, and shows layers and paths.
Json properties_of(const Package& package) {
    auto json = Json::array();
    if (const auto source = source_package(package)) {
        json.push_back(property("aquasecurity:trivy:SrcName", source->name));
        if (package.type == "deb") json.push_back(property("aquasecurity:trivy:SrcVersion", source->version));
    }
    if (!is_of_distribution(package) && !package.paths.empty()) json.push_back(property("aquasecurity:trivy:FilePath", package.paths.front()));
    for (const auto& layer : package.layers) json.push_back(property("aquasecurity:trivy:LayerDigest", layer));
    return json;
}

Json component(const Named& named, Licenses& licenses) {
    const auto& package = *named.package;
    const bool has_group = (package.type == "npm" || package.type == "maven") && !package.name_space.empty();
    Json json = {{"type", "library"}, {"bom-ref", named.url}};
    if (const auto supplier = read_supplier(package.supplier)) {
        json["supplier"] = {{"name", supplier->name}};
        if (!supplier->mail.empty()) json["supplier"]["contact"] = Json::array({{{"email", supplier->mail}}});
    }
    if (has_group) json["group"] = package.name_space;
    json["name"] = has_group ? package.name : full_name(package);
    if (!package.version.empty()) json["version"] = package.version;
    if (is_sha1(package.sha1)) json["hashes"] = Json::array({{{"alg", "SHA-1"}, {"content", package.sha1}}});
    if (const auto declared = licenses_of(package, licenses); !declared.empty()) json["licenses"] = licenses_json(declared);
    json["purl"] = named.url;
    if (is_web_address(package.homepage)) json["externalReferences"] = Json::array({{{"type", "website"}, {"url", package.homepage}}});
    for (const auto& path : package.paths) json["evidence"]["occurrences"].push_back({{"location", '/' + path}});
    if (auto properties = properties_of(package); !properties.empty()) json["properties"] = std::move(properties);
    return json;
}

Json system_component(const Distribution& distribution) {
    Json json = {{"type", "operating-system"}, {"bom-ref", system_reference(distribution)}, {"name", distribution.id}};
    if (!distribution.version_id.empty()) json["version"] = distribution.version_id;
    if (!distribution.name.empty()) json["description"] = distribution.name;
    return json;
}

Json metadata(const Inventory& inventory, const Described& image) {
    Json json = {{"timestamp", document_time(image)}};
    json["tools"]["components"] = Json::array({{{"type", "application"}, {"name", "build-image"}, {"version", version().number}}});
    const auto url = image_url(image);
    json["component"] = {{"type", "container"}, {"bom-ref", url}, {"name", image.name}, {"version", image.version.empty() ? image.digest : image.version}, {"purl", url}};
    for (const auto& gap : inventory.gaps) json["properties"].push_back(property("slipway:gap", gap));
    return json;
}

} // namespace

std::string cyclonedx_document(const Inventory& inventory, const Described& image) {
    const auto& system = inventory.distribution;
    std::vector<std::string> components;
    std::vector<std::string> of_image, of_system;
    if (!system.id.empty()) {
        components.push_back(one_line_json(system_component(system)));
        of_image.push_back(system_reference(system));
    }
    Licenses licenses;
    for (const auto& named : named_packages(inventory)) {
        components.push_back(one_line_json(component(named, licenses)));
        (is_of_distribution(*named.package) && !system.id.empty() ? of_system : of_image).push_back(named.url);
    }
    std::vector<std::string> dependencies = {one_line_json({{"ref", image_url(image)}, {"dependsOn", of_image}})};
    if (!of_system.empty()) dependencies.push_back(one_line_json({{"ref", system_reference(system)}, {"dependsOn", of_system}}));

    auto body = json_array("components", components) + ",\n" + json_array("dependencies", dependencies);
    if (!inventory.gaps.empty()) body += ",\n" + json_array("compositions", {one_line_json({{"aggregate", "incomplete"}, {"assemblies", Json::array({image_url(image)})}})});
    Json head = {{"bomFormat", "CycloneDX"}, {"specVersion", "1.5"}};
    head["serialNumber"] = "urn:uuid:" + uuid_of(image_url(image) + '\n' + body);
    head["version"] = 1;
    head["metadata"] = metadata(inventory, image);
    return json_object(head, body);
}

} // namespace slipway::build_image
