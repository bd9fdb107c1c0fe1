#include "kubernetes/cluster.hpp"

#include "cli/server_options.hpp"
#include "core/text.hpp"
#include "kubernetes/cluster_settings.hpp"
#include "kubernetes/kubeconfig.hpp"

#include <map>

namespace slipway::kubernetes {

namespace {

const io::Path account = "/var/run/secrets/kubernetes.io/serviceaccount";

Error wrong(const Place& place, std::string message, std::string hint = {}) {
    return {ExitCode::misuse, Diagnostic{.message = std::move(message), .place = place, .hint = std::move(hint)}};
}

template <class Entry> std::string names_of(const std::map<std::string, Entry>& entries) {
    std::string names;
    for (const auto& [name, entry] : entries) names += (names.empty() ? "" : ", ") + visible(name);
    return names;
}

/// The kubeconfig files to read; empty when there are none.
std::vector<io::Path> kubeconfig_files(const ClusterOptions& options, cli::Context& context) {
    if (!options.kubeconfig.empty()) return {options.kubeconfig};
    std::vector<io::Path> found;
    if (const auto list = context.environment.get("KUBECONFIG")) {
        for (const auto part : split(*list, ':')) {
            if (!part.empty() && context.files.kind(part) != io::FileKind::none) found.emplace_back(part);
        }
        // kubectl would go on to the pod's own cluster, which somebody who sets this does not mean.
        if (found.empty()) throw misuse("cannot read the kubeconfig: no file of $KUBECONFIG exists (" + visible(*list) + ")");
    } else if (const auto home = context.environment.get("HOME")) {
        const auto path = io::Path(*home) / ".kube/config";
        if (context.files.kind(path) != io::FileKind::none) found.push_back(path);
    }
    return found;
}

std::string name_space_of(const ClusterOptions& options, const std::string& other) {
    if (!options.name_space.empty()) return options.name_space;
    return other.empty() ? "default" : other;
}

Cluster from_kubeconfig(const Kubeconfig& config, const std::string& file, const ClusterOptions& options, cli::Context& context) {
    const auto& name = options.context.empty() ? config.current_context.text : options.context;
    const auto known = names_of(config.contexts);
    const auto hint = known.empty() ? std::string() : "there are: " + known;
    if (name.empty()) throw wrong({file}, "no context is chosen: the kubeconfig has no current-context", "choose one with --kube-context; " + hint);
    const auto found = config.contexts.find(name);
    if (found == config.contexts.end()) {
        if (!options.context.empty()) throw wrong({file}, "there is no context '" + visible(name) + '\'', hint);
        throw wrong(config.current_context.place, "there is no context '" + visible(name) + "', which current-context names", hint);
    }
    const auto& entry = found->second;
    const auto what = "context '" + visible(name) + '\'';
    if (entry.cluster.empty()) throw wrong(entry.place, what + " names no cluster");
    const auto cluster = config.clusters.find(entry.cluster.text);
    if (cluster == config.clusters.end()) throw wrong(entry.cluster.place, "there is no cluster '" + visible(entry.cluster.text) + "', which " + what + " names");
    UserEntry user; // a context without a user asks as nobody
    if (!entry.user.empty()) {
        const auto named = config.users.find(entry.user.text);
        if (named == config.users.end()) throw wrong(entry.user.place, "there is no user '" + visible(entry.user.text) + "', which " + what + " names");
        user = named->second;
    }
    auto result = settings_of(cluster->second, user, options, context);
    result.name_space = name_space_of(options, entry.name_space);
    result.origin = what + " of " + entry.file;
    return result;
}

Cluster from_pod(const std::string& host, const ClusterOptions& options, cli::Context& context) {
    const auto port = context.environment.get("KUBERNETES_SERVICE_PORT").value_or("443");
    const auto read = [&](const char* name) { return std::string(trim(context.files.read(account / name))); };
    Cluster cluster;
    const Secret token(read("token"));
    if (token.empty()) throw world_failure("cannot use the pod's service account: " + (account / "token").string() + " is empty");
    context.commands.mask(token);
    cluster.server = "https://" + (host.find(':') == std::string::npos ? host : '[' + host + ']') + ':' + port;
    cluster.settings.auth = io::BearerAuth{token};
    if (context.files.kind(account / "ca.crt") == io::FileKind::file) cluster.settings.ca_file = (account / "ca.crt").string();
    cluster.settings.allow_insecure = options.allow_insecure;
    auto name_space = context.environment.get("POD_NAMESPACE").value_or("");
    if (name_space.empty() && context.files.kind(account / "namespace") == io::FileKind::file) name_space = read("namespace");
    cluster.name_space = name_space_of(options, name_space);
    cluster.origin = "the pod's service account";
    return cluster;
}

} // namespace

void declare(cli::OptionSet& options, ClusterOptions& target) {
    options.add("kubeconfig", target.kubeconfig)
        .value_name("FILE")
        .help("How to reach the cluster")
        .fallback_help("the files of KUBECONFIG, ~/.kube/config, then the account of the pod that this runs in");
    options.add("kube-context", target.context).value_name("NAME").help("Context of the kubeconfig").fallback_help("its current-context");
    options.add("kube-namespace", target.name_space).value_name("NAME").help("Namespace in the cluster").fallback_help("the context's");
}

Cluster find_cluster(const ClusterOptions& options, cli::Context& context) {
    const auto files = kubeconfig_files(options, context);
    const auto config = read_kubeconfig(files, context.files);
    if (!config.empty()) return from_kubeconfig(config, files.front().string(), options, context);
    if (!options.kubeconfig.empty()) throw wrong({options.kubeconfig}, "the kubeconfig is empty");
    if (!options.context.empty()) throw misuse("there is no context '" + visible(options.context) + "': there is no kubeconfig", "name one by --kubeconfig or KUBECONFIG");
    const auto host = context.environment.get("KUBERNETES_SERVICE_HOST");
    if (host && context.files.kind(account / "token") == io::FileKind::file) return from_pod(*host, options, context);
    throw misuse("no cluster is known: there is no kubeconfig, and this is no pod with a service account", "name a kubeconfig by --kubeconfig or KUBECONFIG");
}

} // namespace slipway::kubernetes
