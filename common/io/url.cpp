#include "io/http.hpp"

#include "core/text.hpp"

#include <algorithm>

namespace slipway::io {

// Apart from the clients: an executable that reads an address does not load libcurl for it.

std::optional<UrlParts> split_url(std::string_view url) {
    const auto scheme_end = url.find("://");
    if (scheme_end == std::string_view::npos) return std::nullopt;
    UrlParts parts;
    parts.scheme = lower(url.substr(0, scheme_end));
    if (parts.scheme != "http" && parts.scheme != "https") return std::nullopt;
    auto authority = url.substr(scheme_end + 3);
    authority = authority.substr(0, authority.find_first_of("/?#"));
    if (const auto at = authority.rfind('@'); at != std::string_view::npos) {
        parts.user_info = authority.substr(0, at);
        authority.remove_prefix(at + 1);
    }
    if (!authority.empty() && authority[0] == '[') {
        const auto end = authority.find(']');
        if (end == std::string_view::npos) return std::nullopt;
        parts.host = lower(authority.substr(1, end - 1));
        authority.remove_prefix(end + 1);
    } else {
        const auto end = std::min(authority.find(':'), authority.size());
        parts.host = lower(authority.substr(0, end));
        authority.remove_prefix(end);
    }
    if (parts.host.empty() || (!authority.empty() && authority[0] != ':')) return std::nullopt;
    parts.port = authority.size() > 1 ? authority.substr(1) : parts.scheme == "http" ? "80" : "443";
    return parts;
}

bool is_same_server(std::string_view one, std::string_view other) {
    const auto a = split_url(one);
    const auto b = split_url(other);
    return a && b && a->scheme == b->scheme && a->host == b->host && a->port == b->port;
}

bool is_credential_header(std::string_view name) {
    const auto word = lower(name);
    constexpr std::string_view ending = "-token"; // PRIVATE-TOKEN, JOB-TOKEN, X-Vault-Token
    return word == "authorization" || word == "cookie" || word == "x-api-key" ||
           (word.size() > ending.size() && word.compare(word.size() - ending.size(), ending.size(), ending) == 0);
}

bool is_loopback(std::string_view host) {
    if (host == "localhost" || host == "::1") return true;
    if (host.substr(0, 4) != "127.") return false;
    // "127.example.com" is somebody's machine, not ours.
    return host.find_first_not_of("0123456789.") == std::string_view::npos;
}

std::string url_for_people(std::string_view url) {
    std::string text;
    const auto query = url.find_first_of("?#");
    auto address = url.substr(0, query);
    const auto scheme_end = address.find("://");
    if (scheme_end != std::string_view::npos) {
        text = address.substr(0, scheme_end + 3);
        address.remove_prefix(scheme_end + 3);
    }
    // A URL whose scheme was forgotten holds the password all the same; git@host:path holds none.
    const bool whole = scheme_end == std::string_view::npos;
    const auto authority = whole ? address : address.substr(0, address.find('/'));
    const auto at = authority.rfind('@');
    if (at != std::string_view::npos && (!whole || authority.substr(0, authority.find('@')).find(':') != std::string_view::npos)) {
        address.remove_prefix(at + 1);
    }
    text += address;
    if (query != std::string_view::npos && url[query] == '?') text += "?...";
    return text;
}

} // namespace slipway::io
