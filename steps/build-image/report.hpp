#pragma once

#include "build_image.hpp"

namespace slipway::build_image {

/// Writes what --metadata-file, --digest-file and --iid-file ask for.
///
/// @throws Error (world failure)
/// @source docs.docker.com, "docker buildx build", its options of the same names
void write_files(const Options& options, const Result& result, cli::Context& context);

} // namespace slipway::build_image
