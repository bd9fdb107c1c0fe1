#include "update-gitops-values/preflight/new_images.hpp"

#include "core/text.hpp"
#include "update-gitops-values/images/list_images.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <set>

namespace slipway::update_gitops_values {

namespace {

/// As docker, podman and kubelet read a name.
/// @source github.com/distribution/reference, normalize.go
registry::Reference completed(registry::Reference reference) {
    if (reference.registry.empty() || reference.registry == "index.docker.io") reference.registry = "docker.io";
    if (reference.registry == "docker.io" && reference.repository.find('/') == std::string::npos) reference.repository.insert(0, "library/");
    if (reference.tag.empty() && reference.digest.empty()) reference.tag = "latest";
    return reference;
}

/// What cannot be read was refused by then, when anything in it was to be changed; else it is a file of any kind, and names no image.
std::vector<StandingImage> images_in(const std::optional<std::string>& text, const std::string& path, const SearchSettings& settings) {
    if (!text) return {};
    try {
        return list_images(*text, path, settings);
    } catch (const Error&) {
        return {};
    }
}

/// Whether a key holds a version: tag, imageTag, APP_DIGEST.
bool is_version_key(std::string_view path) {
    const auto key = lower(path.substr(path.find_last_of(".]|") + 1));
    return key == "sha" || key.ends_with("tag") || key.ends_with("digest");
}

class ImageCollection {
public:
    explicit ImageCollection(const std::vector<yaml::KeyPath>& image_paths) { settings_.paths = image_paths; }

    void file(const EditedFile& file) {
        const auto before = images_in(file.before, file.path, settings_);
        const auto after = images_in(file.after, file.path, settings_);
        // In a file of which nothing is known but its name, "image: x" may be anything.
        const bool is_known = !file.changes.empty() || (file.after && file.after->find("apiVersion") != std::string::npos);
        for (const auto& image : images_added(before, after)) {
            const bool has_version = image.has_version() || (is_known && !image.in_parts);
            if (!image.names.empty() && !image.is_template && has_version) take(image, file.path);
        }
        for (const auto& change : file.changes) {
            if (!change.new_json.empty() && is_version_key(change.path) && !is_named(change.path, after)) found_.without_name.push_back(file.path + ": " + change.path);
        }
    }

    NewImages result() { return std::move(found_); }

private:
    void take(const StandingImage& image, const std::string& file) {
        try {
            auto reference = completed(registry::parse_reference(image.text()));
            if (seen_.insert(to_string(reference)).second) found_.images.push_back({std::move(reference), image.place});
        } catch (const Error&) {
            found_.not_understood.push_back(file + ": " + image.text());
        }
    }

    static bool is_named(const std::string& path, const std::vector<StandingImage>& images) {
        return std::any_of(images.begin(), images.end(), [&](const StandingImage& image) {
            return !image.names.empty() && std::find(image.paths.begin(), image.paths.end(), path) != image.paths.end();
        });
    }

    SearchSettings settings_;
    std::set<std::string> seen_;
    NewImages found_;
};

} // namespace

NewImages find_new_images(const Changeset& files, const std::vector<yaml::KeyPath>& image_paths) {
    ImageCollection collection(image_paths);
    for (const auto& file : files) collection.file(file);
    return collection.result();
}

bool is_moving_tag(const std::string& tag) {
    constexpr std::array<std::string_view, 9> moving = {"latest", "edge", "nightly", "main", "master", "develop", "dev", "stable", "head"};
    const auto name = lower(tag);
    return std::find(moving.begin(), moving.end(), name) != moving.end();
}

} // namespace slipway::update_gitops_values
