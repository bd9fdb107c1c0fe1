#include "update-gitops-values/promotion/promotion.hpp"

namespace slipway::update_gitops_values {

Environments::Environments(const PromotionOptions& options, const Request& request, git::Repository* repository, std::string branch, cli::Context& context)
    : options_(options), request_(request), repository_(repository), branch_(std::move(branch)), context_(context) {}

Promotion Environments::read(FileTree&) { throw misuse("not built yet"); }

void Environments::require(const Changeset&, FileTree&) {
    if (!options_.require_in.empty()) throw misuse("not built yet");
}

} // namespace slipway::update_gitops_values
