#include "build-image/show/show.hpp"

#include "build-image/attest/attestations.hpp"
#include "build-image/push/product.hpp"
#include "core/error.hpp"
#include "core/text.hpp"
#include "registry/buildkit.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <optional>

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

/// An SBOM without the statement around it, as others attach it.
std::optional<Document> document_of(const registry::BuildkitAttestation& attestation, registry::Repository& repository) {
    const auto is = [&](const char* type) { return attestation.predicate_type.rfind(type, 0) == 0; };
    const bool is_provenance = is("https://slsa.dev/provenance/");
    if (!is_provenance && !is("https://spdx.dev/Document") && !is("https://cyclonedx.org/bom")) return std::nullopt;
    auto text = repository.read_blob(attestation.document.digest, most_document_bytes);
    check_nesting(text, repository.name().name() + " blob " + attestation.document.digest);
    if (is_provenance) return Document{DocumentKind::provenance, std::move(text)};
    const auto statement = nlohmann::ordered_json::parse(text, nullptr, false);
    if (!statement.is_object() || !statement.contains("predicate")) return std::nullopt;
    return Document{is("https://spdx.dev/") ? DocumentKind::spdx : DocumentKind::cyclonedx, statement["predicate"].dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + '\n'};
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
    // What a tag names comes first for provenance, and what is run for an SBOM.
    std::vector<std::string> digests = {one.manifest.digest};
    if (product.index) digests.insert(question.what == "provenance" && question.platforms.empty() ? digests.begin() : digests.end(), product.index->digest);
    attestations.read(image, [&](const Attested& attested, DocumentKind kind) {
        return belongs_to(question.what, kind) && std::find(digests.begin(), digests.end(), attested.subject.digest) != digests.end();
    });
    for (const auto& digest : digests) {
        const auto& attested = attestations.of(digest);
        Shown shown{.digest = product.top().digest, .subject = digest, .platform = attested.platform, .documents = {}};
        for (const auto& attestation : attested.attestations) {
            if (belongs_to(question.what, attestation.document.kind)) shown.documents.push_back(attestation.document);
        }
        if (!shown.documents.empty()) return shown;
    }
    if (product.index) {
        Shown shown{.digest = product.top().digest, .subject = one.manifest.digest, .platform = to_string(one.facts.platform), .documents = {}};
        for (const auto& attestation : registry::buildkit_attestations(repository, *product.index, one.manifest.digest)) {
            auto document = document_of(attestation, repository);
            if (document && belongs_to(question.what, document->kind)) shown.documents.push_back(std::move(*document));
        }
        if (!shown.documents.empty()) return shown;
    }
    throw refused(name + " has no " + (question.what == "sbom" ? "SBOM" : "provenance") + " attached", "build-image --" + question.what + " attaches one");
}

} // namespace slipway::build_image
