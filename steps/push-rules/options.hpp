#pragma once

#include "cli/option_set.hpp"
#include "cli/server_options.hpp"
#include "core/duration.hpp"

#include <string>
#include <vector>

namespace slipway::push_rules {

/// What the user may say.
struct Options {
    std::vector<std::string> rules; ///< files and folders, at least one
    bool check = false;             ///< only check: no folder, no server
    std::string target = "files";   ///< where rules are published; only this one so far
    std::string rules_dir;          ///< the folder that Prometheus reads its rules from
    Duration timeout{60'000};       ///< for the lock, and again for the rules to be loaded
    cli::ServerOptions server;
    cli::TlsOptions tls;
};

void declare(cli::OptionSet& set, Options& options);
void check(const Options& options, std::vector<Diagnostic>& problems);

} // namespace slipway::push_rules
