#pragma once

#include "build-image/attest/document.hpp"
#include "build-image/push/image.hpp"
#include "build-image/push/repositories.hpp"
#include "build-image/push/transfer.hpp"
#include "cli/context.hpp"

#include <functional>
#include <string>
#include <vector>

namespace slipway::build_image {

/// A document that is attached to an image, or will be.
struct Attestation {
    Document document;   ///< without bytes while nobody has read it
    std::string manifest; ///< digest of the manifest that attaches it; empty: it is not attached yet
};

/// What is attached to one manifest.
struct Attested {
    registry::Descriptor subject;
    std::string platform; ///< "linux/amd64"; empty for an index
    std::vector<Attestation> attestations = {};

    bool has(DocumentKind kind) const;
};

/// What is attached to a product: to each image the SBOM, to the image or the index the provenance.
class Attestations {
public:
    Attestations(Repositories& repositories, cli::Context& context) : repositories_(repositories), context_(context) {}

    /// Whose attestations these are; nothing is known of them yet.
    void begin(const Product& product);

    /// Asks a repository what is attached already.
    /// @throws Error (world failure)
    void find(const registry::Reference& repository);

    /// Reads those that were found.
    /// @param wanted  which of them
    /// @throws Error (world failure)
    void read(const registry::Reference& repository, const std::function<bool(const Attested&, DocumentKind)>& wanted = [](const Attested&, DocumentKind) { return true; });

    /// @param digest  of an image's manifest, or of the index
    Attested& of(const std::string& digest);
    void add(const std::string& digest, Document document);

    /// Attaches to the first destination what is new there, and all to the others.
    /// @throws Error (world failure)
    void attach(const std::vector<Destination>& destinations);

    const std::vector<Attested>& all() const noexcept { return all_; }

private:
    Repositories& repositories_;
    cli::Context& context_;
    std::vector<Attested> all_; ///< the images, and the index where there is one
};

} // namespace slipway::build_image
