#pragma once

#include "io/files.hpp"

#include <string>

namespace slipway::io {

/// Certificates to trust, in PEM: the system's and those of a file, or of all files in a folder. libcurl takes one bundle
/// in place of the system's.
/// @throws Error (misuse) when it cannot be read or holds no certificate
std::string authorities_with(const Path& ca_file, Files& files);

} // namespace slipway::io
