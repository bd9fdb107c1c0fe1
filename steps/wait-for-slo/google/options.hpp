#pragma once

#include "cli/option_set.hpp"
#include "core/secret.hpp"

#include <string>
#include <vector>

namespace slipway::wait_for_slo {

/// What the user may say about Google Cloud Monitoring.
struct GoogleOptions {
    std::vector<std::string> slos;   ///< projects/P/services/S/serviceLevelObjectives/O, to be counted
    std::string credentials_file;    ///< a service account's key, external_account or authorized_user; empty: the metadata server
    Secret id_token;                 ///< for external_account, in place of what the file names
    std::string monitoring_url = "https://monitoring.googleapis.com";

    // The three variables of the slocheck container, which come together.
    std::string slocheck_project;
    std::string slocheck_threshold;
    std::string slocheck_slo;

    bool has_slocheck() const { return !slocheck_project.empty() && !slocheck_threshold.empty() && !slocheck_slo.empty(); }
};

void declare(cli::OptionSet& set, GoogleOptions& options);
void check(const GoogleOptions& options, std::vector<Diagnostic>& problems);

} // namespace slipway::wait_for_slo
