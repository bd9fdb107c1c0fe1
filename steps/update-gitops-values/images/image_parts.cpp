#include "update-gitops-values/images/image_parts.hpp"

#include "core/error.hpp"
#include "core/text.hpp"
#include "registry/reference.hpp"

#include <algorithm>

namespace slipway::update_gitops_values {

namespace {

/// "registry/" or nothing.
std::string prefix_of(std::string registry) {
    while (!registry.empty() && registry.back() == '/')
        registry.pop_back();
    return registry.empty() ? registry : registry + '/';
}

void rename(const ImageParts& old, const std::string& name, ImageParts& now) {
    const auto own = prefix_of(old.registry.value_or(""));
    const auto global = prefix_of(old.global_registry);
    const auto reference = registry::parse_reference(name);
    if (!global.empty() && name.starts_with(global)) {
        now.repository = name.substr(global.size());
    } else if (!global.empty() && !reference.registry.empty()) {
        throw refused("cannot rename the image to '" + name + "': the global registry '" + visible(old.global_registry) +
                      "' stands in front of it");
    } else if (!old.registry) {
        now.repository = name;
    } else if (!own.empty() && name.starts_with(own)) {
        now.repository = name.substr(own.size());
    } else {
        now.repository = reference.repository;
        if (!reference.registry.empty()) {
            now.registry = reference.registry;
        } else if (!is_same_name(own + "x", "x")) { // Docker Hub or none is what a name without a registry means
            throw refused("cannot rename the image to '" + name + "': it has no registry, and the key for it says '" +
                              visible(*old.registry) + "'",
                          "write " + own + name + ", or docker.io/" + name);
        }
    }
    if (now.repository == old.repository) now.repository.reset();
    if (now.registry == old.registry) now.registry.reset();
}

} // namespace

std::vector<std::string> names_of(const ImageParts& parts) {
    const auto repository = split_image(parts.repository.value_or("")).name;
    if (repository.empty()) return {};
    std::vector<std::string> names{prefix_of(parts.registry.value_or("")) + repository};
    if (!parts.global_registry.empty()) names.push_back(prefix_of(parts.global_registry) + repository);
    return names;
}

StandingImage standing(const ImageParts& parts) {
    // A name, so that the tag is read as one; a digest may stand behind it.
    auto version = split_image("x:" + parts.tag.value_or(""));
    if (parts.digest && !parts.digest->empty()) version.digest = *parts.digest;
    StandingImage image{.names = names_of(parts), .tag = std::move(version.tag), .digest = std::move(version.digest), .in_parts = true};
    for (const auto& part : {parts.registry.value_or(""), parts.repository.value_or(""), parts.tag.value_or(""), parts.digest.value_or(""), parts.global_registry})
        image.is_template = image.is_template || has_template(part);
    return image;
}

bool is_image(const ImageParts& parts, const ImageArgument& image) {
    const auto names = names_of(parts);
    return std::any_of(names.begin(), names.end(), [&](const std::string& name) { return is_image(name, image); });
}

ImageParts changed_parts(const ImageParts& old, const ImageArgument& image) {
    const auto& repository = *old.repository;
    if (split_image(repository).name != repository) {
        throw refused("cannot set the image '" + visible(repository) +
                      "': its repository has a tag or a digest, and there are keys for them as well");
    }
    auto in_tag = split_image("x:" + old.tag.value_or("")); // a name, so that the tag is read as one
    const auto old_digest = old.digest && !old.digest->empty() ? *old.digest : in_tag.digest;
    auto text = renamed(ImageText{repository, in_tag.tag, old_digest}, image);

    ImageParts now;
    if (image.new_name.kind == NewPart::Kind::given) {
        const auto names = names_of(old);
        if (std::none_of(names.begin(), names.end(), [&](const std::string& name) { return name == image.new_name.value; }))
            rename(old, image.new_name.value, now);
    }
    if (image.tag.kind == NewPart::Kind::dropped && image.digest.kind == NewPart::Kind::dropped) return now;
    if (old.digest) {
        if (text.digest != *old.digest || image.digest.kind == NewPart::Kind::given) now.digest = text.digest;
    } else if (!text.digest.empty()) {
        // Charts put a colon behind the repository in any case: the digest alone would be none of their forms.
        if (text.tag.empty()) text.tag = in_tag.tag;
        if (!registry::is_tag(text.tag)) {
            throw refused("cannot set the digest of '" + visible(repository) + "': there is no key for it, and no tag to put it behind",
                          "give the tag as well, as NAME:TAG@DIGEST");
        }
        text.tag += '@' + text.digest;
    }
    if (text.tag != old.tag.value_or("") || image.tag.kind == NewPart::Kind::given) now.tag = text.tag;
    return now;
}

} // namespace slipway::update_gitops_values
