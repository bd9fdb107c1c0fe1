#include "update-gitops-values/waiting/wait_options.hpp"

#include "core/text.hpp"
#include "io/http.hpp"
#include "update-gitops-values/waiting/followers.hpp"

#include <algorithm>

namespace slipway::update_gitops_values {

void declare(cli::OptionSet& set, WaitOptions& options) {
    set.section("Waiting until it is served");
    set.add("wait", options.targets).value_name("KIND/[NAMESPACE/]NAME").help("What has to serve the change before the step ends: argocd/APP, flux/NAMESPACE/NAME, canary/NAMESPACE/NAME, rollout/NAMESPACE/NAME, deployment/NAMESPACE/NAME; several one after the other");
    set.add("wait-timeout", options.timeout).value_name("DURATION").fallback("30m").help("How long to wait for all of them");
    cli::declare_server(set, "argocd", options.argocd, "Argo CD", cli::Tenants::no).variable("ARGOCD_SERVER");
    for (const auto& option : set.all()) {
        if (option->name() == "argocd-token") option->variable("ARGOCD_AUTH_TOKEN");
    }
    set.add("argocd-sync", options.argocd_sync).help("Ask for a sync where the Application has no automated one");
    set.add("flux-receiver-url", options.flux_receiver).value_name("URL").help("Webhook of a Flux Receiver that is called after the push");
    set.add("flux-receiver-secret", options.flux_receiver_secret).help("Its token, which signs the call (generic-hmac)");
    kubernetes::declare(set, options.cluster);
}

cli::ServerOptions argocd_server(const WaitOptions& options) {
    auto server = options.argocd;
    if (!server.url.empty() && server.url.find("://") == std::string::npos) server.url.insert(0, "https://");
    return server;
}

void check(const WaitOptions& options, bool in_folder, const cli::TlsOptions& tls, std::vector<Diagnostic>& problems) {
    const auto complain = [&](std::string message, std::string hint = {}) { problems.push_back({.message = std::move(message), .hint = std::move(hint)}); };
    if (in_folder && options.waits()) complain("--wait belongs to --repo: --dir edits a folder and makes no commit");
    if (options.timeout <= Duration{0}) complain("--wait-timeout must be longer than nothing");
    std::vector<WaitTarget> targets;
    for (const auto& text : options.targets) {
        try {
            targets.push_back(parse_wait_target(text));
        } catch (const Error& error) {
            complain("cannot use --wait: " + error.diagnostics().front().message, error.diagnostics().front().hint);
        }
    }
    const auto waits_for = [&](WaitTarget::Kind kind) { return std::any_of(targets.begin(), targets.end(), [&](const WaitTarget& target) { return target.kind == kind; }); };
    if (waits_for(WaitTarget::Kind::argocd) && options.argocd.url.empty()) complain("--wait argocd/... needs --argocd-url", "the address of Argo CD, or ARGOCD_SERVER");
    if (options.argocd_sync && !waits_for(WaitTarget::Kind::argocd)) complain("--argocd-sync needs --wait argocd/...");
    if (!options.flux_receiver.empty() && !waits_for(WaitTarget::Kind::flux)) complain("--flux-receiver-url needs --wait flux/...");
    if (!options.flux_receiver_secret.empty() && options.flux_receiver.empty()) complain("--flux-receiver-secret-file needs --flux-receiver-url");
    if (!options.flux_receiver.empty() && !io::split_url(options.flux_receiver)) complain("cannot use --flux-receiver-url: it is no http or https URL");
    cli::check_server("argocd", argocd_server(options), tls, problems);
}

} // namespace slipway::update_gitops_values
