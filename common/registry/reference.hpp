#pragma once

#include <string>
#include <string_view>

namespace slipway::registry {

/// The name of an image: `registry/repository[:tag][@digest]`.
struct Reference {
    std::string registry;   ///< host[:port]; empty when the text names none
    std::string repository; ///< "team/app"
    std::string tag;
    std::string digest; ///< "sha256:..."

    bool operator==(const Reference&) const = default;

    /// Without tag and digest.
    std::string name() const;
    /// The host without its port.
    std::string host() const;
};

std::string to_string(const Reference& reference);

/// Reads a reference by the distribution project's grammar. The first component is a registry when it holds a dot or
/// a colon or is "localhost", as every client decides it; nothing is completed: "app" stays without a registry.
///
/// @throws Error (misuse) that says which part is wrong and, for upper-case letters, shows the lower-case form
/// @source github.com/distribution/reference, "Grammar" in its package documentation
Reference parse_reference(std::string_view text);

/// [A-Za-z0-9_][A-Za-z0-9_.-]{0,127}
bool is_tag(std::string_view text);

/// "sha256:" with 64 or "sha512:" with 128 lower-case hexadecimal digits, or another algorithm with at least 32.
bool is_digest(std::string_view text);

} // namespace slipway::registry
