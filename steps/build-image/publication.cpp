#include "publication.hpp"

#include "build-image/attest/signing.hpp"
#include "description.hpp"
#include "registry/parallel.hpp"

#include <functional>

namespace slipway::build_image {

void Publication::publish(const Publishable& publishable, Transfer& transfer) {
    const auto& product = publishable.product;
    attestations_.begin(product);
    const bool scans = !options_.scan.empty();
    if (publishable.is_found && attests()) timings_.measure("looking for what is attached", [&] { find_attestations(); });
    if (scans) timings_.measure("scanning", [&] { describe(publishable); });
    timings_.measure("pushing", [&] {
        std::vector<std::function<void()>> jobs = {[&] { put_images(product, transfer); }};
        // Its time is that of this processor, and the push's that of the network.
        if (!scans) jobs.emplace_back([&] { describe(publishable); });
        registry::run_parallel(jobs, jobs.size());
    });
    if (!options_.push_by_digest && !options_.overwrite) refuse_moved_versions(product, plan_.destinations, repositories_);
    const auto& top = product.top().digest;
    if (publishable.provenance && !attestations_.of(top).has(DocumentKind::provenance)) attestations_.add(top, *publishable.provenance);
    if (attests()) timings_.measure("attaching", [&] { attestations_.attach(plan_.destinations); });
    if (options_.sign) timings_.measure("signing", [&] { sign(product); });
    if (!options_.push_by_digest) timings_.measure("tagging", [&] { put_tags(product, plan_.destinations, repositories_, context_); });
}

/// Of the build that made the image, which was another one.
void Publication::find_attestations() {
    const auto& first = plan_.destinations.front().repository;
    attestations_.find(first);
    const bool somebody_reads = plan_.destinations.size() > 1 || options_.sign || !options_.scan.empty();
    const bool has_files = !options_.attestations.empty() || !options_.spdx_file.empty() || !options_.cyclonedx_file.empty() || !options_.provenance_file.empty();
    if (somebody_reads || has_files) attestations_.read(first);
}

void Publication::describe(const Publishable& publishable) {
    Description(options_, plan_, repositories_, attestations_, context_).make(publishable.product, publishable.exports, publishable.workspace);
}

/// Blobs, and manifests under their digests where something names them: an index, a document, somebody else.
void Publication::put_images(const Product& product, Transfer& transfer) {
    const bool by_digest = options_.push_by_digest || attests() || options_.sign;
    for (const auto& destination : plan_.destinations) {
        auto& repository = repositories_.open(destination.repository);
        for (const auto& image : product.images) {
            transfer.bring(image, destination.repository);
            if (by_digest || product.index) repository.put_manifest(image.manifest.digest, image.manifest);
        }
        if (by_digest && product.index) repository.put_manifest(product.index->digest, *product.index);
    }
}

void Publication::sign(const Product& product) {
    Cosign cosign(options_.sign_key, plan_.login.file, context_);
    for (const auto& destination : plan_.destinations) {
        const auto& repository = repositories_.open(destination.repository);
        cosign.sign(repository, product.top().digest, product.index.has_value());
        for (const auto& attested : attestations_.all()) {
            for (const auto& one : attested.attestations) cosign.attest(repository, attested.subject.digest, one.document);
        }
    }
}

} // namespace slipway::build_image
