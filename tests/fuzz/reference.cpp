#include "fuzz.hpp"

#include "core/error.hpp"
#include "registry/reference.hpp"

#include <string>

using namespace slipway;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text(fuzz::text_of(data, size));
    registry::is_digest(text);
    try {
        const auto reference = registry::parse_reference(text);
        fuzz::expect(registry::to_string(reference) == text, "a reference is written as it was read");
        fuzz::expect(registry::parse_reference(registry::to_string(reference)) == reference, "and reads back the same");
        fuzz::expect(text.find_first_of(" \t\r\n\\\"'") == std::string::npos, "a reference holds no blank, quote or backslash");
    } catch (const Error&) {
    }
    return 0;
}
