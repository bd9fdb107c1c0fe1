#include "registry/buildkit.hpp"

#include "core/error.hpp"
#include "registry/manifests.hpp"

namespace slipway::registry {

namespace {

constexpr std::size_t most_manifests = 20; // BuildKit makes one for each image

std::string value_of(const Entry& entry, const char* annotation) {
    const auto found = entry.annotations.find(annotation);
    return found == entry.annotations.end() ? std::string() : found->second;
}

} // namespace

std::vector<BuildkitAttestation> buildkit_attestations(Repository& repository, const Manifest& index, const std::string& digest) {
    std::vector<BuildkitAttestation> attestations;
    std::size_t manifests = 0;
    for (const auto& entry : read_entries(Json::parse(index.bytes, nullptr, false), "manifests")) {
        if (value_of(entry, "vnd.docker.reference.type") != "attestation-manifest" || value_of(entry, "vnd.docker.reference.digest") != digest) continue;
        if (++manifests > most_manifests) break;
        const auto manifest = repository.manifest(entry.descriptor.digest);
        if (!manifest) throw world_failure("cannot read " + repository.name().name() + '@' + entry.descriptor.digest + ": the registry lists it, and does not have it");
        for (const auto& layer : read_entries(Json::parse(manifest->bytes, nullptr, false), "layers")) {
            if (layer.descriptor.media_type != "application/vnd.in-toto+json") continue;
            attestations.push_back({.predicate_type = value_of(layer, "in-toto.io/predicate-type"), .document = layer.descriptor});
        }
    }
    return attestations;
}

} // namespace slipway::registry
