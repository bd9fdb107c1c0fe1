#pragma once

#include "build-image/attest/document.hpp"
#include "cli/context.hpp"
#include "io/files.hpp"
#include "registry/auth_file.hpp"
#include "registry/client.hpp"

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
    /// @param credentials  of all registries; cosign gets them in a file of its own, which goes with this object
    Cosign(std::string key, registry::AuthFile credentials, cli::Context& context);

    /// @param digest    of an image, or of an index
    /// @param is_index  signs the images in it, too
    /// @throws Error (world failure) with the last words of cosign
    void sign(const registry::Repository& repository, const std::string& digest, bool is_index);

    /// Signs a document about an image, in a statement that cosign makes around it.
    /// @throws Error (world failure) the same
    void attest(const registry::Repository& repository, const std::string& digest, const Document& document);

private:
    void run(const std::string& verb, const std::vector<std::string>& options, const registry::Repository& repository, const std::string& digest);

    std::string key_;
    registry::AuthFile credentials_;
    cli::Context& context_;
    io::TemporaryFolder folder_;
};

} // namespace slipway::build_image
