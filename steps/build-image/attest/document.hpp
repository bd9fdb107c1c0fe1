#pragma once

#include "registry/referrers.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace slipway::build_image {

enum class DocumentKind { spdx, cyclonedx, provenance };

/// Something to know about an image.
struct Document {
    DocumentKind kind;
    std::string bytes; ///< JSON
};

/// The largest document that is read: as much as cosign reads.
/// @source github.com/sigstore/cosign, COSIGN_MAX_ATTACHMENT_SIZE
constexpr std::uint64_t most_document_bytes = 128 * 1024 * 1024;

/// "spdx", "cyclonedx", "provenance"
const char* name_of(DocumentKind kind);

/// As it is attached to an image.
registry::Artifact artifact_of(const Document& document);

/// What an attached document is, whoever attached it; nothing for what is none of these.
std::optional<DocumentKind> kind_of(const registry::Referrer& referrer);

/// @param where  it comes from, for a message
/// @throws Error (world failure) when it is nested so deep that it cannot be written out again
void check_nesting(const std::string& json, const std::string& where);

/// A document as an in-toto statement about what it is attached to, in one line. A provenance is one already.
///
/// @param name  of the image, "registry/repository"
/// @throws Error (world failure) when the document is no JSON object
/// @source github.com/in-toto/attestation, "Statement" and "Bundle"
std::string statement_line(const Document& document, const std::string& name, const std::string& digest);

} // namespace slipway::build_image
