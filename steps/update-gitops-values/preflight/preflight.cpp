#include "update-gitops-values/preflight/preflight.hpp"

namespace slipway::update_gitops_values {

std::vector<std::string> new_images(const Changeset&) { return {}; }

Preflight::Preflight(const PreflightOptions& options, Lookup lookup, const cli::TlsOptions& tls, cli::Context& context) : options_(options), lookup_(lookup), tls_(tls), context_(context) {}

void Preflight::check_images(const Changeset&) {
    if (options_.require_immutable) throw misuse("not built yet");
}

void Preflight::check_application(const Changeset&, FileTree&) {
    if (!options_.app.empty()) throw misuse("not built yet");
}

} // namespace slipway::update_gitops_values
