#pragma once

#include "build-image/sbom/cataloger.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace slipway::build_image {

/// What reading an archive may cost, all archives in it included.
struct JavaLimits {
    std::uint64_t unpacked_bytes;
    std::size_t entries = 200'000; ///< libarchive holds some 200 bytes for each
    std::size_t records = 10'000;  ///< Maven's, and archives in it
    int depth = 3;                 ///< of archives in archives: an application's in an enterprise archive has libraries
};

/// Whether a file is named like a Java archive, an application server's or Jenkins' included.
bool is_java_archive_name(std::string_view path);

/// Reads a zip archive with what Java's tools put there. What cannot be read, or is more than the limits, is a gap.
///
/// @param path  printable
Finding read_java_archive(std::string_view bytes, const std::string& path, const JavaLimits& limits);

} // namespace slipway::build_image
