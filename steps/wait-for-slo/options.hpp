#pragma once

#include "cli/option_set.hpp"
#include "cli/server_options.hpp"
#include "core/duration.hpp"

#include <string>
#include <vector>

namespace slipway::wait_for_slo {

/// What the user may say.
struct Options {
    cli::ServerOptions prometheus;
    cli::TlsOptions tls;
    std::string good;               ///< a selector
    std::string total;              ///< a selector
    std::vector<std::string> where; ///< `label="value",...` each
    double objective = 0;           ///< percent
    Duration watch{600'000};
    std::string start_when; ///< any expression
    Duration start_timeout{600'000};
    Duration interval{0};       ///< 0: as often as is scraped
    Duration query_timeout{10'000};
    double alpha = 0.01;
    long min_events = 0;        ///< 0: what the objective needs
    long max_errors = 5;
    std::vector<std::string> exit_codes; ///< "verdict=N"
};

void declare(cli::OptionSet& set, Options& options);
void check(const Options& options, std::vector<Diagnostic>& problems);

} // namespace slipway::wait_for_slo
