#pragma once

#include <map>
#include <string>
#include <string_view>

namespace slipway::registry {

/// How a server wants to be asked, from its header WWW-Authenticate: `Bearer realm="https://auth.example.com/token",service="registry"`.
struct Challenge {
    std::string scheme; ///< lower case; empty when there was none
    std::map<std::string, std::string> parameters; ///< names in lower case

    /// Empty when there is no such parameter.
    std::string get(const std::string& name) const;
};

/// @source RFC 9110, section 11.6.1; the first challenge of several
Challenge parse_challenge(std::string_view text);

} // namespace slipway::registry
