#include "fuzz.hpp"

#include "build-image/content/ignore_patterns.hpp"

using slipway::build_image::IgnorePatterns;
namespace fuzz = slipway::fuzz;

/// The first line is a path, what follows are patterns.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto text = fuzz::text_of(data, size);
    const auto end = text.find('\n');
    const auto path = text.substr(0, end);
    if (path.size() > 200) return 0;
    const IgnorePatterns patterns(end == std::string_view::npos ? "" : text.substr(end + 1));
    if (patterns.excludes_all_below(path)) fuzz::expect(patterns.excludes(path), "what is left out with all below it is left out itself");
    if (end == std::string_view::npos) fuzz::expect(!patterns.excludes(path), "no patterns leave nothing out");
    return 0;
}
