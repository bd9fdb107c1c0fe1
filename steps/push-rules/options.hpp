#pragma once

#include "push-rules/check/checks.hpp"
#include "push-rules/dashboards/dashboard_options.hpp"
#include "push-rules/files/rule_folder.hpp"
#include "slo_options.hpp"
#include "cli/option_set.hpp"
#include "cli/server_options.hpp"
#include "core/duration.hpp"
#include "kubernetes/cluster.hpp"
#include "prometheus/rule_file.hpp"

#include <string>
#include <vector>

namespace slipway::push_rules {

/// What the user may say.
struct Options {
    std::vector<std::string> rules; ///< files, folders and patterns, at least one
    bool check = false;             ///< only check: no folder, no server
    std::string target = "files";   ///< where rules are published: files, mimir, cortex, loki, kubernetes
    std::string rules_dir;          ///< the folder that Prometheus reads its rules from, or ssh://host/folder
    SshOptions ssh;
    std::string prove = "evaluated"; ///< or loaded: what must be seen for a publication to count
    std::string snapshot;            ///< file that keeps what was there before
    std::string restore;             ///< such a file, published in place of rules
    Duration timeout{-1};           ///< negative: not said; see patience()
    cli::ServerOptions server;
    cli::ServerOptions ruler_server;
    std::string ruler_namespace; ///< empty: that of each file's name
    bool prune = false;
    bool force_conflicts = false;
    cli::TlsOptions tls;

    SloOptions slo;
    DashboardOptions dashboards;
    std::string emit;   ///< rules, prometheusrule or openslo: written instead of published
    std::string output; ///< file or folder for what is emitted; empty: standard output
    kubernetes::ClusterOptions cluster;
    std::vector<std::string> kube_labels; ///< "name=value"

    // What the rules are checked for.
    std::string prometheus_version; ///< empty: the server's own, else the newest
    std::vector<std::string> features;
    std::string ruler = "prometheus";
    Duration scrape_interval{30'000};
    std::vector<std::string> severities; ///< "id=off"

    // The contract with the service.
    std::vector<std::string> metrics;  ///< files and URLs
    std::vector<std::string> baseline; ///< files, URLs and images
    std::string image;                 ///< that is started and asked
    long port = 8000;
    std::string path = "/metrics";
    std::vector<std::string> warm_up;
    std::vector<std::string> external_metrics;
    std::vector<std::string> target_labels;

    /// How long to wait for a lock, and again for the rules to be loaded. An operator takes its time.
    Duration patience() const {
        if (timeout >= Duration{0}) return timeout;
        if (target == "kubernetes") return Duration{300'000};
        // Their rulers look for changes once a minute, unless told otherwise.
        return Duration{target == "cortex" || target == "loki" ? 180'000 : 60'000};
    }
    bool is_ruler() const { return target == "mimir" || target == "cortex" || target == "loki"; }
    /// Whether --output is a folder: it is there, or ends with a slash.
    bool emits_into_folder(io::Files& files) const { return !emit.empty() && !output.empty() && (output.back() == '/' || files.kind(output) == io::FileKind::directory); }
    bool publishes() const { return !check && emit.empty(); }
    bool has_metrics() const { return !metrics.empty() || !image.empty(); }
};

void declare(cli::OptionSet& set, Options& options);
void check(const Options& options, std::vector<Diagnostic>& problems);

/// What the rules are written for, as far as the options say it.
prometheus::RuleLanguage language_of(const Options& options);
Severities severities_of(const Options& options);

/// "job,instance" and one a line alike.
std::vector<std::string> comma_separated(const std::vector<std::string>& values);

} // namespace slipway::push_rules
