#include "options.hpp"

#include <algorithm>

namespace slipway::push_rules {

void declare(cli::OptionSet& set, Options& options) {
    set.add("rules", options.rules).positional().required().value_name("PATH").help("Rule file, or a folder with *.yml and *.yaml files at any depth");
    set.add("check", options.check).help("Only check the rules; needs no server");
    set.add_choice("target", options.target, {"files"}).fallback("files").help("Where the rules are published: files for a folder that Prometheus reads, and a reload");
    set.add("rules-dir", options.rules_dir).value_name("DIR").help("The folder that Prometheus reads its rules from");
    set.add("timeout", options.timeout).fallback("1m").help("How long to wait for the rules to be loaded, and for another push-rules at work in the folder");
    cli::declare_server(set, "prometheus", options.server, "Prometheus", cli::Tenants::no).variable("PROMETHEUS_URL");
    cli::declare_tls(set, options.tls);
}

void check(const Options& options, std::vector<Diagnostic>& problems) {
    if (std::find(options.rules.begin(), options.rules.end(), "-") != options.rules.end()) {
        problems.push_back({.message = "cannot read rules from standard input: a rule file is published under its name, which standard input has not"});
    }
    if (options.check) return;
    if (options.rules_dir.empty()) {
        problems.push_back({.message = "missing --rules-dir: the folder that Prometheus reads its rules from", .hint = "with --check the rules are only checked, which needs no folder and no server"});
    }
    if (options.server.url.empty()) {
        problems.push_back({.message = "missing --prometheus-url: the server that reads the folder", .hint = "give it as --prometheus-url or PROMETHEUS_URL"});
    }
    if (options.timeout <= Duration{0}) problems.push_back({.message = "cannot use --timeout: it takes more than nothing"});
    cli::check_server("prometheus", options.server, options.tls, problems);
}

} // namespace slipway::push_rules
