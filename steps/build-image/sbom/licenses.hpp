#pragma once

#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace slipway::build_image {

enum class LicenseKind {
    id,         ///< one of the SPDX list
    expression, ///< several of them, or one with an exception
    name        ///< anything else
};

/// What a package's record says of its licence.
struct License {
    LicenseKind kind = LicenseKind::name;
    std::string expression; ///< in SPDX' terms; of a name "LicenseRef-" and what is left of it
    std::string text;       ///< the record's own words
    std::map<std::string, std::string> references = {}; ///< "LicenseRef-..." in the expression -> what it stands for
};

/// Reads a licence: an SPDX expression in any case; a name that means one licence, such as "Apache License, Version 2.0", one of
/// Debian's ("GPL-2+") or of Python's classifiers; or several of these with "and", "or" and parentheses. What could mean several
/// licences ("BSD", "GPL") stays a name.
///
/// @source SPDX specification 2.3, annex D; spdx.org/licenses; Debian's copyright format 1.0, "License short names"; PEP 639
License read_license(std::string_view text);

/// The same for many packages, of which most have the same few licences.
class Licenses {
public:
    const License& read(const std::string& text);

private:
    std::unordered_map<std::string, License> known_;
};

/// All of them at once, as one expression; empty when there is none.
std::string all_of(const std::vector<const License*>& licenses);

} // namespace slipway::build_image
