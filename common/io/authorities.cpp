#include "io/authorities.hpp"

#include "core/error.hpp"

namespace slipway::io {

namespace {

constexpr std::string_view certificate = "-----BEGIN CERTIFICATE-----";

/// All certificates in the files of a folder; what else lies there does not matter.
std::string read_folder(const Path& folder, Files& files) {
    std::string all;
    for (const auto& name : files.list(folder)) {
        if (files.kind(folder / name) != FileKind::file) continue;
        const auto text = files.read(folder / name);
        if (text.find(certificate) != std::string::npos) all += text + '\n';
    }
    return all;
}

} // namespace

std::string authorities_with(const Path& ca_file, Files& files) {
    const bool folder = files.kind(ca_file) == FileKind::directory;
    const auto extra = folder ? read_folder(ca_file, files) : files.read(ca_file);
    if (extra.find(certificate) == std::string::npos) {
        throw misuse("cannot use " + ca_file.string() + (folder ? " as CA folder" : " as CA file") + ": it holds no PEM certificate");
    }
    for (const char* system :
         {"/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem"}) {
        if (files.kind(system) == FileKind::file) return files.read(system) + '\n' + extra;
    }
    return extra;
}

} // namespace slipway::io
