#include "core/nesting.hpp"

#include <cstddef>

namespace slipway {

namespace {

/// Manifests and documents of all kinds have some twenty levels.
constexpr std::size_t most_levels = 500;

} // namespace

bool is_nested_too_deep(std::string_view json) {
    std::size_t levels = 0;
    bool in_text = false;
    for (std::size_t i = 0; i < json.size(); ++i) {
        const char c = json[i];
        if (in_text) {
            if (c == '\\') ++i;
            else if (c == '"') in_text = false;
        } else if (c == '"') {
            in_text = true;
        } else if (c == '[' || c == '{') {
            if (++levels > most_levels) return true;
        } else if ((c == ']' || c == '}') && levels > 0) {
            --levels;
        }
    }
    return false;
}

} // namespace slipway
