#pragma once

#include "update-gitops-values/waiting/follower.hpp"

#include <nlohmann/json.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::update_gitops_values {

/// The images of a pod's containers, those that only run at its start included.
/// @param pod_spec  "spec" of a pod or of a template
std::vector<std::string> images_of(const nlohmann::json& pod_spec);

/// Whether an image is of one of these versions, and has one of their names. Where it has a digest and the versions have some, the digest decides: a tag may be moved.
bool is_of(std::string_view image, const ImageVersions& versions);
bool is_any_of(const std::vector<std::string>& images, const ImageVersions& versions);

/// "v2, sha256:0123456789ab", or "what Git says" when nobody knows.
std::string words_of(const ImageVersions& versions);

/// That Git still has the version, and how to take it back there.
std::string hint_of_git(const Delivery& delivery);

/// Whether an object has come to what Git says, from one look to the next.
class VersionWatch {
public:
    /// @param object    "Deployment prod/web"
    /// @param delivery  must live as long as this
    VersionWatch(std::string object, const Delivery& delivery) : object_(std::move(object)), delivery_(delivery) {}

    /// @param holder  whose template it is: "prod/web"
    /// @return why the template's images are not those of Git yet; nothing when they are, and when nobody can tell
    /// @throws Error (refused) when they were, and are not any more
    std::optional<std::string> why_not_yet(const std::vector<std::string>& images, const std::string& holder);

    /// Whether versions are known at all.
    bool can_tell() const { return !delivery_.versions.empty(); }
    /// Whether the template had other images at some look.
    bool saw_another() const { return saw_another_; }
    bool is_ours(const std::vector<std::string>& images) const { return is_any_of(images, delivery_.versions); }
    /// To stand behind a line when nobody can tell; else nothing.
    std::string reservation() const { return can_tell() ? "" : "; whether that is this change cannot be told: it sets no image's tag or digest"; }

private:
    std::string object_;
    const Delivery& delivery_;
    bool came_ = false;
    bool saw_another_ = false;
};

} // namespace slipway::update_gitops_values
