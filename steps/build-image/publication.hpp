#pragma once

#include "build-image/attest/attestations.hpp"
#include "build-image/attest/document.hpp"
#include "build-image/push/image.hpp"
#include "build-image/push/repositories.hpp"
#include "build-image/push/transfer.hpp"
#include "build-image/push/whole_image.hpp"
#include "build_image.hpp"
#include "cli/context.hpp"
#include "timings.hpp"

#include <optional>
#include <vector>

namespace slipway::build_image {

/// What there is to publish.
struct Publishable {
    const Product& product;
    bool is_found = false;             ///< in a registry: this run did not build it
    std::vector<ExportLayers> exports; ///< of the product's images, when Buildah's storage has them; else empty
    io::Path workspace;                ///< folder for what is written meanwhile
    std::optional<Document> provenance; ///< for an image that has none attached
};

/// Brings a product to its repositories: scanned before anything is there, and with what is attached to it and its signatures before it has a
/// tag, so that whoever finds it by a tag finds these.
class Publication {
public:
    /// @param attestations  of the product, once it is published
    Publication(const Options& options, const Plan& plan, Repositories& repositories, Attestations& attestations, Timings& timings, cli::Context& context)
        : options_(options), plan_(plan), repositories_(repositories), attestations_(attestations), timings_(timings), context_(context) {}

    /// @throws Error  refused: the scan refuses the image, or a version's tag would move; world failure: everything else
    void publish(const Publishable& publishable, Transfer& transfer);

private:
    bool attests() const { return options_.sbom || options_.provenance; }
    void find_attestations();
    void describe(const Publishable& publishable);
    void put_images(const Product& product, Transfer& transfer);
    void sign(const Product& product);

    const Options& options_;
    const Plan& plan_;
    Repositories& repositories_;
    Attestations& attestations_;
    Timings& timings_;
    cli::Context& context_;
};

} // namespace slipway::build_image
