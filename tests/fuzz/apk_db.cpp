#include "records.hpp"

#include <string>

using namespace slipway::build_image;
namespace fuzz = slipway::fuzz;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto text = fuzz::text_of(data, size);
    const auto once = fuzz::read_records(apk_cataloger(), "lib/apk/db/installed", text).packages;
    const auto twice = fuzz::read_records(apk_cataloger(), "lib/apk/db/installed", std::string(text) + "\n\n" + std::string(text)).packages;
    auto expected = once;
    expected.insert(expected.end(), once.begin(), once.end());
    fuzz::expect(twice == expected, "records do not depend on what comes before them");
    return 0;
}
