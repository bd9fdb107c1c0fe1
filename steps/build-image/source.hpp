#pragma once

#include "cli/context.hpp"

#include <string>

namespace slipway::build_image {

/// Which state of which repository is built. An empty text means that nobody says.
struct Source {
    std::string commit;       ///< full hash
    std::string short_commit; ///< as the CI cuts it, else seven digits
    std::string branch;
    std::string tag;
    std::string pull_request; ///< number
    bool is_pull_request = false;
    std::string time;       ///< of the commit, RFC 3339 in UTC
    std::string url;        ///< of the project's page
    std::string repository; ///< where the source can be had
    bool is_modified = false; ///< tracked files are not as the commit has them
};

/// What the CI says, and what it leaves open from the Git checkout that holds the context. Says in the log what is not
/// to be had, and when the checkout is not exactly the commit.
///
/// @throws Cancelled
Source find_source(const std::string& context_folder, cli::Context& context);

/// A Git remote as an address that may be published: without credentials, scp's form as ssh://; empty for a path.
std::string published_address(const std::string& remote);

} // namespace slipway::build_image
