#pragma once

#include "registry/client.hpp"

#include <map>
#include <optional>
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

/// The manifest that attaches a document to another manifest. The same document and subject give the same bytes.
/// @source github.com/opencontainers/image-spec, "Guidelines for Artifact Usage"
Manifest attaching_manifest(const Descriptor& subject, const Artifact& artifact);

/// What is attached to the manifests of a repository ("referrers"): manifests of their own that name what they are about as their
/// subject, so that an image stays as it is. May be used by several threads.
///
/// Registries without the referrers API have an image index under the tag "sha256-<digits>" in its place, which the clients keep.
/// It has no compare-and-swap: who writes it may overwrite what another one just added. So
///
///  1. each document gets a tag of its own, "sha256-<digits>.<32 digits of the document's manifest>";
///  2. then the index is written, with these documents added to what was read;
///  3. then the tags are listed, and when one names a document that is not in what was written, 2 and 3 are done again with it.
///
/// Nothing that is attached in this way gets lost: whoever writes the index last lists the tags after that, and all others made
/// theirs before they wrote. Whoever is killed before 3 leaves the tag, and the next one that attaches something to the same
/// subject mends the index. What other clients add between somebody's reading and writing has no such tag, as it is between themselves.
///
/// Requests, beside those for blobs, of attaching N documents: with the API 1 + N, and 1 when all are attached already; without it
/// 3 + N and 1, and one more the first time, which learns that from the registry.
///
/// @source github.com/opencontainers/distribution-spec, "Listing Referrers", "Pushing Manifests with Subject", "Referrers Tag Schema"
class Referrers {
public:
    explicit Referrers(Repository& repository) : repository_(repository) {}

    /// Whether the registry has the API. Asks it once.
    bool has_api();

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
    struct Document;
    class TagIndex;

    std::optional<std::vector<Referrer>> ask_registry(const std::string& digest);
    TagIndex read_index(const std::string& digest);
    void upload(const std::vector<Document>& documents);
    bool put_manifests(const Descriptor& subject, const std::vector<Document>& documents, bool under_tags);
    void add_to_index(const Descriptor& subject, TagIndex index, std::vector<Referrer> wanted);
    std::optional<Referrer> read_tagged(const Descriptor& subject, const std::string& tag);

    Repository& repository_;
};

} // namespace slipway::registry
