#include "options.hpp"

#include "push-rules/check/metric_source.hpp"
#include "core/text.hpp"

#include <algorithm>

namespace slipway::push_rules {

namespace {

using Problems = std::vector<Diagnostic>;

void check_language(const Options& options, Problems& problems) {
    if (!options.prometheus_version.empty()) {
        const auto version = promql::parse_version(options.prometheus_version);
        const auto range = to_string(promql::oldest_version) + " to " + to_string(promql::newest_version);
        if (!version) problems.push_back({.message = "cannot use --prometheus-version: '" + visible(options.prometheus_version) + "' is no version", .hint = "such as " + to_string(promql::newest_version)});
        else if (*version < promql::oldest_version) problems.push_back({.message = "cannot use --prometheus-version: " + visible(options.prometheus_version) + " is too old", .hint = "known are " + range + "; what is newer counts as " + to_string(promql::newest_version)});
    }
    promql::Features features;
    for (const auto& feature : comma_separated(options.features)) {
        if (features.enable(feature)) continue;
        const auto meant = closest(feature, promql::Features::names());
        problems.push_back({.message = "cannot use --enable-feature: '" + visible(feature) + "' is not known", .hint = meant ? "did you mean " + *meant + '?' : "known are " + join(promql::Features::names(), ", ") + ": those that change which expressions are right"});
    }
    Severities severities;
    for (const auto& severity : comma_separated(options.severities)) {
        if (auto problem = severities.set(severity)) problems.push_back(std::move(*problem));
    }
    if (options.scrape_interval <= Duration{0}) problems.push_back({.message = "cannot use --scrape-interval: it takes more than nothing"});
}

void check_contract_options(const Options& options, Problems& problems) {
    for (const auto& text : options.warm_up) {
        if (const auto why = why_no_warm_up(text); !why.empty()) problems.push_back({.message = "cannot use --warm-up: " + why, .hint = "such as --warm-up 'GET /api/v1/process_data'"});
    }
    const bool asks = !options.image.empty() || std::any_of(options.metrics.begin(), options.metrics.end(), is_url);
    if (!options.warm_up.empty() && !asks) problems.push_back({.message = "cannot use --warm-up: no running service is asked", .hint = "it goes with --metrics URL and --metrics-from-image"});
    if (!options.has_metrics()) {
        const auto alone = [&](bool given, const char* name) {
            if (given) problems.push_back({.message = std::string("cannot use --") + name + ": nothing is said of the version about to be deployed", .hint = "it goes with --metrics or --metrics-from-image"});
        };
        alone(!options.baseline.empty(), "metrics-baseline");
        alone(!options.external_metrics.empty(), "external-metrics");
        alone(!options.target_labels.empty(), "target-labels");
    }
    if (options.port < 1 || options.port > 65535) problems.push_back({.message = "cannot use --port: it is a number from 1 to 65535"});
    if (options.path.empty() || options.path.front() != '/') problems.push_back({.message = "cannot use --path: it begins with a slash"});
}

} // namespace

void declare(cli::OptionSet& set, Options& options) {
    set.add("rules", options.rules).positional().value_name("FILE|DIR").help("Rule file, objectives (OpenSLO, Sloth, Backyards, Pyrra) or PrometheusRule manifest, a folder with *.yml and *.yaml files at any depth, a Grafana dashboard (*.json), a pattern");
    set.add("check", options.check).help("Only check the rules; needs no server");
    set.section("Publishing");
    set.add_choice("target", options.target, {"files", "mimir", "cortex", "loki", "kubernetes"}).fallback("files").help("Where the rules are published: a folder that Prometheus reads, a ruler's API, or PrometheusRule objects");
    set.add("rules-dir", options.rules_dir).value_name("DIR").help("The folder that Prometheus reads its rules from; ssh://user@host/folder for one on another machine");
    set.add("namespace", options.ruler_namespace).value_name("NAME").fallback_help("the name of each file, without its ending").help("The ruler's namespace for all groups");
    set.add("prune", options.prune).help("Remove groups that are in none of the files any more from the ruler's namespaces");
    set.add("force-conflicts", options.force_conflicts).help("Take fields of PrometheusRule objects that belong to other managers");
    set.add("ssh-known-hosts", options.ssh.known_hosts).value_name("FILE").fallback_help("ssh's own").help("The host keys that --rules-dir ssh://... trusts");
    set.add("ssh-key", options.ssh.key).fallback_help("those of the agent and of ~/.ssh").help("Private key for --rules-dir ssh://...");
    set.add_choice("prove", options.prove, {"evaluated", "loaded"}).fallback("evaluated").help("What the server must show before a publication counts: that it evaluates the rules, or that it has loaded them");
    set.add("snapshot", options.snapshot).value_name("FILE").help("Keep what was there before in this file");
    set.add("restore", options.restore).value_name("FILE").help("Publish what a snapshot holds, in place of rules");
    set.add("timeout", options.timeout).fallback_help("1m; with --target cortex or loki 3m, kubernetes 5m").help("How long to wait for the rules to be loaded, for another push-rules at work in the folder, and for an image to show its metrics");
    set.section("Output only");
    set.add_choice("emit", options.emit, {"rules", "prometheusrule", "openslo"}).help("Write the rules, or the objectives, in this form instead of publishing them");
    set.add("output", options.output).short_name('o').value_name("FILE|DIR/").fallback_help("standard output").help("Where --emit writes to; into a folder, a file for each input, object or objective");
    set.section("Kubernetes");
    set.add("kube-labels", options.kube_labels).value_name("NAME=VALUE").help("A label of PrometheusRule objects, by which the operator finds them");
    kubernetes::declare(set, options.cluster);
    set.section("Objectives");
    declare(set, options.slo);
    set.section("Dashboards");
    declare(set, options.dashboards);
    set.section("Checks");
    set.add("prometheus-version", options.prometheus_version).value_name("VERSION").fallback_help("that of the server when one is named, else the newest").help("The Prometheus that the rules are checked for, 2.42 to 3.16");
    set.add("enable-feature", options.features).value_name("NAME").help("A feature that this Prometheus has enabled, by its own name for it");
    set.add_choice("ruler", options.ruler, {"prometheus", "thanos", "mimir", "loki"}).fallback("prometheus").help("What evaluates the rules; each takes a few keys that the others refuse");
    set.add("scrape-interval", options.scrape_interval).fallback("30s").help("How often the service is scraped, for ranges that are too short");
    set.add("severity", options.severities).value_name("CHECK=WORD").help("How heavy a check weighs: error, warning, notice or off");
    set.section("The contract with the service");
    set.add("metrics", options.metrics).value_name("FILE|URL").help("What the version about to be deployed exposes: each rule must find its metrics there");
    set.add("metrics-from-image", options.image).value_name("IMAGE").help("The same, by starting this image with podman or buildah");
    set.add("port", options.port).fallback("8000").help("Where the image shows its metrics");
    set.add("path", options.path).fallback("/metrics").help("The same, its path");
    set.add("warm-up", options.warm_up).value_name("REQUEST").help("A request that is sent first, such as 'GET /', so that metrics show their series");
    set.add("metrics-baseline", options.baseline).value_name("FILE|URL|IMAGE").help("What the running version exposes: tells what was removed from what was not created yet");
    set.add("external-metrics", options.external_metrics).value_name("NAME").help("Metrics that others expose: a name, a pattern with *, or a regular expression");
    set.add("target-labels", options.target_labels).value_name("LABELS").fallback_help("job,instance, and those of the server's targets").help("Labels that targets bring, separated by commas");
    set.section("Servers");
    cli::declare_server(set, "prometheus", options.server, "Prometheus", cli::Tenants::no).variable("PROMETHEUS_URL");
    cli::declare_server(set, "ruler", options.ruler_server, "Mimir, Cortex or Loki", cli::Tenants::yes).variable("MIMIR_ADDRESS").variable("CORTEX_ADDRESS");
    cli::declare_tls(set, options.tls);
}

namespace {

void check_target(const Options& options, Problems& problems) {
    const bool files = options.target == "files";
    if (files && options.rules_dir.empty()) {
        problems.push_back({.message = "missing --rules-dir: the folder that Prometheus reads its rules from", .hint = "with --check the rules are only checked, which needs no folder and no server"});
    }
    if (files && options.server.url.empty()) {
        problems.push_back({.message = "missing --prometheus-url: the server that reads the folder", .hint = "give it as --prometheus-url or PROMETHEUS_URL"});
    }
    if (options.is_ruler() && options.ruler_server.url.empty()) {
        problems.push_back({.message = "missing --ruler-url: the server that the rules are for", .hint = "give it as --ruler-url, MIMIR_ADDRESS or CORTEX_ADDRESS"});
    }
    const auto only_for = [&](bool given, bool fits, const char* option, const char* target) {
        if (given && !fits) problems.push_back({.message = std::string("cannot use --") + option + " with --target " + options.target + ": it belongs to " + target});
    };
    only_for(!options.rules_dir.empty(), files, "rules-dir", "--target files");
    only_for(options.prune, options.is_ruler(), "prune", "the targets mimir, cortex and loki");
    only_for(!options.ruler_namespace.empty(), options.is_ruler(), "namespace", "the targets mimir, cortex and loki");
    only_for(options.force_conflicts, options.target == "kubernetes", "force-conflicts", "--target kubernetes");
    only_for(!options.ssh.known_hosts.empty() || !options.ssh.key.empty(), is_ssh_address(options.rules_dir), "ssh-known-hosts and --ssh-key", "--rules-dir ssh://...");
    if (options.timeout == Duration{0}) problems.push_back({.message = "cannot use --timeout: it takes more than nothing"});
    if (!options.restore.empty() && !options.rules.empty()) problems.push_back({.message = "cannot use --restore with rules: it publishes what the snapshot holds"});
}

} // namespace

void check(const Options& options, std::vector<Diagnostic>& problems) {
    if (std::find(options.rules.begin(), options.rules.end(), "-") != options.rules.end()) {
        problems.push_back({.message = "cannot read rules from standard input: a rule file is published under its name, which standard input has not"});
    }
    if (options.rules.empty() && options.restore.empty()) problems.push_back({.message = "missing PATH: rule files, objectives, or folders of them", .hint = "such as push-rules --check rules/"});
    check_language(options, problems);
    check_contract_options(options, problems);
    check(options.slo, problems);
    check(options.dashboards, options.publishes(), problems);
    check_labels(options.kube_labels, "kube-labels", problems);
    if (options.check && !options.emit.empty()) problems.push_back({.message = "cannot use --emit with --check: what is emitted is checked, too"});
    if (!options.output.empty() && options.emit.empty()) problems.push_back({.message = "cannot use --output: nothing is emitted", .hint = "it goes with --emit"});
    if (!options.publishes() && (!options.restore.empty() || !options.snapshot.empty())) problems.push_back({.message = "cannot use --snapshot or --restore: nothing is published"});
    cli::check_server("prometheus", options.server, options.tls, problems);
    cli::check_server("ruler", options.ruler_server, options.tls, problems);
    if (options.publishes()) check_target(options, problems);
}

prometheus::RuleLanguage language_of(const Options& options) {
    prometheus::RuleLanguage language;
    if (const auto version = promql::parse_version(options.prometheus_version)) language.dialect.version = *version;
    for (const auto& feature : comma_separated(options.features)) language.dialect.features.enable(feature);
    if (options.ruler == "thanos") language.target = prometheus::RuleTarget::thanos;
    if (options.ruler == "mimir" || options.target == "mimir" || options.target == "cortex") language.target = prometheus::RuleTarget::mimir;
    if (options.ruler == "loki" || options.target == "loki") language.target = prometheus::RuleTarget::loki;
    return language;
}

Severities severities_of(const Options& options) {
    Severities severities;
    for (const auto& severity : comma_separated(options.severities)) severities.set(severity);
    return severities;
}

std::vector<std::string> comma_separated(const std::vector<std::string>& values) {
    std::vector<std::string> all;
    for (const auto& value : values) {
        for (const auto part : split(std::string_view(value), ',')) {
            if (!trim(part).empty()) all.emplace_back(trim(part));
        }
    }
    return all;
}

} // namespace slipway::push_rules
