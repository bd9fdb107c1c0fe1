#include "forge.hpp"

#include "api.hpp"
#include "core/text.hpp"
#include "gitea.hpp"
#include "github.hpp"
#include "gitlab.hpp"

namespace slipway::update_gitops_values {

std::unique_ptr<Forge> make_forge(const ForgeProject& project, const ForgeOptions& options, const io::BearerAuth& token, const cli::TlsOptions& tls, cli::Context& context) {
    if (token.token.empty() && !has_own_credentials(options.server)) {
        throw misuse("a request cannot be made without a token for " + visible(project.api), "give one with --forge-token-file, or with --git-token-file when one token is for Git and for the API; SLIPWAY_UPDATE_GITOPS_VALUES_FORGE_TOKEN holds it as well");
    }
    switch (project.kind) {
    case ForgeProject::Kind::github: return make_github(project, options, token, tls, context);
    case ForgeProject::Kind::gitlab: return make_gitlab(project, options, token.token, tls, context);
    case ForgeProject::Kind::gitea: return make_gitea(project, options, token.token, tls, context);
    }
    throw misuse("there is no such forge");
}

} // namespace slipway::update_gitops_values
