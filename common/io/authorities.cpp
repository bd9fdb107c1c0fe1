#include "io/authorities.hpp"

#include "core/error.hpp"

namespace slipway::io {

std::string authorities_with(const Path& ca_file, Files& files) {
    const auto extra = files.read(ca_file);
    if (extra.find("-----BEGIN CERTIFICATE-----") == std::string::npos) {
        throw misuse("cannot use " + ca_file.string() + " as CA file: it holds no PEM certificate");
    }
    for (const char* system :
         {"/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem"}) {
        if (files.kind(system) == FileKind::file) return files.read(system) + '\n' + extra;
    }
    return extra;
}

} // namespace slipway::io
