#include "io/curl_handles.hpp"

#include "core/text.hpp"

#include <algorithm>
#include <cstdlib>
#include <new>

namespace slipway::io {

void append(List& list, const std::string& line) {
    auto* extended = curl().slist_append(list.get(), line.c_str());
    if (extended == nullptr) throw std::bad_alloc();
    [[maybe_unused]] auto* same = list.release();
    list.reset(extended);
}

std::string header_line(const Header& header) {
    if (header.name.empty() || header.name.find_first_of("\r\n:") != std::string::npos ||
        header.value.find_first_of("\r\n") != std::string::npos) {
        throw misuse("cannot send the header '" + visible(header.name) + "': a name or value with a line break is no header");
    }
    // libcurl's own notation for a header without a value; "Name:" would remove it.
    return header.value.empty() ? header.name + ';' : header.name + ": " + header.value;
}

std::optional<Header> header_in(std::string_view line) {
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) return std::nullopt;
    return Header{std::string(trim(line.substr(0, colon))), std::string(trim(line.substr(colon + 1)))};
}

std::optional<int> status_in(std::string_view line) {
    if (line.substr(0, 5) != "HTTP/") return std::nullopt;
    const auto space = line.find(' ');
    return space == std::string_view::npos ? 0 : std::atoi(std::string(line.substr(space + 1)).c_str());
}

void refuse_unprotected_credentials(const std::string& url, const std::vector<Header>& headers, const HttpSettings& settings) {
    const auto parts = split_url(url);
    if (!parts) throw misuse("cannot send a request to '" + url_for_people(url) + "': it is no http:// or https:// URL");
    const auto is_secret = [](const Header& header) { return is_credential_header(header.name); };
    const bool credentials = !std::holds_alternative<NoAuth>(settings.auth) || !parts->user_info.empty() || !settings.secret_headers.empty() ||
                             std::any_of(settings.headers.begin(), settings.headers.end(), is_secret) ||
                             std::any_of(headers.begin(), headers.end(), is_secret);
    if (credentials && parts->scheme == "http" && !is_loopback(parts->host) && !settings.allow_insecure) {
        throw misuse("cannot send credentials to " + url_for_people(url) + ": plain HTTP would show them to everybody on the way",
                     "use https://, or --allow-insecure when the network in between is trusted");
    }
}

void set_proxy(CURL* easy, const std::string& url) {
    const auto parts = split_url(url);
    if (!parts) return;
    const auto given = [](const char* name) { return std::getenv(name) != nullptr && *std::getenv(name) != '\0'; };
    if (is_loopback(parts->host)) {
        // A proxy's loopback is another machine's, and our credentials may go to this one without protection.
        curl().easy_setopt(easy, CURLOPT_PROXY, "");
    } else if (parts->scheme == "http" && !given("http_proxy") && given("HTTP_PROXY") && !given("REQUEST_METHOD")) {
        // libcurl leaves this one alone: a CGI program, which we are not, gets it from a request's header.
        curl().easy_setopt(easy, CURLOPT_PROXY, std::getenv("HTTP_PROXY"));
    }
}

void set_certificates(CURL* easy, const HttpSettings& settings, bool trusted) {
    if (trusted && !settings.client_certificate.empty()) curl().easy_setopt(easy, CURLOPT_SSLCERT, settings.client_certificate.c_str());
    if (trusted && !settings.client_key.empty()) curl().easy_setopt(easy, CURLOPT_SSLKEY, settings.client_key.c_str());
    if (settings.allow_insecure) {
        curl().easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L);
        curl().easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 0L);
    }
}

} // namespace slipway::io
