#include "records.hpp"

#include <string>

using namespace slipway::build_image;
namespace fuzz = slipway::fuzz;

// The same reader takes the headers of Python's packages.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto text = fuzz::text_of(data, size);
    const auto once = fuzz::read_records(dpkg_cataloger(), "var/lib/dpkg/status", text).packages;
    const auto twice = fuzz::read_records(dpkg_cataloger(), "var/lib/dpkg/status", std::string(text) + "\n\n" + std::string(text)).packages;
    auto expected = once;
    expected.insert(expected.end(), once.begin(), once.end());
    fuzz::expect(twice == expected, "records do not depend on what comes before them");
    fuzz::expect(fuzz::read_records(python_cataloger(), "a.dist-info/METADATA", text).packages.size() <= 1, "a file of Python's is one package");
    return 0;
}
