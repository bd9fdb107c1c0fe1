#pragma once

#include "cli/context.hpp"
#include "cli/server_options.hpp"
#include "io/files.hpp"
#include "io/processes.hpp"
#include "registry/auth_file.hpp"
#include "registry/reference.hpp"
#include "registry/referrers.hpp"

#include <string>
#include <vector>

namespace slipway::build_image {

/// Signs images by cosign, version 2 or 3, in whose format and places admission controllers look for signatures.
///
/// Each option of cosign that is not set here may be given as a variable, as cosign itself reads them: COSIGN_TLOG_UPLOAD=false for
/// --tlog-upload=false, COSIGN_REKOR_URL, COSIGN_PASSWORD.
/// @source github.com/sigstore/cosign, doc/cosign_sign.md and doc/cosign_attest.md
class Cosign {
public:
    /// Known before anything is built.
    /// @throws Error (misuse) when there is no cosign, or no such key
    static void check(const std::string& key, cli::Context& context);

    /// @param key          as cosign's --key takes it: a file, env://NAME, a KMS; empty: a certificate for the CI's identity
    /// @param credentials  of the registries; cosign gets them in a file of its own, which goes with this object
    Cosign(std::string key, const registry::AuthFile& credentials, cli::Context& context);

    /// @param image     with its digest
    /// @param tls       how its registry is spoken to, as registry::tls_for says
    /// @param is_index  signs the images in it, too
    /// @throws Error (world failure) with the last words of cosign
    void sign(const registry::Reference& image, const cli::TlsOptions& tls, bool is_index);

    /// Signs a document about an image: SPDX, CycloneDX, or an in-toto statement with SLSA provenance.
    /// @throws Error (world failure) the same
    void attest(const registry::Reference& image, const cli::TlsOptions& tls, const registry::Artifact& document);

private:
    void run(const std::string& verb, std::vector<std::string> options, const registry::Reference& image, const cli::TlsOptions& tls);

    std::string key_;
    const registry::AuthFile& credentials_;
    cli::Context& context_;
    io::TemporaryFolder folder_;
};

} // namespace slipway::build_image
