#pragma once

#include "build-image/attest/attestations.hpp"
#include "build-image/push/image.hpp"
#include "build-image/push/repositories.hpp"
#include "build-image/push/whole_image.hpp"
#include "build_image.hpp"
#include "cli/context.hpp"

#include <vector>

namespace slipway::build_image {

/// What reads the layers of an image before it is pushed: the list of its software, and the user's scan.
class Description {
public:
    /// @param attestations  of the product; SBOMs that it lacks are added
    Description(const Options& options, const Plan& plan, Repositories& repositories, Attestations& attestations, cli::Context& context)
        : options_(options), plan_(plan), repositories_(repositories), attestations_(attestations), context_(context) {}

    /// @param exports    of the product's images, when Buildah's storage has them; else empty
    /// @param workspace  folder for what is written meanwhile
    /// @throws Error  refused: the scan refuses the image; world failure
    void make(const Product& product, const std::vector<ExportLayers>& exports, const io::Path& workspace);

private:
    void add_sbom(const Image& image, const Image& whole);
    void scan_image(const Image& image, const Image& whole, const io::Path& folder);
    const registry::Reference& first() const { return plan_.destinations.front().repository; }

    const Options& options_;
    const Plan& plan_;
    Repositories& repositories_;
    Attestations& attestations_;
    cli::Context& context_;
};

} // namespace slipway::build_image
