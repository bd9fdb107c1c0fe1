#include "nomad/connection.hpp"

namespace slipway::nomad {

void declare(cli::OptionSet& options, ConnectionOptions& target) {
    cli::declare_server(options, "nomad", target.server, "Nomad", cli::Tenants::no, "addr")
        .help("Address of the Nomad server, also unix://PATH")
        .variable("NOMAD_ADDR")
        .fallback("http://127.0.0.1:4646");
    for (const auto& option : options.all()) {
        if (option->name() == "nomad-token") option->help("ACL token for Nomad").variable("NOMAD_TOKEN");
    }
    options.add("nomad-namespace", target.name_space).value_name("NAME").variable("NOMAD_NAMESPACE").help("Namespace of the job; without it the job's own");
    options.add("nomad-region", target.region).value_name("NAME").variable("NOMAD_REGION").help("Region to ask; without it the server's own");
    options.add("nomad-tls-server-name", target.tls_server_name).value_name("NAME").variable("NOMAD_TLS_SERVER_NAME").help("Name in the server's certificate, such as server.global.nomad");
    const auto tls = cli::declare_tls(options, target.tls);
    tls.ca_file.help("Certificate authorities to trust besides the system's, PEM; a file, or a folder of files").variable("NOMAD_CACERT").variable("NOMAD_CAPATH");
    tls.client_cert.variable("NOMAD_CLIENT_CERT");
    tls.client_key.variable("NOMAD_CLIENT_KEY");
    tls.allow_insecure.variable("NOMAD_SKIP_VERIFY");
}

void check(const ConnectionOptions& options, std::vector<Diagnostic>& problems) {
    if (options.server.url.starts_with("unix://")) {
        if (options.server.url.size() == 7) problems.push_back({.message = "cannot use --nomad-addr 'unix://': it names no socket"});
        return;
    }
    cli::check_server("nomad", options.server, options.tls, problems, "addr");
}

} // namespace slipway::nomad
