#pragma once

#include "update-gitops-values/images/find_images.hpp"
#include "update-gitops-values/images/findings.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace slipway::update_gitops_values {

/// All images that stand in a file of any format, found as `--image` finds one; .env files have none.
///
/// @param path  tells the format
/// @throws Error (misuse) with a place when it cannot be read as its format
std::vector<StandingImage> list_images(std::string_view text, const std::string& path, const SearchSettings& settings = {});

/// Whether both have a name in common, or are pulled by the same one.
bool is_same_image(const StandingImage& image, const StandingImage& other);
/// Whether an image goes by a name without tag and digest.
bool has_name(const StandingImage& image, std::string_view name);

/// Those that stand in the second list, and whose name and version are nowhere in the first.
std::vector<StandingImage> images_added(const std::vector<StandingImage>& before, const std::vector<StandingImage>& after);

} // namespace slipway::update_gitops_values
