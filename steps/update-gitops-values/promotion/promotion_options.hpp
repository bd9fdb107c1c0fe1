#pragma once

#include "cli/option_set.hpp"
#include "core/duration.hpp"
#include "core/error.hpp"

#include <string>
#include <vector>

namespace slipway::update_gitops_values {

/// What other environments have to do with a change.
struct PromotionOptions {
    std::string from;                    ///< "[BRANCH:]FILE" of the environment whose images or values are copied
    std::vector<std::string> require_in; ///< "[BRANCH:]FILE" of environments that must hold the same already
    Duration held_for{0};                ///< and since when

    bool promotes() const { return !from.empty(); }
};

void declare(cli::OptionSet& set, PromotionOptions& options);
/// @param files  that are to be changed
void check(const PromotionOptions& options, const std::vector<std::string>& files, bool in_folder, std::vector<Diagnostic>& problems);

} // namespace slipway::update_gitops_values
