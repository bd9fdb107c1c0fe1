#pragma once

#include "registry/referrers.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace slipway::build_image {

/// More than any has that is read again.
constexpr std::uint64_t most_document_bytes = 256 * 1024 * 1024;

enum class DocumentKind { spdx, cyclonedx, provenance };

/// Something to know about an image.
struct Document {
    DocumentKind kind;
    std::string bytes; ///< JSON
};

/// "spdx", "cyclonedx", "provenance"
const char* name_of(DocumentKind kind);

/// As it is attached to an image.
registry::Artifact artifact_of(const Document& document);

/// What an attached document is, whoever attached it; nothing for what is none of these.
std::optional<DocumentKind> kind_of(const registry::Referrer& referrer);

/// A document as an in-toto statement about what it is attached to, in one line. A provenance is one already.
///
/// @param name  of the image, "registry/repository"
/// @throws Error (world failure) when the document is no JSON object
/// @source github.com/in-toto/attestation, "Statement" and "Bundle"
std::string statement_line(const Document& document, const std::string& name, const std::string& digest);

} // namespace slipway::build_image
