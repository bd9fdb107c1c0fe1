#pragma once

#include "yaml/edit.hpp"

#include "core/error.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace slipway::update_gitops_values {

/// An image that stands in a file.
struct StandingImage {
    /// Without tag and digest: as it is found by, and, last, as it is pulled, where a kustomization or a global registry renames it. Empty:
    /// the file gives a version, and does not say of which image.
    std::vector<std::string> names = {};
    std::string tag = {};
    std::string digest = {};
    bool in_parts = false;     ///< without a version it has one elsewhere: a chart's own, a kustomization's base
    bool is_template = false;  ///< something replaces a part of it later
    std::vector<std::string> paths = {}; ///< of all of its parts that are there, each in its shortest form
    std::optional<std::size_t> document = {}; ///< in a stream of several, from 0
    Place place = {};

    bool has_version() const { return !tag.empty() || !digest.empty(); }
    /// "registry.example.com/team/app:v2@sha256:...", as it is pulled.
    std::string text() const { return (names.empty() ? "" : names.back()) + (tag.empty() ? "" : ':' + tag) + (digest.empty() ? "" : '@' + digest); }
};

/// What a search for images in one file found.
struct Findings {
    std::vector<yaml::Operation> operations; ///< may set what is there already
    std::size_t places = 0;                  ///< where the image stands, changed or not
    std::vector<std::string> names;          ///< of all other images that were seen: for "did you mean"
    std::vector<StandingImage> images;       ///< all that stand there, whichever was looked for
};

} // namespace slipway::update_gitops_values
