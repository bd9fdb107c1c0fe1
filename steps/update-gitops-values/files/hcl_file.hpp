#pragma once

#include "update-gitops-values/images/findings.hpp"
#include "update-gitops-values/images/image_argument.hpp"
#include "yaml/edit.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace slipway::update_gitops_values {

/// Changes an HCL2 file, such as a Nomad job or a file of variables (image_tag = "v1").
///
/// @param operations  `set` and `set_json` (numbers, truth values and null only). A path names blocks by their type, each label as a
///                    further part, and ends in an argument: `job.web.group.app.task.server.config.image`, `image_tag`; entries of objects
///                    and lists within an argument are parts as well. A label may be left out where only one block fits.
/// @throws Error (refused) "wrong HCL: ..." with a place, and for each operation that cannot be done: several blocks fit, the value is
///         a template with ${...} or an expression
yaml::Edited edit_hcl(std::string_view text, const std::string& file, const std::vector<yaml::Operation>& operations);

/// Finds `image = "..."` of the drivers' config blocks.
Findings find_images_in_hcl(std::string_view text, const std::string& file, const ImageArgument& image);

} // namespace slipway::update_gitops_values
