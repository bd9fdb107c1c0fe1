#pragma once

#include "build-image/tags/facts.hpp"
#include "cli/context.hpp"

#include <optional>
#include <string>
#include <vector>

namespace slipway::build_image {

/// Which state of which repository is built. An empty text means that nobody says.
struct Source {
    std::string commit;       ///< full hash
    std::string short_commit; ///< as the CI cuts it, else seven digits
    std::string branch;
    std::string tag;
    std::string pull_request; ///< number
    bool is_pull_request = false;
    bool is_schedule = false;
    std::string base_ref; ///< branch that a pull request goes to, or that a tag was pushed from
    std::string default_branch;
    std::string time;       ///< of the commit, RFC 3339 in UTC
    std::string title;      ///< the project's short name
    std::string description;
    std::string license;    ///< SPDX identifier
    std::string url;        ///< of the project's page
    std::string repository; ///< where the source can be had
};

/// What the CI says, and what it leaves open from the Git checkout that holds the context. Says in the log what is not
/// to be had, and when the checkout is not exactly the commit.
///
/// @throws Cancelled
Source find_source(const std::string& context_folder, cli::Context& context);

/// Whether tracked files of the context are not as the commit has them; says so in the log. Files that no commit knows do not
/// count: pipelines make them of those that it knows.
///
/// @throws Cancelled
bool is_modified(const std::string& context_folder, const std::string& commit, cli::Context& context);

/// The same as rules for tags see it. DOCKER_METADATA_SHORT_SHA_LENGTH is how many digits a short commit has.
///
/// @throws Error (misuse) when that is no such number
Facts facts_of(const Source& source, cli::Context& context);

/// The tags of the repository that the checkout came from, asked there: a CI's checkout has none. Nothing when it cannot be
/// asked.
///
/// @throws Cancelled
std::optional<std::vector<std::string>> remote_tags(const std::string& context_folder, cli::Context& context);

/// A Git remote as an address that may be published: without credentials, scp's form as ssh://; empty for a path.
std::string published_address(const std::string& remote);

} // namespace slipway::build_image
