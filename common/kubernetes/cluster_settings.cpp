#include "kubernetes/cluster_settings.hpp"

#include "cli/server_options.hpp"
#include "core/encoding.hpp"
#include "core/text.hpp"
#include "kubernetes/exec_plugin.hpp"

namespace slipway::kubernetes {

namespace {

class Settings {
public:
    Settings(const ClusterEntry& cluster, const UserEntry& user, const ClusterOptions& options, cli::Context& context)
        : cluster_(cluster), user_(user), options_(options), context_(context) {}

    Cluster make() {
        check_cluster();
        check_user();
        check();
        authority();
        who_we_are();
        check();
        const auto& url = server_.url;
        Cluster result{.server = cli::base_url(server_), .name_space = {}, .origin = {}, .settings = {}, .credentials = std::move(folder_)};
        const bool over_tls = url.starts_with("https://") || url.starts_with("HTTPS://");
        // What a kubeconfig says of certificates is no word on credentials over plain HTTP.
        tls_.allow_insecure = options_.allow_insecure || (cluster_.skips_tls_check && over_tls);
        if (cluster_.skips_tls_check && over_tls) {
            context_.log.warning("the certificate of " + io::url_for_people(url) + " is not checked: the kubeconfig says insecure-skip-tls-verify (" + to_string(cluster_.place) + ')');
        }
        result.settings = cli::http_settings(server_, tls_, context_);
        result.settings.tls_server_name = cluster_.tls_server_name;
        for (const auto& [name, value] : user_.impersonation) result.settings.headers.push_back({name, value});
        return result;
    }

private:
    void complain(const Place& place, std::string message, std::string hint = {}) { problems_.push_back({.message = std::move(message), .place = place, .hint = std::move(hint)}); }

    void check() const {
        if (!problems_.empty()) throw Error(ExitCode::misuse, problems_);
    }

    void complain_of_both(const PlacedText& one, const PlacedText& other, const std::string& name) {
        if (!one.empty() && !other.empty()) complain(other.place, name + " and " + name + "-data are both given: one is enough");
    }

    void check_cluster() {
        server_.url = cluster_.server.text;
        if (cluster_.server.empty()) {
            complain(cluster_.place, "the cluster has no server");
        } else if (!io::split_url(server_.url)) {
            complain(cluster_.server.place, "'" + visible(io::url_for_people(server_.url)) + "' is no http:// or https:// URL");
        }
        complain_of_both(cluster_.authority, cluster_.authority_data, "certificate-authority");
        const auto& given = cluster_.authority.empty() ? cluster_.authority_data : cluster_.authority;
        if (cluster_.skips_tls_check && !given.empty()) complain(given.place, "a certificate authority and insecure-skip-tls-verify contradict each other");
        if (!cluster_.proxy_url.empty()) {
            complain(cluster_.proxy_url.place, "proxy-url is not supported", "set the variable https_proxy (or all_proxy for socks5://), and no_proxy for hosts that are reached directly");
        }
    }

    void check_user() {
        complain_of_both(user_.certificate, user_.certificate_data, "client-certificate");
        complain_of_both(user_.key, user_.key_data, "client-key");
        const bool certificate = !user_.certificate.empty() || !user_.certificate_data.empty();
        const bool key = !user_.key.empty() || !user_.key_data.empty();
        if (certificate != key) complain(user_.place, certificate ? "the user has a client certificate and no client-key" : "the user has a client key and no client-certificate");
        const bool basic = !user_.user.empty() || !user_.password.empty();
        const bool token = !user_.token.empty() || !user_.token_file.empty();
        if (basic && token) complain(user_.place, "the user has a token and a password: one is enough");
        if (user_.auth_provider) {
            complain(*user_.auth_provider, "auth-provider is not supported, and kubectl has none since version 1.26", "use the provider's plugin ('exec'), such as kubelogin or gke-gcloud-auth-plugin");
        }
    }

    /// A file with what came as data.
    std::string keep(const std::string& name, const std::string& text) {
        if (!folder_) folder_ = std::make_unique<io::TemporaryFolder>(context_.files);
        const auto path = folder_->path() / name;
        context_.files.write_atomic(path, text, io::Access::owner_only);
        return path.string();
    }

    /// The PEM text of data; empty when there is none, or after a mistake.
    std::string decoded(const PlacedText& data, const std::string& key, const std::string& what) {
        if (data.empty()) return {};
        const auto text = decode_base64(trim(data.text));
        if (!text) {
            complain(data.place, key + " is no Base64");
        } else if (text->find("-----BEGIN ") == std::string::npos) {
            complain(data.place, key + " holds no " + what + " (PEM)");
        } else {
            return *text;
        }
        return {};
    }

    void authority() {
        tls_.ca_file = cluster_.authority.text;
        authority_ = decoded(cluster_.authority_data, "certificate-authority-data", "certificate");
        if (!authority_.empty()) tls_.ca_file = keep("ca.pem", authority_);
    }

    void hide(const Secret& secret) {
        if (!secret.empty()) context_.commands.mask(secret);
    }

    void use_certificate(const std::string& certificate, const Secret& key) {
        hide(key);
        tls_.client_cert = keep("client.pem", certificate);
        tls_.client_key = keep("client.key", key.reveal());
    }

    /// A file that is there wins: it is renewed, the token beside it is what it was once. client-go does the same.
    Secret token() {
        const auto& file = user_.token_file;
        if (file.empty() || (!user_.token.empty() && context_.files.kind(file.text) == io::FileKind::none)) return user_.token;
        Secret read{std::string(trim(context_.files.read(file.text)))};
        if (read.empty()) complain(file.place, "the token file " + visible(file.text) + " is empty");
        return read;
    }

    void who_we_are() {
        tls_.client_cert = user_.certificate.text;
        tls_.client_key = user_.key.text;
        const auto certificate = decoded(user_.certificate_data, "client-certificate-data", "certificate");
        const Secret key(decoded(user_.key_data, "client-key-data", "key"));
        hide(key);
        if (!certificate.empty()) tls_.client_cert = keep("client.pem", certificate);
        if (!key.empty()) tls_.client_key = keep("client.key", key.reveal());
        server_.token = token();
        hide(server_.token);
        server_.user = user_.user;
        server_.password = user_.password;
        hide(server_.password);
        check();
        // A token or a user that stands there is stronger than the plugin's; a certificate only says who connects. client-go does the same.
        if (user_.exec && server_.token.empty() && server_.user.empty()) ask_plugin();
    }

    void ask_plugin() {
        const auto found = run_exec_plugin(*user_.exec, user_.exec->wants_cluster ? cluster_for_plugin() : nlohmann::json(), context_);
        server_.token = found.token;
        if (!found.certificate.empty()) use_certificate(found.certificate, found.key);
    }

    /// @source https://kubernetes.io/docs/reference/config-api/client-authentication.v1/#client-authentication-k8s-io-v1-Cluster
    nlohmann::json cluster_for_plugin() {
        nlohmann::json told = {{"server", cluster_.server.text}, {"config", cluster_.exec_config}};
        if (!cluster_.tls_server_name.empty()) told["tls-server-name"] = cluster_.tls_server_name;
        if (cluster_.skips_tls_check) told["insecure-skip-tls-verify"] = true;
        const auto authority = cluster_.authority.empty() ? authority_ : context_.files.read(cluster_.authority.text);
        if (!authority.empty()) told["certificate-authority-data"] = base64(authority);
        return told;
    }

    const ClusterEntry& cluster_;
    const UserEntry& user_;
    const ClusterOptions& options_;
    cli::Context& context_;
    std::vector<Diagnostic> problems_;
    std::unique_ptr<io::TemporaryFolder> folder_;
    std::string authority_; ///< what came as data
    cli::ServerOptions server_;
    cli::TlsOptions tls_;
};

} // namespace

Cluster settings_of(const ClusterEntry& cluster, const UserEntry& user, const ClusterOptions& options, cli::Context& context) {
    return Settings(cluster, user, options, context).make();
}

} // namespace slipway::kubernetes
