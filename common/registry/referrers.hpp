#pragma once

#include "registry/client.hpp"

#include <map>
#include <string>
#include <vector>

namespace slipway::registry {

/// A document to attach to an image.
struct Artifact {
    std::string type;       ///< "application/spdx+json"
    std::string media_type; ///< of the document
    std::string bytes;      ///< the document
    std::map<std::string, std::string> annotations = {};
};

/// A document that is attached to an image, as its registry lists it.
struct Referrer {
    Descriptor manifest; ///< that names the document
    std::string type;
    std::map<std::string, std::string> annotations;
};

/// What is attached to the manifests of a repository ("referrers"): manifests of their own that name what they are about as their
/// subject, so that an image stays as it is.
///
/// Registries without the referrers API have an image index under the tag "sha256-<digits>" in its place, which the clients
/// keep. It has no compare-and-swap, so each document gets a tag of its own besides, "sha256-<digits>.<16 digits of the document's manifest>", before
/// the index is written; whoever wrote the index lists these tags afterwards, and writes it once more when one is missing in it.
/// So of several that attach at once the last to write knows them all, and nothing is lost.
///
/// @source github.com/opencontainers/distribution-spec, "Listing Referrers", "Pushing Manifests with Subject", "Referrers Tag Schema"
class Referrers {
public:
    explicit Referrers(Repository& repository) : repository_(repository) {}

    /// What is attached to a manifest; empty when nothing is, or nobody knows the manifest.
    /// @param digest  of the manifest
    std::vector<Referrer> list(const std::string& digest);

    /// Attaches documents. One that is attached already, byte by byte, stays as it is.
    /// @param subject  the manifest; it need not be in the repository yet
    /// @return their manifests, in the order of the artifacts
    std::vector<Referrer> attach(const Descriptor& subject, const std::vector<Artifact>& artifacts);

    /// The document of an attached manifest; its digest is verified.
    ///
    /// @param digest      of the manifest that attaches it
    /// @param most_bytes  a larger one is an error
    std::string read(const std::string& digest, std::uint64_t most_bytes);

private:
    Repository& repository_;
};

} // namespace slipway::registry
