#pragma once

#include "update-gitops-values/images/findings.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace slipway::update_gitops_values {

/// The image that a policy chose: `ns:name=image`.
struct PolicyArgument {
    std::string policy; ///< "flux-system:app"
    std::string name;   ///< of the image, without tag and digest
    std::string tag;    ///< may be empty
    std::string digest; ///< may be empty
};

/// Reads `NAMESPACE:NAME=IMAGE`, the image with a tag, a digest or both.
/// @throws Error (misuse) that says which part is wrong
PolicyArgument parse_policy_argument(std::string_view text);

/// Finds the values with a marker of this policy: `# {"$imagepolicy": "ns:name"}`, and with `:name`, `:tag` or `:digest` behind.
///
/// @param document  only this one of the stream, from 0
/// @throws Error (misuse) when the text is no YAML
Findings find_markers(std::string_view text, const std::string& file, const PolicyArgument& policy, std::optional<std::size_t> document = {});

} // namespace slipway::update_gitops_values
