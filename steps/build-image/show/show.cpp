#include "build-image/show/show.hpp"

#include "build-image/attest/attestations.hpp"
#include "build-image/push/product.hpp"
#include "core/error.hpp"
#include "core/text.hpp"

#include <algorithm>

namespace slipway::build_image {

namespace {

bool belongs_to(const std::string& what, DocumentKind kind) { return (what == "provenance") == (kind == DocumentKind::provenance); }

/// "linux/arm/v7" is one of those for "linux/arm".
bool is_for(const Image& image, const std::string& platform) { return (to_string(image.facts.platform) + '/').rfind(platform + '/', 0) == 0; }

const Image& chosen(const Product& product, const std::vector<std::string>& platforms, const std::string& name) {
    const auto& images = product.images;
    if (platforms.empty()) return images.front();
    const auto found = std::find_if(images.begin(), images.end(), [&](const Image& image) { return is_for(image, platforms.front()); });
    if (found != images.end()) return *found;
    std::string all;
    for (const auto& image : images) all += (all.empty() ? "" : ", ") + to_string(image.facts.platform);
    throw refused(name + " has no image for " + visible(platforms.front()), "it has " + all);
}

} // namespace

Shown show(const registry::Reference& image, const Question& question, Repositories& repositories, cli::Context& context) {
    auto& repository = repositories.open(image);
    const auto name = to_string(image);
    auto manifest = repository.manifest(image.digest.empty() ? image.tag : image.digest);
    if (!manifest) throw world_failure("cannot show " + name + ": the registry has no such image");
    const auto product = product_from_registry(repository, std::move(*manifest));
    const auto& one = chosen(product, question.platforms, name);

    Attestations attestations(repositories, context);
    attestations.begin(product);
    attestations.find(image);
    attestations.read(image);
    // What a tag names comes first for provenance, and what is run for an SBOM.
    std::vector<std::string> digests = {one.manifest.digest};
    if (product.index) digests.insert(question.what == "provenance" && question.platforms.empty() ? digests.begin() : digests.end(), product.index->digest);
    for (const auto& digest : digests) {
        const auto& attested = attestations.of(digest);
        Shown shown{.digest = product.top().digest, .subject = digest, .platform = attested.platform, .documents = {}};
        for (const auto& attestation : attested.attestations) {
            if (belongs_to(question.what, attestation.document.kind)) shown.documents.push_back(attestation.document);
        }
        if (!shown.documents.empty()) return shown;
    }
    throw refused(name + " has no " + (question.what == "sbom" ? "SBOM" : "provenance") + " attached", "build-image --" + question.what + " attaches one");
}

} // namespace slipway::build_image
