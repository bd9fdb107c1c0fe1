#pragma once

#include "registry/client.hpp"

#include <string>
#include <vector>

namespace slipway::registry {

/// A statement that BuildKit ("docker buildx build --sbom --provenance") put beside an image, into the same index.
struct BuildkitAttestation {
    std::string predicate_type; ///< "https://slsa.dev/provenance/v0.2", "https://spdx.dev/Document"
    Descriptor document;        ///< an in-toto statement, to be read by Repository::read_blob
};

/// Those for one of an index' images; empty when there are none.
///
/// @param digest  of the image
/// @source github.com/moby/buildkit, docs/attestations/attestation-storage.md
std::vector<BuildkitAttestation> buildkit_attestations(Repository& repository, const Manifest& index, const std::string& digest);

} // namespace slipway::registry
