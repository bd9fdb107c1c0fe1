#pragma once

#include "core/error.hpp"
#include "update-gitops-values/images/find_images.hpp"
#include "yaml/path.hpp"

#include <string>

namespace slipway::update_gitops_values {

/// An operation in one line, with the document's number in front where it has one: `path=value`, `path=value (new)` where it makes the
/// key, `path:=JSON` and `path[]=JSON` for set_json and append, `-path` for remove.
inline std::string to_text(const yaml::Operation& operation) {
    auto text = operation.document ? std::to_string(*operation.document) + '|' : std::string();
    const auto path = to_string(operation.path);
    switch (operation.kind) {
    case yaml::Operation::Kind::set: return text + path + '=' + operation.value + (operation.create ? " (new)" : "");
    case yaml::Operation::Kind::set_json: return text + path + ":=" + operation.value;
    case yaml::Operation::Kind::append: return text + path + "[]=" + operation.value;
    case yaml::Operation::Kind::remove: return text + '-' + path;
    }
    return text;
}

/// What is found, one operation on each line; else why not, one problem on each line.
inline std::string found_in(const std::string& yaml, const std::string& argument, const SearchSettings& settings = {}, const std::string& file = "x.yaml") {
    std::string text;
    try {
        for (const auto& operation : find_images(yaml, file, parse_image_argument(argument), settings).operations) text += to_text(operation) + '\n';
    } catch (const Error& error) {
        for (const auto& problem : error.diagnostics()) text += to_line(problem) + '\n';
    }
    return text;
}

/// Whether the image stands there, and what stands there beside it.
inline std::string seen_in(const std::string& yaml, const std::string& argument) {
    const auto findings = find_images(yaml, "x.yaml", parse_image_argument(argument), {});
    auto text = std::to_string(findings.places);
    for (const auto& name : findings.names) text += ' ' + name;
    return text;
}

inline const std::string digest = "sha256:" + std::string(64, 'a');
inline const std::string old_digest = "sha256:" + std::string(64, 'b');

} // namespace slipway::update_gitops_values
