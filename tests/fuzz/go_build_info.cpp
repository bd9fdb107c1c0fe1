#include "fuzz.hpp"

#include "build-image/sbom/go_build_info.hpp"
#include "build-image/sbom/records.hpp"
#include "content_text.hpp"

#include <string>

using namespace slipway::build_image;
namespace fuzz = slipway::fuzz;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string file(fuzz::text_of(data, size));
    slipway::fake::ContentText whole(file, file.size());
    const auto found = find_go_build_info(whole);
    for (const std::size_t piece : {std::size_t{1}, std::size_t{17}}) {
        slipway::fake::ContentText pieces(file, piece);
        const auto again = find_go_build_info(pieces);
        fuzz::expect(found.index() == again.index(), "what is found does not depend on how the file comes");
        if (found.index() == 1) fuzz::expect(std::get<GoBuildInfo>(found) == std::get<GoBuildInfo>(again), "nor does what it says");
    }
    slipway::fake::ContentText content(file);
    for (const auto& package : go_cataloger().read({"app", size, 0755}, content).packages) {
        fuzz::expect(is_name(package.name) && (package.version.empty() || is_name(package.version)), "a package has a name that shows as what it is");
    }
    for (const auto& module : parse_go_build_info("go1.26.0", file).dependencies) {
        fuzz::expect(!module.path.empty(), "a module has a path");
    }
    return 0;
}
