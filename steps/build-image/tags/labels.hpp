#pragma once

#include "build-image/source.hpp"
#include "build-image/tags/facts.hpp"
#include "core/error.hpp"
#include "core/timestamp.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace slipway::build_image {

/// The org.opencontainers.image labels title, description, url, source, version, revision, created and licenses, as far as
/// they are known.
///
/// @param version  the image's
/// @param created  RFC 3339
/// @param title    where no CI knows the project's name
/// @source github.com/opencontainers/image-spec, "Pre-Defined Annotation Keys"
std::map<std::string, std::string> standard_labels(const Source& source, const std::string& version, const std::string& created,
                                                   const std::string& title);

/// Annotations by where they go.
struct Annotations {
    std::map<std::string, std::string> manifest;
    std::map<std::string, std::string> index; ///< of several platforms
};

/// Sorts "KEY=VALUE" and "LEVEL:KEY=VALUE" into levels; "manifest,index:KEY=VALUE" is of both, and no level is the manifest's.
///
/// @param problems  gets levels that cannot be had here
/// @source docs.docker.com, "Annotations", "Specify annotation level"
Annotations read_annotations(const std::vector<std::string>& texts, std::vector<Diagnostic>& problems);

/// The instant in SOURCE_DATE_EPOCH.
/// @throws Error (misuse) when it is no number of seconds
std::optional<Timestamp> source_date(const std::string& text);

/// Replaces expressions in the values, which rules for tags may have as well.
std::map<std::string, std::string> expanded(std::map<std::string, std::string> values, const Facts& facts);

} // namespace slipway::build_image
