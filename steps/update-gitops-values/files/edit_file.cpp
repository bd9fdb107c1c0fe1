#include "update-gitops-values/files/edit_file.hpp"

#include "core/text.hpp"
#include "update-gitops-values/files/env_file.hpp"
#include "update-gitops-values/files/hcl_file.hpp"
#include "update-gitops-values/files/json_file.hpp"

#include <algorithm>
#include <array>

namespace slipway::update_gitops_values {

FileFormat format_of(std::string_view path) {
    const auto name = lower(path.substr(path.rfind('/') + 1));
    const auto ends_in = [&](std::string_view ending) { return name.ends_with(ending); };
    if (ends_in(".json")) return FileFormat::json;
    if (ends_in(".env") || name.starts_with(".env.")) return FileFormat::env;
    constexpr std::array<std::string_view, 4> hcl = {".hcl", ".nomad", ".tf", ".tfvars"};
    return std::any_of(hcl.begin(), hcl.end(), ends_in) ? FileFormat::hcl : FileFormat::yaml;
}

yaml::Edited edit_file(std::string_view text, const std::string& path, const std::vector<yaml::Operation>& operations, const yaml::EditSettings& settings) {
    switch (format_of(path)) {
    case FileFormat::json: return edit_json(text, path, operations);
    case FileFormat::env: return edit_env(text, path, operations);
    case FileFormat::hcl: return edit_hcl(text, path, operations);
    case FileFormat::yaml: break;
    }
    return yaml::edit(text, path, operations, settings);
}

yaml::Change value_at(std::string_view text, const std::string& path, const yaml::KeyPath& key, std::optional<std::size_t> document) {
    yaml::EditSettings settings;
    settings.aliases = yaml::OnAlias::break_apart;
    return edit_file(text, path, {{.kind = yaml::Operation::Kind::set, .path = key, .document = document}}, settings).changes.front();
}

Findings find_images_in_file(std::string_view text, const std::string& path, const ImageArgument& image, const SearchSettings& settings) {
    switch (format_of(path)) {
    case FileFormat::env: return {};
    case FileFormat::hcl: return find_images_in_hcl(text, path, image);
    case FileFormat::json: // is YAML for those who only read
    case FileFormat::yaml: break;
    }
    return find_images(text, path, image, settings);
}

} // namespace slipway::update_gitops_values
