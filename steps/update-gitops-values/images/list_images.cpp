#include "update-gitops-values/images/list_images.hpp"

#include "update-gitops-values/files/edit_file.hpp"
#include "update-gitops-values/files/hcl_file.hpp"

#include <algorithm>
#include <iterator>
#include <set>

namespace slipway::update_gitops_values {

std::vector<StandingImage> list_images(std::string_view text, const std::string& path, const SearchSettings& settings) {
    switch (format_of(path)) {
    case FileFormat::env: return {};
    case FileFormat::hcl: return find_images_in_hcl(text, path, ImageArgument()).images;
    case FileFormat::json: // is YAML for those who only read
    case FileFormat::yaml: break;
    }
    return images_in_yaml(text, path, settings);
}

bool has_name(const StandingImage& image, std::string_view name) {
    return std::any_of(image.names.begin(), image.names.end(), [&](const std::string& own) { return is_same_name(own, name); });
}

bool is_same_image(const StandingImage& image, const StandingImage& other) {
    return std::any_of(other.names.begin(), other.names.end(), [&](const std::string& name) { return has_name(image, name); });
}

std::vector<StandingImage> images_added(const std::vector<StandingImage>& before, const std::vector<StandingImage>& after) {
    std::set<std::string> known;
    for (const auto& image : before) known.insert(image.text());
    std::vector<StandingImage> added;
    std::copy_if(after.begin(), after.end(), std::back_inserter(added), [&](const StandingImage& image) { return !known.contains(image.text()); });
    return added;
}

} // namespace slipway::update_gitops_values
