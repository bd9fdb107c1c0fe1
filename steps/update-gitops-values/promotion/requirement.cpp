#include "update-gitops-values/promotion/requirement.hpp"

#include "core/text.hpp"
#include "update-gitops-values/files/edit_file.hpp"
#include "update-gitops-values/history/order.hpp"
#include "update-gitops-values/images/list_images.hpp"

#include <algorithm>
#include <iterator>

namespace slipway::update_gitops_values {

namespace {

std::string shown(const std::string& text) {
    constexpr std::size_t most = 200;
    const auto line = one_line(visible(text));
    return line.size() <= most ? line : line.substr(0, valid_utf8_length(std::string_view(line).substr(0, most))) + "...";
}

/// What is not to be read holds no image.
std::vector<StandingImage> images_of(const std::optional<std::string>& text, const std::string& path, const SearchSettings& settings) {
    if (!text) return {};
    try {
        return list_images(*text, path, settings);
    } catch (const Error&) {
        return {};
    }
}

bool is_part(const yaml::Change& change, const std::vector<StandingImage>& images) {
    return std::any_of(images.begin(), images.end(), [&](const StandingImage& image) {
        return !image.names.empty() && std::any_of(image.paths.begin(), image.paths.end(), [&](const std::string& path) { return leads_to(change.path, path); });
    });
}

bool is_same_version(const StandingImage& wanted, const StandingImage& there) {
    if (!wanted.digest.empty() && !there.digest.empty()) return wanted.digest == there.digest;
    return wanted.tag == there.tag && (!wanted.tag.empty() || wanted.digest == there.digest);
}

/// @return why not; empty: it holds the image
std::string why_not_held(const StandingImage& wanted, const std::vector<StandingImage>& images) {
    std::vector<StandingImage> same;
    std::copy_if(images.begin(), images.end(), std::back_inserter(same), [&](const StandingImage& image) { return !image.names.empty() && is_same_image(wanted, image) && (image.has_version() || !image.in_parts || image.is_template); });
    if (same.empty()) {
        std::vector<std::string> names;
        for (const auto& image : images) names.insert(names.end(), image.names.begin(), image.names.end());
        const auto meant = closest(wanted.names.back(), names);
        return "it has no image " + shown(wanted.names.back()) + " with a version" + (meant ? ", but " + shown(*meant) : "");
    }
    const auto other = std::find_if(same.begin(), same.end(), [&](const StandingImage& image) { return image.is_template || !is_same_version(wanted, image); });
    if (other == same.end()) return {};
    if (other->is_template) return "a template stands for " + shown(wanted.names.back()) + " there";
    return "it holds " + shown(other->text()) + ", not " + shown(wanted.text());
}

/// @return why not; empty: it holds the value
std::string why_not_held(const Requirement::Value& wanted, const std::string& text, const std::string& file) {
    std::string there;
    try {
        there = value_at(text, file, yaml::parse_path(wanted.path), wanted.document).old_json;
    } catch (const Error& error) {
        if (error.code() != ExitCode::refused) throw;
    }
    if (same_json(there, wanted.json)) return {};
    if (there.empty()) return "it has no " + shown(wanted.path) + ", which becomes " + shown(wanted.json);
    return shown(wanted.path) + " is " + shown(there) + " there, not " + (wanted.json.empty() ? "gone" : shown(wanted.json));
}

} // namespace

Requirement requirement_of(const Changeset& files, const std::vector<yaml::KeyPath>& image_paths) {
    SearchSettings settings;
    settings.paths = image_paths;
    Requirement wanted;
    for (const auto& file : files) {
        const auto before = images_of(file.before, file.path, settings);
        const auto after = images_of(file.after, file.path, settings);
        for (auto& image : images_added(before, after)) {
            if (!image.names.empty() && !image.is_template) wanted.images.push_back(std::move(image));
        }
        for (const auto& change : file.changes) {
            if (!is_part(change, before) && !is_part(change, after)) wanted.values.push_back({change.path, change.document, change.new_json});
        }
    }
    return wanted;
}

std::vector<std::string> missing_in(const std::string& text, const std::string& file, const Requirement& wanted, const std::vector<yaml::KeyPath>& image_paths) {
    SearchSettings settings;
    settings.paths = image_paths;
    const auto images = list_images(text, file, settings);
    std::vector<std::string> reasons;
    const auto add = [&](std::string why) {
        if (!why.empty() && std::find(reasons.begin(), reasons.end(), why) == reasons.end()) reasons.push_back(std::move(why));
    };
    for (const auto& image : wanted.images) add(why_not_held(image, images));
    for (const auto& value : wanted.values) add(why_not_held(value, text, file));
    return reasons;
}

std::string in_words(const Requirement& wanted) {
    if (wanted.images.size() == 1 && wanted.values.empty()) return shown(wanted.images.front().text());
    if (wanted.images.empty() && wanted.values.size() == 1) return "this " + shown(wanted.values.front().path);
    if (wanted.values.empty()) return count_of(wanted.images.size(), "image");
    return count_of(wanted.images.size() + wanted.values.size(), "value");
}

} // namespace slipway::update_gitops_values
