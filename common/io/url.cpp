#include "io/http.hpp"

#include "core/text.hpp"

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
    } else {
        parts.host = lower(authority.substr(0, authority.find(':')));
    }
    if (parts.host.empty()) return std::nullopt;
    return parts;
}

bool is_loopback(std::string_view host) {
    if (host == "localhost" || host == "::1") return true;
    if (host.substr(0, 4) != "127.") return false;
    // "127.example.com" is somebody's machine, not ours.
    return host.find_first_not_of("0123456789.") == std::string_view::npos;
}

std::string url_for_people(std::string_view url) {
    std::string text;
    if (const auto scheme_end = url.find("://"); scheme_end != std::string_view::npos) {
        text = url.substr(0, scheme_end + 3);
        url.remove_prefix(scheme_end + 3);
        const auto authority = url.substr(0, url.find_first_of("/?#"));
        if (const auto at = authority.rfind('@'); at != std::string_view::npos) url.remove_prefix(at + 1);
    }
    const auto query = url.find('?');
    text += url.substr(0, query);
    if (query != std::string_view::npos) text += "?...";
    return text;
}

} // namespace slipway::io
