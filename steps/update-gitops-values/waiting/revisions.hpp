#pragma once

#include "io/clock.hpp"
#include "update-gitops-values/waiting/follower.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace slipway::update_gitops_values {

/// Which revisions have a delivery's commit, asked for as rarely as can be: a look comes every few seconds, and each question is a request
/// to the Git server.
class Revisions {
public:
    Revisions(const Delivery& delivery, io::Clock& clock) : delivery_(delivery), clock_(clock) {}

    /// @param revision  a full hash; anything else, such as a chart's version, has no commit
    /// @throws Error (world failure) when the Git server does not tell
    bool has(const std::string& revision);
    bool any(const std::vector<std::string>& revisions);

private:
    struct Answer {
        bool has = false;
        io::Steady asked;
    };

    const Delivery& delivery_;
    io::Clock& clock_;
    std::map<std::string, Answer> answers_;
};

/// Whether a text is the full hash of a commit.
bool is_commit_hash(std::string_view text);

/// The commit of a revision as Flux writes it: "main@sha1:HASH", before 0.36 "main/HASH", "sha1:HASH" of a tag or a commit; empty: it names
/// none.
/// @source https://fluxcd.io/flux/components/source/gitrepositories/#artifact
std::string commit_of_flux(const std::string& revision);

/// "main@1a2b3c4d", for people.
std::string short_flux_revision(const std::string& revision);

} // namespace slipway::update_gitops_values
