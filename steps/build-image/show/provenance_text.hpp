#pragma once

#include <string>

namespace slipway::build_image {

/// How an image came about, in a few lines for people: built by whom, from which commit of which repository and which base images,
/// when. Reads in-toto statements with SLSA provenance 1 or 0.2: ours, and those of BuildKit, GitHub and GitLab.
///
/// @throws Error (world failure) when it is none of these
std::string provenance_text(const std::string& json);

} // namespace slipway::build_image
