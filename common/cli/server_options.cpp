#include "cli/server_options.hpp"

#include "core/encoding.hpp"
#include "core/text.hpp"

namespace slipway::cli {

TlsDeclared declare_tls(OptionSet& options, TlsOptions& target) {
    options.section("TLS");
    auto& ca_file = options.add("ca-file", target.ca_file).shared().value_name("FILE").help("Certificate authorities to trust besides the system's, PEM");
    auto& client_cert = options.add("client-cert", target.client_cert).shared().value_name("FILE").help("Client certificate, PEM");
    auto& client_key = options.add("client-key", target.client_key).shared().value_name("FILE").help("Key of the client certificate, PEM");
    auto& allow_insecure = options.add("allow-insecure", target.allow_insecure).shared().help("Take any certificate, and send credentials over plain HTTP");
    return {ca_file, client_cert, client_key, allow_insecure};
}

namespace {

std::string name_of_url(const std::string& prefix, const std::string& address) { return address.empty() ? prefix : prefix + '-' + address; }

void declare_login(OptionSet& options, const std::string& prefix, ServerOptions& target, const std::string& what, Tenants tenants) {
    options.add(prefix + "-token", target.token).help("Bearer token for " + what);
    options.add(prefix + "-user", target.user).value_name("NAME").help("User for " + what);
    options.add(prefix + "-password", target.password).help("Password of that user");
    options.add(prefix + "-header-file", target.header_file).value_name("FILE").help("More headers for " + what + ", one 'Name: value' a line; values are treated as secrets");
    if (tenants == Tenants::yes) {
        options.add("tenant", target.tenant).value_name("NAME").help("Tenant, sent as X-Scope-OrgID (Mimir, Cortex, Thanos)");
    }
}

} // namespace

Option& declare_server(OptionSet& options, const std::string& prefix, ServerOptions& target, const std::string& what,
                       Tenants tenants, const std::string& address) {
    auto& url = options.add(name_of_url(prefix, address), target.url).value_name("URL").help("Address of " + what);
    declare_login(options, prefix, target, what, tenants);
    return url;
}

Option& declare_servers(OptionSet& options, const std::string& prefix, ServerOptions& target, std::vector<std::string>& urls,
                        const std::string& what, Tenants tenants) {
    auto& url = options.add(prefix + "-url", urls).value_name("URL").help("Address of " + what);
    declare_login(options, prefix, target, what, tenants);
    return url;
}

void check_server(const std::string& prefix, const ServerOptions& server, const TlsOptions& tls,
                  std::vector<Diagnostic>& problems, const std::string& address) {
    const auto option = "--" + prefix;
    const auto option_of_url = "--" + name_of_url(prefix, address);
    const auto parts = io::split_url(server.url);
    if (!server.url.empty() && !parts) {
        problems.push_back({.message = "cannot use " + option_of_url + ": '" + io::url_for_people(server.url) + "' is no http:// or https:// URL"});
    }
    const bool in_url = parts && !parts->user_info.empty();
    if (!server.token.empty() && !server.user.empty()) {
        problems.push_back({.message = option + "-token-file and " + option + "-user are two ways to log in: give one"});
    } else if (in_url && (!server.token.empty() || !server.user.empty())) {
        problems.push_back({.message = option_of_url + " names a user, and " + option + (server.user.empty() ? "-token-file" : "-user") + " another way to log in: give one"});
    }
    if (server.user.empty() != server.password.empty()) {
        problems.push_back({.message = option + "-user and " + option + "-password-file belong together"});
    }
    if (tls.client_cert.empty() && !tls.client_key.empty()) {
        problems.push_back({.message = "--client-key needs --client-cert"});
    }
}

std::string base_url(const ServerOptions& server) {
    auto url = server.url;
    while (!url.empty() && url.back() == '/') url.pop_back();
    const auto parts = io::split_url(url);
    if (parts && !parts->user_info.empty()) url.erase(url.find("://") + 3, parts->user_info.size() + 1);
    return url;
}

io::HttpSettings http_settings(const ServerOptions& server, const TlsOptions& tls, Context& context) {
    io::HttpSettings settings{.ca_file = tls.ca_file,
                              .client_certificate = tls.client_cert,
                              .client_key = tls.client_key,
                              .allow_insecure = tls.allow_insecure};
    if (const auto parts = io::split_url(server.url); parts && !parts->user_info.empty()) {
        const auto colon = parts->user_info.find(':');
        const Secret password(colon == std::string::npos ? "" : percent_decode(parts->user_info.substr(colon + 1)));
        context.commands.mask(password);
        settings.auth = io::BasicAuth{percent_decode(parts->user_info.substr(0, colon)), password};
    }
    if (!server.token.empty()) settings.auth = io::BearerAuth{server.token};
    if (!server.user.empty()) settings.auth = io::BasicAuth{server.user, server.password};
    if (!server.header_file.empty()) {
        const auto text = context.files.read(server.header_file);
        int number = 0;
        for (const auto line : lines(text)) {
            ++number;
            if (trim(line).empty()) continue;
            const auto colon = line.find(':');
            if (colon == std::string_view::npos || trim(line.substr(0, colon)).empty()) {
                // The line itself may be a secret.
                throw Error(ExitCode::misuse, Diagnostic{.message = "this line is no 'Name: value'", .place = {server.header_file, number}});
            }
            const std::string value(trim(line.substr(colon + 1)));
            context.commands.mask(Secret(value));
            settings.secret_headers.push_back({std::string(trim(line.substr(0, colon))), value});
        }
    }
    if (!server.tenant.empty()) settings.headers.push_back({"X-Scope-OrgID", server.tenant});
    return settings;
}

std::unique_ptr<io::HttpClient> connect(const ServerOptions& server, const TlsOptions& tls, Context& context) {
    return context.http(http_settings(server, tls, context));
}

} // namespace slipway::cli
