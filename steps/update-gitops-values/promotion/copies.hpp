#pragma once

#include "update-gitops-values/images/findings.hpp"
#include "update-gitops-values/images/image_argument.hpp"
#include "update-gitops-values/request.hpp"
#include "yaml/edit.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace slipway::update_gitops_values {

/// A file and what it holds.
struct FileText {
    std::string path;
    std::string text;
};

/// What is copied from one place of a file.
struct Copied {
    std::vector<std::string> paths;      ///< of the value, or of all parts of the image's versions
    std::optional<std::size_t> document;
    std::vector<std::string> versions;   ///< of an image: its tag and its digest, as far as there are
    std::string json;                    ///< of a value
    bool is_new = false;                 ///< a target holds something else
};

struct Copies {
    std::vector<ImageArgument> images;       ///< for `Request::images`
    std::vector<yaml::Operation> operations; ///< for `Request::operations`
    std::string what;                        ///< the first image, "registry.example.com/team/app:v2@sha256:...", or value
    std::vector<Copied> sources;
};

/// What an environment's file gives to the request's files: the versions of its images by their names, its values by their paths, and
/// without both the versions of all images that stand here and there. Names stay as the targets write them.
///
/// @param source  its path is told to people, with a branch in front where it has one
/// @param format  the path of the source's file alone, which tells its format
/// @throws Error (misuse) for files that cannot be read
/// @throws Error (refused) where the source does not hold it, holds several versions of it, or a template
Copies copies_from(const FileText& source, const std::string& format, const std::vector<FileText>& targets, const Request& request);

} // namespace slipway::update_gitops_values
