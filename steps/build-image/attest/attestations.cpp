#include "build-image/attest/attestations.hpp"

#include "registry/manifests.hpp"

#include <algorithm>

namespace slipway::build_image {

namespace {

/// Of all documents of a product, which are held in memory: whoever may push may attach many.
constexpr std::uint64_t most_bytes = 4 * most_document_bytes;

} // namespace

bool Attested::has(DocumentKind kind) const {
    return std::any_of(attestations.begin(), attestations.end(), [&](const Attestation& one) { return one.document.kind == kind; });
}

void Attestations::begin(const Product& product) {
    for (const auto& image : product.images) all_.push_back({.subject = registry::descriptor_of(image.manifest), .platform = to_string(image.facts.platform)});
    if (product.index) all_.push_back({.subject = registry::descriptor_of(*product.index), .platform = {}});
}

void Attestations::find(const registry::Reference& repository) {
    registry::Referrers referrers(repositories_.open(repository));
    for (auto& attested : all_) {
        for (const auto& referrer : referrers.list(attested.subject.digest)) {
            if (const auto kind = kind_of(referrer)) attested.attestations.push_back({.document = {*kind, {}}, .manifest = referrer.manifest.digest});
        }
    }
}

void Attestations::read(const registry::Reference& repository, const std::function<bool(const Attested&, DocumentKind)>& wanted) {
    registry::Referrers referrers(repositories_.open(repository));
    auto left = most_bytes;
    for (auto& attested : all_) {
        for (auto& one : attested.attestations) {
            if (!one.document.bytes.empty() || !wanted(attested, one.document.kind)) continue;
            one.document.bytes = referrers.read(one.manifest, std::min(left, most_document_bytes));
            left -= one.document.bytes.size();
            check_nesting(one.document.bytes, repository.name() + '@' + one.manifest);
        }
    }
}

Attested& Attestations::of(const std::string& digest) {
    return *std::find_if(all_.begin(), all_.end(), [&](const Attested& one) { return one.subject.digest == digest; });
}

void Attestations::add(const std::string& digest, Document document) { of(digest).attestations.push_back({.document = std::move(document), .manifest = {}}); }

void Attestations::attach(const std::vector<Destination>& destinations) {
    for (auto& attested : all_) {
        for (const auto& destination : destinations) {
            const bool is_first = &destination == &destinations.front();
            std::vector<registry::Artifact> artifacts;
            std::vector<Attestation*> attached;
            for (auto& one : attested.attestations) {
                if (is_first && !one.manifest.empty()) continue;
                artifacts.push_back(artifact_of(one.document));
                attached.push_back(&one);
            }
            if (artifacts.empty()) continue;
            const auto referrers = registry::Referrers(repositories_.open(destination.repository)).attach(attested.subject, artifacts);
            std::string names;
            for (std::size_t i = 0; i < attached.size(); ++i) {
                if (is_first) attached[i]->manifest = referrers.at(i).manifest.digest;
                names += (i == 0 ? "" : ", ") + std::string(name_of(attached[i]->document.kind));
            }
            context_.log.info("attached to " + destination.repository.name() + '@' + attested.subject.digest + ": " + names);
        }
    }
}

} // namespace slipway::build_image
