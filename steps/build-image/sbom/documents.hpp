#pragma once

#include "build-image/push/image.hpp"
#include "build-image/sbom/package.hpp"
#include "core/timestamp.hpp"

#include <string>

namespace slipway::build_image {

/// The image that an SBOM is about.
struct Described {
    std::string name;    ///< "registry.example.com/team/app"
    std::string version; ///< a tag; may be empty
    std::string digest;  ///< of its manifest; of its configuration when it was not pushed
    Platform platform;
    Timestamp created;   ///< of the documents: the image's own time, so that the same image has the same documents
};

/// An SBOM as SPDX 2.3 in JSON. The same image and inventory give the same bytes.
/// @source spdx.github.io/spdx-spec/v2.3
std::string spdx_document(const Inventory& inventory, const Described& image);

/// The same as CycloneDX 1.5 in JSON.
/// @source cyclonedx.org/docs/1.5/json
std::string cyclonedx_document(const Inventory& inventory, const Described& image);

} // namespace slipway::build_image
