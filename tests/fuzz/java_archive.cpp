#include "fuzz.hpp"

#include "build-image/sbom/java_archive.hpp"
#include "build-image/sbom/java_records.hpp"
#include "build-image/sbom/records.hpp"

using namespace slipway::build_image;
namespace fuzz = slipway::fuzz;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto bytes = fuzz::text_of(data, size);
    const JavaLimits limits = {.unpacked_bytes = 1 << 20, .entries = 1000, .records = 20, .depth = 2};
    const auto found = read_java_archive(bytes, "name-1.0.jar", limits);
    fuzz::expect(found.packages.size() <= 2 * limits.records + 1, "no more packages than records, and the archives that have them");
    for (const auto& package : found.packages) {
        fuzz::expect(is_name(package.name) && is_name(package.name_space), "a package has a name that shows as what it is");
    }
    // Most of what mutates an archive breaks its checksums: the texts are read as they are as well.
    if (const auto module = parse_pom_properties(bytes)) fuzz::expect(!module->artifact.empty() && !module->version.empty(), "a module has a name");
    for (const auto& package : packages_of_java_archive(java_archive_name(bytes.substr(0, bytes.find('\n'))), JavaManifest(bytes), {}, "")) {
        fuzz::expect(!package.name.empty() && package.licenses.size() <= 16, "an archive has a name");
    }
    return 0;
}
