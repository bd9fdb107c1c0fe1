#include "wait-for-slo/probes/options.hpp"

namespace slipway::wait_for_slo {

void declare(cli::OptionSet& set, ProbeOptions& options) {
    set.section("Probes");
    set.add("probe", options.urls).value_name("URL").help("Address to send requests to; each counts as an event");
    set.add("probe-rate", options.rate).fallback("10").help("Requests a second to each address");
    set.add("probe-timeout", options.timeout).fallback("5s").help("Time for an answer; a slower one is a failed request");
    set.add("probe-status", options.status).value_name("CODES").fallback("200-299").help("Status codes of a good answer, such as 200,204 or 200-399");
    set.add("probe-body", options.body).value_name("REGEX").help("What the body of a good answer contains");
    set.add("probe-header", options.headers).value_name("HEADER").help("A header to send, such as 'Host: shop.example.com'; the value is treated as a secret");
    set.add("resolve", options.resolve).value_name("HOST:PORT:IP").help("Connect to this IP address for that host and port");
    set.add("probe-version", options.version).value_name("REGEX").help("Count the answers by version: by the regex's first group, or by all that it matches, in headers and body");
    set.add_choice("probe-connection", options.connection, {"new", "keep-alive"}).fallback("new").help("A new connection for each request, as new users make, or kept ones");
    set.add("zero-downtime", options.zero_downtime).help("The first failed request is a violation");
    set.add("command", options.command).after_dashes().value_name("COMMAND").help("Run this, and watch from before it begins until --watch after its end");
}

void check(const ProbeOptions&, double, std::vector<Diagnostic>&) {}

} // namespace slipway::wait_for_slo
