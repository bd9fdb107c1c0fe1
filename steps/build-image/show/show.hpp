#pragma once

#include "build-image/attest/document.hpp"
#include "build-image/push/repositories.hpp"
#include "cli/context.hpp"
#include "registry/reference.hpp"

#include <string>
#include <vector>

namespace slipway::build_image {

/// What is attached to an image, of one sort.
struct Shown {
    std::string digest;              ///< of the manifest or the index that the image's name stands for
    std::string subject;             ///< digest of the manifest that the documents are attached to
    std::string platform;            ///< of the image whose documents these are; empty when they are the index's
    std::vector<Document> documents; ///< at least one
};

/// What to look for.
struct Question {
    std::string what;                   ///< "sbom" or "provenance"
    std::vector<std::string> platforms; ///< which image of an index, at most one; empty: the first
};

/// Reads what is attached to an image: referrers, or what BuildKit put into its index.
///
/// @param image  with tag or digest
/// @throws Error  refused: nothing of that sort is attached; world failure: no such image, or the registry cannot say
Shown show(const registry::Reference& image, const Question& question, Repositories& repositories, cli::Context& context);

} // namespace slipway::build_image
