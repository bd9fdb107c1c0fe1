// What our SBOMs say of packages that a test makes up: one JSON text a line in, one answer a line out.
//
//     {"distribution": {"id", "version_id", "name"}, "packages": [{"type", "name_space", "name", ...}], "gaps": [...]}
//         -> {"urls": [package URLs], "spdx": text, "cyclonedx": text, "spdx_table": text, "cyclonedx_table": text}
//     {"licenses": [...]} -> {"expressions": [...]}

#include "build-image/sbom/documents.hpp"
#include "build-image/sbom/licenses.hpp"
#include "build-image/show/sbom_table.hpp"

#include <nlohmann/json.hpp>

#include <iostream>

namespace {

using namespace slipway;
using namespace slipway::build_image;
using nlohmann::json;

Inventory inventory_of(const json& question) {
    const auto system = question.value("distribution", json::object());
    Inventory inventory{.distribution = {system.value("id", ""), system.value("version_id", ""), system.value("name", "")}, .packages = {}, .gaps = question.value("gaps", std::vector<std::string>())};
    for (const auto& one : question["packages"]) {
        inventory.packages.push_back({.type = one["type"], .name_space = one.value("name_space", ""), .name = one["name"], .version = one.value("version", ""),
                                      .qualifiers = one.value("qualifiers", std::map<std::string, std::string>()), .licenses = one.value("licenses", std::vector<std::string>()),
                                      .supplier = one.value("supplier", ""), .homepage = one.value("homepage", ""), .sha1 = one.value("sha1", ""),
                                      .paths = one.value("paths", std::vector<std::string>()), .layers = one.value("layers", std::vector<std::string>())});
    }
    return inventory;
}

json answer(const json& question) {
    json said;
    if (question.contains("licenses")) {
        for (const auto& text : question["licenses"]) said["expressions"].push_back(read_license(text.get<std::string>()).expression);
        return said;
    }
    const auto inventory = inventory_of(question);
    const Described image{.name = "registry.example.com:5000/team/app", .version = "1.4.2", .digest = "sha256:" + std::string(64, 'a'),
                          .platform = {"linux", "amd64", ""}, .created = Timestamp(std::chrono::milliseconds(1'795'000'000'250))};
    said["urls"] = json::array();
    for (const auto& package : inventory.packages) said["urls"].push_back(package_url(package));
    said["spdx"] = spdx_document(inventory, image);
    said["cyclonedx"] = cyclonedx_document(inventory, image);
    said["spdx_table"] = sbom_table(said["spdx"]);
    said["cyclonedx_table"] = sbom_table(said["cyclonedx"]);
    return said;
}

} // namespace

int main() {
    std::string line;
    while (std::getline(std::cin, line)) std::cout << answer(json::parse(line)).dump(-1, ' ', true) << '\n';
}
