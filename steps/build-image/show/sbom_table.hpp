#pragma once

#include <string>

namespace slipway::build_image {

/// The packages that an SBOM names as a table for people: name, version, kind ("deb", "pypi"), licence; above it how many of each
/// kind there are. Reads SPDX 2 and CycloneDX in JSON, of any tool, plain or as an in-toto statement.
///
/// @throws Error (world failure) when it is none of these
std::string sbom_table(const std::string& json);

} // namespace slipway::build_image
