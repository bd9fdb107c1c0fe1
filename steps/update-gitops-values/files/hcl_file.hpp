#pragma once

#include "update-gitops-values/images/findings.hpp"
#include "update-gitops-values/images/image_argument.hpp"
#include "yaml/edit.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace slipway::update_gitops_values {

/// Changes an HCL2 file, such as a Nomad job or a file of variables (image_tag = "v1"): nothing but the values that are set. The result is
/// read again and compared token by token.
///
/// @param operations  `set` and `set_json` (numbers, truth values, null, texts). A path names blocks by their type, each label as a further
///                    part, and ends in an argument: `job.web.group.app.task.server.config.image`, `image_tag`; keys of objects and
///                    entries of lists within an argument are parts as well. Labels may be left out, the last ones first, where only one
///                    block fits then; the path that leaves out fewest is meant. `network[1]` is the second of several blocks that are
///                    alike.
/// @throws Error (misuse) "wrong HCL: ..." with a place; for other operations
/// @throws Error (refused) for each operation that cannot be done: nothing or several blocks fit, the
///         value is a template with ${...}, another expression or a heredoc
yaml::Edited edit_hcl(std::string_view text, const std::string& file, const std::vector<yaml::Operation>& operations);

/// Finds an image in a Nomad job: `image = "..."` of the config blocks of tasks (docker, podman, also with docker:// in front,
/// containerd-driver), and strings that are a variable's default or a file's own argument (as in a file of variables), when they have a tag
/// or a digest, or `image` is in the variable's name. Names are compared as `is_image` does.
///
/// @throws Error (misuse) "wrong HCL: ..."
/// @throws Error (refused) for each place where the image asked for has a template behind it,
///         "registry.example.com/app:${var.tag}": the hint names the variable
/// The findings have all images that stand there, also when the argument has no name.
Findings find_images_in_hcl(std::string_view text, const std::string& file, const ImageArgument& image);

} // namespace slipway::update_gitops_values
