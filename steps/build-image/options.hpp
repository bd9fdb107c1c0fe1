#pragma once

#include "cli/option_set.hpp"
#include "cli/server_options.hpp"
#include "core/secret.hpp"
#include "registry/reference.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace slipway::build_image {

/// What the user may say.
struct Options {
    std::vector<std::string> images; ///< "registry/repository[:tag]"
    std::string context = ".";
    std::string file;                     ///< empty: Containerfile or Dockerfile in the context
    std::vector<std::string> tags;        ///< rules, one a line; empty: from the commit
    std::vector<std::string> flavor;      ///< rules for all tags
    std::vector<std::string> labels;      ///< "KEY=VALUE"
    std::vector<std::string> annotations; ///< "[LEVEL:]KEY=VALUE"
    std::vector<std::string> build_args;  ///< "NAME=VALUE", or "NAME" for a variable of the environment
    std::vector<std::string> build_arg_files;
    std::vector<std::string> secrets; ///< "id=NAME,env=VARIABLE" or "id=NAME,src=FILE"
    std::vector<std::string> ssh;     ///< "default", "ID=SOCKET" or "ID=KEY,KEY"
    std::vector<std::string> platforms; ///< several, separated by commas, in each
    std::string target;
    std::string network; ///< of RUN steps; empty: Buildah's choice
    bool layers = false;
    std::vector<std::string> cache_from; ///< repositories, or BuildKit's "type=registry,ref=..."
    std::vector<std::string> cache_to;
    std::vector<std::string> join; ///< digests in the repository, in place of a build
    bool push_by_digest = false;
    bool no_push = false;
    bool no_skip = false;
    std::string skip_key_tag = "slipway"; ///< what stands before the key
    std::vector<std::string> skip_key_ignore; ///< names of build arguments that the key leaves out
    bool overwrite = false;
    std::vector<std::string> mirrors; ///< "REGISTRY=MIRROR"
    std::string metadata_file;
    std::string digest_file;
    std::string iid_file;
    bool sbom = false;
    bool provenance = false;
    std::string builder_id;     ///< empty: what the CI says
    std::string scan;           ///< command for a shell
    bool sign = false;
    std::string sign_key;       ///< for cosign; empty: without a key, by the CI's identity
    std::string attestations;   ///< files
    std::string spdx_file;
    std::string cyclonedx_file;
    std::string provenance_file;
    std::string show;           ///< "sbom" or "provenance": nothing is built, `context` or `images` names an image
    std::string registry_user;
    Secret registry_password;
    std::string authfile;
    std::string isolation;      ///< empty: chosen
    std::string storage_driver; ///< empty: Buildah's choice
    cli::TlsOptions tls;
};

void declare(cli::OptionSet& set, Options& options);
void check(const Options& options, std::vector<Diagnostic>& problems);

/// "KEY=VALUE" texts as a map; the last of a key wins.
std::map<std::string, std::string> key_values(const std::vector<std::string>& texts);

/// The platforms of --platform, without duplicates.
std::vector<std::string> platform_list(const std::vector<std::string>& texts);

/// The repository in a value of --cache-from or --cache-to; nothing when it names none.
///
/// BuildKit's `type=registry,ref=REPOSITORY:TAG,mode=max` becomes REPOSITORY/TAG, since Buildah keeps its cache as tags of
/// a repository.
std::optional<std::string> cache_repository(const std::string& text);

/// An image's name, in the lower-case letters that registries want.
registry::Reference read_image(const std::string& text);

} // namespace slipway::build_image
