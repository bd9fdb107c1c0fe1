#pragma once

#include "cli/option_set.hpp"
#include "cli/server_options.hpp"
#include "core/duration.hpp"
#include "wait-for-slo/checks/options.hpp"
#include "wait-for-slo/google/options.hpp"
#include "wait-for-slo/probes/options.hpp"
#include "wait-for-slo/reports/options.hpp"

#include <string>
#include <vector>

namespace slipway::wait_for_slo {

/// What the user may say.
struct Options {
    // Where it is asked.
    std::vector<std::string> urls;  ///< of one server, its replicas, or shards
    cli::ServerOptions prometheus;  ///< how to log in; its URL is empty
    cli::TlsOptions tls;
    bool shards = false;
    std::string replica_label;
    Duration query_timeout{10'000};
    bool expand_rules = false;

    // What is watched.
    std::vector<std::string> slo;  ///< files
    std::vector<std::string> only; ///< patterns of names of their objectives
    std::string good;              ///< two of the three
    std::string bad;
    std::string total;
    double objective = 0; ///< percent
    std::vector<std::string> where;              ///< `label="value",...` each
    std::vector<std::string> baseline;           ///< the same, of the version to compare with
    std::vector<std::string> canary_addresses;   ///< host:port
    std::vector<std::string> baseline_addresses;

    // When.
    std::string since; ///< RFC 3339, or a duration before now; empty: the start of the watch
    std::string start_when; ///< an expression or a URL
    std::string start_match;
    Duration start_timeout{600'000};
    Duration watch{600'000};
    Duration interval{0}; ///< 0: as the scrapes suggest

    // How it is judged.
    double max_burn_rate = 1;
    double detectable_burn_rate = 10;
    double alpha = 0.01;
    long min_events = 20;
    bool early_pass = false;
    std::string method = "betting";
    long max_errors = 5;
    bool require_budget = false;
    bool warn_budget = false;
    Duration period{0}; ///< 0: as the SLO file says, else 30 days
    std::vector<std::string> exit_codes; ///< "verdict=N"

    GoogleOptions google;
    ProbeOptions probes;
    CheckOptions checks;
    ReportOptions reports;

    bool start_is_url() const { return start_when.rfind("http://", 0) == 0 || start_when.rfind("https://", 0) == 0; }
    bool checks_budget() const { return require_budget || warn_budget; }
    /// Whether events are counted by Prometheus.
    bool counts_in_prometheus() const { return !slo.empty() || !good.empty() || !bad.empty() || !total.empty(); }
    /// Whether a query goes to it. Files with checks name a server of their own.
    bool needs_prometheus() const { return counts_in_prometheus() || (!start_when.empty() && !start_is_url()) || checks.asks_prometheus(); }
    bool watches_anything() const { return counts_in_prometheus() || !google.slos.empty() || probes.wanted() || checks.wanted(); }
    /// The slocheck container's three variables, and nothing else to watch.
    bool is_slocheck() const { return google.has_slocheck() && !watches_anything(); }
};

void declare(cli::OptionSet& set, Options& options);
void check(const Options& options, std::vector<Diagnostic>& problems);

} // namespace slipway::wait_for_slo
