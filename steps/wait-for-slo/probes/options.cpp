#include "wait-for-slo/probes/options.hpp"

#include "core/text.hpp"
#include "wait-for-slo/probes/expectation.hpp"

#include <re2/re2.h>

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <utility>

namespace slipway::wait_for_slo {

namespace {

constexpr double slowest_rate = 0.1;
constexpr double fastest_rate = 1000;
constexpr Duration longest_timeout{600'000};
constexpr std::size_t most_urls = 50;

using Problems = std::vector<Diagnostic>;

bool is_port(std::string_view text) {
    int port = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), port);
    return problem == std::errc{} && end == text.data() + text.size() && port >= 1 && port <= 65535;
}

bool has_only(std::string_view text, bool (*is_allowed)(unsigned char)) {
    return std::all_of(text.begin(), text.end(), [&](char c) { return is_allowed(static_cast<unsigned char>(c)); });
}

/// Of the name of a header.
/// @source RFC 9110, section 5.6.2
bool is_token_character(unsigned char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || std::string_view("!#$%&'*+-.^_`|~").find(static_cast<char>(c)) != std::string_view::npos;
}

struct Resolved {
    std::string host;
    std::string port;
};

/// @throws Error (misuse)
Resolved parse_resolve(const std::string& text) {
    const auto first = text.find(':');
    const auto second = first == std::string::npos ? first : text.find(':', first + 1);
    if (second == std::string::npos) throw misuse("this is not HOST:PORT:IP", "such as shop.example.com:443:192.0.2.7, or with [2001:db8::7]");
    Resolved resolved{lower(text.substr(0, first)), text.substr(first + 1, second - first - 1)};
    if (resolved.host.empty() || resolved.host == "*") throw misuse("a host is needed, as it stands in the address of --probe");
    if (!is_port(resolved.port)) throw misuse("'" + visible(resolved.port) + "' is no port");
    auto address = text.substr(second + 1);
    const bool in_brackets = address.size() > 2 && address.front() == '[' && address.back() == ']';
    if (in_brackets) address = address.substr(1, address.size() - 2);
    unsigned char bytes[sizeof(in6_addr)];
    const bool four = !in_brackets && ::inet_pton(AF_INET, address.c_str(), bytes) == 1;
    if (!four && ::inet_pton(AF_INET6, address.c_str(), bytes) != 1) throw misuse("'" + visible(address) + "' is no IP address");
    return resolved;
}

void check_urls(const ProbeOptions& options, Problems& problems) {
    if (options.urls.size() > most_urls) problems.push_back({.message = "cannot probe more than " + std::to_string(most_urls) + " addresses at once"});
    std::vector<std::string> seen;
    for (const auto& url : options.urls) {
        const auto parts = io::split_url(url);
        const bool is_clean = has_only(url, [](unsigned char c) { return c > 0x20 && c != 0x7F; });
        if (!parts || !is_port(parts->port) || !is_clean) {
            problems.push_back({.message = "cannot use --probe: '" + visible(io::url_for_people(url)) + "' is no http:// or https:// URL", .hint = "such as https://shop.example.com/health"});
        } else if (std::find(seen.begin(), seen.end(), url) != seen.end()) {
            problems.push_back({.message = "cannot use --probe '" + visible(io::url_for_people(url)) + "' twice", .hint = "more requests to one address are asked for with --probe-rate"});
        }
        seen.push_back(url);
    }
}

void check_resolve(const ProbeOptions& options, Problems& problems) {
    for (const auto& text : options.resolve) {
        const auto refuse = [&](const std::string& why, const std::string& hint) { problems.push_back({.message = "cannot use --resolve '" + visible(text) + "': " + why, .hint = hint}); };
        try {
            const auto resolved = parse_resolve(text);
            const bool is_asked = std::any_of(options.urls.begin(), options.urls.end(), [&](const std::string& url) {
                const auto parts = io::split_url(url);
                return parts && parts->host == resolved.host && parts->port == resolved.port;
            });
            if (!is_asked) refuse("no --probe has this host and port", "as in --probe https://shop.example.com/ --resolve shop.example.com:443:192.0.2.7");
        } catch (const Error& error) {
            refuse(error.what(), error.diagnostics().front().hint);
        }
    }
}

void check_alone(const ProbeOptions& options, Problems& problems) {
    if (!options.command.empty()) {
        problems.push_back({.message = "cannot run '" + visible(options.command.front()) + "' without --probe: nothing would be asked meanwhile", .hint = "options stand before '--', and what runs after it"});
    }
    const std::pair<const char*, bool> given[] = {{"probe-body", !options.body.empty()}, {"probe-header", !options.headers.empty()}, {"probe-version", !options.version.empty()},
                                                  {"resolve", !options.resolve.empty()}, {"zero-downtime", options.zero_downtime}};
    for (const auto& [name, is_given] : given) {
        if (is_given) problems.push_back({.message = std::string("cannot use --") + name + " without --probe: there are no requests that it is for"});
    }
}

} // namespace

io::Header parse_header(const std::string& text) {
    const auto colon = text.find(':');
    io::Header header{std::string(trim(text.substr(0, colon))), colon == std::string::npos ? std::string() : std::string(trim(text.substr(colon + 1)))};
    if (colon == std::string::npos || header.name.empty()) throw misuse("this is no 'Name: value'");
    if (!has_only(header.name, is_token_character)) throw misuse("'" + visible(header.name) + "' is no name of a header");
    if (!has_only(header.value, [](unsigned char c) { return (c >= 0x20 && c != 0x7F) || c == '\t'; })) throw misuse("the value of " + header.name + " holds a line break, or what is no text");
    return header;
}

void declare(cli::OptionSet& set, ProbeOptions& options) {
    set.section("Probes");
    set.add("probe", options.urls).value_name("URL").help("Address to send requests to; each is an event, and each address an objective");
    set.add("probe-rate", options.rate).fallback("10").help("Requests a second to each address, from 0.1 to 1000, sent whether or not the ones before were answered");
    set.add("probe-timeout", options.timeout).fallback("5s").help("Time for the whole answer; a slower one is a failed request");
    set.add("probe-status", options.status).value_name("CODES").fallback("200-299").help("Status codes of a good answer, such as 200,204 or 200-399; redirects are not followed");
    set.add("probe-body", options.body).value_name("REGEX").help("What the body of a good answer contains");
    set.add("probe-header", options.headers).value_name("HEADER").help("A header to send, such as 'Host: shop.example.com'; the values of those that may prove who asks are hidden");
    set.add("resolve", options.resolve).value_name("HOST:PORT:IP").help("Connect to this IP address for that host and port of --probe, past any proxy");
    set.add("probe-version", options.version).value_name("REGEX").help("Count the answers by version: by the regex's first group, or by all that it matches, in a line of the headers or the body");
    set.add_choice("probe-connection", options.connection, {"new", "keep-alive"}).fallback("new").help("A new connection for each request, as new users make, or kept ones");
    set.add("zero-downtime", options.zero_downtime).help("The first failed request is a violation");
    set.add("command", options.command).after_dashes().value_name("COMMAND").help("Run this, and watch from before it begins until --watch after its end");
}

void check(const ProbeOptions& options, double objective, Problems& problems) {
    if (!options.wanted()) return check_alone(options, problems);
    check_urls(options, problems);
    if (!(options.rate >= slowest_rate && options.rate <= fastest_rate)) problems.push_back({.message = "--probe-rate must be from 0.1 to 1000 requests a second"});
    if (options.timeout <= Duration{0} || options.timeout > longest_timeout) problems.push_back({.message = "--probe-timeout must be longer than nothing, and at most " + format_duration(longest_timeout)});
    try {
        parse_status_codes(options.status);
    } catch (const Error& error) {
        problems.push_back({.message = std::string("cannot use --probe-status: ") + error.what(), .hint = error.diagnostics().front().hint});
    }
    for (const auto& [name, text] : {std::pair{"probe-body", &options.body}, std::pair{"probe-version", &options.version}}) {
        const re2::RE2 regex(*text, re2::RE2::Quiet);
        if (!regex.ok()) problems.push_back({.message = std::string("cannot use --") + name + " '" + visible(*text) + "': " + regex.error()});
    }
    for (const auto& text : options.headers) {
        try {
            parse_header(text);
        } catch (const Error& error) {
            problems.push_back({.message = std::string("cannot use --probe-header: ") + error.what(), .hint = "such as --probe-header 'Host: shop.example.com'"});
        }
    }
    check_resolve(options, problems);
    if (options.zero_downtime && objective != 0) {
        problems.push_back({.message = "cannot use --zero-downtime with --objective: it allows no failed request at all"});
    } else if (!options.zero_downtime && objective == 0) {
        problems.push_back({.message = "missing --objective: the share of the requests that must be answered well, such as 99.9", .hint = "or --zero-downtime, when not one may fail"});
    } else if (objective != 0 && (objective < 1 || objective >= 100)) {
        problems.push_back({.message = "--objective must be at least 1 and less than 100 percent", .hint = "99.9 means that 99.9 % of the requests must be answered well, not 0.999"});
    }
}

} // namespace slipway::wait_for_slo
