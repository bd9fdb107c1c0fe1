#pragma once

#include "cli/context.hpp"
#include "cli/option_set.hpp"
#include "core/secret.hpp"
#include "io/http.hpp"

#include <string>
#include <vector>

namespace slipway::cli {

/// How connections are secured; the same options in every step that makes any.
struct TlsOptions {
    std::string ca_file;
    std::string client_cert;
    std::string client_key;
    bool allow_insecure = false;
};

/// The options of TlsOptions, for a step to name the variables that another tool reads for the same.
struct TlsDeclared {
    Option& ca_file;
    Option& client_cert;
    Option& client_key;
    Option& allow_insecure;
};

/// Begins a section for them.
TlsDeclared declare_tls(OptionSet& options, TlsOptions& target);

/// One server and how to prove who we are.
struct ServerOptions {
    std::string url;
    Secret token;
    std::string user;
    Secret password;
    std::string header_file;
    std::string tenant;
};

enum class Tenants { no, yes };

/// Declares --PREFIX-url, --PREFIX-token-file, --PREFIX-user, --PREFIX-password-file, --PREFIX-header-file and, for
/// a server that knows tenants, --tenant (the header X-Scope-OrgID).
///
/// @param address  the word in place of "url"; empty: the URL's option is called PREFIX alone
/// @return the URL's option, for the step to complete
Option& declare_server(OptionSet& options, const std::string& prefix, ServerOptions& target, const std::string& what,
                       Tenants tenants, const std::string& address = "url");

/// The same for several servers that are reached with the same credentials: --PREFIX-url may be repeated.
Option& declare_servers(OptionSet& options, const std::string& prefix, ServerOptions& target, std::vector<std::string>& urls,
                        const std::string& what, Tenants tenants);

/// Mistakes that the single options do not show: two ways to prove who we are, a certificate without its key, a URL
/// of another scheme.
void check_server(const std::string& prefix, const ServerOptions& server, const TlsOptions& tls,
                  std::vector<Diagnostic>& problems, const std::string& address = "url");

/// How to connect to the server. Values of headers and a password inside the URL are hidden from then on.
/// @throws Error (misuse) when the header file cannot be read
io::HttpSettings http_settings(const ServerOptions& server, const TlsOptions& tls, Context& context);

/// A client that connects so.
std::unique_ptr<io::HttpClient> connect(const ServerOptions& server, const TlsOptions& tls, Context& context);

/// The URL without user information and without a slash at its end.
std::string base_url(const ServerOptions& server);

} // namespace slipway::cli
