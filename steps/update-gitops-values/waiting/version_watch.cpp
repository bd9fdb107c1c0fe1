#include "version_watch.hpp"

#include "core/text.hpp"
#include "registry/reference.hpp"
#include "update-gitops-values/images/image_argument.hpp"
#include "update-gitops-values/waiting/judgement.hpp"
#include "update-gitops-values/waiting/object_fields.hpp"

#include <algorithm>

namespace slipway::update_gitops_values {

namespace {

constexpr std::size_t most_images = 4; // that are named

bool is_among(const std::string& text, const std::vector<std::string>& texts) { return std::find(texts.begin(), texts.end(), text) != texts.end(); }

std::string shown(const std::vector<std::string>& images) {
    if (images.empty()) return "no image";
    std::vector<std::string> first;
    for (std::size_t i = 0; i < std::min(images.size(), most_images); ++i) first.push_back(one_line(visible(images[i])));
    return (images.size() == 1 ? "image " : "images ") + join(first, ", ") + (images.size() > most_images ? ", ..." : "");
}

/// Enough of a digest to know it again.
std::string shortened(const std::string& version) { return registry::is_digest(version) ? version.substr(0, version.find(':') + 13) : one_line(visible(version)); }

/// What an image of this name has by the change: not what another image has.
std::vector<std::string> texts_for(std::string_view name, const ImageVersions& versions) {
    if (versions.named.empty()) return versions.texts;
    std::vector<std::string> texts;
    for (const auto& version : versions.named) {
        if (version.name == name) texts.push_back(version.text);
    }
    return texts;
}

/// "app or web"
std::string names_in(const ImageVersions& versions) {
    std::vector<std::string> names;
    for (const auto& version : versions.named) {
        if (!is_among(version.name, names)) names.push_back(version.name);
    }
    return one_line(visible(join(names, " or ")));
}

} // namespace

std::vector<std::string> images_of(const nlohmann::json& pod_spec) {
    std::vector<std::string> images;
    for (const char* path : {"/containers", "/initContainers"}) {
        for (const auto& container : field::list(pod_spec, path)) {
            auto image = field::text(container, "/image");
            if (!image.empty() && !is_among(image, images)) images.push_back(std::move(image));
        }
    }
    return images;
}

bool is_of(std::string_view image, const ImageVersions& versions) {
    const auto parts = split_image(image);
    const auto texts = texts_for(last_part(parts.name), versions);
    const bool knows_digests = std::any_of(texts.begin(), texts.end(), [](const std::string& version) { return registry::is_digest(version); });
    if (!parts.digest.empty() && knows_digests) return is_among(parts.digest, texts);
    return !parts.tag.empty() && is_among(parts.tag, texts);
}

bool is_any_of(const std::vector<std::string>& images, const ImageVersions& versions) {
    return std::any_of(images.begin(), images.end(), [&](const std::string& image) { return is_of(image, versions); });
}

std::string words_of(const ImageVersions& versions) {
    if (versions.empty()) return "what Git says";
    std::vector<std::string> words;
    for (const auto& version : versions.texts) words.push_back(shortened(version));
    return join(words, ", ");
}

std::string hint_of_git(const Delivery& delivery) {
    const auto where = delivery.branch.empty() ? std::string("Git") : one_line(visible(delivery.branch));
    const auto still = where + " still says " + (delivery.versions.empty() ? "the same" : words_of(delivery.versions));
    return still + (delivery.rollback.empty() ? "" : "; to take it back there: " + delivery.rollback);
}

std::optional<std::string> VersionWatch::why_not_yet(const std::vector<std::string>& images, const std::string& holder) {
    if (!can_tell()) return std::nullopt;
    if (is_ours(images)) {
        came_ = true;
        return std::nullopt;
    }
    // Whoever it was, this change will not be served any more.
    if (came_) throw gave_up(object_, "does not have " + words_of(delivery_.versions) + " any more: " + holder + " has " + shown(images) + " now, so somebody rolled it back or released something else", delivery_, {});
    saw_another_ = true;
    const bool is_elsewhere = is_any_of(images, {.texts = delivery_.versions.texts});
    if (is_elsewhere) return "not applied yet: " + holder + " has " + shown(images) + ", which is not " + names_in(delivery_.versions) + " as in the change";
    return "not applied yet: " + holder + " still has " + shown(images);
}

} // namespace slipway::update_gitops_values
