#pragma once

#include "update-gitops-values/changeset.hpp"
#include "update-gitops-values/request.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace slipway::update_gitops_values {

/// A version, and the image that has it.
struct NamedVersion {
    std::string name; ///< its last part, which mirrors keep: "app"
    std::string text; ///< tag or digest
};

/// The versions that images have by a change.
struct ImageVersions {
    std::vector<std::string> texts;       ///< tags and digests, as a pod's image has them, each once: "v2", "sha256:..."; empty: it sets none
    std::vector<NamedVersion> named = {}; ///< which image has which of them; empty: not of all is the image known, and any may have each

    bool empty() const noexcept { return texts.empty(); }
};

/// "app" of "registry.example.com:5000/team/app".
std::string_view last_part(std::string_view name);

/// Those of the values that became something else, of images in files that came as a whole, and what the request sets, which counts also
/// when it stood there already.
ImageVersions versions_of(const Request& request, const Changeset& files);

} // namespace slipway::update_gitops_values
