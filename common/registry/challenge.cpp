#include "registry/challenge.hpp"

#include "core/text.hpp"

#include <algorithm>

namespace slipway::registry {

std::string Challenge::get(const std::string& name) const {
    const auto parameter = parameters.find(name);
    return parameter == parameters.end() ? std::string() : parameter->second;
}

Challenge parse_challenge(std::string_view text) {
    Challenge challenge;
    const auto space = text.find(' ');
    challenge.scheme = lower(text.substr(0, space));
    auto rest = space == std::string_view::npos ? std::string_view() : text.substr(space + 1);
    while (!rest.empty()) {
        const auto equals = rest.find('=');
        if (equals == std::string_view::npos) break;
        const auto name = lower(trim(rest.substr(0, equals)));
        rest = trim(rest.substr(equals + 1));
        std::string value;
        if (!rest.empty() && rest[0] == '"') {
            std::size_t at = 1;
            for (; at < rest.size() && rest[at] != '"'; ++at) {
                if (rest[at] == '\\' && at + 1 < rest.size()) ++at;
                value += rest[at];
            }
            rest = rest.substr(std::min(at + 1, rest.size()));
        } else {
            value = trim(rest.substr(0, rest.find(',')));
        }
        challenge.parameters[name] = value;
        const auto comma = rest.find(',');
        rest = comma == std::string_view::npos ? std::string_view() : rest.substr(comma + 1);
    }
    return challenge;
}

} // namespace slipway::registry
