#pragma once

#include "build-image/sbom/cataloger.hpp"
#include "build-image/sbom/package.hpp"
#include "io/cancellation.hpp"
#include "io/files.hpp"

#include <string>
#include <vector>

namespace slipway::build_image {

/// A layer as an archive on this machine.
struct LayerFile {
    std::string digest; ///< of the layer as the image's manifest names it
    io::Path file;      ///< a tar archive, plain or compressed by gzip or zstd, whatever the manifest says
};

/// Reads what software an image has, out of its layers; nothing is unpacked to the disk. What a higher layer removes or replaces
/// is not there: whiteouts, opaque folders, a file in the place of a folder.
///
/// Memory does not grow with the size of the layers, nor with the number of their files, but with what is found.
///
/// @param layers  the lowest first
/// @throws Error (world failure) when an archive cannot be read
/// @throws Cancelled
/// @source github.com/opencontainers/image-spec, "Image Layer Filesystem Changeset"
Inventory take_inventory(const std::vector<LayerFile>& layers, const Catalogers& catalogers, const io::Cancellation& cancellation);

} // namespace slipway::build_image
