#pragma once

#include "options.hpp"
#include "update-gitops-values/images/find_images.hpp"
#include "update-gitops-values/images/image_argument.hpp"
#include "update-gitops-values/images/markers.hpp"
#include "yaml/edit.hpp"

#include <string>
#include <vector>

namespace slipway::update_gitops_values {

/// A file of this machine that goes into the repository.
struct PutArgument {
    std::string path;  ///< inside of the repository or folder
    std::string local; ///< here: a file, or a folder whose files all go below `path`
};

/// What the options say, taken apart.
struct Request {
    std::vector<std::string> files;
    std::vector<yaml::Operation> operations; ///< for each of the files
    std::vector<ImageArgument> images;
    std::vector<std::string> image_names; ///< with --from: those whose version is copied, in place of `images`
    std::vector<PolicyArgument> policies;
    SearchSettings search;
    yaml::EditSettings edit;
    std::vector<PutArgument> puts;
    std::vector<std::string> removals; ///< paths and patterns of files
    std::string expect_old;
    std::vector<std::string> rollback_paths; ///< in their shortest form
};

/// Takes the options apart.
/// @param problems  gets what cannot be read, for exit code 2; the request is incomplete then
Request read_request(const Options& options, std::vector<Diagnostic>& problems);

} // namespace slipway::update_gitops_values
