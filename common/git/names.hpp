#pragma once

#include <string>
#include <string_view>

namespace slipway::git {

/// Why a text is no name of a branch; empty when it is one. Stricter than Git in one thing: it may not begin with
/// "-".
/// @source git-check-ref-format(1)
std::string why_no_branch(std::string_view name);

/// Why a text does not name a file inside of a repository; empty when it does: relative, with "/" between its parts,
/// none of which is empty, ".", ".." or ".git".
std::string why_no_path(std::string_view path);

/// Why a text is no address of a repository that we would give to Git; empty when it may be one. Addresses that look
/// like an option, that run a command (ext::, and every other transport that is named with two colons) and that hold
/// control characters are none.
std::string why_no_address(std::string_view url);

/// Why a text is no author; empty when it is "NAME <EMAIL>".
std::string why_no_identity(std::string_view text);

/// Who makes a commit.
struct Identity {
    std::string name;
    std::string email;
};

/// Reads "NAME <EMAIL>", for which `why_no_identity` is empty.
Identity parse_identity(std::string_view text);

} // namespace slipway::git
