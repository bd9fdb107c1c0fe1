#include "fuzz.hpp"

#include "build-image/content/needs.hpp"

#include <algorithm>
#include <string>

using namespace slipway::build_image;
namespace fuzz = slipway::fuzz;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto text = fuzz::text_of(data, size);
    int last = 0;
    for (const auto& instruction : parse_containerfile(text)) {
        fuzz::expect(instruction.line > last, "instructions come in the order of their lines");
        last = instruction.line;
        fuzz::expect(instruction.end <= text.size(), "an instruction ends in the file");
    }
    const auto needs = read_needs(text, {{"A", "x"}}, "");
    for (const auto& image : needs.images) fuzz::expect(image.begin < image.end && image.end <= text.size(), "an image's name is in the file");
    fuzz::expect(rewrite(text, needs.images, {}, "").text == text, "nothing to put changes nothing");
    const auto pinned = rewrite(text, needs.images, {}, "T");
    std::string without;
    int number = 0;
    for (std::size_t at = 0; at < pinned.text.size();) {
        const auto end = std::min(pinned.text.find('\n', at), pinned.text.size() - 1) + 1;
        ++number;
        if (!std::binary_search(pinned.inserted.begin(), pinned.inserted.end(), number)) without += pinned.text.substr(at, end - at);
        at = end;
    }
    fuzz::expect(without == text || without == std::string(text) + '\n', "without the lines that were added it is what it was");
    return 0;
}
