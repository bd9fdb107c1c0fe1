#pragma once

#include "core/places.hpp"
#include "rendering/render.hpp"

#include <string_view>

namespace slipway::rendering {

/// Reads a rendered HCL file again, token by token beside its template: each token must be the template's, at the place
/// that it moved to; only contents of strings and whole expressions may differ, and only where a placeholder was.
///
/// @throws Error (refused) with the template's place where it is not so
void prove_hcl(std::string_view text, const Rendered& rendered, const Places& places);

} // namespace slipway::rendering
