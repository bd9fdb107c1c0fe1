#pragma once

#include "cli/option_set.hpp"
#include "core/duration.hpp"
#include "io/http.hpp"

#include <string>
#include <vector>

namespace slipway::wait_for_slo {

/// What the user may say about requests of our own.
struct ProbeOptions {
    std::vector<std::string> urls;
    double rate = 10; ///< requests a second to each URL
    Duration timeout{5'000};
    std::string status = "200-299"; ///< codes and ranges of them, separated by commas
    std::string body;               ///< a regular expression that the answer's body must contain
    std::vector<std::string> headers; ///< "Name: value"
    std::vector<std::string> resolve; ///< host:port:address, the address in brackets when it is IPv6
    std::string version;              ///< a regular expression; its first group, or all that it matches, is the version of an answer
    std::string connection = "new";   ///< "new" for each request, or "keep-alive"
    bool zero_downtime = false;       ///< one failed request is a violation
    std::vector<std::string> command; ///< runs meanwhile

    bool wanted() const { return !urls.empty(); }
};

void declare(cli::OptionSet& set, ProbeOptions& options);
/// @param objective  percent; 0: not given
void check(const ProbeOptions& options, double objective, std::vector<Diagnostic>& problems);

/// "Name: value".
/// @throws Error (misuse) without the value, which may be a secret
io::Header parse_header(const std::string& text);

} // namespace slipway::wait_for_slo
