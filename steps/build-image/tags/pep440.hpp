#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::build_image {

/// A version of a Python package.
struct PythonVersion {
    std::string raw;
    std::string epoch = "0";
    std::vector<std::string> release; ///< numbers, without leading zeros; at least one
    std::string pre_kind;             ///< "a", "b", "rc"; empty: none
    std::string pre_number;
    std::optional<std::string> post;
    std::optional<std::string> dev;
    std::vector<std::string> local;

    /// In normal form: "1.1b2", "2!1.0", "1.0+local.7".
    std::string version() const;
    /// One of the release's numbers; "0" when it has fewer.
    std::string part(std::size_t index) const { return index < release.size() ? release[index] : "0"; }
    bool is_final() const { return pre_kind.empty() && !post && !dev; }
};

/// @return nothing when the text is no such version in any of its spellings
/// @source packaging.python.org, "Version specifiers" (PEP 440), its regular expression
std::optional<PythonVersion> parse_pep440(std::string_view text);

/// By the order of PEP 440, as far as final versions need it: epoch, then the release's numbers.
std::strong_ordering compare_releases(const PythonVersion& one, const PythonVersion& other);

} // namespace slipway::build_image
