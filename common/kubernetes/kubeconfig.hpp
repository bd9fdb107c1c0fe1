#pragma once

#include "core/error.hpp"
#include "core/secret.hpp"
#include "io/files.hpp"

#include <nlohmann/json.hpp>

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace slipway::kubernetes {

/// A text and where it stands.
struct PlacedText {
    std::string text;
    Place place;

    bool empty() const noexcept { return text.empty(); }
};

/// A program that says who we are.
/// @source https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins
struct ExecPlugin {
    PlacedText api_version;
    PlacedText command; ///< a name on the PATH, or a path
    std::vector<std::string> arguments;
    std::vector<std::pair<std::string, Secret>> environment;
    PlacedText interactive_mode; ///< "Never", "IfAvailable", "Always"; empty: not said
    std::string install_hint;
    bool wants_cluster = false; ///< the cluster's address and authority are passed to it
    Place place;
};

struct ClusterEntry {
    PlacedText server;
    PlacedText authority;      ///< a file; paths are resolved against the kubeconfig's folder, here and below
    PlacedText authority_data; ///< Base64 of PEM, here and below
    std::string tls_server_name;
    bool skips_tls_check = false;
    PlacedText proxy_url;
    nlohmann::json exec_config; ///< what a plugin finds as spec.cluster.config; null when nothing is there
    Place place;
};

struct UserEntry {
    PlacedText certificate;
    PlacedText certificate_data;
    PlacedText key;
    PlacedText key_data;
    Secret token;
    PlacedText token_file;
    std::string user; ///< with `password`: basic authentication
    Secret password;
    std::vector<std::pair<std::string, std::string>> impersonation; ///< headers: whom the server shall take us for
    std::optional<ExecPlugin> exec;
    std::optional<Place> auth_provider; ///< a kind of plugin that kubectl 1.26 took away
    Place place;
};

struct ContextEntry {
    PlacedText cluster;
    PlacedText user;
    std::string name_space;
    std::string file; ///< that it stands in
    Place place;
};

/// One or several kubeconfig files.
struct Kubeconfig {
    std::map<std::string, ClusterEntry> clusters;
    std::map<std::string, UserEntry> users;
    std::map<std::string, ContextEntry> contexts;
    PlacedText current_context;

    bool empty() const noexcept { return clusters.empty() && users.empty() && contexts.empty() && current_context.empty(); }
};

/// Reads files as kubectl does: an entry of a name, as a whole, comes from the first file that has one, and so does the current
/// context. Keys that we do not know are left alone; keys that stand twice and merge keys, which kubectl and we could take for
/// different things, are mistakes.
///
/// @throws Error (misuse) for a file that cannot be read, and with the places of all mistakes of a file
/// @source https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/
/// @source k8s.io/client-go/tools/clientcmd, loader.go, ClientConfigLoadingRules.Load
Kubeconfig read_kubeconfig(const std::vector<io::Path>& paths, io::Files& files);

} // namespace slipway::kubernetes
