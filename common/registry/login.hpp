#pragma once

#include "cli/context.hpp"
#include "registry/auth_file.hpp"
#include "registry/reference.hpp"

#include <string>
#include <vector>

namespace slipway::registry {

/// What to log in to registries with, and where that comes from, for people.
struct Login {
    AuthFile file;
    std::vector<std::string> origins; ///< "user ci for registry.example.com, from GitLab"
};

/// The auth file that is given, or, when none is, all that container tools would look into.
///
/// @throws Error (misuse) when one cannot be used
void add_files(Login& login, const std::string& given, cli::Context& context);

/// A user and password that somebody gave for the images' registry; they count more than what files have.
///
/// @param user  empty: nobody gave one
/// @throws Error (misuse) when the images are in several registries
void add_given(Login& login, const std::string& user, const Secret& password, const std::vector<Reference>& images);

/// For the CI's own registry, and on GitLab its cache of Docker Hub, what the CI hands over; credentials that are known already stay.
void add_ci(Login& login, cli::Context& context);

} // namespace slipway::registry
