#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::build_image {

/// A version by Semantic Versioning.
struct SemanticVersion {
    std::string raw; ///< as it was read: "v1.2.3-rc.1+build"
    std::string major, minor, patch; ///< digits; compared as numbers of any size
    std::vector<std::string> prerelease;
    std::vector<std::string> build;

    /// "1.2.3-rc.1": without the build's metadata.
    std::string version() const;
};

/// Reads MAJOR.MINOR.PATCH[-PRERELEASE][+BUILD], with a "v" before it or not. Numbers have no leading zeros.
/// @return nothing for anything else
/// @source semver.org, version 2.0.0
std::optional<SemanticVersion> parse_semver(std::string_view text);

/// By precedence; build metadata does not count.
std::strong_ordering compare(const SemanticVersion& one, const SemanticVersion& other);

} // namespace slipway::build_image
