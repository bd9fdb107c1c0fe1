#pragma once

#include "core/error.hpp"
#include "io/processes.hpp"

#include <string>
#include <string_view>

namespace slipway::git {

/// Why a Git command that talks to a server failed.
enum class Cause {
    unreachable,   ///< no connection, a broken one, a timeout; may pass
    busy,          ///< 408, 429, 5xx; may pass
    credentials,   ///< asked for and not given, or refused (401)
    forbidden,     ///< known, but not allowed (403)
    not_found,     ///< no such repository, or not for us
    no_branch,     ///< the repository has no such branch
    no_object,     ///< the server has no such object, or gives it to nobody
    redirected,    ///< to another address, which must not get our credentials
    no_repository, ///< something answers that is not Git
    certificate,   ///< TLS
    disk,          ///< ours is full
    other,
};

struct Failure {
    Cause cause = Cause::other;
    std::string words; ///< Git's or the server's own, in one line
};

/// Reads what Git printed on standard error in the locale C.
Failure diagnose(const io::ProcessResult& result);

/// Whether the same command may succeed in a moment.
bool may_pass(Cause cause);

/// What the server said on the way ("remote: ..."), in one line; empty when it said nothing.
std::string words_of_server(std::string_view standard_error);

/// The failure as the error that ends the step, for everything but a refused push: exit code 3, 2 for a branch that
/// does not exist, and 1 for an object that the server does not give.
///
/// @param what  "cannot read from https://host/repo.git"
/// @param had_credentials  whether any were sent
Error to_error(const Failure& failure, const std::string& what, bool had_credentials);

} // namespace slipway::git
