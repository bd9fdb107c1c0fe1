#pragma once

#include "core/timestamp.hpp"
#include "source.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::build_image {

struct Tags {
    std::vector<std::string> names; ///< at least one, without duplicates
    std::string version;            ///< the first of them
    std::string immutable;          ///< the first that names this version or commit; empty when none does
};

/// The tags to push: those given, else from the source.
///
/// Without any given: the Git tag, and the short commit; or the short commit, and the branch, or pr-NUMBER for a pull
/// request, whose branch may be called as somebody else's.
///
/// @throws Error (misuse) when there is none
Tags choose_tags(const std::vector<std::string>& given, const Source& source);

/// A branch or Git tag as a tag: runs of other characters become "-", no "." or "-" at the front, 128 characters at most.
std::string tag_slug(std::string_view name);

/// Whether a tag is a complete version such as "1.2.3", "v1.2.3" or "1.2.3-rc.1", which no later release gets again.
bool is_complete_version(std::string_view tag);

/// The instant in SOURCE_DATE_EPOCH.
/// @throws Error (misuse) when it is no number of seconds
std::optional<Timestamp> source_date(const std::string& text);

/// The org.opencontainers.image labels revision, created, source, url, version and title, as far as they are known.
///
/// @param created  when no commit time is known
/// @param title    the image's short name
/// @source github.com/opencontainers/image-spec, "Pre-Defined Annotation Keys"
std::map<std::string, std::string> standard_labels(const Source& source, const Tags& tags, const std::string& created,
                                                   const std::string& title);

} // namespace slipway::build_image
