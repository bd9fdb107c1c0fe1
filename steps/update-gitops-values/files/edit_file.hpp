#pragma once

#include "update-gitops-values/images/find_images.hpp"
#include "yaml/edit.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::update_gitops_values {

/// How a file is read, by its name: "*.json"; ".env", "*.env", ".env.*"; "*.hcl", "*.nomad", "*.tf", "*.tfvars"; all others are YAML.
enum class FileFormat { yaml, json, env, hcl };
FileFormat format_of(std::string_view path);

/// Does the operations in a file of any format.
///
/// @throws Error (misuse) when it cannot be read as its format, with a place
/// @throws Error (refused) with a place for each operation that cannot be done
yaml::Edited edit_file(std::string_view text, const std::string& path, const std::vector<yaml::Operation>& operations, const yaml::EditSettings& settings);

/// What stands at a path, as the change that would be made there tells it: `old`, `old_json`, `place`.
///
/// @throws Error (misuse) when the file cannot be read as its format
/// @throws Error (refused) when there is no such place
yaml::Change value_at(std::string_view text, const std::string& path, const yaml::KeyPath& key, std::optional<std::size_t> document = {});

/// Finds an image in a file of any format; .env files have none.
Findings find_images_in_file(std::string_view text, const std::string& path, const ImageArgument& image, const SearchSettings& settings);

} // namespace slipway::update_gitops_values
